/** Finding hashes in bulk: a list of them indexed by their leading bits, and the distinct ones among many. */
import { wordsOf } from '../../shared/base/compare-words.ts';
import { identityOrder } from '../order/order-rows.ts';
import { sortOrder } from '../order/radix-sort.ts';

/** Places of hashes in an ascending list. Hashes are spread evenly, so that a slot has about one: O(1) each. */
export class HashIndex {
  readonly #words: Uint32Array;
  /** The high words of the first and the last hash. */
  readonly #low: number;
  readonly #high: number;
  readonly #slotsPerHigh: number;
  /** First place of each slot, and the end. */
  readonly #starts: Int32Array;

  /** `hashes` ascend, unsigned. */
  constructor(hashes: BigUint64Array) {
    const words = wordsOf(hashes);
    const slots = hashes.length;
    this.#words = words;
    this.#low = slots === 0 ? 1 : words[1]!;
    this.#high = slots === 0 ? 0 : words[slots * 2 - 1]!;
    this.#slotsPerHigh = slots / (this.#high - this.#low + 1);
    // The last high word may round up to slot `slots`.
    this.#starts = new Int32Array(slots + 2);
    for (let at = 0; at < slots; at++) {
      this.#starts[Math.floor((words[at * 2 + 1]! - this.#low) * this.#slotsPerHigh) + 1]!++;
    }
    for (let slot = 0; slot <= slots; slot++) this.#starts[slot + 1]! += this.#starts[slot]!;
  }

  /** The place of the hash in words 2 × row (low) and 2 × row + 1 (high), or −1. */
  find(words: Uint32Array, row: number): number {
    const low = words[row * 2]!;
    const high = words[row * 2 + 1]!;
    if (high < this.#low || high > this.#high) return -1;
    const all = this.#words;
    const slot = Math.floor((high - this.#low) * this.#slotsPerHigh);
    const end = this.#starts[slot + 1]!;
    let from = this.#starts[slot]!;
    let to = end;
    while (from < to) {
      const middle = (from + to) >>> 1;
      const middleHigh = all[middle * 2 + 1]!;
      if (middleHigh < high || (middleHigh === high && all[middle * 2]! < low)) from = middle + 1;
      else to = middle;
    }
    return from < end && all[from * 2] === low && all[from * 2 + 1] === high ? from : -1;
  }
}

export interface DistinctHashes {
  /** Ascending, unsigned. */
  readonly hashes: BigUint64Array;
  readonly firstRow: Int32Array;
  /** Per row its place in `hashes`. */
  readonly place: Int32Array;
}

/** O(rows + distinct hashes × their differing digits): only the distinct ones are sorted. */
export function distinctHashes(hash: BigUint64Array): DistinctHashes {
  const words = wordsOf(hash);
  /** Open addressing: number of a hash + 1, or 0. Numbers are given in order of the first row. */
  let table = new Int32Array(1024);
  let found = new Uint32Array(1024);
  let firstRow = new Int32Array(512);
  let count = 0;
  const place = new Int32Array(hash.length);
  for (let row = 0; row < hash.length; row++) {
    const low = words[row * 2]!;
    const high = words[row * 2 + 1]!;
    let mask = table.length - 1;
    let slot = low & mask;
    let number = table[slot]! - 1;
    while (number >= 0 && (found[number * 2] !== low || found[number * 2 + 1] !== high)) {
      slot = (slot + 1) & mask;
      number = table[slot]! - 1;
    }
    if (number < 0) {
      if (count === firstRow.length) {
        table = grownTable(table.length * 2, found, count);
        found = grown(found, new Uint32Array(count * 4));
        firstRow = grown(firstRow, new Int32Array(count * 2));
        mask = table.length - 1;
        slot = low & mask;
        while (table[slot] !== 0) slot = (slot + 1) & mask;
      }
      number = count++;
      table[slot] = number + 1;
      found[number * 2] = low;
      found[number * 2 + 1] = high;
      firstRow[number] = row;
    }
    place[row] = number;
  }
  const unsorted = new BigUint64Array(found.buffer, 0, count);
  const order = sortOrder(wordsOf(unsorted)) ?? identityOrder(count);
  const hashes = new BigUint64Array(count);
  const firstOf = new Int32Array(count);
  const rank = new Int32Array(count);
  for (let at = 0; at < count; at++) {
    const number = order[at]!;
    hashes[at] = unsorted[number]!;
    firstOf[at] = firstRow[number]!;
    rank[number] = at;
  }
  for (let row = 0; row < place.length; row++) place[row] = rank[place[row]!]!;
  return { hashes, firstRow: firstOf, place };
}

/** A table that is at most half full, so that probing is short. */
function grownTable(slots: number, found: Uint32Array, count: number): Int32Array<ArrayBuffer> {
  const table = new Int32Array(slots);
  const mask = slots - 1;
  for (let number = 0; number < count; number++) {
    let slot = found[number * 2]! & mask;
    while (table[slot] !== 0) slot = (slot + 1) & mask;
    table[slot] = number + 1;
  }
  return table;
}

function grown<T extends Int32Array | Uint32Array>(values: T, into: T): T {
  into.set(values);
  return into;
}
