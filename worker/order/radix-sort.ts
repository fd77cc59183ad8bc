/**
 * Stable radix sort of 64-bit keys to a permutation. No comparisons of BigInt: a key is a pair of 32-bit halves, moved to
 * the left end of its 64 bits so that the digits that differ come first.
 *
 *   keys ──> coarse digit (one pass over memory) ──> each part, small enough for the cache:
 *              fine digit, then insertion of the few rows per digit that are out of order
 *              or, where many rows share a fine digit, least significant digit first
 *
 * O(rows) for keys that spread; O(rows × digits that differ) for those that do not.
 */
import { Scratch } from '../scratch.ts';

const COARSE_BITS = 10;
const COARSE = 1 << COARSE_BITS;
const COARSE_SHIFT = 32 - COARSE_BITS;
const FINE_BITS_MAX = 11;
/** Rows of one fine digit that are sorted by insertion at most. */
const INSERTION_ROWS_MAX = 24;

/** Keys from the high half of the smallest on, with leading zeros shifted out. */
interface AlignedKeys {
  /** The first 32 bits of each row's key. */
  readonly top: Uint32Array;
  /** As given: the other bits are those of the low halves, shifted left; NO_REST: there are none. */
  readonly keys: Uint32Array;
  readonly shift: number;
}

const NO_REST = -1;

/** A sort is one synchronous piece of work, so a thread needs one set. */
const scratch = new Scratch();

/**
 * Rows 0 … n − 1 in order of `keys` (little-endian halves, 2 per row), as signed or unsigned numbers; null if they are
 * in order already, and then nothing is written to `out`.
 */
export function sortOrder(
  keys: Uint32Array,
  isSigned = false,
  out: Int32Array = new Int32Array(keys.length >>> 1),
): Int32Array | null {
  // With the sign bit flipped, signed numbers compare like unsigned ones.
  const flip = isSigned ? 0x8000_0000 | 0 : 0;
  if (isSorted(keys, flip)) return null;
  const aligned = alignKeys(keys, flip);
  const { starts, partTop, partOrder } = partition(aligned.top);
  const sorter: PartSorter = {
    ...aligned,
    partTop,
    partOrder,
    outTop: scratch.u32('out top', out.length),
    out,
    counts: new Int32Array(1 << FINE_BITS_MAX),
  };
  for (let part = 0; part < COARSE; part++) sortPart(sorter, starts[part]!, starts[part + 1]!);
  return out;
}

function isSorted(keys: Uint32Array, flip: number): boolean {
  for (let at = 2; at < keys.length; at += 2) {
    const high = (keys[at + 1]! ^ flip) >>> 0;
    const before = (keys[at - 1]! ^ flip) >>> 0;
    if (high < before || (high === before && keys[at]! < keys[at - 2]!)) return false;
  }
  return true;
}

function alignKeys(keys: Uint32Array, flip: number): AlignedKeys {
  const length = keys.length >>> 1;
  let min = (keys[1]! ^ flip) >>> 0;
  let max = min;
  for (let at = 3; at < keys.length; at += 2) {
    const high = (keys[at]! ^ flip) >>> 0;
    if (high < min) min = high;
    if (high > max) max = high;
  }
  if (min === max) return alignLow(keys);
  const shift = Math.clz32(max - min);
  const top = scratch.u32('top', length);
  for (let row = 0; row < length; row++) {
    const high = ((keys[2 * row + 1]! ^ flip) >>> 0) - min;
    // A shift by 32 is one by 0: the two shifts keep it in range.
    top[row] = (high << shift) | ((keys[2 * row]! >>> 1) >>> (31 - shift));
  }
  return { top, keys, shift };
}

/** The high halves are all alike. */
function alignLow(keys: Uint32Array): AlignedKeys {
  const length = keys.length >>> 1;
  let min = keys[0]!;
  let max = min;
  for (let at = 2; at < keys.length; at += 2) {
    const low = keys[at]!;
    if (low < min) min = low;
    if (low > max) max = low;
  }
  const top = scratch.u32('top', length);
  const shift = Math.clz32(max - min);
  for (let row = 0; row < length; row++) top[row] = (keys[2 * row]! - min) << shift;
  // Nothing is left of the low halves: `top` decides alone.
  return { top, keys, shift: NO_REST };
}

/** The bits of a row's key below the first 32, at the left end of a word. */
function restOf(keys: Uint32Array, shift: number, row: number): number {
  return shift === NO_REST ? 0 : (keys[2 * row]! << shift) >>> 0;
}

/** Rows by their coarse digit: rows [starts[d], starts[d + 1]) of the result have digit d, in their old order. */
function partition(rowTop: Uint32Array): {
  starts: Int32Array;
  partTop: Uint32Array;
  partOrder: Int32Array;
} {
  const starts = new Int32Array(COARSE + 1);
  for (let row = 0; row < rowTop.length; row++) {
    const digit = (rowTop[row]! >>> COARSE_SHIFT) + 1;
    starts[digit] = starts[digit]! + 1;
  }
  for (let digit = 0; digit < COARSE; digit++) starts[digit + 1]! += starts[digit]!;
  const next = starts.slice();
  const partTop = scratch.u32('part top', rowTop.length);
  const partOrder = scratch.i32('part order', rowTop.length);
  for (let row = 0; row < rowTop.length; row++) {
    const key = rowTop[row]!;
    const digit = key >>> COARSE_SHIFT;
    const to = next[digit]!;
    next[digit] = to + 1;
    partTop[to] = key;
    partOrder[to] = row;
  }
  return { starts, partTop, partOrder };
}

interface PartSorter extends AlignedKeys {
  /** Of each row after the partition. */
  readonly partTop: Uint32Array;
  readonly partOrder: Int32Array;
  /** Written: the result, and the keys that stand beside it. */
  readonly outTop: Uint32Array;
  readonly out: Int32Array;
  readonly counts: Int32Array;
}

function sortPart(sorter: PartSorter, from: number, to: number): void {
  if (from === to) return;
  const { partTop, partOrder, outTop, out, counts, keys, shift: restShift } = sorter;
  const bits = Math.min(FINE_BITS_MAX, 32 - Math.clz32(to - from));
  const shift = COARSE_SHIFT - bits;
  const digits = 1 << bits;
  counts.fill(0, 0, digits);
  for (let at = from; at < to; at++) {
    const digit = (partTop[at]! >>> shift) & (digits - 1);
    counts[digit] = counts[digit]! + 1;
  }
  let largest = 0;
  let total = from;
  for (let digit = 0; digit < digits; digit++) {
    const count = counts[digit]!;
    if (count > largest) largest = count;
    counts[digit] = total;
    total += count;
  }
  if (largest > INSERTION_ROWS_MAX) {
    sortByAllDigits(sorter, from, to);
    return;
  }
  for (let at = from; at < to; at++) {
    const key = partTop[at]!;
    const digit = (key >>> shift) & (digits - 1);
    const target = counts[digit]!;
    counts[digit] = target + 1;
    outTop[target] = key;
    out[target] = partOrder[at]!;
  }
  insert(outTop, keys, restShift, out, from, to);
}

/** Insertion sort of rows [from, to): the rows are out of order within a fine digit only. */
function insert(
  top: Uint32Array,
  keys: Uint32Array,
  shift: number,
  order: Int32Array,
  from: number,
  to: number,
): void {
  for (let at = from + 1; at < to; at++) {
    const key = top[at]!;
    const row = order[at]!;
    let before = at - 1;
    while (before >= from) {
      const other = top[before]!;
      if (other < key) break;
      if (other === key && restOf(keys, shift, order[before]!) <= restOf(keys, shift, row)) break;
      top[before + 1] = other;
      order[before + 1] = order[before]!;
      before--;
    }
    top[before + 1] = key;
    order[before + 1] = row;
  }
}

/** Least significant digit first over the rows [from, to) of a part; digits that all rows share cost no pass. */
function sortByAllDigits(
  { top, keys: given, shift, partOrder, out }: PartSorter,
  from: number,
  to: number,
): void {
  const length = to - from;
  let order = partOrder.slice(from, to);
  let nextOrder = new Int32Array(length);
  let keys = new Uint32Array(length);
  let nextKeys = new Uint32Array(length);
  const starts = new Int32Array(1 << FINE_BITS_MAX);
  const passes = (): void => {
    for (let digit = 0; digit < 32; digit += FINE_BITS_MAX) {
      if (!countDigits(keys, digit, starts)) continue;
      scatter(keys, order, digit, starts, nextKeys, nextOrder);
      [keys, nextKeys] = [nextKeys, keys];
      [order, nextOrder] = [nextOrder, order];
    }
  };
  for (let at = 0; at < length; at++) keys[at] = restOf(given, shift, order[at]!);
  passes();
  for (let at = 0; at < length; at++) keys[at] = top[order[at]!]!;
  passes();
  out.set(order, from);
}

/** Start of each digit's rows; false if all rows have the same digit, so that the pass would move nothing. */
function countDigits(keys: Uint32Array, shift: number, counts: Int32Array): boolean {
  counts.fill(0);
  for (let at = 0; at < keys.length; at++) {
    const digit = (keys[at]! >>> shift) & (counts.length - 1);
    counts[digit] = counts[digit]! + 1;
  }
  let total = 0;
  for (let digit = 0; digit < counts.length; digit++) {
    const count = counts[digit]!;
    if (count === keys.length) return false;
    counts[digit] = total;
    total += count;
  }
  return true;
}

function scatter(
  keys: Uint32Array,
  order: Int32Array,
  shift: number,
  starts: Int32Array,
  toKeys: Uint32Array,
  toOrder: Int32Array,
): void {
  for (let at = 0; at < keys.length; at++) {
    const key = keys[at]!;
    const digit = (key >>> shift) & (starts.length - 1);
    const to = starts[digit]!;
    starts[digit] = to + 1;
    toKeys[to] = key;
    toOrder[to] = order[at]!;
  }
}

/** The keys of `order`, one after another: for the next, more significant sort. */
export function gatherKeys(keys: Uint32Array, order: Int32Array): Uint32Array {
  const out = new Uint32Array(order.length * 2);
  for (let row = 0; row < order.length; row++) {
    const from = order[row]! * 2;
    out[2 * row] = keys[from]!;
    out[2 * row + 1] = keys[from + 1]!;
  }
  return out;
}

/** First `inner`, then `outer` on its result: row r of both together is inner[outer[r]]. Null is the identity. */
export function composeOrders(
  inner: Int32Array | null,
  outer: Int32Array | null,
): Int32Array | null {
  if (inner === null || outer === null) return inner ?? outer;
  const out = new Int32Array(outer.length);
  for (let row = 0; row < out.length; row++) out[row] = inner[outer[row]!]!;
  return out;
}
