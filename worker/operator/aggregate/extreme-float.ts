/** `min` and `max` over floats, integers of up to 32 bits, calendar intervals and dates. */
import { stateColumn } from './accumulator.ts';
import { compactValidity, feedOf, fromFloat64, toFloat64 } from './lane.ts';
import { maskedFloat64, resizedBytes, resizedFloat64 } from './slots.ts';
import type { Accumulator } from './accumulator.ts';
import type { AggregateRows, StateColumn } from './aggregate.ts';
import type { Column, Validity } from '../../../shared/column/column.ts';
import type { ScalarType } from '../../../shared/types/data-type.ts';

export interface ExtremeOptions {
  readonly fn: 'min' | 'max';
  readonly type: ScalarType;
  readonly slots: number;
}

/** Any input replaces NaN, and NaN replaces nothing else: an empty slot and one that saw only NaN act alike. */
const EMPTY = NaN;

export class FloatExtreme implements Accumulator<FloatExtreme> {
  readonly #options: ExtremeOptions;
  #bests: Float64Array;
  #seen: Uint8Array;
  #input: Float64Array = new Float64Array(0);
  #validity: Validity = null;

  constructor(options: ExtremeOptions) {
    this.#options = options;
    this.#bests = new Float64Array(options.slots).fill(EMPTY);
    this.#seen = new Uint8Array(options.slots);
  }

  get slots(): number {
    return this.#bests.length;
  }

  bind(input: Column): void {
    this.#input = toFloat64(input);
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
    const out = new Float64Array(length);
    // With every row fed, no row is without a value: a window ends after its row.
    const valid = feed === null ? null : new Uint8Array(length);
    for (let row = 0; row < length; row++) {
      const slot = entity[row]!;
      if (feed === null || feed[row] === 1) {
        const value = values[row]!;
        const best = bests[slot]!;
        if ((isMin ? value < best : value > best) || best !== best) bests[slot] = value;
        seen[slot] = 1;
      }
      out[row] = bests[slot]!;
      if (valid !== null) valid[row] = seen[slot]!;
      if (boundary !== null && boundary[row] === 1) {
        bests[slot] = EMPTY;
        seen[slot] = 0;
      }
    }
    return fromFloat64(this.#options.type, out, valid === null ? null : compactValidity(valid));
  }

  update(slot: number, row: number): void {
    this.#offer(slot, this.#input[row]!);
    this.#seen[slot] = 1;
  }

  merge(slot: number, newer: FloatExtreme, from: number): void {
    this.#offer(slot, newer.#bests[from]!);
    this.#seen[slot]! |= newer.#seen[from]!;
  }

  #offer(slot: number, value: number): void {
    const best = this.#bests[slot]!;
    const isBetter = this.#options.fn === 'min' ? value < best : value > best;
    if (isBetter || best !== best) this.#bests[slot] = value;
  }

  copy(slot: number, source: FloatExtreme, from: number): void {
    this.#bests[slot] = source.#bests[from]!;
    this.#seen[slot] = source.#seen[from]!;
  }

  clear(slot: number): void {
    this.#bests[slot] = EMPTY;
    this.#seen[slot] = 0;
  }

  resize(slots: number): void {
    this.#bests = resizedFloat64(this.#bests, slots, EMPTY);
    this.#seen = resizedBytes(this.#seen, slots);
  }

  create(slots: number): FloatExtreme {
    return new FloatExtreme({ ...this.#options, slots });
  }

  emit(): Column {
    const bests = maskedFloat64(this.#bests, this.#seen);
    return fromFloat64(this.#options.type, bests, compactValidity(this.#seen.slice()));
  }

  save(): StateColumn[] {
    return [{ name: this.#options.fn, column: this.emit() }];
  }

  load(columns: ReadonlyMap<string, Column>, target: Int32Array): void {
    const column = stateColumn(columns, this.#options.fn);
    const bests = toFloat64(column);
    for (let row = 0; row < target.length; row++) {
      if (column.validity !== null && column.validity[row] === 0) continue;
      this.#bests[target[row]!] = bests[row]!;
      this.#seen[target[row]!] = 1;
    }
  }
}
