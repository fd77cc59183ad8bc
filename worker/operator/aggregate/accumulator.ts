/**
 * What an aggregation remembers of the inputs it was fed: one accumulator per slot, in parallel arrays.
 *
 * A slot is an entity, a part of a sliding window, or a row, depending on who owns the accumulator. `fold` is the hot
 * loop; the single-slot methods serve sliding windows. They take indices rather than values, so that an int64 never
 * leaves its array.
 */
import { assert } from '../../../shared/base/assert.ts';
import type { AggregateRows, StateColumn } from './aggregate.ts';
import type { Column, Validity } from '../../../shared/column/column.ts';

export interface Accumulator<Self> {
  /** Slots in use; slot indices are below. */
  readonly slots: number;

  /** Takes the input of a batch, which `fold` and `update` then refer to. */
  bind(input: Column): void;

  /** The bytes (1 = yes) of the rows of the bound input that are fed; null: all. */
  feed(isNew: Uint8Array | null): Validity;

  /**
   * Slots are entities. For each row: update where `feed` is set, emit, then clear where `boundary` is set. The window
   * that a row closes includes that row.
   */
  fold(rows: AggregateRows, feed: Validity, boundary: Uint8Array | null): Column;

  /** Feeds row `row` of the bound input. */
  update(slot: number, row: number): void;

  /** Adds what slot `from` of `newer` was fed, all of it later than what `slot` was fed. */
  merge(slot: number, newer: Self, from: number): void;

  copy(slot: number, source: Self, from: number): void;

  clear(slot: number): void;

  /** Changes the number of slots; new ones are clear. */
  resize(slots: number): void;

  /** An accumulator of the same function, all slots clear. */
  create(slots: number): Self;

  /** The result of each slot. */
  emit(): Column;

  /** The state of each slot. Names and types depend on the function and the input type only. */
  save(): StateColumn[];

  /** Row r goes to slot target[r]. */
  load(columns: ReadonlyMap<string, Column>, target: Int32Array): void;

  /** Called between batches with all accumulators that share this one's storage and live on, to free the rest. */
  settle?(alive: readonly Self[]): void;
}

/** The saved column `name`, which must be there. */
export function stateColumn(columns: ReadonlyMap<string, Column>, name: string): Column {
  const column = columns.get(name);
  assert(column !== undefined, `aggregate: the saved state has no column ${name}`);
  return column;
}
