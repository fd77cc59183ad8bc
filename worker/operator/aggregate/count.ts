/** `count` and `count_if`: how many inputs were fed, or how many of them were true. */
import { stateColumn } from './accumulator.ts';
import { feedOf, fixedValues } from './lane.ts';
import { resizedUint32 } from './slots.ts';
import type { Accumulator } from './accumulator.ts';
import type { AggregateRows, StateColumn } from './aggregate.ts';
import { assert } from '../../../shared/base/assert.ts';
import { fixedColumn } from '../../../shared/column/column.ts';
import type { Column, Validity } from '../../../shared/column/column.ts';
import type { ScalarType } from '../../../shared/types/data-type.ts';

export interface CountOptions {
  /** `count_if`: the input is bool, and only true counts. */
  readonly onlyTrue: boolean;
  readonly type: ScalarType;
  readonly slots: number;
}

export class Count implements Accumulator<Count> {
  readonly #options: CountOptions;
  #counts: Uint32Array;
  #input: Column | null = null;

  constructor(options: CountOptions) {
    this.#options = options;
    this.#counts = new Uint32Array(options.slots);
  }

  get slots(): number {
    return this.#counts.length;
  }

  bind(input: Column): void {
    this.#input = input;
  }

  feed(isNew: Uint8Array | null): Validity {
    const input = this.#input;
    assert(input !== null, 'count: no input is bound');
    const valid = feedOf(input.validity, isNew);
    if (!this.#options.onlyTrue || input.physical === 'null') return valid;
    const values = fixedValues(input);
    assert(values instanceof Uint8Array, 'count_if: expected a bool input');
    return feedOf(values, valid);
  }

  fold(rows: AggregateRows, feed: Validity, boundary: Uint8Array | null): Column {
    const { entity, length } = rows;
    const counts = this.#counts;
    const out = new Uint32Array(length);
    if (boundary === null) {
      for (let row = 0; row < length; row++) {
        const slot = entity[row]!;
        const count = counts[slot]! + (feed === null ? 1 : feed[row]!);
        out[row] = count;
        counts[slot] = count;
      }
    } else {
      for (let row = 0; row < length; row++) {
        const slot = entity[row]!;
        const count = counts[slot]! + (feed === null ? 1 : feed[row]!);
        out[row] = count;
        // Boundaries come in no pattern: 0 or the count without a branch. The array takes the low 32 bits.
        counts[slot] = Math.imul(count, 1 - boundary[row]!);
      }
    }
    return fixedColumn(this.#options.type, out);
  }

  update(slot: number): void {
    this.#counts[slot]! += 1;
  }

  merge(slot: number, newer: Count, from: number): void {
    this.#counts[slot]! += newer.#counts[from]!;
  }

  copy(slot: number, source: Count, from: number): void {
    this.#counts[slot] = source.#counts[from]!;
  }

  clear(slot: number): void {
    this.#counts[slot] = 0;
  }

  resize(slots: number): void {
    this.#counts = resizedUint32(this.#counts, slots);
  }

  create(slots: number): Count {
    return new Count({ ...this.#options, slots });
  }

  emit(): Column {
    return fixedColumn(this.#options.type, this.#counts.slice());
  }

  save(): StateColumn[] {
    return [{ name: 'count', column: this.emit() }];
  }

  load(columns: ReadonlyMap<string, Column>, target: Int32Array): void {
    const counts = fixedValues(stateColumn(columns, 'count'));
    assert(counts instanceof Uint32Array, 'count: expected saved counts');
    for (let row = 0; row < target.length; row++) this.#counts[target[row]!] = counts[row]!;
  }
}
