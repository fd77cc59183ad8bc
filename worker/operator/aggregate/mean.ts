/** `mean`: the running mean of the inputs as doubles, in the order of arrival. */
import { stateColumn } from './accumulator.ts';
import { compactValidity, feedOf, toFloat64 } from './lane.ts';
import { resizedFloat64 } from './slots.ts';
import type { Accumulator } from './accumulator.ts';
import type { AggregateRows, StateColumn } from './aggregate.ts';
import { fixedColumn } from '../../../shared/column/column.ts';
import type { Column, Validity } from '../../../shared/column/column.ts';
import { F64 } from '../../../shared/types/data-type.ts';
import type { ScalarType } from '../../../shared/types/data-type.ts';

export class Mean implements Accumulator<Mean> {
  readonly #type: ScalarType;
  /** How many inputs: doubles, because they are only divided by. */
  #counts: Float64Array;
  /** 0 where the count is. */
  #means: Float64Array;
  #input: Float64Array = new Float64Array(0);
  #validity: Validity = null;

  constructor(type: ScalarType, slots: number) {
    this.#type = type;
    this.#counts = new Float64Array(slots);
    this.#means = new Float64Array(slots);
  }

  get slots(): number {
    return this.#counts.length;
  }

  bind(input: Column): void {
    this.#input = toFloat64(input);
    this.#validity = input.validity;
  }

  feed(isNew: Uint8Array | null): Validity {
    return feedOf(this.#validity, isNew);
  }

  fold(rows: AggregateRows, feed: Validity, boundary: Uint8Array | null): Column {
    const out = new Float64Array(rows.length);
    if (feed === null && boundary === null) {
      this.#foldAll(rows, out);
      return fixedColumn(this.#type, out);
    }
    return fixedColumn(this.#type, out, this.#foldSome(rows, feed, boundary, out));
  }

  #foldAll(rows: AggregateRows, out: Float64Array): void {
    const { entity, length } = rows;
    const values = this.#input;
    const counts = this.#counts;
    const means = this.#means;
    for (let row = 0; row < length; row++) {
      const slot = entity[row]!;
      const count = counts[slot]! + 1;
      const before = means[slot]!;
      const mean = before + (values[row]! - before) / count;
      counts[slot] = count;
      means[slot] = mean;
      out[row] = mean;
    }
  }

  #foldSome(
    rows: AggregateRows,
    feed: Validity,
    boundary: Uint8Array | null,
    out: Float64Array,
  ): Validity {
    const { entity, length } = rows;
    const values = this.#input;
    const counts = this.#counts;
    const means = this.#means;
    const valid = new Uint8Array(length);
    for (let row = 0; row < length; row++) {
      const slot = entity[row]!;
      if (feed === null || feed[row] === 1) {
        const count = counts[slot]! + 1;
        counts[slot] = count;
        means[slot] = means[slot]! + (values[row]! - means[slot]!) / count;
      }
      out[row] = means[slot]!;
      valid[row] = counts[slot]! > 0 ? 1 : 0;
      if (boundary !== null && boundary[row] === 1) {
        counts[slot] = 0;
        means[slot] = 0;
      }
    }
    return compactValidity(valid);
  }

  update(slot: number, row: number): void {
    const count = this.#counts[slot]! + 1;
    const mean = this.#means[slot]!;
    this.#counts[slot] = count;
    this.#means[slot] = mean + (this.#input[row]! - mean) / count;
  }

  /** Chan, Golub, LeVeque 1979. With one newer value it is the running update, to the last bit. */
  merge(slot: number, newer: Mean, from: number): void {
    const added = newer.#counts[from]!;
    if (added === 0) return;
    const before = this.#counts[slot]!;
    if (before === 0) {
      this.copy(slot, newer, from);
      return;
    }
    const count = before + added;
    const mean = this.#means[slot]!;
    this.#counts[slot] = count;
    this.#means[slot] = mean + ((newer.#means[from]! - mean) * added) / count;
  }

  copy(slot: number, source: Mean, from: number): void {
    this.#counts[slot] = source.#counts[from]!;
    this.#means[slot] = source.#means[from]!;
  }

  clear(slot: number): void {
    this.#counts[slot] = 0;
    this.#means[slot] = 0;
  }

  resize(slots: number): void {
    this.#counts = resizedFloat64(this.#counts, slots, 0);
    this.#means = resizedFloat64(this.#means, slots, 0);
  }

  create(slots: number): Mean {
    return new Mean(this.#type, slots);
  }

  emit(): Column {
    const valid = new Uint8Array(this.slots);
    for (let slot = 0; slot < valid.length; slot++) valid[slot] = this.#counts[slot]! > 0 ? 1 : 0;
    return fixedColumn(this.#type, this.#means.slice(), compactValidity(valid));
  }

  save(): StateColumn[] {
    return [
      { name: 'count', column: fixedColumn(F64, this.#counts.slice()) },
      { name: 'mean', column: fixedColumn(F64, this.#means.slice()) },
    ];
  }

  load(columns: ReadonlyMap<string, Column>, target: Int32Array): void {
    const counts = toFloat64(stateColumn(columns, 'count'));
    const means = toFloat64(stateColumn(columns, 'mean'));
    for (let row = 0; row < target.length; row++) {
      this.#counts[target[row]!] = counts[row]!;
      this.#means[target[row]!] = means[row]!;
    }
  }
}
