import { describe, expect, test } from 'vitest';
import { StringPool } from '../../../../shared/column/string-pool.ts';
import { openMemoryStore } from '../../../../shared/storage/memory-store.ts';
import type { Value } from '../../../../shared/column/values.ts';
import { I64, STRING } from '../../../../shared/types/data-type.ts';
import { loadState, saveState } from '../../../../worker/operator/state.ts';
import { column, plain } from './domain.ts';

interface Snapshot {
  readonly hashes: readonly bigint[];
  readonly keys: readonly Value[];
  readonly seen: readonly number[];
  readonly sums: readonly Value[];
  readonly names: readonly Value[];
  /** Strings that the cell's pool has met before. */
  readonly met?: readonly string[];
}

async function save(
  snapshot: Snapshot,
): Promise<{ key: string; bytes: Uint8Array; load: () => ReturnType<typeof loadState> }> {
  const store = openMemoryStore();
  const pool = new StringPool();
  for (const text of snapshot.met ?? []) pool.intern(text);
  const key = await saveState({
    store,
    keyPrefix: 'cell-state',
    time: '100',
    entities: {
      count: snapshot.hashes.length,
      hashes: BigUint64Array.from(snapshot.hashes),
      keys: column(STRING, snapshot.keys, pool),
    },
    seen: Uint8Array.from(snapshot.seen),
    columns: [
      { name: 'a1.sum', column: column(I64, snapshot.sums, pool) },
      { name: 'm2', column: column(STRING, snapshot.names, pool) },
    ],
    pending: [{ domain: 3, key: 'w3', rows: 2, lastTarget: '500' }],
  });
  return { key, bytes: await store.get(key), load: () => loadState(store, key, new StringPool()) };
}

const SNAPSHOT: Snapshot = {
  hashes: [1n, 5n, 2n ** 63n],
  keys: ['ann', 'bob', null],
  seen: [1, 0, 1],
  sums: [10, 99, null],
  names: ['x', 'y', 'z'],
};

describe('a state snapshot', () => {
  test('gives back what was saved, without the entities that had no row', async () => {
    const loaded = await (await save(SNAPSHOT)).load();
    expect([...loaded.entities.hashes]).toEqual([1n, 2n ** 63n]);
    expect(plain(loaded.entities.keys)).toEqual(['ann', null]);
    expect([...loaded.columns.keys()]).toEqual(['a1.sum', 'm2']);
    expect(plain(loaded.columns.get('a1.sum')!)).toEqual([10, null]);
    expect(plain(loaded.columns.get('m2')!)).toEqual(['x', 'z']);
    expect(loaded.pending).toEqual([{ domain: 3, key: 'w3', rows: 2, lastTarget: '500' }]);
  });

  test('has the same bytes and key whatever the unseen entities and the pool held', async () => {
    const one = await save(SNAPSHOT);
    const other = await save({
      hashes: [1n, 2n ** 63n],
      keys: ['ann', null],
      seen: [1, 1],
      sums: [10, null],
      names: ['x', 'z'],
      met: ['z', 'something else', 'ann'],
    });
    expect(other.key).toBe(one.key);
    expect(Buffer.compare(other.bytes, one.bytes)).toBe(0);
    expect((await save({ ...SNAPSHOT, sums: [11, 99, null] })).key).not.toBe(one.key);
  });

  test('of nobody', async () => {
    const loaded = await (await save({ ...SNAPSHOT, seen: [0, 0, 0] })).load();
    expect(loaded.entities.hashes.length).toBe(0);
    expect(plain(loaded.columns.get('m2')!)).toEqual([]);
  });
});
