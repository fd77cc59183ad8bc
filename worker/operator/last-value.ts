/** The latest value of each entity, carried from batch to batch: the state behind as-of moves, lookups and final rows. */
import type { Column } from '../../shared/column/column.ts';
import { concatColumns, repeatValue, takeColumn } from '../../shared/column/take.ts';
import type { StringPool } from '../../shared/column/string-pool.ts';
import type { DataType } from '../../shared/types/data-type.ts';

/**
 * Values are addressed as slots: slot e < entityCount is the value that entity e came into the batch with, slot
 * entityCount + r is row r of the batch's own column. So an as-of answer is an index, and one `take` makes the column.
 */
export class LastValue {
  readonly #type: DataType;
  readonly #entityCount: number;
  readonly #pool: StringPool;
  /** One row per entity; null where it has had no row, or a null at its latest. */
  #values: Column;
  /** Per entity, the slot of its latest value. */
  #slots: Int32Array;
  /** Entities whose slot is not their own, i.e. those with rows in this batch. */
  #touched: Int32Array;
  #touchedCount = 0;
  #batch: Column | null = null;

  constructor(type: DataType, entityCount: number, pool: StringPool) {
    this.#type = type;
    this.#entityCount = entityCount;
    this.#pool = pool;
    this.#values = repeatValue(type, null, entityCount, pool);
    this.#slots = new Int32Array(entityCount);
    for (let entity = 0; entity < entityCount; entity++) this.#slots[entity] = entity;
    this.#touched = new Int32Array(entityCount);
  }

  /** Starts a batch whose rows have these values. */
  begin(batch: Column): void {
    this.#batch = batch;
  }

  /** Row `row` of the batch is now the latest of `entity`. */
  set(entity: number, row: number): void {
    if (this.#slots[entity] === entity) this.#touched[this.#touchedCount++] = entity;
    this.#slots[entity] = this.#entityCount + row;
  }

  /** The slot of the latest value of `entity`. */
  slot(entity: number): number {
    return this.#slots[entity]!;
  }

  /** The values of slots (−1: null) collected since `begin`; then the batch's values become state. */
  end(slots: Int32Array): Column {
    const batch = this.#batch!;
    const all = concatColumns(this.#type, [this.#values, batch], this.#pool);
    const out = takeColumn(all, slots);
    if (this.#touchedCount > 0) this.#values = takeColumn(all, this.#slots);
    for (let at = 0; at < this.#touchedCount; at++) {
      const entity = this.#touched[at]!;
      this.#slots[entity] = entity;
    }
    this.#touchedCount = 0;
    this.#batch = null;
    return out;
  }

  /** One row per entity. */
  get values(): Column {
    return this.#values;
  }

  /** Restores: row r of `values` belongs to entity target[r]. */
  load(values: Column, target: Int32Array): void {
    const all = concatColumns(this.#type, [this.#values, values], this.#pool);
    const pick = new Int32Array(this.#entityCount);
    for (let entity = 0; entity < this.#entityCount; entity++) pick[entity] = entity;
    for (let row = 0; row < target.length; row++) pick[target[row]!] = this.#entityCount + row;
    this.#values = takeColumn(all, pick);
  }
}
