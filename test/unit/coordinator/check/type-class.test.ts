import { expect, test } from 'vitest';
import { promoteToClass } from '../../../../coordinator/check/type-class.ts';
import type { DataType, ScalarKind } from '../../../../shared/types/data-type.ts';
import { I64, scalar } from '../../../../shared/types/data-type.ts';

function record(fields: Readonly<Record<string, DataType>>): DataType {
  return { kind: 'record', fields: Object.entries(fields).map(([name, type]) => ({ name, type })) };
}

test('classes promote', () => {
  const signed = (kind: ScalarKind): string | undefined =>
    promoteToClass(scalar(kind), 'signed')?.kind;
  expect(['u8', 'u16', 'u32', 'u64', 'i8', 'f32'].map((kind) => signed(kind as ScalarKind))).toEqual([
    'i16', 'i32', 'i64', 'f64', 'i8', 'f32',
  ]); // prettier-ignore
  expect(promoteToClass(scalar('i32'), 'float')?.kind).toBe('f64');
  expect(promoteToClass(scalar('f32'), 'float')?.kind).toBe('f32');
});

test('classes accept and reject', () => {
  const rejects = (kind: ScalarKind, typeClass: Parameters<typeof promoteToClass>[1]): boolean =>
    promoteToClass(scalar(kind), typeClass) === null;
  expect(rejects('window', 'any')).toBe(true);
  expect(rejects('json', 'any')).toBe(false);
  for (const kind of ['bool', 'string', 'date'] as const)
    expect(rejects(kind, 'ordered')).toBe(true);
  for (const kind of ['timestamp_s', 'interval_days', 'duration_ns'] as const) {
    expect(rejects(kind, 'ordered')).toBe(false);
  }
  expect(rejects('timestamp_s', 'timedelta')).toBe(true);
  expect(rejects('bool', 'number')).toBe(true);
  expect(promoteToClass({ kind: 'list', element: I64 }, 'key')).toBeNull();
  expect(promoteToClass(record({ a: { kind: 'list', element: I64 } }), 'key')).toBeNull();
  expect(promoteToClass(record({ a: scalar('date') }), 'key')).not.toBeNull();
  for (const typeClass of ['any', 'key', 'number', 'signed', 'ordered', 'timedelta'] as const) {
    expect(rejects('null', typeClass)).toBe(false);
  }
});
