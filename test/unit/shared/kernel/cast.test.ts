import { describe, expect, it } from 'vitest';
import { cast } from './call.ts';
import {
  BOOL,
  F64,
  I32,
  I64,
  NULL,
  scalar,
  STRING,
  TIMESTAMP_NS,
  U32,
  U64,
} from '../../../../shared/types/data-type.ts';
import type { DataType } from '../../../../shared/types/data-type.ts';

const F32 = scalar('f32');
const I8 = scalar('i8');
const U8 = scalar('u8');
const MAX64 = 2n ** 63n - 1n;
const MIN64 = -(2n ** 63n);
const DAY = 86_400n;

describe('numbers', () => {
  it('int to int is null out of range', () => {
    expect(cast(I64, U8, [300n, 255n, -1n, null])).toEqual([null, 255, null, null]);
    expect(cast(I64, I32, [2n ** 31n - 1n, 2n ** 31n, -(2n ** 31n), -(2n ** 31n) - 1n])).toEqual([
      2 ** 31 - 1,
      null,
      -(2 ** 31),
      null,
    ]);
    expect(cast(I64, U32, [2n ** 32n - 1n, 2n ** 32n, -1n])).toEqual([2 ** 32 - 1, null, null]);
    expect(cast(I64, U64, [MAX64, -1n])).toEqual([MAX64, null]);
    expect(cast(U64, I64, [MAX64, 2n ** 63n])).toEqual([MAX64, null]);
    expect(cast(U64, U8, [2n ** 63n, 7n])).toEqual([null, 7]);
    expect(cast(I32, I64, [-5, 5])).toEqual([-5n, 5n]);
    expect(cast(U32, I64, [4_294_967_295])).toEqual([4_294_967_295n]);
    expect(cast(I32, U64, [-5, 5])).toEqual([null, 5n]);
    expect(cast(I32, I8, [127, 128, -129])).toEqual([127, null, null]);
    expect(cast(U8, scalar('i16'), [255])).toEqual([255]);
  });

  it('int to float is the nearest', () => {
    expect(cast(I64, F64, [MAX64, MIN64, -3n, 2n ** 53n + 1n])).toEqual([
      2 ** 63,
      -(2 ** 63),
      -3,
      2 ** 53,
    ]);
    expect(cast(U64, F64, [2n ** 64n - 1n])).toEqual([2 ** 64]);
    // 2^54 + 2^30 + 1 is above the middle of two floats; through double it would look like the middle.
    expect(cast(I64, F32, [2n ** 54n + 2n ** 30n + 1n])).toEqual([2 ** 54 + 2 ** 31]);
    expect(cast(I64, F32, [2n ** 54n + 2n ** 30n])).toEqual([2 ** 54]);
    expect(cast(I64, F32, [-(2n ** 54n) - 2n ** 30n - 1n])).toEqual([-(2 ** 54) - 2 ** 31]);
    expect(cast(U64, F32, [2n ** 63n + 2n ** 39n + 1n])).toEqual([2 ** 63 + 2 ** 40]);
    expect(cast(I64, F32, [-7n, 16_777_217n])).toEqual([-7, 16_777_216]);
  });

  it('float to int truncates, null for NaN, infinities and out of range', () => {
    expect(cast(F64, I32, [-1.9, 1.9, NaN, Infinity, 2 ** 31, -(2 ** 31) - 0.5])).toEqual([
      -1,
      1,
      null,
      null,
      null,
      -(2 ** 31),
    ]);
    expect(cast(F64, I64, [-1.9, 2 ** 63, -(2 ** 63), 1e18, -1e18, NaN])).toEqual([
      -1n,
      null,
      MIN64,
      10n ** 18n,
      -(10n ** 18n),
      null,
    ]);
    expect(cast(F64, U64, [-0.5, -1, 2 ** 63, 2 ** 64])).toEqual([0n, null, 2n ** 63n, null]);
    expect(cast(F64, F32, [1e300, 0.1])).toEqual([Infinity, Math.fround(0.1)]);
  });

  it('number to bool is "not zero", bool to number 1 and 0', () => {
    expect(cast(F64, BOOL, [0, -0, NaN, 0.5])).toEqual([false, false, true, true]);
    expect(cast(I64, BOOL, [0n, -1n, null])).toEqual([false, true, null]);
    expect(cast(BOOL, I64, [true, false])).toEqual([1n, 0n]);
    expect(cast(BOOL, F64, [true, false])).toEqual([1, 0]);
    expect(cast(BOOL, U8, [true])).toEqual([1]);
  });

  it('null to anything is null', () => {
    for (const type of [I64, STRING, TIMESTAMP_NS, { kind: 'list', element: I64 } as const]) {
      expect(cast(NULL, type, [null, null])).toEqual([null, null]);
    }
  });
});

describe('from string', () => {
  it('to bool', () => {
    expect(cast(STRING, BOOL, ['yes', ' TRU ', '1', 'on', 'of', 'N', '0', '', '2', null])).toEqual([
      true,
      true,
      true,
      true,
      false,
      false,
      false,
      null,
      null,
      null,
    ]);
  });

  it('to int', () => {
    expect(cast(STRING, I64, ['07', '-5', '+5', '1.5', ' 1', '', `${2n ** 63n}`])).toEqual([
      7n,
      -5n,
      5n,
      null,
      null,
      null,
      null,
    ]);
    expect(cast(STRING, U8, ['255', '256', '-1'])).toEqual([255, null, null]);
  });

  it('to float', () => {
    expect(
      cast(STRING, F64, ['1', '-1.5e3', '.5', '5.', 'inf', '-Infinity', 'NaN', '1 ', '', 'x']),
    ).toEqual([1, -1500, 0.5, 5, Infinity, -Infinity, NaN, null, null, null]);
  });

  it('to timestamp, truncated to the unit', () => {
    expect(
      cast(STRING, scalar('timestamp_s'), ['2024-02-30', '1970-01-02', '1969-12-31T23:59:58.5']),
    ).toEqual([null, DAY, -1n]);
    expect(cast(STRING, TIMESTAMP_NS, ['1970-01-01T00:00:01.5Z', '9999-01-01'])).toEqual([
      1_500_000_000n,
      null,
    ]);
  });

  it('to interval', () => {
    expect(
      cast(STRING, scalar('interval_days'), ['3 days', '2 weeks 1 day', '1 month', '3']),
    ).toEqual([3, 15, null, null]);
    expect(cast(STRING, scalar('interval_months'), ['1 year 2 months', '-1 month'])).toEqual([
      14, -1,
    ]);
  });

  it('to large_string', () => {
    expect(cast(STRING, scalar('large_string'), ['a', null])).toEqual(['a', null]);
  });
});

describe('to string', () => {
  it('writes numbers and bools', () => {
    expect(cast(F64, STRING, [2, null, NaN])).toEqual(['2.0', null, 'NaN']);
    expect(cast(I64, STRING, [MIN64])).toEqual(['-9223372036854775808']);
    expect(cast(BOOL, STRING, [true, false])).toEqual(['true', 'false']);
    expect(cast(F32, STRING, [Math.fround(0.1)])).toEqual(['0.1']);
  });

  it('writes timestamps with the shortest exact fraction', () => {
    const start = 1_704_103_200n; // 2024-01-01T10:00:00
    expect(cast(scalar('timestamp_s'), STRING, [start])).toEqual(['2024-01-01T10:00:00']);
    const nanos = start * 1_000_000_000n;
    expect(
      cast(TIMESTAMP_NS, STRING, [nanos, nanos + 5_000_000n, nanos + 5_000n, nanos + 5n]),
    ).toEqual([
      '2024-01-01T10:00:00',
      '2024-01-01T10:00:00.005',
      '2024-01-01T10:00:00.000005',
      '2024-01-01T10:00:00.000000005',
    ]);
    expect(cast(scalar('date'), STRING, [19_723])).toEqual(['2024-01-01']);
  });

  it('writes lists, durations and intervals', () => {
    expect(cast({ kind: 'list', element: I64 }, STRING, [[1n, null, 3n], null])).toEqual([
      '[1, , 3]',
      null,
    ]);
    expect(cast(scalar('duration_ms'), STRING, [90_500n, -1n])).toEqual(['PT90.5S', '-PT0.001S']);
    expect(cast(scalar('interval_days'), STRING, [3])).toEqual(['3']);
  });
});

describe('times', () => {
  it('keeps the raw count to and from i64', () => {
    expect(cast(scalar('timestamp_s'), I64, [5n])).toEqual([5n]);
    expect(cast(I64, scalar('duration_ms'), [5n])).toEqual([5n]);
    expect(cast(scalar('interval_months'), I64, [-5])).toEqual([-5n]);
    expect(cast(scalar('interval_days'), F64, [5])).toEqual([5]);
    expect(cast(I64, scalar('interval_days'), [3n, 2n ** 31n])).toEqual([3, null]);
  });

  it('changes units: multiply, or divide toward zero', () => {
    expect(cast(scalar('duration_s'), scalar('duration_ms'), [90n])).toEqual([90_000n]);
    expect(cast(scalar('duration_ms'), scalar('duration_s'), [1_999n, -1_999n])).toEqual([1n, -1n]);
    expect(cast(scalar('timestamp_s'), TIMESTAMP_NS, [1n, 10n ** 10n, -(10n ** 10n)])).toEqual([
      1_000_000_000n,
      null,
      null,
    ]);
    expect(cast(TIMESTAMP_NS, scalar('timestamp_us'), [-1_999n])).toEqual([-1n]);
  });

  it('takes a date for its midnight', () => {
    expect(cast(scalar('date'), scalar('timestamp_s'), [-1])).toEqual([-DAY]);
    expect(cast(scalar('date'), I64, [5])).toEqual([5n]);
  });
});

describe('lists and records', () => {
  it('casts lists elementwise and wraps other values', () => {
    const strings: DataType = { kind: 'list', element: STRING };
    expect(cast({ kind: 'list', element: I64 }, strings, [[1n, null], null])).toEqual([
      ['1', null],
      null,
    ]);
    expect(cast(I64, strings, [1n, null])).toEqual([['1'], null]);
  });

  it('casts records field by field, by name', () => {
    const from: DataType = {
      kind: 'record',
      fields: [
        { name: 'a', type: I64 },
        { name: 'b', type: STRING },
      ],
    };
    const to: DataType = {
      kind: 'record',
      fields: [
        { name: 'b', type: STRING },
        { name: 'a', type: F64 },
      ],
    };
    expect(cast(from, to, [{ a: 1n, b: 'x' }, null])).toEqual([{ b: 'x', a: 1 }, null]);
  });
});
