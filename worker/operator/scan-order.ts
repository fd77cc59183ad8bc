/** Order of scanned rows: by rank within a segment, by order key between segments. */
import type { DomainRows } from './domain-rows.ts';

/** Where ranks are at most this many times sparser than rows they are scattered, else sorted. */
const SCATTER_SPARSITY_MAX = 3;

/** Positions of the distinct `ranks` (below 2^31) in ascending order. Null if they ascend already. */
export function orderByRank(ranks: Uint32Array): Int32Array | null {
  const signed = new Int32Array(ranks.buffer, ranks.byteOffset, ranks.length);
  const { length } = signed;
  let isAscending = true;
  let smallest = 0x7fff_ffff;
  let largest = 0;
  let previous = -1;
  for (let index = 0; index < length; index++) {
    const rank = signed[index]!;
    if (rank < previous) isAscending = false;
    if (rank < smallest) smallest = rank;
    if (rank > largest) largest = rank;
    previous = rank;
  }
  if (isAscending) return null;
  const span = largest - smallest + 1;
  return span > length * SCATTER_SPARSITY_MAX
    ? sortRanks(signed, smallest, span)
    : scatterRanks(signed, smallest, span);
}

function scatterRanks(ranks: Int32Array, smallest: number, span: number): Int32Array {
  const { length } = ranks;
  if (span === length) {
    const out = new Int32Array(length);
    for (let index = 0; index < length; index++) out[ranks[index]! - smallest] = index;
    return out;
  }
  // 0 is a free slot, so positions are kept one higher.
  const slots = new Int32Array(span);
  for (let index = 0; index < length; index++) slots[ranks[index]! - smallest] = index + 1;
  let count = 0;
  for (let slot = 0; slot < span; slot++) {
    const index = slots[slot]!;
    if (index !== 0) slots[count++] = index - 1;
  }
  return slots.subarray(0, length);
}

const DIGIT_BITS = 11;
const DIGITS = 1 << DIGIT_BITS;

/** Few rows of a large segment: a radix sort of (rank, position) pairs. */
function sortRanks(ranks: Int32Array, smallest: number, span: number): Int32Array {
  const { length } = ranks;
  let keys = ranks.map((rank) => rank - smallest);
  let order = new Int32Array(length);
  for (let index = 0; index < length; index++) order[index] = index;
  let nextKeys = new Int32Array(length);
  let nextOrder = new Int32Array(length);
  const starts = new Int32Array(DIGITS + 1);
  for (let shift = 0; span >>> shift > 0; shift += DIGIT_BITS) {
    starts.fill(0);
    for (let index = 0; index < length; index++) {
      const digit = (keys[index]! >>> shift) & (DIGITS - 1);
      starts[digit + 1] = starts[digit + 1]! + 1;
    }
    for (let digit = 0; digit < DIGITS; digit++) starts[digit + 1]! += starts[digit]!;
    for (let index = 0; index < length; index++) {
      const key = keys[index]!;
      const digit = (key >>> shift) & (DIGITS - 1);
      const to = starts[digit]!;
      starts[digit] = to + 1;
      nextKeys[to] = key;
      nextOrder[to] = order[index]!;
    }
    [keys, nextKeys] = [nextKeys, keys];
    [order, nextOrder] = [nextOrder, order];
  }
  return order;
}

/** The identities of all rows as they are stored, segment after segment. */
export interface RunKeys {
  readonly time: BigInt64Array;
  readonly subsort: BigUint64Array;
  readonly entity: Int32Array;
}

/** Rows [start, start + stored) of one segment; `order` as in `Piece`. */
export interface StoredRun {
  readonly stored: number;
  readonly order: Int32Array | null;
}

/**
 * Merges runs of rows that are stored one after another into one order of all; null if it is that of the rows as they
 * are. Ties go to the earlier run: runs stand in (file base, first row) order (partitioning.md, R1).
 */
export function mergeRuns(keys: RunKeys, runs: readonly StoredRun[]): Int32Array | null {
  const { time } = keys;
  const rows = runs.reduce((sum, { stored, order }) => sum + (order?.length ?? stored), 0);
  let from = new Int32Array(rows);
  let bounds = [0];
  let start = 0;
  for (const { stored, order } of runs) {
    const at = bounds.at(-1)!;
    const length = order?.length ?? stored;
    if (order === null) for (let row = 0; row < length; row++) from[at + row] = start + row;
    else for (let row = 0; row < length; row++) from[at + row] = start + order[row]!;
    if (length > 0) bounds.push(at + length);
    start += stored;
  }
  const areInOrder = bounds.every(
    (bound, index) =>
      index === 0 || bound === rows || time[from[bound - 1]!]! < time[from[bound]!]!,
  );
  if (areInOrder) return runs.every(({ order }) => order === null) ? null : from;
  let to = new Int32Array(rows);
  while (bounds.length > 2) {
    const next = [0];
    for (let run = 0; run + 1 < bounds.length; run += 2) {
      const end = bounds[run + 2] ?? bounds[run + 1]!;
      mergeTwo(keys, from, bounds[run]!, bounds[run + 1]!, end, to);
      next.push(end);
    }
    [from, to] = [to, from];
    bounds = next;
  }
  return from;
}

/** Merges from[start … middle) and from[middle … end) to the same slots of `to`. */
function mergeTwo(
  { time, subsort, entity }: RunKeys,
  from: Int32Array,
  start: number,
  middle: number,
  end: number,
  to: Int32Array,
): void {
  if (middle === end || time[from[middle - 1]!]! < time[from[middle]!]!) {
    to.set(from.subarray(start, end), start);
    return;
  }
  let left = start;
  let right = middle;
  let out = start;
  while (left < middle && right < end) {
    const l = from[left]!;
    const r = from[right]!;
    let takesLeft: boolean;
    if (time[l]! !== time[r]!) takesLeft = time[l]! < time[r]!;
    else if (subsort[l]! !== subsort[r]!) takesLeft = subsort[l]! < subsort[r]!;
    else if (entity[l] !== entity[r]) takesLeft = entity[l]! < entity[r]!;
    else takesLeft = l < r;
    if (takesLeft) {
      to[out++] = l;
      left++;
    } else {
      to[out++] = r;
      right++;
    }
  }
  if (left < middle) to.set(from.subarray(left, middle), out);
  else to.set(from.subarray(right, end), out);
}

/** Occurrence of each row among those with its order key, given rows in order; null if all are the first. */
export function ordinalsOf({
  length,
  time,
  subsort,
  entity,
}: Omit<DomainRows, 'ordinal'>): Uint32Array | null {
  let ordinals: Uint32Array | null = null;
  for (let row = 1; row < length; row++) {
    if (entity[row] !== entity[row - 1]) continue;
    if (time[row]! !== time[row - 1]! || subsort[row]! !== subsort[row - 1]!) continue;
    ordinals ??= new Uint32Array(length);
    ordinals[row] = ordinals[row - 1]! + 1;
  }
  return ordinals;
}

/** base + rows[i], wrapping like u64, as words into slots from `at`. `base` is given by its words as int32. */
export function fillSubsorts(
  baseLow: number,
  baseHigh: number,
  rows: Uint32Array,
  out: Int32Array,
  at: number,
): void {
  const unsignedLow = baseLow >>> 0;
  let slot = 2 * at;
  for (let index = 0; index < rows.length; index++) {
    const low = (baseLow + rows[index]!) | 0;
    out[slot] = low;
    // The sum is below the base exactly if it carried.
    out[slot + 1] = low >>> 0 < unsignedLow ? baseHigh + 1 : baseHigh;
    slot += 2;
  }
}
