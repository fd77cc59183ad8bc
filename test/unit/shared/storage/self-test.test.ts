/** The self-test passes a sound store and names what an unsound one gets wrong. */
import { describe, expect, it } from 'vitest';
import { AppError } from '../../../../shared/base/app-error.ts';
import { openMemoryStore } from '../../../../shared/storage/memory-store.ts';
import type { ObjectStore } from '../../../../shared/storage/object-store.ts';
import { testStore } from '../../../../shared/storage/self-test.ts';
import { keysOf } from '../../../support/store-contract.ts';
import { recordReads } from '../../../support/recording-store.ts';

/** A sound store with some operations replaced. */
function broken(change: (sound: ObjectStore) => Partial<ObjectStore>): ObjectStore {
  const sound = openMemoryStore();
  return { ...recordReads(sound).store, ...change(sound) };
}

describe('self-test', () => {
  it('passes a sound store and leaves nothing in it', async () => {
    const store = openMemoryStore();
    await testStore(store, store, 'id');
    expect(await keysOf(store, '')).toEqual([]);
  });

  it.each<[string, (sound: ObjectStore) => Partial<ObjectStore>]>([
    [
      'it creates an object twice (If-None-Match is ignored)',
      (sound) => ({
        putIfAbsent: async (key, body) => {
          await sound.put(key, body);
          return 'won';
        },
      }),
    ],
    [
      'it replaces an object that has changed (If-Match is ignored)',
      (sound) => ({
        compareAndSwap: async (key, body) => {
          await sound.put(key, body);
          return 'won';
        },
      }),
    ],
    [
      'it creates an object in parts twice (If-None-Match is ignored at completion)',
      (sound) => ({
        openWriter: async (key) => {
          const writer = await sound.openWriter(key);
          return { ...writer, finish: () => writer.finish({ ifAbsent: false }) };
        },
      }),
    ],
    ['a list lacks objects just written', () => ({ list: async function* () {} })],
    ['a deleted object is still there', () => ({ delete: async () => {} })],
  ])('refuses a store: %s', async (failing, change) => {
    const store = broken(change);
    await expect(testStore(store, store, 'id')).rejects.toMatchObject({
      class: 'user',
      code: 'STORE_UNFIT',
      message: `the store memory cannot be used: ${failing}`,
    });
  });

  it('says plainly that there is no bucket, and not that tidying up failed', async () => {
    const missing = (doing: string) => async (): Promise<never> => {
      const message = `${doing} in memory: there is no such bucket`;
      throw new AppError('user', 'STORE_BUCKET_MISSING', message);
    };
    const store = broken(() => ({
      putIfAbsent: missing('writing `self-test/id/once`'),
      delete: missing('deleting `self-test/id/once`'),
    }));
    await expect(testStore(store, store, 'id')).rejects.toMatchObject({
      class: 'user',
      code: 'STORE_BUCKET_MISSING',
      message: 'the store memory cannot be used: there is no such bucket',
    });
  });
});
