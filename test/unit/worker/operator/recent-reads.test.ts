import { expect, test } from 'vitest';
import { RecentReads } from '../../../../worker/operator/recent-reads.ts';

/** Reads of texts, a byte per character; what was read, and what may be used again. */
function reads(bytesMax: number): {
  get: (key: string) => Promise<string>;
  hold: (key: string) => Promise<() => void>;
  log: string[];
  free: string[];
} {
  const log: string[] = [];
  const free: string[] = [];
  const recent = new RecentReads<string>({
    bytesMax,
    bytesOf: (text) => text.length,
    reuse: (text) => free.push(text),
  });
  const read =
    (key: string) =>
    (makeRoom: (bytes: number) => void): Promise<string> => {
      makeRoom(key.length);
      log.push(`${key} (${free.join(' ')})`);
      return Promise.resolve(key);
    };
  return {
    get: async (key) => {
      const { value, release } = await recent.hold(key, read(key));
      release();
      return value;
    },
    hold: async (key) => (await recent.hold(key, read(key))).release,
    log,
    free,
  };
}

test('what is kept is read once; the least recently used goes first, before the next is read', async () => {
  const { get, log } = reads(6);
  expect(await get('aa')).toBe('aa');
  expect(await get('bbb')).toBe('bbb');
  await get('aa');
  expect(log).toEqual(['aa ()', 'bbb ()']);
  // 2 + 3 + 2 bytes are too many: `bbb` was used before `aa`.
  await get('cc');
  await get('aa');
  expect(log).toEqual(['aa ()', 'bbb ()', 'cc (bbb)']);
  await get('bbb');
  expect(log).toEqual(['aa ()', 'bbb ()', 'cc (bbb)', 'bbb (bbb cc)']);
});

test('the latest is kept even if it is larger than the limit, and leaves no room for others', async () => {
  const { get, log } = reads(3);
  await get('a');
  await get('large');
  await get('large');
  await get('a');
  await get('large');
  expect(log).toEqual(['a ()', 'large (a)', 'a (a large)', 'large (a large a)']);
});

test('what somebody holds is not used again until all have released it', async () => {
  const { get, hold, free } = reads(3);
  const one = await hold('abc');
  const two = await hold('abc');
  await get('x');
  expect(free).toEqual([]);
  one();
  expect(free).toEqual([]);
  two();
  expect(free).toEqual(['abc']);
  // Kept: released, but not yet to be used again.
  (await hold('x'))();
  expect(free).toEqual(['abc']);
});

test('two cells that read at once count once; a failure is not kept', async () => {
  const free: string[] = [];
  const recent = new RecentReads<string>({
    bytesMax: 10,
    bytesOf: (text) => text.length,
    reuse: (text) => free.push(text),
  });
  const both = ['12345678', '87654321'].map((text) =>
    recent.hold('x', () => Promise.resolve(text)),
  );
  const [first, second] = await Promise.all(both);
  expect([first!.value, second!.value]).toEqual(['12345678', '87654321']);
  // Each has what it read; only the later is kept.
  first!.release();
  second!.release();
  expect(free).toEqual(['12345678']);
  // 8 bytes are there, not 16: two more fit.
  await recent.hold('y', () => Promise.resolve('yy'));
  const again = await recent.hold('x', () => Promise.reject(new Error('read again')));
  expect(again.value).toBe('87654321');
  const lost = recent.hold('z', () => Promise.reject(new Error('lost')));
  await expect(lost).rejects.toThrow('lost');
  expect((await recent.hold('z', () => Promise.resolve('found'))).value).toBe('found');
});
