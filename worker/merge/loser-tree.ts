/**
 * The k-way merge of sorted sources into one permutation, by a loser tree that gallops over stretches of one source.
 *
 *            tree[0] = winner: the source whose head row is the smallest
 *                  tree[1]                 An inner node keeps the *loser* of the match played there,
 *               /           \              so after the winner's source has moved on by one row only the
 *          tree[2]         tree[3]         matches on its way from leaf to top are replayed:
 *          /    \          /    \          log2(k) comparisons a row, none against a null or an object.
 *        s0      s1      s2      s3
 *      leaf 4   leaf 5  leaf 6  leaf 7     Leaf k + i is source i; the parent of node n is n >> 1.
 *
 * (Knuth, The Art of Computer Programming 3, 5.4.1.) Two things make it fast. A match compares 31-bit ranks of the
 * times first and swaps by a mask instead of a branch, which random data would mispredict every other time. And when
 * one source has won GALLOP_AFTER times in a row, the runner-up is looked for once and everything before it is copied
 * without a match per row (Peters, Timsort): runs that do not interleave, such as final results and ticks, are
 * concatenated.
 */
import { assert } from '../../shared/base/assert.ts';
import type { OrderKeys } from './order-keys.ts';

/** Below this a gallop's searches cost more than the matches they save: random runs rarely win 8 times in a row. */
const GALLOP_AFTER = 8;
/** Above the rank of every row. */
const RANK_EXHAUSTED = 0x7fff_ffff;
/** The largest rank of a row. The room below RANK_EXHAUSTED is for rounding. */
const RANK_LAST = 0x7fff_0000;

/**
 * Writes to `out` the rows of all sources in order. Source s is rows [starts[s], ends[s]) of `keys`, in order; `out` has
 * exactly as many slots as there are rows. Rows of one source keep their order; rows of different sources never tie
 * (partitioning.md, R1): asserted. O(rows · log sources); allocates 4 bytes a row of `keys`.
 */
export function mergeSources(
  keys: OrderKeys,
  starts: Int32Array,
  ends: Int32Array,
  out: Int32Array,
): void {
  const count = starts.length;
  let rows = 0;
  for (let source = 0; source < count; source++) rows += ends[source]! - starts[source]!;
  assert(rows === out.length, 'merge: `out` has one slot per row');
  if (rows === 0) return;
  const rank = rankTimes(keys.time, starts, ends);
  const next = starts.slice();
  /** The rank of each source's head row. */
  const heads = new Int32Array(count);
  for (let source = 0; source < count; source++) {
    const row = next[source]!;
    heads[source] = row < ends[source]! ? rank[row]! : RANK_EXHAUSTED;
  }
  const tree = buildTree(keys, next, heads);

  let previous = -1;
  let wins = 0;
  for (let at = 0; at < rows;) {
    let winner = tree[0]!;
    let row = next[winner]!;
    const end = ends[winner]!;
    out[at++] = row++;
    wins = winner === previous ? wins + 1 : 0;
    previous = winner;
    if (wins >= GALLOP_AFTER) {
      next[winner] = row;
      const limit = gallop(keys, row, end, runnerUp(keys, next, heads, tree, winner), next, heads);
      while (row < limit) out[at++] = row++;
      wins = 0;
    }
    next[winner] = row;
    let winnerRank = row < end ? rank[row]! : RANK_EXHAUSTED;
    heads[winner] = winnerRank;
    for (let node = (winner + count) >> 1; node > 0; node >>= 1) {
      const challenger = tree[node]!;
      let difference = heads[challenger]! - winnerRank;
      // Both ranks are in [0, 2^31), so the difference does not overflow, and its sign is the outcome of the match.
      if (difference === 0) difference = isBefore(keys, next, heads, challenger, winner) ? -1 : 1;
      const swap = difference >> 31;
      const change = (challenger ^ winner) & swap;
      tree[node] = challenger ^ change;
      winner ^= change;
      winnerRank = heads[winner]!;
    }
    tree[0] = winner;
  }
}

/**
 * For each row of the sources a rank in [0, RANK_LAST] that never falls as the time grows; equal ranks decide nothing.
 * Every step (int64 to double, subtraction, scaling, truncation) is monotone, so rounding merges ranks but never swaps.
 */
function rankTimes(time: BigInt64Array, starts: Int32Array, ends: Int32Array): Int32Array {
  const words = new Int32Array(time.buffer, time.byteOffset, time.length * 2);
  let first = Infinity;
  let last = -Infinity;
  for (let source = 0; source < starts.length; source++) {
    if (starts[source] === ends[source]) continue;
    first = Math.min(first, approximate(words, starts[source]!));
    last = Math.max(last, approximate(words, ends[source]! - 1));
  }
  const scale = last > first ? RANK_LAST / (last - first) : 0;
  const rank = new Int32Array(time.length);
  for (let source = 0; source < starts.length; source++) {
    const end = ends[source]!;
    for (let row = starts[source]!; row < end; row++) {
      rank[row] = (words[2 * row + 1]! * 4294967296 + (words[2 * row]! >>> 0) - first) * scale;
    }
  }
  return rank;
}

/** The nearest double of an int64, from its two words. */
function approximate(words: Int32Array, row: number): number {
  return words[2 * row + 1]! * 4294967296 + (words[2 * row]! >>> 0);
}

/** The match of two heads whose ranks are equal. An exhausted source comes after everything. */
function isBefore(
  keys: OrderKeys,
  next: Int32Array,
  heads: Int32Array,
  left: number,
  right: number,
): boolean {
  if (heads[left] === RANK_EXHAUSTED || heads[right] === RANK_EXHAUSTED) {
    return heads[right] === RANK_EXHAUSTED && heads[left] !== RANK_EXHAUSTED;
  }
  return isRowBefore(keys, next[left]!, next[right]!);
}

/** Rows of different sources by their whole order key. */
function isRowBefore({ time, subsort, hash }: OrderKeys, left: number, right: number): boolean {
  if (time[left]! < time[right]!) return true;
  if (time[left]! > time[right]!) return false;
  if (subsort[left]! < subsort[right]!) return true;
  if (subsort[left]! > subsort[right]!) return false;
  if (hash[left]! < hash[right]!) return true;
  assert(hash[left]! > hash[right]!, 'merge: two sources hold rows of one order key');
  return false;
}

function beats(
  keys: OrderKeys,
  next: Int32Array,
  heads: Int32Array,
  left: number,
  right: number,
): boolean {
  if (heads[left] !== heads[right]) return heads[left]! < heads[right]!;
  return isBefore(keys, next, heads, left, right);
}

/** Plays all matches bottom up: the losers stand in tree[1 … count − 1], the winner in tree[0]. */
function buildTree(keys: OrderKeys, next: Int32Array, heads: Int32Array): Int32Array {
  const count = heads.length;
  const tree = new Int32Array(count);
  const winners = new Int32Array(2 * count);
  for (let source = 0; source < count; source++) winners[count + source] = source;
  for (let node = count - 1; node > 0; node--) {
    const left = winners[2 * node]!;
    const right = winners[2 * node + 1]!;
    const isRight = beats(keys, next, heads, right, left);
    winners[node] = isRight ? right : left;
    tree[node] = isRight ? left : right;
  }
  tree[0] = winners[1]!;
  return tree;
}

/** The second smallest source, -1 if there is one source: it lost to the winner, so it stands on the winner's way. */
function runnerUp(
  keys: OrderKeys,
  next: Int32Array,
  heads: Int32Array,
  tree: Int32Array,
  winner: number,
): number {
  let best = -1;
  for (let node = (winner + tree.length) >> 1; node > 0; node >>= 1) {
    const loser = tree[node]!;
    if (best < 0 || beats(keys, next, heads, loser, best)) best = loser;
  }
  return best;
}

/** The first row in [from, end) that is not before the head of source `rival`: doubling steps, then bisection. */
function gallop(
  keys: OrderKeys,
  from: number,
  end: number,
  rival: number,
  next: Int32Array,
  heads: Int32Array,
): number {
  if (rival < 0 || heads[rival] === RANK_EXHAUSTED) return end;
  const pivot = next[rival]!;
  let low = from;
  let step = GALLOP_AFTER;
  while (low + step < end && isRowBefore(keys, low + step, pivot)) {
    low += step;
    step *= 2;
  }
  let high = Math.min(low + step, end);
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isRowBefore(keys, middle, pivot)) low = middle + 1;
    else high = middle;
  }
  return low;
}
