/**
 * Stable least-significant-digit radix sort of 64-bit keys to a permutation. No comparisons and no BigInt: keys are
 * pairs of 32-bit halves, with the smallest key subtracted and common trailing zeros shifted out, so that only the
 * digits that differ cost a pass. O(rows × digits); a pass moves keys and indices together, reading front to back.
 */
const DIGIT_BITS = 11;
const DIGITS = 1 << DIGIT_BITS;

/** Rows 0 … n − 1 in order of `keys` (little-endian u64 halves, 2 per row); null if they are in order already. */
export function sortOrder(keys: Uint32Array): Int32Array | null {
  const length = keys.length >>> 1;
  if (isSorted(keys)) return null;
  let low = new Uint32Array(length);
  let high = new Uint32Array(length);
  const bits = normalize(keys, low, high);
  let order = new Int32Array(length);
  for (let row = 0; row < length; row++) order[row] = row;
  let nextLow = new Uint32Array(length);
  let nextHigh = new Uint32Array(length);
  let nextOrder = new Int32Array(length);
  const counts = new Int32Array(DIGITS);
  const pass = (digits: Uint32Array, shift: number): void => {
    if (!countDigits(digits, shift, counts)) return;
    scatter(digits, shift, counts, low, high, order, nextLow, nextHigh, nextOrder);
    [low, nextLow] = [nextLow, low];
    [high, nextHigh] = [nextHigh, high];
    [order, nextOrder] = [nextOrder, order];
  };
  for (let shift = 0; shift < Math.min(bits, 32); shift += DIGIT_BITS) pass(low, shift);
  for (let shift = 0; shift < bits - 32; shift += DIGIT_BITS) pass(high, shift);
  return order;
}

function isSorted(keys: Uint32Array): boolean {
  for (let at = 2; at < keys.length; at += 2) {
    const high = keys[at + 1]!;
    const before = keys[at - 1]!;
    if (high < before || (high === before && keys[at]! < keys[at - 2]!)) return false;
  }
  return true;
}

/** Fills the halves of (key − smallest) >> (common trailing zeros); returns the bits of the largest. */
function normalize(keys: Uint32Array, low: Uint32Array, high: Uint32Array): number {
  const length = low.length;
  let minLow = keys[0]!;
  let minHigh = keys[1]!;
  for (let at = 2; at < keys.length; at += 2) {
    const h = keys[at + 1]!;
    if (h < minHigh || (h === minHigh && keys[at]! < minLow)) {
      minHigh = h;
      minLow = keys[at]!;
    }
  }
  let anyLow = 0;
  let anyHigh = 0;
  for (let row = 0; row < length; row++) {
    const l = keys[2 * row]!;
    const borrow = l < minLow ? 1 : 0;
    low[row] = l - minLow;
    high[row] = keys[2 * row + 1]! - minHigh - borrow;
    anyLow |= low[row]!;
    anyHigh |= high[row]!;
  }
  const zeros = anyLow === 0 ? 0 : 31 - Math.clz32(anyLow & -anyLow);
  if (zeros > 0) {
    for (let row = 0; row < length; row++) {
      low[row] = (low[row]! >>> zeros) | (high[row]! << (32 - zeros));
      high[row] = high[row]! >>> zeros;
    }
    anyHigh >>>= zeros;
    // The bits that came down from the high half are covered by counting all 32.
    return anyHigh === 0 ? 32 : 64 - Math.clz32(anyHigh);
  }
  return anyHigh === 0 ? 32 : 64 - Math.clz32(anyHigh);
}

/** Start of each digit's rows; false if all rows have the same digit, so that the pass would move nothing. */
function countDigits(digits: Uint32Array, shift: number, counts: Int32Array): boolean {
  counts.fill(0);
  for (let row = 0; row < digits.length; row++) {
    const digit = (digits[row]! >>> shift) & (DIGITS - 1);
    counts[digit] = counts[digit]! + 1;
  }
  let total = 0;
  for (let digit = 0; digit < DIGITS; digit++) {
    const count = counts[digit]!;
    if (count === digits.length) return false;
    counts[digit] = total;
    total += count;
  }
  return true;
}

function scatter(
  digits: Uint32Array,
  shift: number,
  starts: Int32Array,
  low: Uint32Array,
  high: Uint32Array,
  order: Int32Array,
  toLow: Uint32Array,
  toHigh: Uint32Array,
  toOrder: Int32Array,
): void {
  for (let row = 0; row < order.length; row++) {
    const digit = (digits[row]! >>> shift) & (DIGITS - 1);
    const to = starts[digit]!;
    starts[digit] = to + 1;
    toLow[to] = low[row]!;
    toHigh[to] = high[row]!;
    toOrder[to] = order[row]!;
  }
}

/** The keys of `order`, one after another: for the next, more significant sort. */
export function gatherKeys(keys: Uint32Array, order: Int32Array): Uint32Array {
  const out = new Uint32Array(keys.length);
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
