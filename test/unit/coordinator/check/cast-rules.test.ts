import { expect, test } from 'vitest';
import { canCastExplicitly, canCastImplicitly } from '../../../../coordinator/check/cast-rules.ts';
import type { DataType, ScalarKind } from '../../../../shared/types/data-type.ts';
import { I64, STRING, scalar } from '../../../../shared/types/data-type.ts';

test.each([
  ['null', 'window', true],
  ['i32', 'i64', true],
  ['i32', 'f64', true],
  ['i32', 'f32', false],
  ['i64', 'i32', false],
  ['i64', 'u64', false],
  ['u32', 'u64', true],
  ['u32', 'i64', true],
  ['u32', 'i32', false],
  ['u64', 'f64', true],
  ['f32', 'f64', true],
  ['f64', 'f32', false],
  ['string', 'timestamp_ns', true],
  ['string', 'timestamp_s', false],
  ['string', 'i64', false],
  ['timestamp_s', 'timestamp_ns', true],
  ['duration_s', 'duration_ns', true],
  ['duration_ns', 'duration_s', false],
  ['json', 'string', false],
] as const)('implicitly from %s to %s: %s', (from, to, allowed) => {
  expect(canCastImplicitly(scalar(from), scalar(to))).toBe(allowed);
});

/** The types that each type can be cast to, by the table of language.md 2.6; one of each kind of target. */
const EXPLICIT: Readonly<Record<string, string>> = {
  null: 'bool i64 i32 u8 f32 string timestamp_s duration_s interval_days interval_months',
  bool: 'bool i64 i32 u8 f32 string',
  i64: 'bool i64 i32 u8 f32 string timestamp_s duration_s interval_days interval_months',
  i32: 'bool i64 i32 u8 f32 string interval_months',
  u8: 'bool i64 i32 u8 f32 string',
  f64: 'bool i64 i32 u8 f32 string',
  string: 'bool i64 i32 u8 f32 string timestamp_s interval_days interval_months',
  timestamp_ms: 'i64 string timestamp_s',
  date: 'i64 i32 string timestamp_s',
  duration_ms: 'i64 string duration_s',
  interval_days: 'i64 i32 f32 string interval_days',
  interval_months: 'i64 i32 f32 string interval_months',
  json: '',
  window: '',
};

test.each(Object.entries(EXPLICIT))('explicitly from %s', (from, allowed) => {
  const targets = EXPLICIT['null']!.split(' ');
  const found = targets.filter((to) =>
    canCastExplicitly(scalar(from as ScalarKind), scalar(to as ScalarKind)),
  );
  expect(found.join(' ')).toBe(allowed);
});

test('explicit casts of lists', () => {
  const list = (element: DataType): DataType => ({ kind: 'list', element });
  expect(canCastExplicitly(I64, list(STRING))).toBe(true);
  expect(canCastExplicitly(list(I64), list(scalar('i32')))).toBe(true);
  expect(canCastExplicitly(list(I64), STRING)).toBe(true);
  expect(canCastExplicitly(list(scalar('json')), STRING)).toBe(false);
  expect(canCastExplicitly(list(I64), I64)).toBe(false);
  expect(canCastExplicitly(scalar('duration_s'), list(scalar('f64')))).toBe(false);
});
