import { describe, expect, it } from 'vitest';
import { assert } from '../../../../shared/base/assert.ts';
import { fixedColumn, flatColumn, isFlatType } from '../../../../shared/column/column.ts';
import { StringPool } from '../../../../shared/column/string-pool.ts';
import { sliceColumn } from '../../../../shared/column/take.ts';
import { columnFromValues, columnValues } from '../../../../shared/column/values.ts';
import { openMemoryStore } from '../../../../shared/storage/memory-store.ts';
import {
  SAMPLE_ROWS,
  openSortedRun,
  writeSortedRun,
} from '../../../../shared/storage/sorted-run.ts';
import type { RunContents, RunRows, SortedRun } from '../../../../shared/storage/sorted-run.ts';
import { F64, STRING } from '../../../../shared/types/data-type.ts';

/** Rows a second apart, alternating between the two entities of a dictionary of three. */
function contents(count: number): RunContents {
  const pool = new StringPool();
  const rows = Array.from({ length: count }, (_, row) => row);
  return {
    rows: [
      {
        time: BigInt64Array.from(rows, (row) => BigInt(row) * 1_000_000_000n - 5n),
        subsort: BigUint64Array.from(rows, (row) => 2n ** 63n + BigInt(row)),
        entity: Int32Array.from(rows, (row) => (row % 2) * 2),
      },
    ],
    entityHash: BigUint64Array.of(0n, 8n, 2n ** 64n - 1n),
    entityKeys: columnFromValues(STRING, [null, 'unused', 'ann'], pool),
    fields: [
      {
        name: 'same',
        type: F64,
        parts: [
          columnFromValues(
            F64,
            rows.map((row) => (row === 1 ? null : row / 2)),
            pool,
          ),
        ],
      },
      {
        name: 'same',
        type: STRING,
        parts: [
          columnFromValues(
            STRING,
            rows.map((row) => `v${row}`),
            pool,
          ),
        ],
      },
    ],
    pool,
  };
}

/** [0, ends[0]), [ends[0], ends[1]), … */
function piecesOf(ends: readonly number[]): [from: number, to: number][] {
  return ends.map((end, at) => [ends[at - 1] ?? 0, end]);
}

async function readRows(run: SortedRun, from: number, to: number): Promise<RunRows> {
  const rows = {
    time: new BigInt64Array(to - from),
    subsort: new BigUint64Array(to - from),
    entity: new Int32Array(to - from),
  };
  await run.readRows(from, rows);
  return rows;
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
    expect(await readRows(run, 1, 3)).toEqual({
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

  it('is the same bytes in whatever pieces its rows and fields come', async () => {
    const store = openMemoryStore();
    const count = SAMPLE_ROWS + 40;
    const whole = contents(count);
    const [all] = whole.rows;
    const plain = {
      name: 'plain',
      type: F64,
      values: Float64Array.from({ length: count }, Math.sqrt),
    };
    const withPieces = (rowEnds: readonly number[], fieldEnds: readonly number[]): RunContents => ({
      ...whole,
      rows: piecesOf(rowEnds).map(([from, to]) => ({
        time: all!.time.subarray(from, to),
        subsort: all!.subsort.subarray(from, to),
        entity: all!.entity.subarray(from, to),
      })),
      fields: [
        ...whole.fields.map(({ name, type, parts }) => ({
          name,
          type,
          parts: piecesOf(fieldEnds).map(([from, to]) => sliceColumn(parts[0]!, from, to)),
        })),
        {
          name: plain.name,
          type: plain.type,
          parts: piecesOf(fieldEnds).map(([from, to]) =>
            fixedColumn(F64, plain.values.subarray(from, to)),
          ),
        },
      ],
    });
    await writeSortedRun(store, 'one', withPieces([count], [count]));
    await writeSortedRun(
      store,
      'many',
      withPieces([1, 1, 700, SAMPLE_ROWS, count], [SAMPLE_ROWS + 1, count]),
    );
    expect(await store.get('many')).toEqual(await store.get('one'));
    const run = await openSortedRun(store, { key: 'many' });
    expect([0, 1, 2].map((field) => run.hasNulls(field))).toEqual([true, false, false]);
    const pool = new StringPool();
    for (const [index, values] of [
      new Float64Array(4).fill(7),
      new Int32Array(4).fill(7),
      new Float64Array(4).fill(7),
    ].entries()) {
      const { type, parts } = withPieces([count], [count]).fields[index]!;
      const rows = { values, validity: new Uint8Array(4).fill(7) };
      await run.readFlatField(index, 0, rows, pool);
      assert(isFlatType(type), 'test: the fields are flat');
      const expected = columnValues(sliceColumn(parts[0]!, 0, 4));
      expect(columnValues(flatColumn(type, rows, pool))).toEqual(expected);
    }
  });

  it('keeps times, subsorts and entities whole that cannot be packed', async () => {
    const store = openMemoryStore();
    const entities = 65_537;
    const rows = {
      time: BigInt64Array.of(-(2n ** 63n), 0n, 2n ** 63n - 1n),
      subsort: BigUint64Array.of(0n, 2n ** 64n - 1n, 5n),
      entity: Int32Array.of(65_536, 0, 1),
    };
    const pool = new StringPool();
    const run = await openSortedRun(
      store,
      await writeSortedRun(store, 'run', {
        rows: [rows],
        entityHash: BigUint64Array.from({ length: entities }, (_, at) => BigInt(at)),
        entityKeys: fixedColumn(F64, new Float64Array(entities)),
        fields: [],
        pool,
      }),
    );
    expect(await readRows(run, 0, 3)).toEqual(rows);
  });

  it('keeps rows that tie, and refuses rows out of order', async () => {
    const store = openMemoryStore();
    const base = contents(2);
    const withRows = (entity: readonly number[]): RunContents => ({
      ...base,
      rows: [
        {
          time: BigInt64Array.of(1n, 1n),
          subsort: BigUint64Array.of(1n, 1n),
          entity: Int32Array.from(entity),
        },
      ],
    });
    await writeSortedRun(store, 'run', withRows([2, 2]));
    await expect(writeSortedRun(store, 'run', withRows([2, 0]))).rejects.toThrow(
      'sorted run: row 1 is before the row above it',
    );
    const single = (time: bigint): RunRows => ({
      time: BigInt64Array.of(time),
      subsort: BigUint64Array.of(1n),
      entity: Int32Array.of(0),
    });
    const inTwo = { ...base, rows: [single(7n), single(6n)] };
    await expect(writeSortedRun(store, 'run', inTwo)).rejects.toThrow(
      'sorted run: row 1 is before the row above it',
    );
    await expect(writeSortedRun(store, 'run', contents(0))).rejects.toThrow(
      'sorted run: it has rows',
    );
  });
});
