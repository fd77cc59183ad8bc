/** The exact split of k sorted sources at a global row number: how many rows of each source come before it. */
import { assert } from '../../shared/base/assert.ts';
import { compareRows, lowerBound } from './order-keys.ts';
import type { OrderKeys } from './order-keys.ts';

/**
 * Absolute positions p with starts[s] ≤ p[s] ≤ ends[s], such that rows [starts[s], p[s]) of all sources are together
 * the first `count` rows of the total order. Source s is rows [starts[s], ends[s]) of `keys`, in order. A split may lie
 * within rows of one source that tie; sources never tie with each other: asserted.
 *
 * Selection by pivots: the middle of the widest remaining range is ranked in every source by bisection, and either all
 * before it or all from it on is decided. The widest range is halved each time, on interleaved sources all of them are,
 * so O(log rows) pivots of O(sources · log rows) comparisons (Varman et al., Merging multiple lists, 1991).
 */
export function selectSplit(
  keys: OrderKeys,
  starts: Int32Array,
  ends: Int32Array,
  count: number,
): Int32Array {
  const sources = starts.length;
  const low = starts.slice();
  const high = ends.slice();
  const rank = new Int32Array(sources);
  let decided = 0;
  let open = 0;
  for (let source = 0; source < sources; source++) open += ends[source]! - starts[source]!;
  assert(count >= 0 && count <= open, 'selectSplit: the row number lies outside the sources');
  // `decided` rows are known to be before the split, `open` rows are in [low, high) of their source.
  while (decided < count && decided + open > count) {
    let widest = 0;
    for (let source = 1; source < sources; source++) {
      if (high[source]! - low[source]! > high[widest]! - low[widest]!) widest = source;
    }
    const pivot = (low[widest]! + high[widest]!) >>> 1;
    let before = decided;
    for (let source = 0; source < sources; source++) {
      // Within its own source the pivot is a position: rows that tie with it but stand before it come before it.
      const at = source === widest ? pivot : lowerBound(keys, low[source]!, high[source]!, pivot);
      assert(
        source === widest || at === high[source]! || compareRows(keys, at, pivot) !== 0,
        'selectSplit: two sources hold rows of one order key',
      );
      rank[source] = at;
      before += at - low[source]!;
    }
    if (before >= count) {
      open = before - decided;
      high.set(rank);
    } else {
      // The pivot itself is before the split too.
      rank[widest] = pivot + 1;
      open -= before + 1 - decided;
      decided = before + 1;
      low.set(rank);
    }
  }
  return decided === count ? low : high;
}
