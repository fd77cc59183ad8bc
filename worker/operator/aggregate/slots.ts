/** Arrays of one entry per slot that change their number of slots. */

export function resizedBytes(array: Uint8Array, slots: number): Uint8Array {
  const out = new Uint8Array(slots);
  out.set(array.length > slots ? array.subarray(0, slots) : array);
  return out;
}

export function resizedInt32(array: Int32Array, slots: number, initial: number): Int32Array {
  const out = new Int32Array(slots).fill(initial);
  out.set(array.length > slots ? array.subarray(0, slots) : array);
  return out;
}

export function resizedUint32(array: Uint32Array, slots: number): Uint32Array {
  const out = new Uint32Array(slots);
  out.set(array.length > slots ? array.subarray(0, slots) : array);
  return out;
}

export function resizedFloat64(array: Float64Array, slots: number, initial: number): Float64Array {
  const out = new Float64Array(slots).fill(initial);
  out.set(array.length > slots ? array.subarray(0, slots) : array);
  return out;
}

export function resizedInt64(array: BigInt64Array, slots: number): BigInt64Array {
  const out = new BigInt64Array(slots);
  out.set(array.length > slots ? array.subarray(0, slots) : array);
  return out;
}

export function resizedUint64(array: BigUint64Array, slots: number): BigUint64Array {
  const out = new BigUint64Array(slots);
  out.set(array.length > slots ? array.subarray(0, slots) : array);
  return out;
}

/** A copy with 0 wherever `seen` is 0: an empty slot holds what its accumulator starts from, such as NaN. */
export function maskedFloat64(array: Float64Array, seen: Uint8Array): Float64Array {
  const out = new Float64Array(array.length);
  for (let slot = 0; slot < out.length; slot++) if (seen[slot] === 1) out[slot] = array[slot]!;
  return out;
}
