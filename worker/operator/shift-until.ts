/**
 * `shift_until`: rows are held per entity until one of its rows has a true predicate; then all held rows, that one
 * included, are emitted at its time in order of arrival (language.md 5.3; partitioning.md R3, "held log").
 *
 *   log     a  b  c  d  e          rows of the slice, batch after batch, never copied
 *   ann     a ───> c ───> e        a chain per entity: what it holds
 *   bob        b ───> d
 *
 * At the end of a slice what it still holds is written once, as one object, and the next slices refer to it (held-log.ts).
 * Earlier objects are read when a row of them is first released.
 */
import { assert } from '../../shared/base/assert.ts';
import type { Column } from '../../shared/column/column.ts';
import type { StringPool } from '../../shared/column/string-pool.ts';
import { NO_ROW } from '../../shared/column/take.ts';
import type { DataType, RecordType } from '../../shared/types/data-type.ts';
import { ValueLog } from './aggregate/value-log.ts';
import type { DomainRows } from './domain-rows.ts';
import type { HeldRows, HeldSource } from './held-log.ts';
import { takeRows } from './rows.ts';
import type { Shifted } from './shift-to.ts';
import { wordsOf } from '../../shared/base/compare-words.ts';
import { orderRows } from '../order/order-rows.ts';
import type { PendingReference } from './state.ts';
import { objectsKept } from './waiting-objects.ts';

interface Earlier {
  readonly reference: PendingReference;
  readonly source: HeldSource;
}

/** Rows that are released, in order of release. */
interface Released {
  readonly count: number;
  /** Positions in the log. */
  readonly position: Int32Array;
  /** The row of the batch that released it. */
  readonly by: Int32Array;
  /** Rows that the entity emitted before. */
  readonly number: Float64Array;
}

export class ShiftUntilOperator {
  readonly #type: RecordType;
  /** Per entity: rows emitted so far, exact up to 2^53. */
  readonly emitted: Float64Array;
  /** Per entity: rows held now. */
  readonly held: Float64Array;
  /** Rows held in all, and of these those that stand in earlier objects: in total and per entity, its oldest ones. */
  #heldTotal = 0;
  #earlierTotal = 0;
  readonly #earlierRows: Int32Array;
  readonly #earlier: Earlier[] = [];
  /** Whether the rows of the earlier objects are in the log. */
  #isEarlierRead = true;
  readonly #log: ValueLog;
  /** Chains of held rows in the log: head → next → … → tail per entity, NO_ROW where there is none. */
  readonly #head: Int32Array;
  readonly #tail: Int32Array;
  #next = new Int32Array(0);

  constructor(types: readonly DataType[], entityCount: number, pool: StringPool) {
    const fields = types.map((type, index) => ({ name: `c${index}`, type }));
    this.#type = { kind: 'record', fields };
    this.#log = new ValueLog(this.#type, pool);
    this.emitted = new Float64Array(entityCount);
    this.held = new Float64Array(entityCount);
    this.#earlierRows = new Int32Array(entityCount);
    this.#head = new Int32Array(entityCount).fill(NO_ROW);
    this.#tail = new Int32Array(entityCount).fill(NO_ROW);
  }

  /** Rows held since earlier slices, oldest object first. `held` has been set before: it says which of them are live. */
  addEarlier(reference: PendingReference, source: HeldSource): void {
    if (this.#earlier.length === 0) {
      for (let entity = 0; entity < this.held.length; entity++) {
        this.#earlierRows[entity] = this.held[entity]!;
        this.#earlierTotal += this.held[entity]!;
      }
      this.#heldTotal = this.#earlierTotal;
      this.#isEarlierRead = false;
    }
    this.#earlier.push({ reference, source });
  }

  /** `release` has a byte per row, 1 where the predicate is true. */
  async process(
    rows: DomainRows,
    release: Uint8Array,
    columns: readonly Column[],
  ): Promise<Shifted> {
    if (!this.#isEarlierRead && this.#releasesEarlier(rows, release)) await this.#readEarlier();
    const base = this.#append(rows.length, columns);
    const released = this.#release(rows, release, base);
    const shifted = this.#emit(rows, released);
    this.#settle();
    return shifted;
  }

  #releasesEarlier(rows: DomainRows, release: Uint8Array): boolean {
    for (let row = 0; row < rows.length; row++) {
      if (release[row] === 1 && this.#earlierRows[rows.entity[row]!]! > 0) return true;
    }
    return false;
  }

  /** Puts the live rows of the earlier objects before the chains of their entities. */
  async #readEarlier(): Promise<void> {
    const left = this.#earlierRows.slice();
    for (const { source } of this.#earlier.toReversed()) {
      const { entities, starts } = source;
      const base = this.#append(starts.at(-1)!, await source.read());
      for (let at = 0; at < entities.length; at++) {
        const entity = entities[at]!;
        const end = starts[at + 1]!;
        const count = Math.min(left[entity]!, end - starts[at]!);
        if (count === 0) continue;
        for (let row = end - count; row < end - 1; row++) this.#next[base + row] = base + row + 1;
        this.#next[base + end - 1] = this.#head[entity]!;
        if (this.#head[entity] === NO_ROW) this.#tail[entity] = base + end - 1;
        this.#head[entity] = base + end - count;
        left[entity]! -= count;
      }
    }
    this.#isEarlierRead = true;
  }

  /** Appends rows to the log, in no chain yet; returns the position of the first. */
  #append(length: number, columns: readonly Column[]): number {
    const type = this.#type;
    const record = { physical: 'record', type, length, validity: null, children: columns } as const;
    const base = this.#log.append(record);
    const end = base + length;
    if (end > this.#next.length) {
      const grown = new Int32Array(Math.max(end, this.#next.length * 2));
      grown.set(this.#next);
      this.#next = grown;
    }
    return base;
  }

  /** Chains the rows of a batch, which begin at `base`, and takes off the chains that a row releases. */
  #release(rows: DomainRows, release: Uint8Array, base: number): Released {
    const head = this.#head;
    const tail = this.#tail;
    const next = this.#next;
    const { held, emitted } = this;
    let position = new Int32Array(rows.length);
    let by = new Int32Array(rows.length);
    let number = new Float64Array(rows.length);
    let count = 0;
    for (let row = 0; row < rows.length; row++) {
      const entity = rows.entity[row]!;
      const at = base + row;
      next[at] = NO_ROW;
      if (head[entity] === NO_ROW) head[entity] = at;
      else next[tail[entity]!] = at;
      tail[entity] = at;
      held[entity]! += 1;
      if (release[row] !== 1) continue;
      const end = count + held[entity]!;
      if (end > position.length) {
        const capacity = Math.max(end, position.length * 2);
        position = grown(position, new Int32Array(capacity));
        by = grown(by, new Int32Array(capacity));
        number = grown(number, new Float64Array(capacity));
      }
      for (let one = head[entity]!; one !== NO_ROW; one = next[one]!) {
        position[count] = one;
        by[count] = row;
        number[count++] = emitted[entity]!++;
      }
      assert(count === end, 'shift-until: the rows of a chain are counted');
      head[entity] = NO_ROW;
      held[entity] = 0;
      this.#earlierTotal -= this.#earlierRows[entity]!;
      this.#earlierRows[entity] = 0;
    }
    this.#heldTotal += rows.length - count;
    return { count, position, by, number };
  }

  #emit(rows: DomainRows, { count, position, by, number }: Released): Shifted {
    const time = new BigInt64Array(count);
    const entity = new Int32Array(count);
    const subsort = new BigUint64Array(count);
    const words = wordsOf(subsort);
    for (let at = 0; at < count; at++) time[at] = rows.time[by[at]!]!;
    for (let at = 0; at < count; at++) entity[at] = rows.entity[by[at]!]!;
    for (let at = 0; at < count; at++) {
      words[at * 2] = number[at]!;
      words[at * 2 + 1] = Math.floor(number[at]! / 0x1_0000_0000);
    }
    const emitted = { length: count, time, subsort, entity, ordinal: null };
    const from = position.subarray(0, count);
    // In row order already, unless several releases have one time.
    const order = orderRows(time, subsort, entity);
    if (order === null) return { rows: emitted, columns: this.#take(from) };
    return { rows: takeRows(emitted, order), columns: this.#take(takeInt32(from, order)) };
  }

  #take(positions: Int32Array): readonly Column[] {
    const taken = this.#log.take(positions);
    assert(taken.physical === 'record', 'shift-until: the log holds records');
    return taken.children;
  }

  /** Drops released rows from the log once they are most of it. */
  #settle(): void {
    const held = this.#heldTotal - (this.#isEarlierRead ? 0 : this.#earlierTotal);
    if (!this.#log.isSparse(held)) return;
    const positions = new Int32Array(held);
    let count = 0;
    for (let entity = 0; entity < this.#head.length; entity++) {
      const first = count;
      for (let at = this.#head[entity]!; at !== NO_ROW; at = this.#next[at]!)
        positions[count++] = at;
      if (count === first) continue;
      this.#head[entity] = first;
      this.#tail[entity] = count - 1;
    }
    this.#log.compact([positions]);
    // Rows of one entity are neighbours now.
    for (let at = 0; at < count; at++) this.#next[at] = at + 1;
    for (let entity = 0; entity < this.#head.length; entity++) {
      if (this.#head[entity] !== NO_ROW) this.#next[this.#tail[entity]!] = NO_ROW;
    }
  }

  /** At the end of a slice: the earlier objects that stay referred to, and the rows that stand in none; null: none. */
  async takeHeld(): Promise<{ kept: readonly PendingReference[]; rows: HeldRows | null }> {
    const stored = this.#earlier.map(({ reference }) => reference.rows);
    // Where most stored rows are dead, what is left of them is written anew.
    const isWorn = stored.reduce((sum, rows) => sum + rows, 0) > 2 * this.#earlierTotal;
    const keptCount = isWorn ? 0 : objectsKept(stored);
    const isMerged = keptCount < stored.length && this.#earlierTotal > 0;
    if (isMerged && !this.#isEarlierRead) await this.#readEarlier();
    return {
      kept: this.#earlier.slice(0, keptCount).map(({ reference }) => reference),
      rows: this.#heldRows(this.#isEarlierRead ? this.#rowsIn(keptCount) : null),
    };
  }

  /** Per entity: its live rows in the `count` oldest objects. */
  #rowsIn(count: number): Int32Array {
    const left = this.#earlierRows.slice();
    for (const { source } of this.#earlier.slice(count)) {
      const { entities, starts } = source;
      for (let at = 0; at < entities.length; at++) {
        left[entities[at]!] = Math.max(0, left[entities[at]!]! - (starts[at + 1]! - starts[at]!));
      }
    }
    return left;
  }

  /** The held rows of the log by entity, without the first `skip` of each; null: none. */
  #heldRows(skip: Int32Array | null): HeldRows | null {
    const inLog = this.#heldTotal - (this.#isEarlierRead ? 0 : this.#earlierTotal);
    const positions = new Int32Array(inLog);
    const entity = new Int32Array(inLog);
    let count = 0;
    for (let one = 0; one < this.#head.length; one++) {
      let skipped = skip === null ? 0 : skip[one]!;
      for (let at = this.#head[one]!; at !== NO_ROW; at = this.#next[at]!) {
        if (skipped > 0) skipped--;
        else {
          positions[count] = at;
          entity[count++] = one;
        }
      }
    }
    if (count === 0) return null;
    return {
      entity: entity.subarray(0, count),
      columns: this.#take(positions.subarray(0, count)),
    };
  }
}

function takeInt32(values: Int32Array, order: Int32Array): Int32Array {
  const out = new Int32Array(order.length);
  for (let at = 0; at < order.length; at++) out[at] = values[order[at]!]!;
  return out;
}

function grown<A extends Int32Array | Float64Array>(from: A, to: A): A {
  to.set(from);
  return to;
}
