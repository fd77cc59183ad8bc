/** `min` and `max` over i64, u64, timestamps and durations. */
import { stateColumn } from './accumulator.ts';
import { compactValidity, feedOf, fromOrderedInt64, toOrderedInt64 } from './lane.ts';
import { resizedBytes, resizedInt64 } from './slots.ts';
import type { Accumulator } from './accumulator.ts';
import type { AggregateRows, StateColumn } from './aggregate.ts';
import type { ExtremeOptions } from './extreme-float.ts';
import type { Column, Validity } from '../../../shared/column/column.ts';

export class Int64Extreme implements Accumulator<Int64Extreme> {
  readonly #options: ExtremeOptions;
  /** In the order of `toOrderedInt64`. The value of a slot that saw nothing is unspecified. */
  #bests: BigInt64Array;
  #seen: Uint8Array;
  #input: BigInt64Array = new BigInt64Array(0);
  #validity: Validity = null;

  constructor(options: ExtremeOptions) {
    this.#options = options;
    this.#bests = new BigInt64Array(options.slots);
    this.#seen = new Uint8Array(options.slots);
  }

  get slots(): number {
    return this.#bests.length;
  }

  bind(input: Column): void {
    this.#input = toOrderedInt64(input);
    this.#validity = input.validity;
  }

  feed(isNew: Uint8Array | null): Validity {
    return feedOf(this.#validity, isNew);
  }

  fold(rows: AggregateRows, feed: Validity, boundary: Uint8Array | null): Column {
    const { entity, length } = rows;
    const isMin = this.#options.fn === 'min';
    const values = this.#input;
    const bests = this.#bests;
    const seen = this.#seen;
    const out = new BigInt64Array(length);
    // With every row fed, no row is without a value: a window ends after its row.
    const valid = feed === null ? null : new Uint8Array(length);
    for (let row = 0; row < length; row++) {
      const slot = entity[row]!;
      if (feed === null || feed[row] === 1) {
        const isBetter = isMin ? values[row]! < bests[slot]! : values[row]! > bests[slot]!;
        if (isBetter || seen[slot] === 0) bests[slot] = values[row]!;
        seen[slot] = 1;
      }
      out[row] = bests[slot]!;
      if (valid !== null) valid[row] = seen[slot]!;
      if (boundary !== null && boundary[row] === 1) seen[slot] = 0;
    }
    return fromOrderedInt64(
      this.#options.type,
      out,
      valid === null ? null : compactValidity(valid),
    );
  }

  update(slot: number, row: number): void {
    this.#offer(slot, this.#input, row);
  }

  merge(slot: number, newer: Int64Extreme, from: number): void {
    if (newer.#seen[from] === 1) this.#offer(slot, newer.#bests, from);
  }

  #offer(slot: number, values: BigInt64Array, at: number): void {
    const bests = this.#bests;
    const isMin = this.#options.fn === 'min';
    const isBetter = isMin ? values[at]! < bests[slot]! : values[at]! > bests[slot]!;
    if (isBetter || this.#seen[slot] === 0) bests[slot] = values[at]!;
    this.#seen[slot] = 1;
  }

  copy(slot: number, source: Int64Extreme, from: number): void {
    this.#bests[slot] = source.#bests[from]!;
    this.#seen[slot] = source.#seen[from]!;
  }

  clear(slot: number): void {
    this.#seen[slot] = 0;
  }

  resize(slots: number): void {
    this.#bests = resizedInt64(this.#bests, slots);
    this.#seen = resizedBytes(this.#seen, slots);
  }

  create(slots: number): Int64Extreme {
    return new Int64Extreme({ ...this.#options, slots });
  }

  emit(): Column {
    const validity = compactValidity(this.#seen.slice());
    return fromOrderedInt64(this.#options.type, this.#bests.slice(), validity);
  }

  save(): StateColumn[] {
    return [{ name: this.#options.fn, column: this.emit() }];
  }

  load(columns: ReadonlyMap<string, Column>, target: Int32Array): void {
    const column = stateColumn(columns, this.#options.fn);
    const bests = toOrderedInt64(column);
    for (let row = 0; row < target.length; row++) {
      if (column.validity !== null && column.validity[row] === 0) continue;
      this.#bests[target[row]!] = bests[row]!;
      this.#seen[target[row]!] = 1;
    }
  }
}
