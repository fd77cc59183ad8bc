/** The examples and rules of language.md, section 4, on the aggregation operators. */
import { describe, expect, test } from 'vitest';
import { StringPool } from '../../../../../shared/column/string-pool.ts';
import { columnFromValues, columnValues } from '../../../../../shared/column/values.ts';
import type { Value } from '../../../../../shared/column/values.ts';
import { scalar } from '../../../../../shared/types/data-type.ts';
import type { DataType, ScalarKind } from '../../../../../shared/types/data-type.ts';
import { createAggregate } from '../../../../../worker/operator/aggregate/aggregate.ts';
import type {
  AggregateFunction,
  AggregateSpec,
} from '../../../../../worker/operator/aggregate/aggregate.ts';
import {
  COLLECT_BATCH_ELEMENTS_MAX,
  COLLECT_VALUES_MAX,
} from '../../../../../worker/operator/aggregate/collect.ts';

interface Run {
  readonly type?: DataType | ScalarKind;
  readonly values: readonly Value[];
  /** Entity per row; all rows are of one entity if absent. */
  readonly entity?: readonly number[];
  readonly isNew?: readonly number[];
  readonly boundary?: readonly number[];
  readonly window?: AggregateSpec['window'];
  readonly max?: number | null;
  readonly min?: number;
}

function aggregate(fn: AggregateFunction, run: Run): Value[] {
  const pool = new StringPool();
  const type = typeof run.type === 'object' ? run.type : scalar(run.type ?? 'i64');
  const operator = createAggregate(
    {
      fn,
      inputType: type,
      outputType: outputType(fn, type),
      window: run.window ?? (run.boundary === undefined ? null : { kind: 'since' }),
      max: run.max ?? null,
      min: run.min ?? null,
    },
    3,
    pool,
  );
  const length = run.values.length;
  const column = operator.process(
    { length, entity: run.entity ? Int32Array.from(run.entity) : new Int32Array(length) },
    columnFromValues(type, run.values, pool),
    run.isNew ? Uint8Array.from(run.isNew) : null,
    run.boundary ? Uint8Array.from(run.boundary) : null,
  );
  expect(column.length).toBe(length);
  return columnValues(column);
}

function outputType(fn: AggregateFunction, type: DataType): DataType {
  switch (fn) {
    case 'count':
    case 'count_if':
      return scalar('u32');
    case 'mean':
    case 'variance':
    case 'stddev':
      return scalar('f64');
    case 'collect':
      return { kind: 'list', element: type };
    default:
      return type;
  }
}

const ANN = 0;
const BOB = 1;
/** Buy.qty of the running example: ann 2, bob 7, ann null, ann 5, bob 1. */
const BUY: Run = { values: [2, 7, null, 5, 1], entity: [ANN, BOB, ANN, ANN, BOB] };

describe('one example per function (7.11)', () => {
  test.each<[AggregateFunction, Value[]]>([
    ['count', [1, 1, 1, 2, 2]],
    ['sum', [2n, 7n, 2n, 7n, 8n]],
    ['min', [2n, 7n, 2n, 2n, 1n]],
    ['max', [2n, 7n, 2n, 5n, 7n]],
    ['mean', [2, 7, 2, 3.5, 4]],
    ['variance', [null, null, null, 2.25, 9]],
    ['stddev', [null, null, null, 1.5, 3]],
    ['first', [2n, 7n, 2n, 2n, 7n]],
    ['last', [2n, 7n, 2n, 5n, 1n]],
  ])('%s(Buy.qty)', (fn, expected) => {
    expect(aggregate(fn, BUY)).toEqual(expected);
  });

  test('count_if(Buy.qty > 2)', () => {
    const run: Run = { ...BUY, type: 'bool', values: [false, true, null, true, false] };
    expect(aggregate('count_if', run)).toEqual([0, 1, 0, 1, 1]);
  });

  test('collect(Buy.qty, max = 2)', () => {
    expect(aggregate('collect', { ...BUY, max: 2 })).toEqual([
      [2n],
      [7n],
      [2n],
      [2n, 5n],
      [7n, 1n],
    ]);
  });

  test('lag(1, Buy.qty) is element 0 of collect(min = 2, max = 2)', () => {
    const lists = aggregate('collect', { ...BUY, max: 2, min: 2 });
    expect(lists.map((list) => (list === null ? null : (list as Value[])[0]))).toEqual([
      null,
      null,
      null,
      2n,
      7n,
    ]);
  });
});

describe('common rules (4.1)', () => {
  test('sum(sum(Buy.qty)) adds once per new row, also where the inner one was fed a null', () => {
    const inner = aggregate('sum', { values: [2, null, 5] });
    expect(aggregate('sum', { values: inner })).toEqual([2n, 4n, 11n]);
  });

  test('inputs that are not new are not fed', () => {
    const run: Run = { values: [3, 3, 4, 4], isNew: [1, 0, 1, 0] };
    expect(aggregate('sum', run)).toEqual([3n, 3n, 7n, 7n]);
    expect(aggregate('count', run)).toEqual([1, 1, 2, 2]);
    expect(aggregate('collect', run)).toEqual([[3n], [3n], [3n, 4n], [3n, 4n]]);
  });

  test('a constant is never new: counts are 0, the others null', () => {
    const run: Run = { values: [1, 1], isNew: [0, 0] };
    expect(aggregate('count', run)).toEqual([0, 0]);
    for (const fn of [
      'sum',
      'min',
      'max',
      'mean',
      'variance',
      'stddev',
      'first',
      'last',
    ] as const) {
      expect(aggregate(fn, run), fn).toEqual([null, null]);
    }
  });

  test('a record with null fields is valid, a null record is not', () => {
    const type: DataType = { kind: 'record', fields: [{ name: 'a', type: scalar('i64') }] };
    const run: Run = { type, values: [{ a: null }, null, { a: 4n }] };
    expect(aggregate('count', run)).toEqual([1, 1, 2]);
    expect(aggregate('last', run)).toEqual([{ a: null }, { a: null }, { a: 4n }]);
    expect(aggregate('first', run)).toEqual([{ a: null }, { a: null }, { a: null }]);
    expect(aggregate('collect', { ...run, max: 2 })).toEqual([
      [{ a: null }],
      [{ a: null }],
      [{ a: null }, { a: 4n }],
    ]);
  });

  test('integer sums saturate at both bounds, then go on from there', () => {
    const bounds: [ScalarKind, bigint, bigint][] = [
      ['i8', -128n, 127n],
      ['i16', -32768n, 32767n],
      ['i32', -(2n ** 31n), 2n ** 31n - 1n],
      ['i64', -(2n ** 63n), 2n ** 63n - 1n],
      ['u8', 0n, 255n],
      ['u16', 0n, 65535n],
      ['u32', 0n, 2n ** 32n - 1n],
      ['u64', 0n, 2n ** 64n - 1n],
    ];
    for (const [type, lowest, highest] of bounds) {
      const up = aggregate('sum', { type, values: [highest, 1n, 1n] });
      expect(
        up.map((value) => BigInt(value as bigint)),
        type,
      ).toEqual([highest, highest, highest]);
      if (lowest === 0n) continue;
      const down = aggregate('sum', { type, values: [lowest, -1n, 5n] });
      const expected = [lowest, lowest, lowest + 5n];
      expect(
        down.map((value) => BigInt(value as bigint)),
        type,
      ).toEqual(expected);
    }
  });

  test('float sums round in their own type, in the order of arrival', () => {
    expect(aggregate('sum', { type: 'f64', values: [1e16, 1, 1] })).toEqual([1e16, 1e16, 1e16]);
    expect(aggregate('sum', { type: 'f32', values: [2 ** 24, 1, 2] })).toEqual([
      2 ** 24,
      2 ** 24,
      2 ** 24 + 2,
    ]);
    expect(aggregate('sum', { type: 'f16', values: [2048, 1, 65504] })).toEqual([
      2048,
      2048,
      Infinity,
    ]);
    expect(aggregate('sum', { type: 'f64', values: [-0] })).toEqual([-0]);
  });

  test('min and max ignore NaN unless nothing else was seen', () => {
    const values = [NaN, 3, NaN, 1, 5];
    expect(aggregate('min', { type: 'f64', values })).toEqual([NaN, 3, 3, 1, 1]);
    expect(aggregate('max', { type: 'f32', values })).toEqual([NaN, 3, 3, 3, 5]);
  });

  test('min and max over every ordered kind of value', () => {
    const wide = [5n, 2n ** 63n + 1n, 3n];
    expect(aggregate('max', { type: 'u64', values: wide })).toEqual([5n, wide[1], wide[1]]);
    expect(aggregate('min', { type: 'u64', values: wide })).toEqual([5n, 5n, 3n]);
    for (const type of ['timestamp_ns', 'duration_s', 'i64'] as const) {
      expect(aggregate('min', { type, values: [4n, -9n, 2n] })).toEqual([4n, -9n, -9n]);
    }
    for (const type of ['interval_days', 'interval_months', 'date', 'i32', 'i8'] as const) {
      expect(aggregate('max', { type, values: [-4, -9, 2] })).toEqual([-4, -4, 2]);
    }
  });

  test('mean, variance and stddev to the last bit', () => {
    expect(aggregate('mean', { type: 'i32', values: [3, 5, 12] })[2]).toBe(6.666666666666666);
    const near: Run = { type: 'f64', values: [50.7, 1.2] };
    expect(aggregate('mean', near)[1]).toBe(25.950000000000003);
    expect(aggregate('variance', near)[1]).toBe(612.5625000000001);
    expect(aggregate('stddev', near)[1]).toBe(24.750000000000004);
    const far: Run = { type: 'f64', values: [67.2, 2.3] };
    expect(aggregate('mean', far)[1]).toBe(34.75);
    expect(aggregate('variance', far)[1]).toBe(1053.0025000000003);
    expect(aggregate('stddev', far)[1]).toBe(32.45);
  });

  test('64-bit integers are rounded once on their way to a double', () => {
    const big = 2n ** 53n + 1n;
    const expected = [Number(big), Number(-big), Number(2n ** 64n - 1n)];
    expect(aggregate('mean', { values: [big] })[0]).toBe(expected[0]);
    expect(aggregate('mean', { values: [-big] })[0]).toBe(expected[1]);
    expect(aggregate('mean', { type: 'u64', values: [2n ** 64n - 1n] })[0]).toBe(expected[2]);
  });

  test('an input of type null is never valid', () => {
    const run: Run = { type: 'null', values: [null, null] };
    expect(aggregate('count', run)).toEqual([0, 0]);
    expect(aggregate('count_if', run)).toEqual([0, 0]);
    expect(aggregate('collect', run)).toEqual([[], []]);
    for (const fn of ['sum', 'min', 'mean', 'variance', 'first', 'last'] as const) {
      expect(aggregate(fn, run), fn).toEqual([null, null]);
    }
  });
});

describe('windows (4.2, 4.3)', () => {
  test('since: a row that closes a window belongs to it', () => {
    const run: Run = { ...BUY, boundary: [0, 1, 0, 1, 0] };
    expect(aggregate('sum', run)).toEqual([2n, 7n, 2n, 7n, 1n]);
    expect(aggregate('count', run)).toEqual([1, 1, 1, 2, 1]);
    expect(aggregate('collect', run)).toEqual([[2n], [7n], [2n], [2n, 5n], [1n]]);
  });

  test('since: after a reset counts are 0, collect is empty, the others are null', () => {
    const run: Run = { values: [4, null, 6], boundary: [1, 0, 0] };
    expect(aggregate('count', run)).toEqual([1, 0, 1]);
    expect(aggregate('collect', run)).toEqual([[4n], [], [6n]]);
    for (const fn of ['sum', 'min', 'max', 'mean', 'first', 'last'] as const) {
      expect(aggregate(fn, run).map((value) => (value === null ? null : Number(value)))).toEqual([
        4,
        null,
        6,
      ]);
    }
    expect(aggregate('variance', { values: [1, 3, 5], boundary: [0, 1, 0] })).toEqual([
      null,
      1,
      null,
    ]);
  });

  test('sliding: sum(qty, sliding(2, is_valid(Buy)))', () => {
    const run: Run = {
      ...BUY,
      boundary: [1, 1, 1, 1, 1],
      window: { kind: 'sliding', parts: 2 },
    };
    expect(aggregate('sum', run)).toEqual([2n, 7n, 2n, 5n, 8n]);
    expect(aggregate('count', run)).toEqual([1, 1, 1, 1, 2]);
    expect(aggregate('first', run)).toEqual([2n, 7n, 2n, 5n, 7n]);
    expect(aggregate('last', run)).toEqual([2n, 7n, 2n, 5n, 1n]);
    expect(aggregate('max', run)).toEqual([2n, 7n, 2n, 5n, 7n]);
    expect(aggregate('collect', run)).toEqual([[2n], [7n], [2n], [5n], [7n, 1n]]);
  });

  test('sliding: null only when all live parts are empty', () => {
    const run: Run = {
      values: [3, null, null, null],
      boundary: [1, 1, 1, 1],
      window: { kind: 'sliding', parts: 3 },
    };
    expect(aggregate('sum', run)).toEqual([3n, 3n, 3n, null]);
    expect(aggregate('count', run)).toEqual([1, 1, 1, 0]);
    expect(aggregate('mean', run)).toEqual([3, 3, 3, null]);
  });

  test('sliding variance is that of the values in the window', () => {
    const run: Run = {
      type: 'f64',
      values: [1, 3, 5, 11],
      boundary: [1, 0, 1, 0],
      window: { kind: 'sliding', parts: 2 },
    };
    // Windows: 1 | 1 3 | 1 3 5 | 3 5 11, whose sums of squares about the mean are –, 2, 8 and 104/3.
    expect(aggregate('variance', run)).toEqual([null, 1, 8 / 3, expect.closeTo(104 / 9, 12)]);
  });

  test('sliding collect: max counts over all live parts', () => {
    const run: Run = {
      values: [1, 2, 3, 4, null, null],
      boundary: [0, 1, 0, 1, 1, 0],
      window: { kind: 'sliding', parts: 2 },
      max: 3,
    };
    expect(aggregate('collect', run)).toEqual([
      [1n],
      [1n, 2n],
      [1n, 2n, 3n],
      [2n, 3n, 4n],
      [3n, 4n],
      [],
    ]);
  });

  test('ticks: count(Buy, window = since(minutely()))', () => {
    const at: [number, boolean][] = [
      [ANN, false],
      [ANN, true],
      [BOB, false],
      [ANN, false],
      [ANN, false],
      [ANN, true],
      [BOB, true],
      [ANN, true],
      [BOB, true],
      [BOB, false],
    ];
    const run: Run = {
      type: 'bool',
      values: at.map(([, isTick]) => (isTick ? null : true)),
      entity: at.map(([entity]) => entity),
      isNew: at.map(([, isTick]) => (isTick ? 0 : 1)),
    };
    expect(aggregate('count', run)).toEqual([1, 1, 1, 2, 3, 3, 1, 3, 1, 2]);
    const boundary = at.map(([, isTick]) => (isTick ? 1 : 0));
    expect(aggregate('count', { ...run, boundary })).toEqual([1, 1, 1, 1, 2, 2, 1, 0, 0, 1]);
  });
});

describe('collect and lag (4.4, 4.5)', () => {
  test('a list shorter than min is null, an empty one without min is not', () => {
    expect(aggregate('collect', { values: [null, 1, 2], max: 5, min: 2 })).toEqual([
      null,
      null,
      [1n, 2n],
    ]);
    expect(aggregate('collect', { values: [null, 1], max: 5 })).toEqual([[], [1n]]);
  });

  test('nothing moves at a null input: inputs 2, null, 5 give lag(1) = null, null, 2', () => {
    expect(aggregate('collect', { values: [2, null, 5], max: 2, min: 2 })).toEqual([
      null,
      null,
      [2n, 5n],
    ]);
  });

  test('empty strings are elements', () => {
    expect(aggregate('collect', { type: 'string', values: ['', null, 'b'] })).toEqual([
      [''],
      [''],
      ['', 'b'],
    ]);
  });

  test('lists and maps as inputs', () => {
    const list: DataType = { kind: 'list', element: scalar('string') };
    const lists: Value[] = [['a', null], null, [], ['b']];
    expect(aggregate('last', { type: list, values: lists })).toEqual([
      ['a', null],
      ['a', null],
      [],
      ['b'],
    ]);
    expect(aggregate('collect', { type: list, values: lists, max: 2 })).toEqual([
      [['a', null]],
      [['a', null]],
      [['a', null], []],
      [[], ['b']],
    ]);
    const map: DataType = { kind: 'map', key: scalar('string'), value: scalar('i64') };
    const maps: Value[] = [[['k', 1n]], [['k', null]]];
    expect(aggregate('first', { type: map, values: maps })).toEqual([maps[0], maps[0]]);
  });

  test('a ring that wraps many times', () => {
    const values = Array.from({ length: 40 }, (_, index) => index);
    const lists = aggregate('collect', { type: 'i32', values, max: 7 });
    expect(lists[39]).toEqual([33, 34, 35, 36, 37, 38, 39]);
    expect(lists[4]).toEqual([0, 1, 2, 3, 4]);
  });

  test('too many values of one entity are a resource error that names the limit', () => {
    const pool = new StringPool();
    const type = scalar('bool');
    // A high `min` keeps the lists null, so that only the values count.
    const operator = createAggregate(
      {
        fn: 'collect',
        inputType: type,
        outputType: { kind: 'list', element: type },
        window: null,
        max: null,
        min: COLLECT_VALUES_MAX,
      },
      1,
      pool,
    );
    const feed = (length: number): Value[] => {
      const input = columnFromValues(
        type,
        Array.from({ length }, () => true),
        pool,
      );
      const rows = { length, entity: new Int32Array(length) };
      return columnValues(operator.process(rows, input, null, null));
    };
    const lists = feed(COLLECT_VALUES_MAX);
    expect(lists.at(-2)).toBe(null);
    expect(lists.at(-1)).toHaveLength(COLLECT_VALUES_MAX);
    expect(() => feed(1)).toThrowError(
      expect.objectContaining({ class: 'resource', code: 'COLLECT_VALUES_MAX' }) as Error,
    );
  });

  test('too many elements in one batch are a resource error that names the limit', () => {
    const length = Math.ceil(Math.sqrt(2 * COLLECT_BATCH_ELEMENTS_MAX)) + 1;
    const values = Array.from({ length }, () => 1);
    expect(() => aggregate('collect', { type: 'u8', values })).toThrowError(
      expect.objectContaining({ class: 'resource', code: 'COLLECT_BATCH_ELEMENTS_MAX' }) as Error,
    );
  });
});
