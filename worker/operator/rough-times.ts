/** Times as int32, to be compared in place of them: where two of these are equal, the times themselves decide. */
import { wordsOf } from '../../shared/base/compare-words.ts';

/** The difference of two rough times is an int32. */
const ROUGH_MAX = 2 ** 30;

/** What times are made rough by: those of one scale are comparable. */
export interface RoughScale {
  /** Nanoseconds, rounded. */
  readonly low: number;
  readonly perNanosecond: number;
}

/** For times from `low` to `high`; others are told from these but not from each other. */
export function roughScale(low: bigint, high: bigint): RoughScale {
  const first = Number(low);
  const span = Number(high) - first;
  return { low: first, perNanosecond: span > 0 ? ROUGH_MAX / span : 0 };
}

/** Each step is monotonic: rounding to a double, taking the lowest off, scaling, cutting the fraction, clamping. */
export function roughTimes(
  time: BigInt64Array,
  { low, perNanosecond }: RoughScale,
  out: Int32Array = new Int32Array(time.length),
): Int32Array {
  const words = wordsOf(time);
  for (let row = 0; row < time.length; row++) {
    const rounded = (words[row * 2 + 1]! | 0) * 0x1_0000_0000 + words[row * 2]!;
    const rough = (rounded - low) * perNanosecond;
    out[row] = rough < 0 ? -1 : rough > ROUGH_MAX ? ROUGH_MAX + 1 : rough;
  }
  return out;
}
