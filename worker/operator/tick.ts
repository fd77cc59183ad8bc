/**
 * Ticks: at every calendar boundary a row for each entity that has had a row of the parent by then
 * (language.md 5.4; partitioning.md R4). The only thing known of other entities is the parent's last time.
 *
 *   parent   ann 10:00:30          bob 10:02:10           (last time 10:02:10)
 *   minutely        10:01 ann   10:02 ann                 bob: none, 10:03 is beyond the data
 */
import { assert } from '../../shared/base/assert.ts';
import { AppError } from '../../shared/base/app-error.ts';
import type { TickKind } from '../../shared/plan/logical.ts';
import { tickBoundaries } from '../../shared/time/ticks.ts';
import type { DomainRows } from './domain-rows.ts';
import { SUBSORT_MAX } from './domain-rows.ts';
import { EMPTY_ROWS } from './rows.ts';

/** Tick rows that one batch of a cell may hold: about 1.3 GB of identities, and no more. */
export const TICK_ROWS_PER_BATCH_MAX = 64_000_000;

export class TickOperator {
  readonly #tick: TickKind;
  /** The parent's last time; null when it has no rows at all. */
  readonly #high: bigint | null;
  /** Per entity: 1 once it has had a row of the parent. */
  readonly seen: Uint8Array;
  #seenCount = 0;

  constructor(tick: TickKind, high: bigint | null, entityCount: number) {
    this.#tick = tick;
    this.#high = high;
    this.seen = new Uint8Array(entityCount);
  }

  load(seen: Uint8Array, target: Int32Array): void {
    for (let row = 0; row < target.length; row++) {
      if (seen[row] === 1) this.#see(target[row]!);
    }
  }

  #see(entity: number): void {
    if (this.seen[entity] === 1) return;
    this.seen[entity] = 1;
    this.#seenCount++;
  }

  /** The boundaries in low ≤ time < high of the batch that the data reach. Null bounds are open. */
  #boundaries(parent: DomainRows, low: bigint | null, high: bigint | null): BigInt64Array {
    if (this.#high === null) return new BigInt64Array(0);
    if (this.#tick === 'finished') {
      const at = this.#high + 1n;
      const inside = (low === null || at >= low) && (high === null || at < high);
      return inside ? BigInt64Array.of(at) : new BigInt64Array(0);
    }
    const end = high === null || high > this.#high ? this.#high : high - 1n;
    let start = low;
    if (this.#seenCount === 0) {
      // Nobody can tick before the first row of the parent.
      if (parent.length === 0) return new BigInt64Array(0);
      const first = parent.time[0]!;
      start = start === null || first > start ? first : start;
    }
    assert(start !== null, 'tick: entities are seen only after a first row');
    return start > end ? new BigInt64Array(0) : tickBoundaries(this.#tick, start, end);
  }

  process(parent: DomainRows, low: bigint | null, high: bigint | null): DomainRows {
    const boundaries = this.#boundaries(parent, low, high);
    // First pass: how many rows; second pass: the rows. `seen` is advanced once, by the second.
    const counts = new Int32Array(boundaries.length);
    const firstSeen = this.seen.slice();
    let seenCount = this.#seenCount;
    let row = 0;
    let total = 0;
    for (let at = 0; at < boundaries.length; at++) {
      const boundary = boundaries[at]!;
      while (row < parent.length && parent.time[row]! <= boundary) {
        const entity = parent.entity[row++]!;
        if (firstSeen[entity] === 0) {
          firstSeen[entity] = 1;
          seenCount++;
        }
      }
      counts[at] = seenCount;
      total += seenCount;
    }
    if (total > TICK_ROWS_PER_BATCH_MAX) {
      throw new AppError(
        'resource',
        'TICK_ROWS_TOO_MANY',
        `${this.#tick}() makes ${total} rows in one batch of a cell; TICK_ROWS_PER_BATCH_MAX is ${TICK_ROWS_PER_BATCH_MAX}: use a rarer tick`,
      );
    }
    if (total === 0) {
      for (let rest = 0; rest < parent.length; rest++) this.#see(parent.entity[rest]!);
      return EMPTY_ROWS;
    }
    const time = new BigInt64Array(total);
    const subsort = new BigUint64Array(total).fill(SUBSORT_MAX);
    const entity = new Int32Array(total);
    let out = 0;
    row = 0;
    for (let at = 0; at < boundaries.length; at++) {
      const boundary = boundaries[at]!;
      while (row < parent.length && parent.time[row]! <= boundary) this.#see(parent.entity[row++]!);
      time.fill(boundary, out, out + counts[at]!);
      for (let each = 0; each < this.seen.length; each++) {
        if (this.seen[each] === 1) entity[out++] = each;
      }
    }
    while (row < parent.length) this.#see(parent.entity[row++]!);
    return { length: total, time, subsort, entity, ordinal: null };
  }
}
