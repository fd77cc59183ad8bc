/** Order keys in columns: (time signed, subsort unsigned, entity hash unsigned), the total order of rows between sources. */

/**
 * Row r has the order key (time[r], subsort[r], hash[entity[r]]); these three arrays have equal length. Several sources may
 * stand one after another in the same arrays; whoever holds them knows where each begins. The hash decides so rarely that it
 * stands once per entity.
 */
export interface OrderKeys {
  /** Nanoseconds since the Unix epoch. */
  readonly time: BigInt64Array;
  readonly subsort: BigUint64Array;
  readonly entity: Int32Array;
  readonly hash: BigUint64Array;
}

/** Negative, zero or positive, as row `left` is before, tied with or after row `right` of the same arrays. */
export function compareRows(keys: OrderKeys, left: number, right: number): number {
  const { time, subsort, entity, hash } = keys;
  if (time[left]! !== time[right]!) return time[left]! < time[right]! ? -1 : 1;
  if (subsort[left]! !== subsort[right]!) return subsort[left]! < subsort[right]! ? -1 : 1;
  const leftHash = hash[entity[left]!]!;
  const rightHash = hash[entity[right]!]!;
  if (leftHash !== rightHash) return leftHash < rightHash ? -1 : 1;
  return 0;
}

/** The first row in [from, to) that is not before row `pivot`; `to` if all are. The rows must be in order. */
export function lowerBound(keys: OrderKeys, from: number, to: number, pivot: number): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareRows(keys, middle, pivot) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The first row in [from, to) whose predecessor is after it; -1 if the rows are in order. */
export function firstDisorder(keys: OrderKeys, from: number, to: number): number {
  for (let row = from + 1; row < to; row++) {
    if (compareRows(keys, row - 1, row) > 0) return row;
  }
  return -1;
}
