import { describe, expect, test } from 'vitest';
import { StringPool } from '../../../../shared/column/string-pool.ts';
import { sliceColumn } from '../../../../shared/column/take.ts';
import { STRING } from '../../../../shared/types/data-type.ts';
import { sliceRows } from '../../../../worker/operator/rows.ts';
import { ShiftUntilOperator } from '../../../../worker/operator/shift-until.ts';
import { column, plain, printRows, rowsOf } from './domain.ts';
import type { Row } from './domain.ts';

type Event = readonly [row: Row, value: string | null, release: boolean];

const EVENTS: readonly Event[] = [
  [[10, 0, 0], 'a', false],
  [[11, 0, 1], 'b', false],
  [[12, 0, 0], null, false],
  [[13, 0, 0], 'd', true],
  [[13, 0, 1], 'e', true],
  [[14, 0, 1], 'f', true],
  [[15, 0, 0], 'g', false],
  [[16, 0, 0], 'h', true],
  [[17, 0, 1], 'never', false],
];

/** The rows and values, with a batch per `cuts` and another operator, loaded from the last one's state, per `slices`. */
function hold(
  events: readonly Event[],
  cuts: readonly number[],
  slices: readonly number[],
): string[] {
  const pool = new StringPool();
  const rows = rowsOf(events.map(([row]) => row));
  const values = column(
    STRING,
    events.map(([, value]) => value),
    pool,
  );
  const release = Uint8Array.from(events, (event) => (event[2] ? 1 : 0));
  let operator = new ShiftUntilOperator([STRING], 2, pool);
  const edges = [0, ...new Set([...cuts, ...slices].toSorted((a, b) => a - b)), events.length];
  return edges.slice(1).flatMap((end, index) => {
    const start = edges[index]!;
    if (slices.includes(start)) {
      const before = operator;
      operator = new ShiftUntilOperator([STRING], 2, pool);
      operator.emitted.set(before.emitted);
      operator.load(before.save(), Int32Array.of(0, 1));
    }
    const shifted = operator.process(sliceRows(rows, start, end), release.subarray(start, end), [
      sliceColumn(values, start, end),
    ]);
    const carried = plain(shifted.columns[0]!);
    return printRows(shifted.rows).map((row, at) => `${row} ${String(carried[at])}`);
  });
}

describe('shift_until', () => {
  const EXPECTED = [
    '13.0 0 a',
    '13.0 1 b',
    '13.1 0 null',
    '13.1 1 e',
    '13.2 0 d',
    '14.2 1 f',
    '16.3 0 g',
    '16.4 0 h',
  ];

  test('releases all held rows of the entity in order of arrival, its own included, numbered per entity', () => {
    expect(hold(EVENTS, [], [])).toEqual(EXPECTED);
  });

  test('gives the same rows for any batches and slices', () => {
    for (const cut of [1, 2, 3, 5, 6, 7, 8]) {
      expect(hold(EVENTS, [cut], []), `batch before event ${cut}`).toEqual(EXPECTED);
      expect(hold(EVENTS, [], [cut]), `slice before event ${cut}`).toEqual(EXPECTED);
    }
    expect(hold(EVENTS, [], [1, 2, 3, 5, 6, 7, 8])).toEqual(EXPECTED);
  });

  test('two releases at one time: each emits what came since the other', () => {
    const events: Event[] = [
      [[10, 0, 0], 'a', false],
      [[12, 0, 0], 'b', true],
      [[12, 1, 0], 'c', true],
    ];
    expect(hold(events, [], [])).toEqual(['12.0 0 a', '12.1 0 b', '12.2 0 c']);
  });

  test('the state lists the held rows of each entity, and another index can take it over', () => {
    const pool = new StringPool();
    const first = new ShiftUntilOperator([STRING], 2, pool);
    first.process(
      rowsOf([
        [10, 0, 1],
        [11, 0, 0],
        [12, 0, 1],
      ]),
      new Uint8Array(3),
      [column(STRING, ['x', 'y', 'z'], pool)],
    );
    const saved = first.save();
    expect(plain(saved)).toEqual([[{ c0: 'y' }], [{ c0: 'x' }, { c0: 'z' }]]);
    const second = new ShiftUntilOperator([STRING], 5, pool);
    second.load(saved, Int32Array.of(4, 2));
    const { rows, columns } = second.process(rowsOf([[20, 0, 2]]), Uint8Array.of(1), [
      column(STRING, ['w'], pool),
    ]);
    expect(printRows(rows)).toEqual(['20.0 2', '20.1 2', '20.2 2']);
    expect(plain(columns[0]!)).toEqual(['x', 'z', 'w']);
    expect(plain(second.save())).toEqual([[], [], [], [], [{ c0: 'y' }]]);
  });
});
