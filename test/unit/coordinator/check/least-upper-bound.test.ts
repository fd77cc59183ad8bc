import { describe, expect, test } from 'vitest';
import { leastUpperBound } from '../../../../coordinator/check/least-upper-bound.ts';
import type { DataType } from '../../../../shared/types/data-type.ts';
import { I64, STRING, printType, scalar } from '../../../../shared/types/data-type.ts';

const NUMBERS = [
  'i8',
  'i16',
  'i32',
  'i64',
  'u8',
  'u16',
  'u32',
  'u64',
  'f16',
  'f32',
  'f64',
] as const;

/** The table of language.md 2.4. */
const BOUNDS = `
  i8  i16 i32 i64 i16 i32 i64 f64 f64 f64 f64
  i16 i16 i32 i64 i16 i32 i64 f64 f64 f64 f64
  i32 i32 i32 i64 i32 i32 i64 f64 f64 f64 f64
  i64 i64 i64 i64 i64 i64 i64 f64 f64 f64 f64
  i16 i16 i32 i64 u8  u16 u32 u64 f64 f64 f64
  i32 i32 i32 i64 u16 u16 u32 u64 f64 f64 f64
  i64 i64 i64 i64 u32 u32 u32 u64 f64 f64 f64
  f64 f64 f64 f64 u64 u64 u64 u64 f64 f64 f64
  f64 f64 f64 f64 f64 f64 f64 f64 f16 f32 f64
  f64 f64 f64 f64 f64 f64 f64 f64 f32 f32 f64
  f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64`
  .trim()
  .split('\n')
  .map((row) => row.trim().split(/\s+/));

function bound(left: DataType, right: DataType): string | null {
  const type = leastUpperBound(left, right);
  return type === null ? null : printType(type);
}

function record(fields: Readonly<Record<string, DataType>>): DataType {
  return { kind: 'record', fields: Object.entries(fields).map(([name, type]) => ({ name, type })) };
}

describe('leastUpperBound', () => {
  test('numbers', () => {
    for (const [row, left] of NUMBERS.entries()) {
      for (const [column, right] of NUMBERS.entries()) {
        expect(bound(scalar(left), scalar(right)), `${left}, ${right}`).toBe(BOUNDS[row]![column]);
      }
    }
  });

  test.each([
    ['null', 'bool', 'bool'],
    ['string', 'large_string', 'large_string'],
    ['string', 'timestamp_ms', 'timestamp_ms'],
    ['duration_s', 'duration_us', 'duration_us'],
    ['timestamp_s', 'timestamp_ns', 'timestamp_ns'],
    ['window', 'null', 'window'],
    ['bool', 'i64', null],
    ['interval_days', 'interval_months', null],
    ['string', 'i64', null],
    ['date', 'timestamp_s', null],
  ] as const)('%s and %s meet in %s, either way round', (left, right, expected) => {
    expect(bound(scalar(left), scalar(right))).toBe(expected);
    expect(bound(scalar(right), scalar(left))).toBe(expected);
  });

  test('records meet field by field, in the order of the first', () => {
    const left = record({ a: I64, b: STRING });
    expect(bound(left, record({ b: scalar('timestamp_s'), a: scalar('f32') }))).toBe(
      '{a: f64, b: timestamp_s}',
    );
    expect(bound(left, record({ a: I64, c: STRING }))).toBeNull();
    expect(bound(left, record({ a: I64 }))).toBeNull();
    expect(bound(left, record({ a: STRING, b: STRING }))).toBeNull();
  });

  test('different lists do not meet', () => {
    const list = (element: DataType): DataType => ({ kind: 'list', element });
    expect(bound(list(I64), list(I64))).toBe('list<i64>');
    expect(bound(list(I64), list(scalar('i32')))).toBeNull();
  });
});
