import { describe, expect, it } from 'vitest';
import { StringPool } from '../../../../shared/column/string-pool.ts';
import { columnFromValues, columnValues } from '../../../../shared/column/values.ts';
import { openMemoryStore } from '../../../../shared/storage/memory-store.ts';
import {
  SAMPLE_ROWS,
  openSortedRun,
  writeSortedRun,
} from '../../../../shared/storage/sorted-run.ts';
import type { RunContents } from '../../../../shared/storage/sorted-run.ts';
import { F64, STRING } from '../../../../shared/types/data-type.ts';

/** Rows a second apart, alternating between the two entities of a dictionary of three. */
function contents(count: number): RunContents {
  const pool = new StringPool();
  const rows = Array.from({ length: count }, (_, row) => row);
  return {
    rows: {
      time: BigInt64Array.from(rows, (row) => BigInt(row) * 1_000_000_000n - 5n),
      subsort: BigUint64Array.from(rows, (row) => 2n ** 63n + BigInt(row)),
      entity: Int32Array.from(rows, (row) => (row % 2) * 2),
    },
    entityHash: BigUint64Array.of(0n, 8n, 2n ** 64n - 1n),
    entityKeys: columnFromValues(STRING, [null, 'unused', 'ann'], pool),
    fields: [
      {
        name: 'same',
        column: columnFromValues(
          F64,
          rows.map((row) => (row === 1 ? null : row / 2)),
          pool,
        ),
      },
      {
        name: 'same',
        column: columnFromValues(
          STRING,
          rows.map((row) => `v${row}`),
          pool,
        ),
      },
    ],
  };
}

describe('a sorted run', () => {
  it('says its rows, times and bytes without being read', async () => {
    const store = openMemoryStore();
    const ref = await writeSortedRun(store, 'run', contents(3));
    const bytes = (await store.head('run'))!.bytes;
    expect(ref).toEqual({ key: 'run', rows: 3, minTime: '-5', maxTime: '1999999995', bytes });
  });

  it('reads ranges of rows, keys and fields', async () => {
    const store = openMemoryStore();
    const run = await openSortedRun(store, await writeSortedRun(store, 'run', contents(3000)));
    expect([run.rows, run.fieldNames]).toEqual([3000, ['same', 'same']]);
    expect(await run.readRows(1, 3)).toEqual({
      time: BigInt64Array.of(999_999_995n, 1_999_999_995n),
      subsort: BigUint64Array.of(2n ** 63n + 1n, 2n ** 63n + 2n),
      entity: Int32Array.of(2, 0),
    });
    const pool = new StringPool();
    expect(await run.entityHash()).toEqual(BigUint64Array.of(0n, 8n, 2n ** 64n - 1n));
    expect(columnValues(await run.readKeys(0, 3, pool))).toEqual([null, 'unused', 'ann']);
    expect(columnValues(await run.readField(0, 0, 3, pool))).toEqual([0, null, 1]);
    expect(columnValues(await run.readField(1, 2998, 3000, pool))).toEqual(['v2998', 'v2999']);
  });

  it('samples the order key of every 1024th row', async () => {
    const store = openMemoryStore();
    const run = await openSortedRun(
      store,
      await writeSortedRun(store, 'run', contents(2 * SAMPLE_ROWS + 1)),
    );
    const second = BigInt(SAMPLE_ROWS);
    expect(await run.samples()).toEqual({
      time: BigInt64Array.of(-5n, second * 1_000_000_000n - 5n, 2n * second * 1_000_000_000n - 5n),
      subsort: BigUint64Array.of(2n ** 63n, 2n ** 63n + second, 2n ** 63n + 2n * second),
      hash: BigUint64Array.of(0n, 0n, 0n),
    });
  });

  it('keeps rows that tie, and refuses rows out of order', async () => {
    const store = openMemoryStore();
    const base = contents(2);
    const withRows = (entity: readonly number[]): RunContents => ({
      ...base,
      rows: {
        time: BigInt64Array.of(1n, 1n),
        subsort: BigUint64Array.of(1n, 1n),
        entity: Int32Array.from(entity),
      },
    });
    await writeSortedRun(store, 'run', withRows([2, 2]));
    await expect(writeSortedRun(store, 'run', withRows([2, 0]))).rejects.toThrow(
      'sorted run: row 1 is before the row above it',
    );
    await expect(writeSortedRun(store, 'run', contents(0))).rejects.toThrow(
      'sorted run: it has rows',
    );
  });
});
