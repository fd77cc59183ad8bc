/** A gather from two columns as if they stood one after another, without making the long one. */
import type { Column, FixedArray, Validity } from './column.ts';
import { allocateFixed, physicalOf } from './column.ts';
import type { StringPool } from './string-pool.ts';
import { concatColumns, takeColumn } from './take.ts';
import { assert } from '../base/assert.ts';

/**
 * Row r of the result is row indices[r] of `first`, from first.length on of `second`, and null where it is NO_ROW. Both
 * are of one type, or `second` of type `null`.
 */
export function takeEither(
  first: Column,
  second: Column,
  indices: Int32Array,
  pool: StringPool,
): Column {
  const { length } = indices;
  if (first.physical === 'fixed' && second.physical === 'fixed') {
    const validity = takeValidity(first, second, indices);
    const physical = physicalOf(first.type);
    assert(physical !== null && physical === physicalOf(second.type), 'takeEither: one type');
    const values = allocateFixed(physical, length);
    takeFixed(first.values, second.values, indices, values);
    return { ...first, length, validity, values };
  }
  if (first.physical === 'string' && second.physical === 'string') {
    assert(first.pool === second.pool, 'takeEither: strings of one pool');
    const validity = takeValidity(first, second, indices);
    const codes = new Int32Array(length);
    take32(first.codes, second.codes, indices, codes);
    return { ...first, length, validity, codes };
  }
  return takeColumn(concatColumns(first.type, [first, second], pool), indices);
}

function takeValidity(first: Column, second: Column, indices: Int32Array): Validity {
  const out = new Uint8Array(indices.length);
  const start = first.length;
  let nulls = 0;
  const inFirst = first.validity;
  const inSecond = second.validity;
  for (let row = 0; row < indices.length; row++) {
    const index = indices[row]!;
    let valid = 0;
    if (index >= start) valid = inSecond === null ? 1 : inSecond[index - start]!;
    else if (index >= 0) valid = inFirst === null ? 1 : inFirst[index]!;
    out[row] = valid;
    nulls |= valid ^ 1;
  }
  return nulls === 0 ? null : out;
}

/** By width in bytes, so that each loop sees one kind of array. */
function takeFixed(
  first: FixedArray,
  second: FixedArray,
  indices: Int32Array,
  out: FixedArray,
): void {
  switch (out.BYTES_PER_ELEMENT) {
    case 1:
      take8(view8(first), view8(second), indices, view8(out));
      break;
    case 2:
      take16(view16(first), view16(second), indices, view16(out));
      break;
    case 4:
      take32(view32(first), view32(second), indices, view32(out));
      break;
    default:
      take64(view64(first), view64(second), indices, view64(out));
  }
}

function view8({ buffer, byteOffset, length }: FixedArray): Uint8Array {
  return new Uint8Array(buffer, byteOffset, length);
}

function view16({ buffer, byteOffset, length }: FixedArray): Uint16Array {
  return new Uint16Array(buffer, byteOffset, length);
}

function view32({ buffer, byteOffset, length }: FixedArray): Int32Array {
  return new Int32Array(buffer, byteOffset, length);
}

function view64({ buffer, byteOffset, length }: FixedArray): BigInt64Array {
  return new BigInt64Array(buffer, byteOffset, length);
}

function take8(first: Uint8Array, second: Uint8Array, indices: Int32Array, out: Uint8Array): void {
  const start = first.length;
  for (let row = 0; row < indices.length; row++) {
    const index = indices[row]!;
    if (index >= start) out[row] = second[index - start]!;
    else if (index >= 0) out[row] = first[index]!;
  }
}

function take16(
  first: Uint16Array,
  second: Uint16Array,
  indices: Int32Array,
  out: Uint16Array,
): void {
  const start = first.length;
  for (let row = 0; row < indices.length; row++) {
    const index = indices[row]!;
    if (index >= start) out[row] = second[index - start]!;
    else if (index >= 0) out[row] = first[index]!;
  }
}

function take32(first: Int32Array, second: Int32Array, indices: Int32Array, out: Int32Array): void {
  const start = first.length;
  for (let row = 0; row < indices.length; row++) {
    const index = indices[row]!;
    if (index >= start) out[row] = second[index - start]!;
    else if (index >= 0) out[row] = first[index]!;
  }
}

// Floats too are moved as int64: a move through a float register may change the bits of a NaN.
function take64(
  first: BigInt64Array,
  second: BigInt64Array,
  indices: Int32Array,
  out: BigInt64Array,
): void {
  const start = first.length;
  for (let row = 0; row < indices.length; row++) {
    const index = indices[row]!;
    if (index >= start) out[row] = second[index - start]!;
    else if (index >= 0) out[row] = first[index]!;
  }
}
