/** The latest value of each entity, carried from batch to batch: the state behind as-of moves, lookups and final rows. */
import type { Column } from '../../shared/column/column.ts';
import { putColumn } from '../../shared/column/put.ts';
import { takeEither } from '../../shared/column/take-either.ts';
import { takeColumn } from '../../shared/column/take.ts';
import type { StringPool } from '../../shared/column/string-pool.ts';
import { allNullColumn } from '../../shared/column/validity.ts';
import type { DataType } from '../../shared/types/data-type.ts';

/**
 * Values are addressed as slots: slot e < entityCount is the value that entity e came into the batch with, slot
 * entityCount + r is row r of the batch's own column. So an as-of answer is an index (latest-rows.ts), and one gather
 * makes the column. A batch costs its rows, however many entities there are.
 */
export class LastValue {
  readonly #pool: StringPool;
  /** One row per entity; null where it has had no row, or a null at its latest. Nobody else holds it. */
  #values: Column;

  constructor(type: DataType, entityCount: number, pool: StringPool) {
    this.#pool = pool;
    this.#values = allNullColumn(type, entityCount, pool);
  }

  /** The values at slots, where the batch has the values `batch`; −1 is null. */
  take(batch: Column, slots: Int32Array): Column {
    return takeEither(this.#values, batch, slots, this.#pool);
  }

  /** Row rows[i] of `batch` is now the latest value of entities[i]. */
  keep(batch: Column, rows: Int32Array, entities: Int32Array): void {
    this.put(takeColumn(batch, rows), entities);
  }

  /** Row r of `values` is now the latest value of entities[r]. */
  put(values: Column, entities: Int32Array): void {
    this.#values = putColumn(this.#values, entities, values, this.#pool);
  }

  /** One row per entity. Later calls change it: copy what is to stay. */
  get values(): Column {
    return this.#values;
  }
}
