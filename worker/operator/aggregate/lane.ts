/**
 * Lanes: the few array types that accumulators compute in, and conversions between them and columns.
 *
 * All integers of up to 32 bits and all floats are exact in a Float64Array, so one loop over it serves ten types.
 */
import {
  allocateFixed,
  fixedColumn,
  nullColumn,
  physicalOf,
} from '../../../shared/column/column.ts';
import type { Column, FixedArray, Validity } from '../../../shared/column/column.ts';
import { andValidity } from '../../../shared/column/validity.ts';
import { assert, AssertionError } from '../../../shared/base/assert.ts';
import type { ScalarType } from '../../../shared/types/data-type.ts';

const TWO_TO_32 = 4_294_967_296;
const SIGN_BIT = -0x8000_0000_0000_0000n;

/** The values of a fixed-width column as doubles; 64-bit integers are rounded to nearest. May share its memory. */
export function toFloat64(column: Column): Float64Array {
  if (column.physical === 'null') return new Float64Array(column.length);
  const values = fixedValues(column);
  if (values instanceof Float64Array) return values;
  if (values instanceof BigInt64Array) return int64ToFloat64(values);
  if (values instanceof BigUint64Array) return uint64ToFloat64(values);
  return new Float64Array(values);
}

/** A column of `type` (not a 64-bit integer) with these values, which must be representable. */
export function fromFloat64(type: ScalarType, values: Float64Array, validity: Validity): Column {
  const physical = physicalOf(type);
  if (physical === null) return nullColumn(values.length);
  if (physical === 'f64') return fixedColumn(type, values, validity);
  const narrow = allocateFixed(physical, values.length);
  assert(
    !(narrow instanceof BigInt64Array || narrow instanceof BigUint64Array),
    'fromFloat64: a double does not hold 64-bit integers',
  );
  narrow.set(values);
  return fixedColumn(type, narrow, validity);
}

/**
 * The values of an i64 or u64 column in a signed array of the same order: unsigned ones with the sign bit flipped, so
 * that one loop compares both. May share the column's memory.
 */
export function toOrderedInt64(column: Column): BigInt64Array {
  const values = fixedValues(column);
  if (values instanceof BigInt64Array) return values;
  assert(values instanceof BigUint64Array, 'toOrderedInt64: expected 64-bit integers');
  return flipSign(new BigInt64Array(values.buffer, values.byteOffset, values.length));
}

/** The inverse of `toOrderedInt64`. May share the memory of `values`. */
export function fromOrderedInt64(
  type: ScalarType,
  values: BigInt64Array,
  validity: Validity,
): Column {
  if (physicalOf(type) === 'i64') return fixedColumn(type, values, validity);
  return fixedColumn(type, new BigUint64Array(flipSign(values).buffer), validity);
}

export function fixedValues(column: Column): FixedArray {
  if (column.physical !== 'fixed') {
    throw new AssertionError(`aggregate: expected a fixed-width input, found ${column.type.kind}`);
  }
  return column.values;
}

/** Where an input is valid and new. May return one of its arguments. */
export function feedOf(validity: Validity, isNew: Uint8Array | null): Validity {
  return andValidity(validity, isNew);
}

/** The validity of a column whose rows are valid where `bytes` is 1: null if that is everywhere. */
export function compactValidity(bytes: Uint8Array): Validity {
  return bytes.includes(0) ? bytes : null;
}

// Halves are read as 32-bit integers: Number(bigint) allocates. The sum is exact before its one rounding.
function int64ToFloat64(values: BigInt64Array): Float64Array {
  const low = new Uint32Array(values.buffer, values.byteOffset, values.length * 2);
  const high = new Int32Array(values.buffer, values.byteOffset, values.length * 2);
  const out = new Float64Array(values.length);
  for (let row = 0; row < out.length; row++) {
    out[row] = high[2 * row + 1]! * TWO_TO_32 + low[2 * row]!;
  }
  return out;
}

function uint64ToFloat64(values: BigUint64Array): Float64Array {
  const halves = new Uint32Array(values.buffer, values.byteOffset, values.length * 2);
  const out = new Float64Array(values.length);
  for (let row = 0; row < out.length; row++) {
    out[row] = halves[2 * row + 1]! * TWO_TO_32 + halves[2 * row]!;
  }
  return out;
}

function flipSign(values: BigInt64Array): BigInt64Array {
  const out = new BigInt64Array(values.length);
  for (let row = 0; row < out.length; row++) out[row] = values[row]! ^ SIGN_BIT;
  return out;
}
