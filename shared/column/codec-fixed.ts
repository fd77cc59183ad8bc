/** Fixed-width values in the one form that is stored: zero in null rows, one bit pattern for NaN. */
import type { FixedArray, Validity } from './column.ts';

const NAN_64 = 0x7ff8_0000_0000_0000n;
const NAN_32 = 0x7fc0_0000;

export function hasNullRows(validity: Uint8Array): boolean {
  return validity.includes(0);
}

/** `values` itself if it is in that form already (no nulls, no NaN); otherwise a copy. */
export function canonicalFixed(values: FixedArray, validity: Validity): FixedArray {
  const isFloat = values instanceof Float64Array || values instanceof Float32Array;
  const hasNaN =
    values instanceof Float64Array
      ? hasNaN64(values)
      : values instanceof Float32Array && hasNaN32(values);
  if (validity === null && !hasNaN) return values;
  const copy = values.slice();
  const { buffer } = copy;
  switch (copy.BYTES_PER_ELEMENT) {
    case 1:
      if (validity !== null) zeroNulls8(new Uint8Array(buffer), validity);
      break;
    case 2:
      if (validity !== null) zeroNulls16(new Uint16Array(buffer), validity);
      break;
    case 4:
      if (validity !== null) zeroNulls32(new Int32Array(buffer), validity);
      if (isFloat && hasNaN) unifyNaN32(new Float32Array(buffer), new Int32Array(buffer));
      break;
    default:
      if (validity !== null) zeroNulls64(new BigInt64Array(buffer), validity);
      if (isFloat && hasNaN) unifyNaN64(new Float64Array(buffer), new BigInt64Array(buffer));
  }
  return copy;
}

function hasNaN64(values: Float64Array): boolean {
  for (let row = 0; row < values.length; row++) {
    if (Number.isNaN(values[row])) return true;
  }
  return false;
}

function hasNaN32(values: Float32Array): boolean {
  for (let row = 0; row < values.length; row++) {
    if (Number.isNaN(values[row])) return true;
  }
  return false;
}

function unifyNaN64(values: Float64Array, bits: BigInt64Array): void {
  for (let row = 0; row < values.length; row++) {
    if (Number.isNaN(values[row])) bits[row] = NAN_64;
  }
}

function unifyNaN32(values: Float32Array, bits: Int32Array): void {
  for (let row = 0; row < values.length; row++) {
    if (Number.isNaN(values[row])) bits[row] = NAN_32;
  }
}

function zeroNulls8(values: Uint8Array, validity: Uint8Array): void {
  for (let row = 0; row < values.length; row++) if (validity[row] === 0) values[row] = 0;
}

function zeroNulls16(values: Uint16Array, validity: Uint8Array): void {
  for (let row = 0; row < values.length; row++) if (validity[row] === 0) values[row] = 0;
}

function zeroNulls32(values: Int32Array, validity: Uint8Array): void {
  for (let row = 0; row < values.length; row++) if (validity[row] === 0) values[row] = 0;
}

function zeroNulls64(values: BigInt64Array, validity: Uint8Array): void {
  for (let row = 0; row < values.length; row++) if (validity[row] === 0) values[row] = 0n;
}
