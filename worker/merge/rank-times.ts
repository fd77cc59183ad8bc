/** Times as 31-bit ranks: what merges compare and sort by, and ask the order key only where ranks are equal. */

/** Every rank is below 2^31. */
export const RANK_BITS = 31;
/** Above the rank of every row. */
export const RANK_EXHAUSTED = 0x7fff_ffff;
/** The largest rank of a row. The room below RANK_EXHAUSTED is for rounding. */
const RANK_LAST = 0x7fff_0000;

/**
 * Writes to `rank` for each row of the sources a rank in [0, RANK_LAST] that never falls as the time grows; equal ranks decide nothing.
 * Every step (int64 to double, subtraction, scaling, truncation) is monotone, so rounding merges ranks but never swaps.
 */
export function rankTimes(
  time: BigInt64Array,
  starts: Int32Array,
  ends: Int32Array,
  rank: Int32Array,
): void {
  const words = new Int32Array(time.buffer, time.byteOffset, time.length * 2);
  let first = Infinity;
  let last = -Infinity;
  for (let source = 0; source < starts.length; source++) {
    if (starts[source] === ends[source]) continue;
    first = Math.min(first, approximate(words, starts[source]!));
    last = Math.max(last, approximate(words, ends[source]! - 1));
  }
  const scale = last > first ? RANK_LAST / (last - first) : 0;
  for (let source = 0; source < starts.length; source++) {
    const end = ends[source]!;
    for (let row = starts[source]!; row < end; row++) {
      rank[row] = (words[2 * row + 1]! * 4294967296 + (words[2 * row]! >>> 0) - first) * scale;
    }
  }
}

/** The nearest double of an int64, from its two words. */
function approximate(words: Int32Array, row: number): number {
  return words[2 * row + 1]! * 4294967296 + (words[2 * row]! >>> 0);
}
