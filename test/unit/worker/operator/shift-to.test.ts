import { describe, expect, test } from 'vitest';
import { StringPool } from '../../../../shared/column/string-pool.ts';
import { I64 } from '../../../../shared/types/data-type.ts';
import { sliceColumn } from '../../../../shared/column/take.ts';
import type { PendingRows, PendingSource } from '../../../../worker/operator/shift-to.ts';
import { ShiftToOperator } from '../../../../worker/operator/shift-to.ts';
import type { PendingReference } from '../../../../worker/operator/state.ts';
import { lowerBound, sliceRows } from '../../../../worker/operator/rows.ts';
import { column, plain, printRows, rowsOf } from './domain.ts';
import type { Row } from './domain.ts';

/** A source row, where it goes (null: nowhere) and its value. */
type Move = readonly [row: Row, target: number | null, value: number];

interface Answer {
  /** `target.subsort entity = value` per row. */
  readonly rows: string[];
  readonly dropped: number;
  /** The most objects of waiting rows that any slice left. */
  readonly objects: number;
}

/** Runs batches cut at `cuts`. At each of `slices`, a new operator goes on from what the old one left. */
async function shift(
  moves: readonly Move[],
  cuts: readonly number[] = [],
  slices: readonly number[] = [],
): Promise<Answer> {
  const pool = new StringPool();
  const source = rowsOf(moves.map(([row]) => row));
  const values = column(
    I64,
    moves.map(([, , value]) => value),
    pool,
  );
  const targets = BigInt64Array.from(moves, ([, target]) => BigInt(target ?? 0));
  const validity = Uint8Array.from(moves, ([, target]) => (target === null ? 0 : 1));
  let waiting: PendingRows[] = [];
  let objects = 0;
  let operator = new ShiftToOperator([I64], 3, pool);
  let dropped = 0;
  const rows: string[] = [];
  const edges = [null, ...new Set([...cuts, ...slices].toSorted((a, b) => a - b)), null];
  for (const [index, high] of edges.slice(1).entries()) {
    const low = edges[index]!;
    if (low !== null && slices.includes(low)) {
      const before = operator;
      const { kept, rows: left } = await before.takePending(BigInt(low));
      waiting = waiting.filter((_, at) => kept.some(({ key }) => key === `w${at}`));
      if (left !== null) waiting.push(left);
      objects = Math.max(objects, waiting.length);
      dropped += before.dropped;
      operator = new ShiftToOperator([I64], 3, pool);
      operator.emitted.set(before.emitted);
      for (const [at, each] of waiting.entries())
        operator.addEarlier(reference(at, each), readable(each));
    }
    const start = low === null ? 0 : lowerBound(source.time, BigInt(low));
    const end = high === null ? source.length : lowerBound(source.time, BigInt(high));
    const shifted = await operator.process(
      sliceRows(source, start, end),
      targets.subarray(start, end),
      validity.subarray(start, end),
      [sliceColumn(values, start, end)],
      low === null ? null : BigInt(low),
      high === null ? null : BigInt(high),
    );
    const carried = plain(shifted.columns[0]!);
    for (const [at, row] of printRows(shifted.rows).entries())
      rows.push(`${row} = ${String(carried[at])}`);
  }
  return { rows, dropped: dropped + operator.dropped, objects };
}

function reference(at: number, { target }: PendingRows): PendingReference {
  return { domain: 0, key: `w${at}`, rows: target.length, lastTarget: String(target.at(-1)) };
}

function readable(rows: PendingRows): PendingSource {
  return {
    read: async (low, high) => {
      const start = low === null ? 0 : lowerBound(rows.target, low);
      const end = high === null ? rows.target.length : lowerBound(rows.target, high);
      if (start === end) return null;
      return {
        target: rows.target.slice(start, end),
        entity: rows.entity.slice(start, end),
        columns: rows.columns.map((each) => sliceColumn(each, start, end)),
      };
    },
  };
}

const MOVES: readonly Move[] = [
  [[10, 0, 0], 30, 1],
  [[10, 1, 0], 20, 2],
  [[11, 0, 1], 30, 3],
  [[15, 0, 0], 15, 4],
  [[20, 0, 0], 30, 5],
  [[20, 0, 2], 30, 6],
  [[25, 0, 1], 60, 7],
  [[26, 0, 1], 55, 8],
  [[30, 0, 0], 30, 9],
];

describe('shift_to', () => {
  test('numbers each entity from 0 on by (target, source order), never starting again', async () => {
    expect((await shift(MOVES)).rows).toEqual([
      '15.0 0 = 4',
      '20.1 0 = 2',
      '30.0 1 = 3',
      '30.0 2 = 6',
      '30.2 0 = 1',
      '30.3 0 = 5',
      '30.4 0 = 9',
      '55.1 1 = 8',
      '60.2 1 = 7',
    ]);
  });

  test('gives the same rows for any batches and slices', async () => {
    const { rows } = await shift(MOVES);
    const every = [10, 11, 15, 16, 20, 25, 26, 30, 31, 55, 60, 61];
    for (const cut of every) {
      expect((await shift(MOVES, [cut])).rows, `batch cut at ${cut}`).toEqual(rows);
      expect((await shift(MOVES, [], [cut])).rows, `slice cut at ${cut}`).toEqual(rows);
    }
    expect((await shift(MOVES, every)).rows).toEqual(rows);
    expect((await shift(MOVES, [], every)).rows).toEqual(rows);
    expect((await shift(MOVES, every, [15, 30])).rows).toEqual(rows);
  });

  test('drops a null or earlier target and counts it; its own time is allowed; a null value moves', async () => {
    const moves: Move[] = [
      [[10, 0], null, 1],
      [[10, 1], 9, 2],
      [[10, 2], 10, 3],
    ];
    expect(await shift(moves)).toMatchObject({ rows: ['10.0 0 = 3'], dropped: 2 });
    expect(await shift(moves, [], [10])).toMatchObject({ rows: ['10.0 0 = 3'], dropped: 2 });
  });

  test('a constant target gathers everything at one instant, in source order per entity', async () => {
    const moves = MOVES.map(([row, , value]): Move => [row, 100, value]);
    const rows = [
      '100.0 0 = 1',
      '100.0 1 = 3',
      '100.0 2 = 6',
      '100.1 0 = 2',
      '100.1 1 = 7',
      '100.2 0 = 4',
      '100.2 1 = 8',
      '100.3 0 = 5',
      '100.4 0 = 9',
    ];
    expect((await shift(moves)).rows).toEqual(rows);
    expect((await shift(moves, [20], [11, 25, 100])).rows).toEqual(rows);
  });

  test('of two rows with one order key the ordinals decide', async () => {
    const moves: Move[] = [
      [[10, 0, 0, 0], 20, 1],
      [[10, 0, 0, 1], 20, 2],
    ];
    expect((await shift(moves)).rows).toEqual(['20.0 0 = 1', '20.1 0 = 2']);
  });

  test('counts beyond 32 bits', async () => {
    const pool = new StringPool();
    const operator = new ShiftToOperator([], 1, pool);
    operator.emitted[0] = 2 ** 33 + 5;
    const { rows } = await operator.process(
      rowsOf([[1, 0]]),
      BigInt64Array.of(2n),
      null,
      [],
      null,
      null,
    );
    expect([...rows.subsort]).toEqual([2n ** 33n + 5n]);
  });

  test('many slices leave no more than 32 objects, and rows of one target keep their order', async () => {
    const moves = Array.from({ length: 120 }, (_, at): Move => [
      [at, 0, at % 3],
      500 + (at % 2),
      at,
    ]);
    const slices = Array.from({ length: 119 }, (_, at) => at + 1);
    const cut = await shift(moves, [], slices);
    expect(cut.rows).toEqual((await shift(moves)).rows);
    expect(cut.rows.length).toBe(120);
    expect(cut.objects).toBe(32);
  });
});
