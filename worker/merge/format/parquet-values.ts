/** The values of a Parquet leaf in their physical type, nulls left out, and the smallest and largest of them. */
import { assert } from '../../../shared/base/assert.ts';
import type { FixedArray } from '../../../shared/column/column.ts';
import type { StringPool } from '../../../shared/column/string-pool.ts';
import { takeFixedInto } from '../../../shared/column/take.ts';
import { Scratch } from '../../scratch.ts';
import type { LeafEntries } from './parquet-levels.ts';
import type { Leaf } from './parquet-schema.ts';
import { toMicroseconds, toMilliseconds } from './time-conversion.ts';

/** Unsigned numbers stand in signed arrays of their width; strings are codes of a pool. */
export type PlainValues =
  | { readonly kind: 'bool'; readonly values: Uint8Array }
  | { readonly kind: 'i32'; readonly values: Int32Array }
  /** `isAscending`: known to be, so that nobody needs to look for the bounds. */
  | { readonly kind: 'i64'; readonly values: BigInt64Array; readonly isAscending?: boolean }
  | { readonly kind: 'f32'; readonly values: Float32Array }
  | { readonly kind: 'f64'; readonly values: Float64Array }
  | { readonly kind: 'string'; readonly codes: Int32Array; readonly pool: StringPool };

/** Values, or codes of the distinct values of the same rows. */
export type LeafValues =
  | PlainValues
  | { readonly kind: 'coded'; readonly codes: RowCodes; readonly distinct: PlainValues };

/** A code per row, and their pages: made once for all the columns that share the codes. */
export interface RowCodes {
  readonly codes: Int32Array;
  /** The hybrid encoding of all codes. */
  readonly hybrid: (bitWidth: number) => Uint8Array;
}

/** Of the present values of the leaf that was asked for last. */
const scratch = new Scratch();

/** The arrays are good until the values of another leaf are asked for. */
export function leafValues(
  leaf: Leaf,
  entries: Pick<LeafEntries, 'column' | 'present'>,
): PlainValues {
  const { column, present } = entries;
  switch (column.physical) {
    case 'null':
      return { kind: 'i32', values: new Int32Array(0) };
    case 'string': {
      const codes = present === null ? column.codes : scratch.i32('codes', present.length);
      if (present !== null) takeFixedInto(column.codes, present, codes);
      return { kind: 'string', codes, pool: column.pool };
    }
    case 'fixed': {
      if (present === null) return physicalValues(leaf, column.values);
      const { values } = scratch.flat('values', column.type, present.length, false);
      takeFixedInto(column.values, present, values);
      return physicalValues(leaf, values);
    }
  }
}

/** Numbers as the leaf stores them: small ints widened, timestamps in the unit of the file. */
export function physicalValues(leaf: Leaf, values: FixedArray): PlainValues {
  if (values instanceof Float64Array) return { kind: 'f64', values };
  if (values instanceof Float32Array) return { kind: 'f32', values };
  if (values instanceof BigInt64Array) return { kind: 'i64', values: converted(leaf, values) };
  if (values instanceof BigUint64Array) return { kind: 'i64', values: asSigned64(values) };
  if (leaf.physical === 'bool') {
    assert(values instanceof Uint8Array, 'bools are bytes');
    return { kind: 'bool', values };
  }
  if (values instanceof Int32Array) return { kind: 'i32', values };
  if (values instanceof Uint32Array) {
    return { kind: 'i32', values: new Int32Array(values.buffer, values.byteOffset, values.length) };
  }
  return { kind: 'i32', values: new Int32Array(values) };
}

export function asSigned64(values: BigUint64Array): BigInt64Array {
  return new BigInt64Array(values.buffer, values.byteOffset, values.length);
}

function converted(leaf: Leaf, values: BigInt64Array): BigInt64Array {
  const name = leaf.path.join('.');
  if (leaf.time?.factor === 'divided-by-1000') return toMicroseconds(name, values);
  return leaf.time?.factor === 'times-1000' ? toMilliseconds(name, values) : values;
}

/** Smallest and largest value as PLAIN bytes without a length; null where there is none that a reader may lean on. */
export interface LeafBounds {
  readonly min: Uint8Array;
  readonly max: Uint8Array;
}

/** Longer strings would make footers large for little pruning. */
const BOUND_BYTES_MAX = 64;

const SIGN_BIT = -0x8000_0000;

export function leafBounds(leaf: Leaf, values: PlainValues): LeafBounds | null {
  switch (values.kind) {
    case 'bool': {
      if (values.values.length === 0) return null;
      let all = 1;
      let any = 0;
      for (let row = 0; row < values.values.length; row++) {
        all &= values.values[row]!;
        any |= values.values[row]!;
      }
      return { min: Uint8Array.of(all), max: Uint8Array.of(any) };
    }
    case 'i32': {
      const { values: numbers } = values;
      if (numbers.length === 0) return null;
      // Flipping the sign bit makes the signed order of the results the unsigned order of the inputs.
      const flip = leaf.isUnsigned ? SIGN_BIT : 0;
      let min = numbers[0]! ^ flip;
      let max = min;
      for (let row = 1; row < numbers.length; row++) {
        const value = numbers[row]! ^ flip;
        if (value < min) min = value;
        if (value > max) max = value;
      }
      return bounds(Int32Array.of(min ^ flip), Int32Array.of(max ^ flip));
    }
    case 'i64':
      if (values.isAscending === true) return boundsAscending(values.values);
      return bounds64(values.values, leaf.isUnsigned ? SIGN_BIT : 0);
    case 'f32':
      return boundsFloat(values.values, (value) => Float32Array.of(value));
    case 'f64':
      return boundsFloat(values.values, (value) => Float64Array.of(value));
    case 'string':
      return boundsString(values.codes, values.pool);
  }
}

function bounds(min: FixedArray, max: FixedArray): LeafBounds {
  return { min: new Uint8Array(min.buffer), max: new Uint8Array(max.buffer) };
}

function boundsAscending(values: BigInt64Array): LeafBounds | null {
  if (values.length === 0) return null;
  return bounds(values.slice(0, 1), values.slice(-1));
}

/**
 * Compared by halves: the high ones decide, except where they are equal.
 * `flip` makes the signed order of the high halves the order wanted.
 */
function bounds64(values: BigInt64Array, flip: number): LeafBounds | null {
  if (values.length === 0) return null;
  const halves = new Int32Array(values.buffer, values.byteOffset, values.length * 2);
  let minRow = 0;
  let maxRow = 0;
  let minHigh = halves[1]! ^ flip;
  let maxHigh = minHigh;
  let minLow = halves[0]! >>> 0;
  let maxLow = minLow;
  for (let row = 1; row < values.length; row++) {
    const high = halves[2 * row + 1]! ^ flip;
    const low = halves[2 * row]! >>> 0;
    if (high < minHigh || (high === minHigh && low < minLow)) {
      minRow = row;
      minHigh = high;
      minLow = low;
    }
    if (high > maxHigh || (high === maxHigh && low > maxLow)) {
      maxRow = row;
      maxHigh = high;
      maxLow = low;
    }
  }
  return bounds(values.slice(minRow, minRow + 1), values.slice(maxRow, maxRow + 1));
}

/** Per the format: NaN takes no part, and a zero bound covers both zeros. */
function boundsFloat(
  values: Float32Array | Float64Array,
  box: (value: number) => Float32Array | Float64Array,
): LeafBounds | null {
  let min = Infinity;
  let max = -Infinity;
  for (let row = 0; row < values.length; row++) {
    const value = values[row]!;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  // No value, or NaN alone: a single infinity makes both bounds equal.
  if (min > max) return null;
  return bounds(box(min === 0 ? -0 : min), box(max === 0 ? 0 : max));
}

function boundsString(codes: Int32Array, pool: StringPool): LeafBounds | null {
  if (codes.length === 0) return null;
  const { bytes, offsets } = pool;
  let min = codes[0]!;
  let max = min;
  let previous = min;
  for (let row = 1; row < codes.length; row++) {
    const code = codes[row]!;
    if (code === previous) continue;
    previous = code;
    if (compareEntries(bytes, offsets, code, min) < 0) min = code;
    else if (compareEntries(bytes, offsets, code, max) > 0) max = code;
  }
  const minBytes = bytes.slice(offsets[min]!, offsets[min + 1]!);
  const maxBytes = bytes.slice(offsets[max]!, offsets[max + 1]!);
  if (minBytes.length > BOUND_BYTES_MAX || maxBytes.length > BOUND_BYTES_MAX) return null;
  return { min: minBytes, max: maxBytes };
}

function compareEntries(
  bytes: Uint8Array,
  offsets: Int32Array,
  left: number,
  right: number,
): number {
  const leftEnd = offsets[left + 1]!;
  const rightEnd = offsets[right + 1]!;
  let rightAt = offsets[right]!;
  for (let leftAt = offsets[left]!; leftAt < leftEnd; leftAt++, rightAt++) {
    if (rightAt === rightEnd) return 1;
    const difference = bytes[leftAt]! - bytes[rightAt]!;
    if (difference !== 0) return difference;
  }
  return rightAt === rightEnd ? 0 : -1;
}
