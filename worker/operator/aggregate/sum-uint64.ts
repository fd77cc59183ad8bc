/** `sum` over u64, saturating at 2^64 − 1. */
import { stateColumn } from './accumulator.ts';
import { compactValidity, feedOf, fixedValues } from './lane.ts';
import { resizedBytes, resizedUint64 } from './slots.ts';
import type { Accumulator } from './accumulator.ts';
import type { AggregateRows, StateColumn } from './aggregate.ts';
import { assert } from '../../../shared/base/assert.ts';
import { fixedColumn } from '../../../shared/column/column.ts';
import type { Column, Validity } from '../../../shared/column/column.ts';
import type { ScalarType } from '../../../shared/types/data-type.ts';

const HIGHEST = 0xffff_ffff_ffff_ffffn;

export class Uint64Sum implements Accumulator<Uint64Sum> {
  readonly #type: ScalarType;
  /** 0 where nothing was seen. */
  #sums: BigUint64Array;
  #seen: Uint8Array;
  #input: BigUint64Array = new BigUint64Array(0);
  #validity: Validity = null;

  constructor(type: ScalarType, slots: number) {
    this.#type = type;
    this.#sums = new BigUint64Array(slots);
    this.#seen = new Uint8Array(slots);
  }

  get slots(): number {
    return this.#sums.length;
  }

  bind(input: Column): void {
    const values = fixedValues(input);
    assert(values instanceof BigUint64Array, 'sum: expected a u64 input');
    this.#input = values;
    this.#validity = input.validity;
  }

  feed(isNew: Uint8Array | null): Validity {
    return feedOf(this.#validity, isNew);
  }

  fold(rows: AggregateRows, feed: Validity, boundary: Uint8Array | null): Column {
    const out = new BigUint64Array(rows.length);
    if (feed === null && boundary === null) {
      this.#foldAll(rows, out);
      return fixedColumn(this.#type, out);
    }
    return fixedColumn(this.#type, out, this.#foldSome(rows, feed, boundary, out));
  }

  #foldAll(rows: AggregateRows, out: BigUint64Array): void {
    const { entity, length } = rows;
    const values = this.#input;
    const sums = this.#sums;
    const seen = this.#seen;
    for (let row = 0; row < length; row++) {
      const slot = entity[row]!;
      addSaturating(sums, slot, values, row);
      seen[slot] = 1;
      out[row] = sums[slot]!;
    }
  }

  #foldSome(
    rows: AggregateRows,
    feed: Validity,
    boundary: Uint8Array | null,
    out: BigUint64Array,
  ): Validity {
    const { entity, length } = rows;
    const values = this.#input;
    const sums = this.#sums;
    const seen = this.#seen;
    const valid = new Uint8Array(length);
    for (let row = 0; row < length; row++) {
      const slot = entity[row]!;
      if (feed === null || feed[row] === 1) {
        addSaturating(sums, slot, values, row);
        seen[slot] = 1;
      }
      out[row] = sums[slot]!;
      valid[row] = seen[slot]!;
      if (boundary !== null && boundary[row] === 1) {
        sums[slot] = 0n;
        seen[slot] = 0;
      }
    }
    return compactValidity(valid);
  }

  update(slot: number, row: number): void {
    addSaturating(this.#sums, slot, this.#input, row);
    this.#seen[slot] = 1;
  }

  merge(slot: number, newer: Uint64Sum, from: number): void {
    addSaturating(this.#sums, slot, newer.#sums, from);
    this.#seen[slot]! |= newer.#seen[from]!;
  }

  copy(slot: number, source: Uint64Sum, from: number): void {
    this.#sums[slot] = source.#sums[from]!;
    this.#seen[slot] = source.#seen[from]!;
  }

  clear(slot: number): void {
    this.#sums[slot] = 0n;
    this.#seen[slot] = 0;
  }

  resize(slots: number): void {
    this.#sums = resizedUint64(this.#sums, slots);
    this.#seen = resizedBytes(this.#seen, slots);
  }

  create(slots: number): Uint64Sum {
    return new Uint64Sum(this.#type, slots);
  }

  emit(): Column {
    return fixedColumn(this.#type, this.#sums.slice(), compactValidity(this.#seen.slice()));
  }

  save(): StateColumn[] {
    return [{ name: 'sum', column: this.emit() }];
  }

  load(columns: ReadonlyMap<string, Column>, target: Int32Array): void {
    const column = stateColumn(columns, 'sum');
    const sums = fixedValues(column);
    assert(sums instanceof BigUint64Array, 'sum: expected saved u64 sums');
    for (let row = 0; row < target.length; row++) {
      if (column.validity !== null && column.validity[row] === 0) continue;
      this.#sums[target[row]!] = sums[row]!;
      this.#seen[target[row]!] = 1;
    }
  }
}

/** sums[slot] += values[row], stored before it is checked: the wrapped sum stays in a register that way. */
function addSaturating(
  sums: BigUint64Array,
  slot: number,
  values: BigUint64Array,
  row: number,
): void {
  const before = sums[slot]!;
  const value = values[row]!;
  const after = BigInt.asUintN(64, before + value);
  sums[slot] = after;
  if (after < before) sums[slot] = HIGHEST;
}
