/** Columns from plain values and back: for literals, tests and the command line, never for hot loops. */
import type { Column, FixedArray, Validity } from './column.ts';
import { allocateFixed, isValid, nullColumn, physicalOf } from './column.ts';
import type { StringPool } from './string-pool.ts';
import { assert, AssertionError, unreachable } from '../base/assert.ts';
import type { DataType, ScalarType } from '../types/data-type.ts';

/**
 * One value. i64, u64, timestamps and durations are bigint; the other numbers, intervals and dates are number; a list
 * is an array, a map an array of [key, value], a record an object.
 */
export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly Value[]
  | { readonly [name: string]: Value };

/** A column of `values`. Numbers are accepted for bigint types and the reverse, as long as they are integers. */
export function columnFromValues(
  type: DataType,
  values: readonly Value[],
  pool: StringPool,
): Column {
  const length = values.length;
  const validity = validityOf(values);
  switch (type.kind) {
    case 'null':
      assert(!values.some((value) => value !== null), 'columnFromValues: type null has only null');
      return nullColumn(length);
    case 'string':
    case 'large_string':
    case 'json': {
      const codes = new Int32Array(length);
      for (let row = 0; row < length; row++) {
        const value = values[row]!;
        if (value !== null) codes[row] = pool.intern(expectString(value));
      }
      return { physical: 'string', type, length, validity, codes, pool };
    }
    case 'record': {
      const children = type.fields.map((field) =>
        columnFromValues(
          field.type,
          values.map((value) => fieldOf(value, field.name)),
          pool,
        ),
      );
      return { physical: 'record', type, length, validity, children };
    }
    case 'list': {
      const { offsets, items } = flattenRows(values);
      const element = columnFromValues(type.element, items, pool);
      return { physical: 'list', type, length, validity, offsets, element };
    }
    case 'map': {
      const { offsets, items } = flattenRows(values);
      const entries = items.map((item) => expectArray(item));
      const keys = columnFromValues(
        type.key,
        entries.map((entry) => entry[0]!),
        pool,
      );
      const mapped = columnFromValues(
        type.value,
        entries.map((entry) => entry[1]!),
        pool,
      );
      return { physical: 'map', type, length, validity, offsets, keys, values: mapped };
    }
    default:
      return { physical: 'fixed', type, length, validity, values: fixedValues(type, values) };
  }
}

/** The value of one row. */
export function columnValue(column: Column, row: number): Value {
  if (!isValid(column, row)) return null;
  switch (column.physical) {
    case 'null':
      return null;
    case 'fixed': {
      const value = column.values[row]!;
      return column.type.kind === 'bool' ? value !== 0 : value;
    }
    case 'string':
      return column.pool.get(column.codes[row]!);
    case 'record':
      return Object.fromEntries(
        column.type.fields.map((field, index) => [
          field.name,
          columnValue(column.children[index]!, row),
        ]),
      );
    case 'list': {
      const items: Value[] = [];
      for (let at = column.offsets[row]!; at < column.offsets[row + 1]!; at++) {
        items.push(columnValue(column.element, at));
      }
      return items;
    }
    case 'map': {
      const items: Value[] = [];
      for (let at = column.offsets[row]!; at < column.offsets[row + 1]!; at++) {
        items.push([columnValue(column.keys, at), columnValue(column.values, at)]);
      }
      return items;
    }
    default:
      return unreachable(column);
  }
}

/** All values of a column. */
export function columnValues(column: Column): Value[] {
  return Array.from({ length: column.length }, (_, row) => columnValue(column, row));
}

function fixedValues(type: ScalarType, values: readonly Value[]): FixedArray {
  const physical = physicalOf(type);
  if (physical === null) throw new AssertionError(`no column of type ${type.kind} exists`);
  const out = allocateFixed(physical, values.length);
  for (let row = 0; row < values.length; row++) {
    const value = values[row]!;
    if (value === null) continue;
    if (typeof value === 'object' || typeof value === 'string') {
      throw new AssertionError(`${type.kind} cannot hold a ${typeof value}`);
    }
    if (out instanceof BigInt64Array || out instanceof BigUint64Array) out[row] = BigInt(value);
    else out[row] = Number(value);
  }
  return out;
}

function validityOf(values: readonly Value[]): Validity {
  if (!values.includes(null)) return null;
  return Uint8Array.from(values, (value) => (value === null ? 0 : 1));
}

function flattenRows(values: readonly Value[]): { offsets: Int32Array; items: Value[] } {
  const offsets = new Int32Array(values.length + 1);
  const items: Value[] = [];
  for (let row = 0; row < values.length; row++) {
    const value = values[row]!;
    if (value !== null) for (const item of expectArray(value)) items.push(item);
    offsets[row + 1] = items.length;
  }
  return { offsets, items };
}

function fieldOf(value: Value, name: string): Value {
  if (value === null) return null;
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw new AssertionError(`a record cannot hold a ${typeof value}`);
  }
  // A record value has no arrays left here, so it is the object form.
  const record = value as { readonly [name: string]: Value };
  return Object.hasOwn(record, name) ? record[name]! : null;
}

function expectString(value: Value): string {
  if (typeof value !== 'string') throw new AssertionError(`a string cannot hold a ${typeof value}`);
  return value;
}

function expectArray(value: Value): readonly Value[] {
  if (!Array.isArray(value)) throw new AssertionError(`a list cannot hold a ${typeof value}`);
  return value;
}
