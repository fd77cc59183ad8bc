/**
 * A lookup into a broadcast side: one walk through its changes beside the rows, both in order of (time, subsort).
 *
 *   changes   10 x=1   12 y=5   15 x=2   30 x=3            latest change of x and y before the row at 20:
 *   rows                                  ^ 20 asks x      15 and 12, so the answer is 2
 *
 * The changes of each foreign range are a walk of its own, as far as a row that asks for one of its entities.
 */
import type { Column, StringColumn } from '../../shared/column/column.ts';
import type { StringPool } from '../../shared/column/string-pool.ts';
import { NO_ROW, takeColumn } from '../../shared/column/take.ts';
import { hashColumn } from '../../shared/kernel/hash.ts';
import type { ColumnId } from '../../shared/plan/logical.ts';
import type { RunSpec } from '../../shared/plan/run-spec.ts';
import type { ExchangeId } from '../../shared/plan/stage.ts';
import { broadcastOf } from '../../shared/plan/stage.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import type { DomainRows } from './domain-rows.ts';
import type { Broadcast } from './exchange-broadcast.ts';
import { holdBroadcast } from './exchange-broadcast.ts';
import type { Held } from './recent-reads.ts';
import { HashIndex } from './hash-index.ts';
import { roughTimes } from './rough-times.ts';
import { Scratch } from '../scratch.ts';
import { isBelow, isSame, wordsOf } from '../../shared/base/compare-words.ts';

/** The place of a string that was not looked for yet. */
const UNKNOWN = -2;

export interface OpenLookupsOptions {
  readonly store: ObjectStore;
  readonly spec: RunSpec;
  /** Those that a cell evaluates. */
  readonly columns: ReadonlySet<ColumnId>;
  /** Per exchange: the objects of all foreign ranges, in order of range. */
  readonly inputs: ReadonlyMap<ExchangeId, readonly string[]>;
  readonly pool: StringPool;
}

export interface BroadcastLookups {
  readonly byColumn: ReadonlyMap<ColumnId, BroadcastLookup>;
  /** When no more is asked. */
  close(): void;
}

/** The lookups that a cell answers itself. Those of the same values share what is read; each has its own place in it. */
export async function openBroadcastLookups(options: OpenLookupsOptions): Promise<BroadcastLookups> {
  const { store, spec, columns, inputs, pool } = options;
  const byColumn = new Map<ColumnId, BroadcastLookup>();
  const known = new Map<ExchangeId, Held<Broadcast>>();
  for (const column of columns) {
    const id = broadcastOf(spec.plan, column);
    const exchange = id === null ? null : spec.plan.exchanges[id]!;
    if (id === null || exchange?.kind !== 'broadcast') continue;
    const { type } = spec.plan.logical.columns[exchange.value]!;
    const held = known.get(id) ?? (await holdBroadcast(store, inputs.get(id)!, type, pool));
    known.set(id, held);
    byColumn.set(column, new BroadcastLookup(held.value, exchange.continuous));
  }
  return {
    byColumn,
    close: () => {
      for (const held of known.values()) held.release();
    },
  };
}

export class BroadcastLookup {
  readonly #broadcast: Broadcast;
  readonly #continuous: boolean;
  readonly #places: HashIndex;
  /** Of strings, by code of the cell's pool. */
  #placeOfCode = new Int32Array(0);
  readonly #time: Uint32Array;
  readonly #subsort: Uint32Array;
  /** Per foreign entity. */
  readonly #part: Int32Array;
  readonly #latest: Int32Array;
  /** Per part: its first change that is after all rows which asked for one of its entities. */
  readonly #next: Int32Array;
  readonly #scratch = new Scratch();

  /** Not `continuous`: a value is there only at exactly its own (time, subsort). */
  constructor(broadcast: Broadcast, continuous: boolean) {
    const { hashes, partEntities, partChanges } = broadcast;
    this.#broadcast = broadcast;
    this.#continuous = continuous;
    this.#places = new HashIndex(hashes);
    this.#time = wordsOf(broadcast.time);
    this.#subsort = wordsOf(broadcast.subsort);
    this.#part = new Int32Array(hashes.length);
    for (let part = 1; part < partEntities.length - 1; part++) {
      this.#part.fill(part, partEntities[part]!, partEntities[part + 1]!);
    }
    this.#latest = new Int32Array(hashes.length).fill(NO_ROW);
    this.#next = partChanges.slice(0, -1);
  }

  /** The answers for the next rows of the requesting domain: a change at exactly a row's (time, subsort) counts (R5). */
  answers(rows: DomainRows, key: Column): Column {
    const { partChanges, entity, values, rough, scale } = this.#broadcast;
    const entityOf = this.#entitiesOf(key);
    const roughRows = roughTimes(rows.time, scale, this.#scratch.i32('rough', rows.length));
    const partOf = this.#part;
    const next = this.#next;
    const latest = this.#latest;
    const picked = this.#scratch.i32('picked', rows.length);
    for (let row = 0; row < rows.length; row++) {
      const asked = entityOf[row]!;
      if (asked < 0) {
        picked[row] = NO_ROW;
        continue;
      }
      const part = partOf[asked]!;
      const end = partChanges[part + 1]!;
      const now = roughRows[row]!;
      let change = next[part]!;
      for (; change < end; change++) {
        const difference = rough[change]! - now;
        if (difference > 0 || (difference === 0 && this.#isAfter(change, rows, row))) break;
        latest[entity[change]!] = change;
      }
      next[part] = change;
      picked[row] = latest[asked]!;
    }
    if (!this.#continuous) this.#keepExact(picked, rows);
    return takeColumn(values, picked);
  }

  /** Whether the change is later than the row; of one time the subsort decides. */
  #isAfter(change: number, { time, subsort }: DomainRows, row: number): boolean {
    const changeTime = this.#broadcast.time[change]!;
    if (changeTime !== time[row]!) return changeTime > time[row]!;
    return isBelow(wordsOf(subsort), row, this.#subsort, change);
  }

  /** Per row the foreign entity that it asks for, or −1: a null key asks for none. Good until the next rows'. */
  #entitiesOf(key: Column): Int32Array {
    const { length, validity } = key;
    const out = this.#scratch.i32('entity', length);
    if (key.physical === 'string') this.#findStrings(key, out);
    else {
      const words = wordsOf(hashColumn(key));
      const places = this.#places;
      for (let row = 0; row < length; row++) out[row] = places.find(words, row);
    }
    if (validity !== null) {
      for (let row = 0; row < length; row++) if (validity[row] === 0) out[row] = -1;
    }
    return out;
  }

  /** Each string of the cell's pool is looked for once. Null rows get anything. */
  #findStrings(key: StringColumn, out: Int32Array): void {
    const { codes, length, pool } = key;
    if (this.#placeOfCode.length < pool.size) {
      const grown = new Int32Array(pool.size * 2).fill(UNKNOWN);
      grown.set(this.#placeOfCode);
      this.#placeOfCode = grown;
    }
    const places = this.#places;
    const placeOfCode = this.#placeOfCode;
    let words: Uint32Array | null = null;
    for (let row = 0; row < length; row++) {
      const code = codes[row]!;
      let place = placeOfCode[code]!;
      if (place === UNKNOWN) {
        words ??= wordsOf(hashColumn(key));
        place = places.find(words, row);
        if (key.validity === null || key.validity[row] === 1) placeOfCode[code] = place;
      }
      out[row] = place;
    }
  }

  #keepExact(picked: Int32Array, rows: DomainRows): void {
    const time = wordsOf(rows.time);
    const subsort = wordsOf(rows.subsort);
    for (let row = 0; row < picked.length; row++) {
      const at = picked[row]!;
      if (at === NO_ROW) continue;
      const isExact = isSame(this.#time, at, time, row) && isSame(this.#subsort, at, subsort, row);
      if (!isExact) picked[row] = NO_ROW;
    }
  }
}
