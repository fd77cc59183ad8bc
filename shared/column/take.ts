/**
 * Moving rows: gather, slice, concatenate, repeat. Values are copied by their width in bytes, so that each loop
 * sees one kind of array: 8-bit, 16-bit, 32-bit (i32, u32, f32, codes), 64-bit (i64, u64, f64).
 */
import type {
  Column,
  FixedArray,
  FixedColumn,
  FlatRows,
  StringColumn,
  Validity,
} from './column.ts';
import { nullColumn, physicalOf } from './column.ts';
import { joinBytes } from './join-bytes.ts';
import type { StringPool } from './string-pool.ts';
import { allNullColumn, allValid } from './validity.ts';
import { columnFromValues } from './values.ts';
import type { Value } from './values.ts';
import { assert, AssertionError, unreachable } from '../base/assert.ts';
import { viewAs } from '../storage/bundle.ts';
import type { DataType } from '../types/data-type.ts';

/** The row index that stands for "no row": the result is null there. */
export const NO_ROW = -1;

/** Row r of the result is row indices[r] of `column`, null where that is NO_ROW. */
export function takeColumn(column: Column, indices: Int32Array): Column {
  const length = indices.length;
  const validity = takeValidity(column.validity, indices);
  switch (column.physical) {
    case 'null':
      return nullColumn(length);
    case 'fixed':
      return { ...column, length, validity, values: takeFixed(column.values, indices) };
    case 'string': {
      const codes = new Int32Array(length);
      take32(column.codes, indices, codes);
      return { ...column, length, validity, codes };
    }
    case 'record': {
      const children = column.children.map((child) => takeColumn(child, indices));
      return { ...column, length, validity, children };
    }
    case 'list': {
      const { offsets, elements } = takeExtents(column.offsets, indices, validity);
      return {
        ...column,
        length,
        validity,
        offsets,
        element: takeColumn(column.element, elements),
      };
    }
    case 'map': {
      const { offsets, elements } = takeExtents(column.offsets, indices, validity);
      const keys = takeColumn(column.keys, elements);
      return {
        ...column,
        length,
        validity,
        offsets,
        keys,
        values: takeColumn(column.values, elements),
      };
    }
    default:
      return unreachable(column);
  }
}

/** Rows start … end − 1, as views of the same memory. Offsets of a sliced list need not start at 0. */
export function sliceColumn(column: Column, start: number, end: number): Column {
  assert(0 <= start && start <= end && end <= column.length, 'sliceColumn: rows out of range');
  if (start === 0 && end === column.length) return column;
  const length = end - start;
  const validity = column.validity === null ? null : column.validity.subarray(start, end);
  switch (column.physical) {
    case 'null':
      return nullColumn(length);
    case 'fixed':
      return { ...column, length, validity, values: column.values.subarray(start, end) };
    case 'string':
      return { ...column, length, validity, codes: column.codes.subarray(start, end) };
    case 'record': {
      const children = column.children.map((child) => sliceColumn(child, start, end));
      return { ...column, length, validity, children };
    }
    case 'list':
    case 'map':
      return { ...column, length, validity, offsets: column.offsets.subarray(start, end + 1) };
    default:
      return unreachable(column);
  }
}

/**
 * The rows of all `columns`, one after another. A column of type `null` stands for nulls of `type`; all string
 * columns must be of `pool`.
 */
export function concatColumns(
  type: DataType,
  columns: readonly Column[],
  pool: StringPool,
): Column {
  if (columns.length === 1 && columns[0]!.physical !== 'null') return columns[0]!;
  const length = columns.reduce((sum, column) => sum + column.length, 0);
  const parts = columns.map((column) =>
    column.physical === 'null' ? allNullColumn(type, column.length, pool) : column,
  );
  const validity = concatValidity(parts, length);
  switch (type.kind) {
    case 'null':
      return nullColumn(length);
    case 'string':
    case 'large_string':
    case 'json': {
      const pieces = parts.map((part) => {
        assert(part.physical === 'string', 'concatColumns: expected strings');
        assert(part.pool === pool, 'concatColumns: strings of one pool');
        return part.codes;
      });
      const { buffer, byteOffset } = joinBytes(pieces);
      const codes = new Int32Array(buffer, byteOffset, length);
      return { physical: 'string', type, length, validity, codes, pool };
    }
    case 'record': {
      const children = type.fields.map((field, index) =>
        concatColumns(
          field.type,
          parts.map((part) => {
            assert(part.physical === 'record', 'concatColumns: expected records');
            return part.children[index]!;
          }),
          pool,
        ),
      );
      return { physical: 'record', type, length, validity, children };
    }
    case 'list': {
      const elements = parts.map((part) => {
        assert(part.physical === 'list', 'concatColumns: expected lists');
        return trimmed(part.element, part.offsets);
      });
      const element = concatColumns(type.element, elements, pool);
      return {
        physical: 'list',
        type,
        length,
        validity,
        offsets: concatOffsets(parts, length),
        element,
      };
    }
    case 'map': {
      const keys: Column[] = [];
      const values: Column[] = [];
      for (const part of parts) {
        assert(part.physical === 'map', 'concatColumns: expected maps');
        keys.push(trimmed(part.keys, part.offsets));
        values.push(trimmed(part.values, part.offsets));
      }
      return {
        physical: 'map',
        type,
        length,
        validity,
        offsets: concatOffsets(parts, length),
        keys: concatColumns(type.key, keys, pool),
        values: concatColumns(type.value, values, pool),
      };
    }
    default: {
      const physical = physicalOf(type);
      if (physical === null) throw new AssertionError(`no column of type ${type.kind} exists`);
      const pieces = parts.map((part) => {
        assert(part.physical === 'fixed', 'concatColumns: expected fixed-width values');
        return part.values;
      });
      const values = viewAs(physical, joinBytes(pieces));
      assert(values.length === length, 'concatColumns: one width');
      return { physical: 'fixed', type, length, validity, values };
    }
  }
}

/** A column of `length` rows that all hold `value`. */
export function repeatValue(
  type: DataType,
  value: Value,
  length: number,
  pool: StringPool,
): Column {
  if (value === null) return allNullColumn(type, length, pool);
  const single = columnFromValues(type, [value], pool);
  return takeColumn(single, new Int32Array(length));
}

/** The rows where a bool column is true, ascending. Null is not true. */
export function trueIndices(column: Column): Int32Array {
  if (column.physical === 'null') return new Int32Array(0);
  assert(column.physical === 'fixed' && column.type.kind === 'bool', 'trueIndices: expected bool');
  const values = boolValues(column);
  const { validity } = column;
  const out = new Int32Array(values.length);
  let count = 0;
  if (validity === null) {
    for (let row = 0; row < values.length; row++) {
      out[count] = row;
      count += values[row]!;
    }
  } else {
    for (let row = 0; row < values.length; row++) {
      out[count] = row;
      count += values[row]! & validity[row]!;
    }
  }
  return out.slice(0, count);
}

/** The 0/1 bytes of a bool column; those of null rows are unspecified but still 0 or 1. */
export function boolValues(column: FixedColumn): Uint8Array {
  assert(column.values instanceof Uint8Array, 'expected bool values');
  return column.values;
}

/** Moves `indices` within an array of any fixed-width type into a new one. */
export function takeFixed(values: FixedArray, indices: Int32Array): FixedArray {
  const out = emptyLike(values, indices.length);
  takeFixedInto(values, indices, out);
  return out;
}

/** Into `out`, of the same type and with a slot per index; slots of NO_ROW stay as they are. */
export function takeFixedInto(values: FixedArray, indices: Int32Array, out: FixedArray): void {
  const { buffer, byteOffset, length } = values;
  const { buffer: to, byteOffset: at, length: slots } = out;
  assert(slots === indices.length, 'takeFixedInto: one slot per index');
  switch (values.BYTES_PER_ELEMENT) {
    case 1:
      take8(new Uint8Array(buffer, byteOffset, length), indices, new Uint8Array(to, at, slots));
      break;
    case 2:
      take16(new Uint16Array(buffer, byteOffset, length), indices, new Uint16Array(to, at, slots));
      break;
    case 4:
      take32(new Int32Array(buffer, byteOffset, length), indices, new Int32Array(to, at, slots));
      break;
    default:
      take64(
        new BigInt64Array(buffer, byteOffset, length),
        indices,
        new BigInt64Array(to, at, slots),
      );
  }
}

/** As `takeColumn`, into arrays that are there. `indices` are rows: none is NO_ROW. */
export function takeFlat<C extends FixedColumn | StringColumn>(
  column: C,
  indices: Int32Array,
  target: FlatRows,
): C {
  takeFixedInto(
    column.physical === 'string' ? column.codes : column.values,
    indices,
    target.values,
  );
  let validity: Validity = null;
  if (column.validity !== null) {
    assert(target.validity !== null, 'takeFlat: the column has nulls');
    take8(column.validity, indices, target.validity);
    if (target.validity.includes(0)) validity = target.validity;
  }
  const rows = { length: indices.length, validity };
  return column.physical === 'string'
    ? { ...column, ...rows, codes: target.values }
    : { ...column, ...rows, values: target.values };
}

function emptyLike(values: FixedArray, length: number): FixedArray {
  if (values instanceof Int8Array) return new Int8Array(length);
  if (values instanceof Int16Array) return new Int16Array(length);
  if (values instanceof Int32Array) return new Int32Array(length);
  if (values instanceof BigInt64Array) return new BigInt64Array(length);
  if (values instanceof Uint8Array) return new Uint8Array(length);
  if (values instanceof Uint16Array) return new Uint16Array(length);
  if (values instanceof Uint32Array) return new Uint32Array(length);
  if (values instanceof BigUint64Array) return new BigUint64Array(length);
  if (values instanceof Float32Array) return new Float32Array(length);
  return new Float64Array(length);
}

function take8(values: Uint8Array, indices: Int32Array, out: Uint8Array): void {
  for (let row = 0; row < indices.length; row++) {
    const index = indices[row]!;
    if (index >= 0) out[row] = values[index]!;
  }
}

function take16(values: Uint16Array, indices: Int32Array, out: Uint16Array): void {
  for (let row = 0; row < indices.length; row++) {
    const index = indices[row]!;
    if (index >= 0) out[row] = values[index]!;
  }
}

function take32(values: Int32Array, indices: Int32Array, out: Int32Array): void {
  for (let row = 0; row < indices.length; row++) {
    const index = indices[row]!;
    if (index >= 0) out[row] = values[index]!;
  }
}

// Floats too are moved as int64: a move through a float register may change the bits of a NaN.
function take64(values: BigInt64Array, indices: Int32Array, out: BigInt64Array): void {
  for (let row = 0; row < indices.length; row++) {
    const index = indices[row]!;
    if (index >= 0) out[row] = values[index]!;
  }
}

function takeValidity(validity: Validity, indices: Int32Array): Validity {
  if (validity === null) {
    let missing = 0;
    for (let row = 0; row < indices.length; row++) missing |= indices[row]!;
    if (missing >= 0) return null;
    const out = new Uint8Array(indices.length);
    for (let row = 0; row < indices.length; row++) out[row] = indices[row]! >= 0 ? 1 : 0;
    return out;
  }
  const out = new Uint8Array(indices.length);
  take8(validity, indices, out);
  return out;
}

/** New offsets of the taken rows, and the old positions of their elements. Null rows become empty. */
function takeExtents(
  offsets: Int32Array,
  indices: Int32Array,
  validity: Validity,
): { offsets: Int32Array; elements: Int32Array } {
  const out = new Int32Array(indices.length + 1);
  let total = 0;
  for (let row = 0; row < indices.length; row++) {
    const index = indices[row]!;
    if (validity === null || validity[row] === 1) total += offsets[index + 1]! - offsets[index]!;
    out[row + 1] = total;
  }
  const elements = new Int32Array(total);
  for (let row = 0; row < indices.length; row++) {
    const count = out[row + 1]! - out[row]!;
    if (count === 0) continue;
    const from = offsets[indices[row]!]!;
    const to = out[row]!;
    for (let element = 0; element < count; element++) elements[to + element] = from + element;
  }
  return { offsets: out, elements };
}

function concatValidity(parts: readonly Column[], length: number): Validity {
  if (parts.every((part) => part.validity === null)) return null;
  const out = allValid(length);
  let at = 0;
  for (const part of parts) {
    if (part.validity !== null) out.set(part.validity, at);
    at += part.length;
  }
  return out;
}

/** The elements between the first and the last offset. */
function trimmed(element: Column, offsets: Int32Array): Column {
  return sliceColumn(element, offsets[0]!, offsets[offsets.length - 1]!);
}

function concatOffsets(parts: readonly Column[], length: number): Int32Array {
  const out = new Int32Array(length + 1);
  let at = 0;
  let total = 0;
  for (const part of parts) {
    assert(part.physical === 'list' || part.physical === 'map', 'concatColumns: expected offsets');
    const shift = total - part.offsets[0]!;
    for (let row = 1; row <= part.length; row++) out[at + row] = part.offsets[row]! + shift;
    at += part.length;
    total = out[at]!;
  }
  return out;
}
