/** `variance` and `stddev`: of the population, by Welford's running update over doubles. */
import { stateColumn } from './accumulator.ts';
import { compactValidity, feedOf, toFloat64 } from './lane.ts';
import { resizedFloat64 } from './slots.ts';
import type { Accumulator } from './accumulator.ts';
import type { AggregateRows, StateColumn } from './aggregate.ts';
import { fixedColumn } from '../../../shared/column/column.ts';
import type { Column, Validity } from '../../../shared/column/column.ts';
import { F64 } from '../../../shared/types/data-type.ts';
import type { ScalarType } from '../../../shared/types/data-type.ts';

export interface VarianceOptions {
  readonly fn: 'variance' | 'stddev';
  readonly type: ScalarType;
  readonly slots: number;
}

/** Of fewer inputs the result is null. */
const COUNT_MIN = 2;

export class Variance implements Accumulator<Variance> {
  readonly #options: VarianceOptions;
  #counts: Float64Array;
  #means: Float64Array;
  /** Sums of squared distances from the mean ("M2"). All three are 0 where nothing was seen. */
  #squares: Float64Array;
  #input: Float64Array = new Float64Array(0);
  #validity: Validity = null;

  constructor(options: VarianceOptions) {
    this.#options = options;
    this.#counts = new Float64Array(options.slots);
    this.#means = new Float64Array(options.slots);
    this.#squares = new Float64Array(options.slots);
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
    const { entity, length } = rows;
    const values = this.#input;
    const counts = this.#counts;
    const means = this.#means;
    const squares = this.#squares;
    const out = new Float64Array(length);
    const valid = new Uint8Array(length);
    for (let row = 0; row < length; row++) {
      const slot = entity[row]!;
      if (feed === null || feed[row] === 1) {
        const count = counts[slot]! + 1;
        const distance = values[row]! - means[slot]!;
        const mean = means[slot]! + distance / count;
        counts[slot] = count;
        means[slot] = mean;
        squares[slot] = squares[slot]! + distance * (values[row]! - mean);
      }
      const count = counts[slot]!;
      if (count >= COUNT_MIN) {
        out[row] = squares[slot]! / count;
        valid[row] = 1;
      }
      if (boundary !== null && boundary[row] === 1) {
        counts[slot] = 0;
        means[slot] = 0;
        squares[slot] = 0;
      }
    }
    return this.#result(out, valid);
  }

  #result(variances: Float64Array, valid: Uint8Array): Column {
    if (this.#options.fn === 'stddev') {
      for (let row = 0; row < variances.length; row++) {
        // The language defines stddev by pow, whose last bit may differ from that of sqrt.
        variances[row] = Math.pow(variances[row]!, 0.5);
      }
    }
    return fixedColumn(this.#options.type, variances, compactValidity(valid));
  }

  update(slot: number, row: number): void {
    const value = this.#input[row]!;
    const count = this.#counts[slot]! + 1;
    const distance = value - this.#means[slot]!;
    const mean = this.#means[slot]! + distance / count;
    this.#counts[slot] = count;
    this.#means[slot] = mean;
    this.#squares[slot] = this.#squares[slot]! + distance * (value - mean);
  }

  /** Chan, Golub, LeVeque 1979. */
  merge(slot: number, newer: Variance, from: number): void {
    const added = newer.#counts[from]!;
    if (added === 0) return;
    const before = this.#counts[slot]!;
    if (before === 0) {
      this.copy(slot, newer, from);
      return;
    }
    const count = before + added;
    const mean = this.#means[slot]!;
    const distance = newer.#means[from]! - mean;
    this.#counts[slot] = count;
    this.#means[slot] = mean + (distance * added) / count;
    this.#squares[slot] =
      this.#squares[slot]! + newer.#squares[from]! + (distance * distance * before * added) / count;
  }

  copy(slot: number, source: Variance, from: number): void {
    this.#counts[slot] = source.#counts[from]!;
    this.#means[slot] = source.#means[from]!;
    this.#squares[slot] = source.#squares[from]!;
  }

  clear(slot: number): void {
    this.#counts[slot] = 0;
    this.#means[slot] = 0;
    this.#squares[slot] = 0;
  }

  resize(slots: number): void {
    this.#counts = resizedFloat64(this.#counts, slots, 0);
    this.#means = resizedFloat64(this.#means, slots, 0);
    this.#squares = resizedFloat64(this.#squares, slots, 0);
  }

  create(slots: number): Variance {
    return new Variance({ ...this.#options, slots });
  }

  emit(): Column {
    const slots = this.slots;
    const out = new Float64Array(slots);
    const valid = new Uint8Array(slots);
    for (let slot = 0; slot < slots; slot++) {
      const count = this.#counts[slot]!;
      if (count < COUNT_MIN) continue;
      out[slot] = this.#squares[slot]! / count;
      valid[slot] = 1;
    }
    return this.#result(out, valid);
  }

  save(): StateColumn[] {
    return [
      { name: 'count', column: fixedColumn(F64, this.#counts.slice()) },
      { name: 'mean', column: fixedColumn(F64, this.#means.slice()) },
      { name: 'squares', column: fixedColumn(F64, this.#squares.slice()) },
    ];
  }

  load(columns: ReadonlyMap<string, Column>, target: Int32Array): void {
    const counts = toFloat64(stateColumn(columns, 'count'));
    const means = toFloat64(stateColumn(columns, 'mean'));
    const squares = toFloat64(stateColumn(columns, 'squares'));
    for (let row = 0; row < target.length; row++) {
      this.#counts[target[row]!] = counts[row]!;
      this.#means[target[row]!] = means[row]!;
      this.#squares[target[row]!] = squares[row]!;
    }
  }
}
