import { describe, expect, test } from 'vitest';
import { StringPool } from '../../../../shared/column/string-pool.ts';
import { openMemoryStore } from '../../../../shared/storage/memory-store.ts';
import { STRING } from '../../../../shared/types/data-type.ts';
import { openPending, writePending } from '../../../../worker/operator/pending-log.ts';
import { recordReads } from '../../../support/recording-store.ts';
import { column, plain } from './domain.ts';

async function written(): Promise<ReturnType<typeof openMemoryStore>> {
  const store = openMemoryStore();
  const pool = new StringPool();
  await writePending(
    store,
    'w',
    {
      target: BigInt64Array.of(10n, 20n, 20n, 30n),
      entity: Int32Array.of(1, 0, 1, 2),
      columns: [column(STRING, ['a', null, 'c', 'd'], pool)],
    },
    BigUint64Array.of(5n, 7n, 2n ** 63n),
  );
  return store;
}

describe('the pending log', () => {
  test('gives rows by ranges of target, under the indices of the reading cell', async () => {
    const hashes = BigUint64Array.of(1n, 5n, 6n, 7n, 2n ** 63n);
    const source = await openPending(await written(), 'w', hashes, new StringPool());
    const some = (await source.read(20n, 30n))!;
    expect([...some.target]).toEqual([20n, 20n]);
    expect([...some.entity]).toEqual([1, 3]);
    expect(plain(some.columns[0]!)).toEqual([null, 'c']);
    const first = (await source.read(null, 20n))!;
    expect(plain(first.columns[0]!)).toEqual(['a']);
    const rest = (await source.read(21n, null))!;
    expect([...rest.entity]).toEqual([4]);
  });

  test('where nothing is due nothing is read', async () => {
    const { store, reads } = recordReads(await written());
    const source = await openPending(
      store,
      'w',
      BigUint64Array.of(5n, 7n, 2n ** 63n),
      new StringPool(),
    );
    const before = reads.length;
    expect(await source.read(11n, 20n)).toBeNull();
    expect(await source.read(31n, null)).toBeNull();
    expect(reads.length).toBe(before);
  });

  test('a row of an entity that the cell does not have is our mistake', async () => {
    const source = await openPending(await written(), 'w', BigUint64Array.of(5n), new StringPool());
    await expect(source.read(null, null)).rejects.toThrow('pending log');
  });
});
