/**
 * The k-way merge of sorted sources into one permutation. Window by window of the time: in one whose rows are spread, each
 * row goes to where its time says, as in a sort by buckets; one with crowds is merged by a loser tree.
 *
 *   source 0   1 3 8         bucket  0–1   2–3   4–5   6–7   8–9      As many buckets as rows, each a share of the
 *   source 1   2 4 9    ──>          1     3 2   4           8 9      window, filled source by source; then neighbours
 *                                                                     that stand wrong swap: 1 2 3 4 8 9
 *
 * With about one row in a bucket few rows move, and a window stays in the cache: half the time of the tree, whose matches
 * are branches that random data decide. Crowds, such as whole seconds or the one instant of final results, are better
 * off with the tree, which compares log2(k) times a row and copies stretches of one source.
 */
import { assert } from '../../shared/base/assert.ts';
import { mergeByTree } from './loser-tree.ts';
import { compareRows } from './order-keys.ts';
import type { OrderKeys } from './order-keys.ts';
import { RANK_BITS, rankTimes } from './rank-times.ts';

const WINDOW_BITS = 13;
const WINDOW_BUCKETS = 2 ** WINDOW_BITS;
/** A window with more rows is a crowd: it has one row in a bucket if times are spread evenly, two after rounding up. */
const WINDOW_ROWS_MAX = 4 * WINDOW_BUCKETS;
/** A bucket with more rows is a crowd. A million rows at random have 9 in the fullest. */
const BUCKET_ROWS_MAX = 24;
/** Buckets of all windows: 2^24, so windows are few; more rows than that are crowds to a window. */
const BUCKET_BITS_MAX = 24;

/**
 * Writes to `out` the rows of all sources in order. Source s is rows [starts[s], ends[s]) of `keys`, in order; `out` has
 * exactly as many slots as there are rows. Rows of one source keep their order; rows of different sources never tie
 * (partitioning.md, R1): asserted. `rank` has as many slots as `keys`, for its own use.
 */
export function mergeSources(
  keys: OrderKeys,
  starts: Int32Array,
  ends: Int32Array,
  out: Int32Array,
  rank: Int32Array = new Int32Array(keys.time.length),
): void {
  let rows = 0;
  for (let source = 0; source < starts.length; source++) rows += ends[source]! - starts[source]!;
  assert(rows === out.length, 'merge: `out` has one slot per row');
  if (rows === 0) return;
  rankTimes(keys.time, starts, ends, rank);
  const bucketBits = Math.min(BUCKET_BITS_MAX, 32 - Math.clz32(rows));
  const shift = RANK_BITS - bucketBits;
  const windowRanks = 2 ** Math.min(RANK_BITS, shift + WINDOW_BITS);
  const next = starts.slice();
  const stops = starts.slice();
  for (let at = 0, first = 0; at < rows; first += windowRanks) {
    let end = at;
    for (let source = 0; source < starts.length; source++) {
      next[source] = stops[source]!;
      stops[source] = lowerRank(rank, next[source]!, ends[source]!, first + windowRanks);
      end += stops[source]! - next[source]!;
    }
    const part = out.subarray(at, end);
    const isSpread =
      part.length <= WINDOW_ROWS_MAX && spread(rank, next, stops, first, shift, part);
    if (isSpread) settle(keys, ends, part);
    else mergeByTree(keys, rank, next, stops, part);
    at = end;
  }
}

/** The first row in [from, to) whose rank is not below `limit`. */
function lowerRank(rank: Int32Array, from: number, to: number, limit: number): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (rank[middle]! < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The first place of each bucket of the window at hand, and the rank of each row that was put to a place. */
const places = new Int32Array(WINDOW_BUCKETS);
const ranks = new Int32Array(WINDOW_ROWS_MAX);

/** Puts the rows of a window to the places of their buckets; false, and nothing done, if one of these is a crowd. */
function spread(
  rank: Int32Array,
  starts: Int32Array,
  ends: Int32Array,
  first: number,
  shift: number,
  out: Int32Array,
): boolean {
  places.fill(0);
  for (let source = 0; source < starts.length; source++) {
    const end = ends[source]!;
    for (let row = starts[source]!; row < end; row++) places[(rank[row]! - first) >>> shift]!++;
  }
  let place = 0;
  for (let bucket = 0; bucket < WINDOW_BUCKETS; bucket++) {
    const rows = places[bucket]!;
    if (rows > BUCKET_ROWS_MAX) return false;
    places[bucket] = place;
    place += rows;
  }
  for (let source = 0; source < starts.length; source++) {
    const end = ends[source]!;
    for (let row = starts[source]!; row < end; row++) {
      const own = rank[row]!;
      const at = places[(own - first) >>> shift]!++;
      out[at] = row;
      ranks[at] = own;
    }
  }
  return true;
}

/** Insertion sort of what was spread: no row moves further than to the start of its bucket. */
function settle(keys: OrderKeys, ends: Int32Array, out: Int32Array): void {
  for (let at = 1; at < out.length; at++) {
    const own = ranks[at]!;
    if (ranks[at - 1]! < own) continue;
    const row = out[at]!;
    let place = at;
    for (; place > 0; place--) {
      const above = ranks[place - 1]!;
      if (above < own || (above === own && !isAfter(keys, ends, out[place - 1]!, row))) break;
      ranks[place] = above;
      out[place] = out[place - 1]!;
    }
    ranks[place] = own;
    out[place] = row;
  }
}

/** Whether row `left` comes after row `right`, which stood behind it. Of two that tie none does: they are of one source. */
function isAfter(keys: OrderKeys, ends: Int32Array, left: number, right: number): boolean {
  const order = compareRows(keys, left, right);
  if (order === 0) {
    const isOneSource = ends.every((end) => left < end === right < end);
    assert(isOneSource, 'merge: two sources hold rows of one order key');
  }
  return order > 0;
}
