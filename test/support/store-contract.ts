/** What every object store must do, as tests: run against memory, a folder and S3. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { ObjectStore } from '../../shared/storage/object-store.ts';

const utf8 = new TextEncoder();

export function text(value: string): Uint8Array[] {
  return [utf8.encode(value)];
}

export async function textOf(store: ObjectStore, key: string): Promise<string> {
  return new TextDecoder().decode(await store.get(key));
}

export async function keysOf(store: ObjectStore, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(prefix)) keys.push(key);
  return keys;
}

/** `open` gives an empty store for each test. */
export function describeStore(name: string, open: () => Promise<ObjectStore>): void {
  describe(name, () => {
    let store: ObjectStore;
    beforeEach(async () => {
      store = await open();
    });

    it('gives back what was put, and replaces it', async () => {
      await store.put('a/b', [...text('one '), ...text('two')]);
      expect(await textOf(store, 'a/b')).toBe('one two');
      await store.put('a/b', text('three'));
      expect(await textOf(store, 'a/b')).toBe('three');
    });

    it('keeps an empty object', async () => {
      await store.put('empty', []);
      expect(await store.get('empty')).toHaveLength(0);
      expect((await store.head('empty'))?.bytes).toBe(0);
      expect(await store.getTail('empty', 10)).toEqual({
        bytes: new Uint8Array(0),
        objectBytes: 0,
      });
    });

    it('names a missing object', async () => {
      const missing = { class: 'data', code: 'STORE_NOT_FOUND', message: /`no\/such`/ };
      await expect(store.get('no/such')).rejects.toMatchObject(missing);
      await expect(store.getRange('no/such', 0, 1)).rejects.toMatchObject(missing);
      await expect(store.getTail('no/such', 1)).rejects.toMatchObject(missing);
      expect(await store.head('no/such')).toBeNull();
    });

    it('reads ranges and tails, aligned to 8 bytes', async () => {
      await store.put('r', text('0123456789'));
      const range = await store.getRange('r', 3, 4);
      expect(new TextDecoder().decode(range)).toBe('3456');
      expect(range.byteOffset % 8).toBe(0);
      const tail = await store.getTail('r', 3);
      expect(new TextDecoder().decode(tail.bytes)).toBe('789');
      expect(tail.objectBytes).toBe(10);
      expect((await store.getTail('r', 99)).bytes).toHaveLength(10);
    });

    it('refuses a range beyond the end', async () => {
      await store.put('r', text('0123'));
      const short = { class: 'data', code: 'STORE_OBJECT_SHORT' };
      await expect(store.getRange('r', 2, 3)).rejects.toMatchObject(short);
      await expect(store.getRange('r', 9, 1)).rejects.toMatchObject(short);
      expect(await store.getRange('r', 4, 0)).toHaveLength(0);
    });

    it('sees a replaced or deleted object in later range reads', async () => {
      await store.put('r', text('aaaa'));
      await store.getRange('r', 0, 2);
      await store.put('r', text('bbbb'));
      expect(new TextDecoder().decode(await store.getRange('r', 0, 2))).toBe('bb');
      await store.delete(['r']);
      await expect(store.getRange('r', 0, 2)).rejects.toMatchObject({ code: 'STORE_NOT_FOUND' });
    });

    it('gives the caller a buffer of its own', async () => {
      const body = new Uint8Array([1, 2, 3]);
      await store.put('own', [body]);
      body[0] = 9;
      const first = await store.get('own');
      expect(first).toEqual(new Uint8Array([1, 2, 3]));
      first[1] = 9;
      expect(await store.get('own')).toEqual(new Uint8Array([1, 2, 3]));
    });

    it('creates once', async () => {
      expect(await store.putIfAbsent('k', text('first'))).toBe('won');
      expect(await store.putIfAbsent('k', text('second'))).toBe('lost');
      expect(await textOf(store, 'k')).toBe('first');
    });

    it('lets exactly one of many creators win', async () => {
      const names = Array.from({ length: 16 }, (_, index) => `writer-${index}`);
      const outcomes = await Promise.all(names.map((who) => store.putIfAbsent('race', text(who))));
      expect(outcomes.filter((outcome) => outcome === 'won')).toHaveLength(1);
      expect(await textOf(store, 'race')).toBe(names[outcomes.indexOf('won')]);
    });

    it('swaps only the expected version', async () => {
      expect(await store.compareAndSwap('root', text('v1'), null)).toBe('won');
      expect(await store.compareAndSwap('root', text('v1b'), null)).toBe('lost');
      const first = (await store.head('root'))!.etag;
      expect(await store.compareAndSwap('root', text('v2'), first)).toBe('won');
      expect(await store.compareAndSwap('root', text('v3'), first)).toBe('lost');
      expect(await textOf(store, 'root')).toBe('v2');
      await store.delete(['root']);
      expect(await store.compareAndSwap('root', text('v4'), first)).toBe('lost');
    });

    it('lets exactly one of many swappers win', async () => {
      await store.put('root', text('v0'));
      const { etag } = (await store.head('root'))!;
      const names = Array.from({ length: 16 }, (_, index) => `swapper-${index}`);
      const outcomes = await Promise.all(
        names.map((who) => store.compareAndSwap('root', text(who), etag)),
      );
      expect(outcomes.filter((outcome) => outcome === 'won')).toHaveLength(1);
      expect(await textOf(store, 'root')).toBe(names[outcomes.indexOf('won')]);
    });

    it('lists in key order by prefix, with sizes and etags', async () => {
      for (const key of ['a/c', 'a-b', 'a/b/x', 'b', 'a.z', 'a/bb'])
        await store.put(key, text(key));
      expect(await keysOf(store, '')).toEqual(['a-b', 'a.z', 'a/b/x', 'a/bb', 'a/c', 'b']);
      expect(await keysOf(store, 'a/')).toEqual(['a/b/x', 'a/bb', 'a/c']);
      expect(await keysOf(store, 'a/b')).toEqual(['a/b/x', 'a/bb']);
      expect(await keysOf(store, 'none/')).toEqual([]);
      for await (const info of store.list('a/bb')) {
        expect(info).toEqual(await store.head('a/bb'));
        expect(info.bytes).toBe(4);
      }
    });

    it('deletes, and does not mind what is absent', async () => {
      await store.put('d/x', text('x'));
      await store.put('d/y', text('y'));
      await store.delete(['d/x', 'd/none']);
      await store.delete([]);
      expect(await keysOf(store, 'd/')).toEqual(['d/y']);
      await store.put('d/x', text('again'));
      expect(await textOf(store, 'd/x')).toBe('again');
    });

    it('shows a written object only when it is finished', async () => {
      const writer = await store.openWriter('w/out');
      await writer.write(utf8.encode('front '));
      await writer.write(utf8.encode('back'));
      expect(await store.head('w/out')).toBeNull();
      expect(await keysOf(store, '')).toEqual([]);
      expect(await writer.finish({ ifAbsent: true })).toBe('won');
      expect(await textOf(store, 'w/out')).toBe('front back');
    });

    it('loses a writer that comes second, and replaces when asked to', async () => {
      await store.put('w', text('first'));
      const late = await store.openWriter('w');
      await late.write(utf8.encode('second'));
      expect(await late.finish({ ifAbsent: true })).toBe('lost');
      expect(await textOf(store, 'w')).toBe('first');
      const replacing = await store.openWriter('w');
      await replacing.write(utf8.encode('third'));
      expect(await replacing.finish({ ifAbsent: false })).toBe('won');
      expect(await textOf(store, 'w')).toBe('third');
    });

    it('leaves nothing of an aborted writer', async () => {
      const writer = await store.openWriter('w');
      await writer.write(utf8.encode('some'));
      await writer.abort();
      expect(await store.head('w')).toBeNull();
      expect(await keysOf(store, '')).toEqual([]);
    });

    it('refuses keys that could leave the store', async () => {
      for (const key of ['../x', '/x', 'a//b', 'a/../b', '', 'a/', '.hidden', 'a b', 'a\\b', 'é']) {
        await expect(store.put(key, text('x')), key).rejects.toThrow(/bad object key/);
        await expect(store.get(key), key).rejects.toThrow(/bad object key/);
      }
    });
  });
}
