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
import { RANK_EXHAUSTED } from './rank-times.ts';

/** Below this a gallop's searches cost more than the matches they save: random runs rarely win 8 times in a row. */
const GALLOP_AFTER = 8;
/** As `mergeSources`, which hands over the rank of each row. O(rows · log sources). */
export function mergeByTree(
  keys: OrderKeys,
  rank: Int32Array,
  starts: Int32Array,
  ends: Int32Array,
  out: Int32Array,
): void {
  const count = starts.length;
  const rows = out.length;
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
function isRowBefore(keys: OrderKeys, left: number, right: number): boolean {
  const { time, subsort, entity, hash } = keys;
  if (time[left]! < time[right]!) return true;
  if (time[left]! > time[right]!) return false;
  if (subsort[left]! < subsort[right]!) return true;
  if (subsort[left]! > subsort[right]!) return false;
  const leftHash = hash[entity[left]!]!;
  const rightHash = hash[entity[right]!]!;
  assert(leftHash !== rightHash, 'merge: two sources hold rows of one order key');
  return leftHash < rightHash;
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
