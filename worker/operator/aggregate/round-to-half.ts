/** Rounding to IEEE half precision. */

const HALF_MAX = 65_504;
/** Midway between the largest half and the next power: from here on a value rounds to infinity. */
const HALF_OVERFLOW = 65_520;
const SMALLEST_NORMAL_EXPONENT = -14;
const FRACTION_BITS = 10;

const float = new Float64Array(1);
const words = new Uint32Array(float.buffer);

/**
 * The nearest f16, ties to even. Exact for sums of two f16 values, which a double holds without rounding.
 * (`Math.f16round` is newer than the oldest supported Node.)
 */
export function roundToHalf(value: number): number {
  if (value === 0 || value !== value) return value;
  const magnitude = Math.abs(value);
  if (magnitude >= HALF_OVERFLOW) return value > 0 ? Infinity : -Infinity;
  float[0] = magnitude;
  const exponent = Math.max((words[1]! >>> 20) - 1023, SMALLEST_NORMAL_EXPONENT);
  // Added to 1.5 · 2^52 units, the bits below one unit are rounded away by the addition itself.
  const shifter = 1.5 * 2 ** (52 + exponent - FRACTION_BITS);
  const rounded = magnitude + shifter - shifter;
  return Math.sign(value) * Math.min(rounded, HALF_MAX);
}
