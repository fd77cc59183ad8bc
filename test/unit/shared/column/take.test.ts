import { describe, expect, it } from 'vitest';
import {
  concatColumns,
  NO_ROW,
  repeatValue,
  sliceColumn,
  takeColumn,
  trueIndices,
} from '../../../../shared/column/take.ts';
import { StringPool } from '../../../../shared/column/string-pool.ts';
import { columnFromValues, columnValues } from '../../../../shared/column/values.ts';
import type { Value } from '../../../../shared/column/values.ts';
import { nullColumn } from '../../../../shared/column/column.ts';
import { BOOL, F64, I64, NULL, scalar, STRING } from '../../../../shared/types/data-type.ts';
import type { DataType } from '../../../../shared/types/data-type.ts';

const RECORD: DataType = {
  kind: 'record',
  fields: [
    { name: 'a', type: I64 },
    { name: 's', type: STRING },
  ],
};
const LIST: DataType = { kind: 'list', element: STRING };
const MAP: DataType = { kind: 'map', key: STRING, value: F64 };

/** Five rows of each kind of column, the third null. */
const SAMPLES: readonly (readonly [string, DataType, readonly Value[]])[] = [
  ['bool', BOOL, [true, false, null, true, false]],
  ['i8', scalar('i8'), [1, -2, null, 127, -128]],
  ['u16', scalar('u16'), [1, 2, null, 65535, 0]],
  ['i32', scalar('i32'), [1, -2, null, 3, 4]],
  ['f32', scalar('f32'), [0.5, -0, null, NaN, 1]],
  ['i64', I64, [1n, -2n, null, 2n ** 62n, 4n]],
  ['u64', scalar('u64'), [1n, 2n ** 64n - 1n, null, 3n, 4n]],
  ['f64', F64, [0.1, -0, null, NaN, Infinity]],
  ['string', STRING, ['a', '', null, 'b', 'a']],
  [
    'record',
    RECORD,
    [{ a: 1n, s: 'x' }, { a: null, s: '' }, null, { a: 2n, s: null }, { a: 3n, s: 'x' }],
  ],
  ['list', LIST, [['a', 'b'], [], null, [null], ['c']]],
  [
    'list of records',
    { kind: 'list', element: RECORD },
    [[{ a: 1n, s: 'x' }], [], null, [null], [{ a: 2n, s: null }]],
  ],
  [
    'map',
    MAP,
    [
      [['a', 1]],
      [],
      null,
      [['b', null]],
      [
        ['c', 2],
        ['d', 3],
      ],
    ],
  ],
  ['null', NULL, [null, null, null, null, null]],
];

describe.each(SAMPLES)('%s', (_name, type, values) => {
  const pool = new StringPool();
  const column = columnFromValues(type, values, pool);

  it('is read back as it was written', () => {
    expect(columnValues(column)).toEqual(values);
  });

  it('gathers rows, null for no row', () => {
    const rows = [4, NO_ROW, 0, 0, 2, 3];
    const expected = rows.map((row) => (row < 0 ? null : values[row]!));
    expect(columnValues(takeColumn(column, Int32Array.from(rows)))).toEqual(expected);
    const valid = takeColumn(column, Int32Array.from([0, 1]));
    expect(columnValues(takeColumn(valid, Int32Array.from([NO_ROW, 1])))).toEqual([
      null,
      values[1],
    ]);
  });

  it('slices, also slices of slices, which gather like any column', () => {
    const slice = sliceColumn(sliceColumn(column, 1, 5), 1, 4);
    expect(columnValues(slice)).toEqual(values.slice(2, 5));
    expect(columnValues(takeColumn(slice, Int32Array.from([2, 0])))).toEqual([values[4], null]);
  });

  it('concatenates slices and untyped nulls', () => {
    const parts = [sliceColumn(column, 3, 5), nullColumn(2), sliceColumn(column, 0, 2), column];
    const expected = [...values.slice(3, 5), null, null, ...values.slice(0, 2), ...values];
    expect(columnValues(concatColumns(type, parts, pool))).toEqual(expected);
    expect(concatColumns(type, [], pool).length).toBe(0);
  });

  it('repeats a value', () => {
    expect(columnValues(repeatValue(type, values[0]!, 3, pool))).toEqual([
      values[0],
      values[0],
      values[0],
    ]);
    expect(columnValues(repeatValue(type, null, 2, pool))).toEqual([null, null]);
  });
});

describe('validity', () => {
  it('stays absent where nothing is null', () => {
    const pool = new StringPool();
    const column = columnFromValues(I64, [1n, 2n], pool);
    expect(column.validity).toBe(null);
    expect(takeColumn(column, Int32Array.from([1])).validity).toBe(null);
    expect(concatColumns(I64, [column, column], pool).validity).toBe(null);
    expect(repeatValue(I64, 5n, 2, pool).validity).toBe(null);
  });

  it('keeps the bits of a NaN when moved', () => {
    const bits = new BigUint64Array([0x7ff8_0000_dead_beefn]);
    const column = {
      physical: 'fixed',
      type: F64,
      length: 1,
      validity: null,
      values: new Float64Array(bits.buffer),
    } as const;
    const moved = takeColumn(column, Int32Array.from([0]));
    if (moved.physical !== 'fixed') throw new Error('expected a fixed-width column');
    expect(new BigUint64Array(moved.values.buffer)[0]).toBe(bits[0]);
  });
});

describe('trueIndices', () => {
  it('lists the true rows; null is not true', () => {
    const pool = new StringPool();
    expect([...trueIndices(columnFromValues(BOOL, [true, null, false, true], pool))]).toEqual([
      0, 3,
    ]);
    expect([...trueIndices(columnFromValues(BOOL, [false, true, true], pool))]).toEqual([1, 2]);
    expect([...trueIndices(nullColumn(2))]).toEqual([]);
  });
});
