/** `first` and `last` over any type: per slot a position in a log of the inputs. */
import { stateColumn } from './accumulator.ts';
import { feedOf } from './lane.ts';
import { resizedInt32 } from './slots.ts';
import type { Accumulator } from './accumulator.ts';
import type { AggregateRows, StateColumn } from './aggregate.ts';
import type { ValueLog } from './value-log.ts';
import type { Column, Validity } from '../../../shared/column/column.ts';
import { NO_ROW } from '../../../shared/column/take.ts';

export interface ReferenceOptions {
  readonly fn: 'first' | 'last';
  /** Shared by all accumulators of one operator. */
  readonly log: ValueLog;
  readonly slots: number;
}

export class Reference implements Accumulator<Reference> {
  readonly #options: ReferenceOptions;
  /** NO_ROW where nothing was seen. */
  #positions: Int32Array;
  #validity: Validity = null;
  /** The position of row 0 of the bound input. */
  #base = 0;

  constructor(options: ReferenceOptions) {
    this.#options = options;
    this.#positions = new Int32Array(options.slots).fill(NO_ROW);
  }

  get slots(): number {
    return this.#positions.length;
  }

  bind(input: Column): void {
    this.#base = this.#options.log.append(input);
    this.#validity = input.validity;
  }

  feed(isNew: Uint8Array | null): Validity {
    return feedOf(this.#validity, isNew);
  }

  fold(rows: AggregateRows, feed: Validity, boundary: Uint8Array | null): Column {
    const { entity, length } = rows;
    const keepsFirst = this.#options.fn === 'first';
    const base = this.#base;
    const positions = this.#positions;
    const out = new Int32Array(length);
    for (let row = 0; row < length; row++) {
      const slot = entity[row]!;
      let position = positions[slot]!;
      if ((feed === null || feed[row] === 1) && !(keepsFirst && position !== NO_ROW)) {
        position = base + row;
      }
      out[row] = position;
      positions[slot] = boundary !== null && boundary[row] === 1 ? NO_ROW : position;
    }
    return this.#options.log.take(out);
  }

  update(slot: number, row: number): void {
    this.#offer(slot, this.#base + row);
  }

  merge(slot: number, newer: Reference, from: number): void {
    const position = newer.#positions[from]!;
    if (position !== NO_ROW) this.#offer(slot, position);
  }

  #offer(slot: number, position: number): void {
    if (this.#options.fn === 'first' && this.#positions[slot] !== NO_ROW) return;
    this.#positions[slot] = position;
  }

  copy(slot: number, source: Reference, from: number): void {
    this.#positions[slot] = source.#positions[from]!;
  }

  clear(slot: number): void {
    this.#positions[slot] = NO_ROW;
  }

  resize(slots: number): void {
    this.#positions = resizedInt32(this.#positions, slots, NO_ROW);
  }

  create(slots: number): Reference {
    return new Reference({ ...this.#options, slots });
  }

  emit(): Column {
    return this.#options.log.take(this.#positions);
  }

  save(): StateColumn[] {
    return [{ name: this.#options.fn, column: this.emit() }];
  }

  load(columns: ReadonlyMap<string, Column>, target: Int32Array): void {
    const column = stateColumn(columns, this.#options.fn);
    const base = this.#options.log.append(column);
    for (let row = 0; row < target.length; row++) {
      if (column.validity !== null && column.validity[row] === 0) continue;
      this.#positions[target[row]!] = base + row;
    }
  }

  settle(alive: readonly Reference[]): void {
    this.#options.log.settle(alive.map((reference) => reference.#positions));
  }
}
