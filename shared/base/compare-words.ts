/**
 * Order of unsigned 64-bit elements by their words. V8 makes an object of each element of 2^63 or more that is compared,
 * and half of all hashes are, which costs more than all else in a loop. Words and signed elements stay numbers.
 */

/** The elements of an array as pairs of words, low word first. */
export function wordsOf({
  buffer,
  byteOffset,
  length,
}: BigInt64Array | BigUint64Array): Uint32Array {
  return new Uint32Array(buffer, byteOffset, length * 2);
}

/** Whether element i of `left` is below element j of `right`, unsigned. */
export function isBelow(left: Uint32Array, i: number, right: Uint32Array, j: number): boolean {
  const high = left[2 * i + 1]!;
  const otherHigh = right[2 * j + 1]!;
  return high < otherHigh || (high === otherHigh && left[2 * i]! < right[2 * j]!);
}

/** Whether element i of `left` is element j of `right`. */
export function isSame(left: Uint32Array, i: number, right: Uint32Array, j: number): boolean {
  return left[2 * i] === right[2 * j] && left[2 * i + 1] === right[2 * j + 1];
}
