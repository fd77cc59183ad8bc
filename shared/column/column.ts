/**
 * Columns: immutable values of one type in typed arrays.
 *
 * Validity is one byte per row (1 = valid, 0 = null), `null` for "all valid". A byte rather than a bit:
 * kernels combine it with plain loops and no shifts, and nullable columns are the minority.
 * The data slot of a null row is unspecified in memory; encoders write zero there.
 */
import { assert } from '../base/assert.ts';
import type { StringPool } from './string-pool.ts';
import type { DataType, ListType, MapType, RecordType, ScalarType } from '../types/data-type.ts';

export type Validity = Uint8Array | null;

/** The physical array of each fixed-width type; see `physicalOf`. */
export type FixedArray =
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array
  | Float32Array
  | Float64Array;

/** bool (0/1 in Uint8Array), numbers, timestamps, durations, intervals, dates. */
export interface FixedColumn {
  readonly physical: 'fixed';
  readonly type: ScalarType;
  readonly length: number;
  readonly validity: Validity;
  readonly values: FixedArray;
}

/**
 * string, large_string, json: codes into a pool that interns, so equal strings have equal codes.
 * All string columns of one cell (or one constant evaluation) share one pool.
 */
export interface StringColumn {
  readonly physical: 'string';
  readonly type: ScalarType;
  readonly length: number;
  readonly validity: Validity;
  readonly codes: Int32Array;
  readonly pool: StringPool;
}

/** One column per field, each as long as the record column. A null record's fields are to be read as null. */
export interface RecordColumn {
  readonly physical: 'record';
  readonly type: RecordType;
  readonly length: number;
  readonly validity: Validity;
  readonly children: readonly Column[];
}

/** Row r holds elements offsets[r] … offsets[r + 1] − 1. offsets has length + 1 entries; a null row may hold any extent. */
export interface ListColumn {
  readonly physical: 'list';
  readonly type: ListType;
  readonly length: number;
  readonly validity: Validity;
  readonly offsets: Int32Array;
  readonly element: Column;
}

export interface MapColumn {
  readonly physical: 'map';
  readonly type: MapType;
  readonly length: number;
  readonly validity: Validity;
  readonly offsets: Int32Array;
  readonly keys: Column;
  readonly values: Column;
}

/** Every row is null. */
export interface NullColumn {
  readonly physical: 'null';
  readonly type: ScalarType;
  readonly length: number;
  readonly validity: Uint8Array;
}

export type Column =
  | FixedColumn
  | StringColumn
  | RecordColumn
  | ListColumn
  | MapColumn
  | NullColumn;

export type FixedPhysical =
  | 'i8'
  | 'i16'
  | 'i32'
  | 'i64'
  | 'u8'
  | 'u16'
  | 'u32'
  | 'u64'
  | 'f32'
  | 'f64';

/** The rows of a flat column: its values, or codes of a pool if they are strings, and 1 where a row is valid. */
export interface FlatRows {
  readonly values: FixedArray;
  /** Null only where no row is null. */
  readonly validity: Validity;
}

/** Whether columns of the type are flat: one slot per row. */
export function isFlatType(type: DataType): type is ScalarType {
  return isStringType(type) || physicalOf(type) !== null;
}

export function isStringType(type: DataType): boolean {
  return type.kind === 'string' || type.kind === 'large_string' || type.kind === 'json';
}

export function flatColumn(
  type: ScalarType,
  { values, validity }: FlatRows,
  pool: StringPool,
): FixedColumn | StringColumn {
  const { length } = values;
  if (!isStringType(type)) return { physical: 'fixed', type, length, validity, values };
  assert(values instanceof Int32Array, 'codes are 32-bit');
  return { physical: 'string', type, length, validity, codes: values, pool };
}

/** The physical array behind a fixed-width type; null for strings, records, lists, maps and `null`. */
export function physicalOf(type: DataType): FixedPhysical | null {
  switch (type.kind) {
    case 'bool':
    case 'u8':
      return 'u8';
    case 'i8':
    case 'i16':
    case 'i32':
    case 'i64':
    case 'u16':
    case 'u32':
    case 'u64':
    case 'f32':
    case 'f64':
      return type.kind;
    case 'f16':
      return 'f32';
    case 'timestamp_s':
    case 'timestamp_ms':
    case 'timestamp_us':
    case 'timestamp_ns':
    case 'duration_s':
    case 'duration_ms':
    case 'duration_us':
    case 'duration_ns':
      return 'i64';
    case 'interval_days':
    case 'interval_months':
    case 'date':
      return 'i32';
    default:
      return null;
  }
}

/** A zeroed array of `length` slots. */
export function allocateFixed(physical: FixedPhysical, length: number): FixedArray {
  switch (physical) {
    case 'i8':
      return new Int8Array(length);
    case 'i16':
      return new Int16Array(length);
    case 'i32':
      return new Int32Array(length);
    case 'i64':
      return new BigInt64Array(length);
    case 'u8':
      return new Uint8Array(length);
    case 'u16':
      return new Uint16Array(length);
    case 'u32':
      return new Uint32Array(length);
    case 'u64':
      return new BigUint64Array(length);
    case 'f32':
      return new Float32Array(length);
    case 'f64':
      return new Float64Array(length);
  }
}

export function isValid(column: Column, row: number): boolean {
  return column.validity === null || column.validity[row] === 1;
}

export function nullColumn(length: number): NullColumn {
  return { physical: 'null', type: { kind: 'null' }, length, validity: new Uint8Array(length) };
}

export function fixedColumn(
  type: ScalarType,
  values: FixedArray,
  validity: Validity = null,
): FixedColumn {
  return { physical: 'fixed', type, length: values.length, validity, values };
}

export function stringColumn(
  type: ScalarType,
  codes: Int32Array,
  pool: StringPool,
  validity: Validity = null,
): StringColumn {
  return { physical: 'string', type, length: codes.length, validity, codes, pool };
}
