/** Sorting of rows by the order key without comparison callbacks: radix over 64-bit words, stable. */
import { wordsOf } from '../../shared/base/compare-words.ts';

const DIGIT_BITS = 11;
const DIGITS = 1 << DIGIT_BITS;
const DIGIT_MASK = DIGITS - 1;
/** Below this many rows a simple insertion sort is faster than counting. */
const SMALL_ROWS = 48;

/**
 * Stably reorders `order` (row numbers) so that `values[order[i]]` ascends, signed. Only the digits in which the values
 * differ cost a pass. O(rows × differing digits).
 */
export function sortByInt64(values: BigInt64Array, order: Int32Array): Int32Array {
  return sortByWords(wordsOf(values), order, 0x8000_0000);
}

/** As `sortByInt64`, unsigned. */
export function sortByUint64(values: BigUint64Array, order: Int32Array): Int32Array {
  return sortByWords(wordsOf(values), order, 0);
}

/** As `sortByInt64` for non-negative 32-bit values. */
export function sortByInt32(values: Int32Array | Uint32Array, order: Int32Array): Int32Array {
  const rows = order.length;
  const low = new Uint32Array(rows);
  let or = 0;
  let and = -1;
  for (let at = 0; at < rows; at++) {
    const value = values[order[at]!]!;
    low[at] = value;
    or |= value;
    and &= value;
  }
  return radix(order, low, null, (or ^ and) >>> 0, 0);
}

export function identityOrder(rows: number): Int32Array {
  const order = new Int32Array(rows);
  for (let row = 0; row < rows; row++) order[row] = row;
  return order;
}

function sortByWords(words: Uint32Array, order: Int32Array, signFlip: number): Int32Array {
  const rows = order.length;
  const low = new Uint32Array(rows);
  const high = new Uint32Array(rows);
  let orLow = 0;
  let andLow = -1;
  let orHigh = 0;
  let andHigh = -1;
  let sorted = true;
  for (let at = 0; at < rows; at++) {
    const word = order[at]! * 2;
    const lowWord = words[word]!;
    const highWord = (words[word + 1]! ^ signFlip) >>> 0;
    low[at] = lowWord;
    high[at] = highWord;
    orLow |= lowWord;
    andLow &= lowWord;
    orHigh |= highWord;
    andHigh &= highWord;
    if (sorted && at > 0) {
      const before = high[at - 1]!;
      if (before > highWord || (before === highWord && low[at - 1]! > lowWord)) sorted = false;
    }
  }
  if (sorted) return order;
  if (rows <= SMALL_ROWS) return insertion(order, low, high);
  return radix(order, low, high, (orLow ^ andLow) >>> 0, (orHigh ^ andHigh) >>> 0);
}

function insertion(order: Int32Array, low: Uint32Array, high: Uint32Array): Int32Array {
  const out = order.slice();
  for (let at = 1; at < out.length; at++) {
    const row = out[at]!;
    const lowWord = low[at]!;
    const highWord = high[at]!;
    let to = at;
    while (
      to > 0 &&
      (high[to - 1]! > highWord || (high[to - 1]! === highWord && low[to - 1]! > lowWord))
    ) {
      out[to] = out[to - 1]!;
      low[to] = low[to - 1]!;
      high[to] = high[to - 1]!;
      to--;
    }
    out[to] = row;
    low[to] = lowWord;
    high[to] = highWord;
  }
  return out;
}

/** Least significant digit first; `differing` masks say which digits can be skipped. */
function radix(
  order: Int32Array,
  low: Uint32Array,
  high: Uint32Array | null,
  differingLow: number,
  differingHigh: number,
): Int32Array {
  const rows = order.length;
  let index: Int32Array = identityOrder(rows);
  let other: Int32Array = new Int32Array(rows);
  const counts = new Int32Array(DIGITS);
  for (const [words, differing] of [
    [low, differingLow],
    [high, differingHigh],
  ] as const) {
    if (words === null || differing === 0) continue;
    for (let shift = 0; shift < 32; shift += DIGIT_BITS) {
      if (((differing >>> shift) & DIGIT_MASK) === 0) continue;
      counts.fill(0);
      for (let at = 0; at < rows; at++) counts[(words[at]! >>> shift) & DIGIT_MASK]!++;
      let sum = 0;
      for (let digit = 0; digit < DIGITS; digit++) {
        const count = counts[digit]!;
        counts[digit] = sum;
        sum += count;
      }
      for (let at = 0; at < rows; at++) {
        const from = index[at]!;
        const digit = (words[from]! >>> shift) & DIGIT_MASK;
        other[counts[digit]!] = from;
        counts[digit]!++;
      }
      [index, other] = [other, index];
    }
  }
  for (let at = 0; at < rows; at++) other[at] = order[index[at]!]!;
  return other;
}
