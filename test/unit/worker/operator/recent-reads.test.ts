import { expect, test } from 'vitest';
import { RecentReads } from '../../../../worker/operator/recent-reads.ts';

/** Reads of texts, a byte per character, and what was read. */
function reads(bytesMax: number): { get: (key: string) => Promise<string>; log: string[] } {
  const log: string[] = [];
  const recent = new RecentReads<string>(bytesMax, (text) => text.length);
  const read = (key: string) => (): Promise<string> => {
    log.push(key);
    return Promise.resolve(key);
  };
  return { get: (key) => recent.get(key, read(key)), log };
}

test('what is kept is read once; the least recently used goes first', async () => {
  const { get, log } = reads(6);
  expect(await get('aa')).toBe('aa');
  expect(await get('bbb')).toBe('bbb');
  await get('aa');
  expect(log).toEqual(['aa', 'bbb']);
  // 2 + 3 + 2 bytes are too many: `bbb` was used before `aa`.
  await get('cc');
  await get('aa');
  expect(log).toEqual(['aa', 'bbb', 'cc']);
  await get('bbb');
  expect(log).toEqual(['aa', 'bbb', 'cc', 'bbb']);
});

test('the latest is kept even if it is larger than the limit, and leaves no room for others', async () => {
  const { get, log } = reads(3);
  await get('a');
  await get('large');
  await get('large');
  await get('a');
  expect(log).toEqual(['a', 'large', 'a']);
  await get('large');
  expect(log).toEqual(['a', 'large', 'a', 'large']);
});

test('two cells that read at once count once; a failure is not kept', async () => {
  const recent = new RecentReads<string>(10, (text) => text.length);
  await Promise.all(['x', 'x'].map((key) => recent.get(key, () => Promise.resolve('12345678'))));
  // 8 bytes are there, not 16: two more fit.
  await recent.get('y', () => Promise.resolve('yy'));
  expect(await recent.get('x', () => Promise.reject(new Error('read again')))).toBe('12345678');
  await expect(recent.get('z', () => Promise.reject(new Error('lost')))).rejects.toThrow('lost');
  expect(await recent.get('z', () => Promise.resolve('found'))).toBe('found');
});
