/** `sum` over i64, saturating at the bounds of the type. */
import { stateColumn } from './accumulator.ts';
import { compactValidity, feedOf, fixedValues } from './lane.ts';
import { resizedBytes, resizedInt64 } from './slots.ts';
import type { Accumulator } from './accumulator.ts';
import type { AggregateRows, StateColumn } from './aggregate.ts';
import { assert } from '../../../shared/base/assert.ts';
import { fixedColumn } from '../../../shared/column/column.ts';
import type { Column, Validity } from '../../../shared/column/column.ts';
import type { ScalarType } from '../../../shared/types/data-type.ts';

const LOWEST = -0x8000_0000_0000_0000n;
const HIGHEST = 0x7fff_ffff_ffff_ffffn;

export class Int64Sum implements Accumulator<Int64Sum> {
  readonly #type: ScalarType;
  /** 0 where nothing was seen. */
  #sums: BigInt64Array;
  #seen: Uint8Array;
  #input: BigInt64Array = new BigInt64Array(0);
  #validity: Validity = null;

  constructor(type: ScalarType, slots: number) {
    this.#type = type;
    this.#sums = new BigInt64Array(slots);
    this.#seen = new Uint8Array(slots);
  }

  get slots(): number {
    return this.#sums.length;
  }

  bind(input: Column): void {
    const values = fixedValues(input);
    assert(values instanceof BigInt64Array, 'sum: expected an i64 input');
    this.#input = values;
    this.#validity = input.validity;
  }

  feed(isNew: Uint8Array | null): Validity {
    return feedOf(this.#validity, isNew);
  }

  fold(rows: AggregateRows, feed: Validity, boundary: Uint8Array | null): Column {
    const out = new BigInt64Array(rows.length);
    if (feed === null && boundary === null) {
      this.#foldAll(rows, out);
      return fixedColumn(this.#type, out);
    }
    return fixedColumn(this.#type, out, this.#foldSome(rows, feed, boundary, out));
  }

  #foldAll(rows: AggregateRows, out: BigInt64Array): void {
    const { entity, length } = rows;
    const values = this.#input;
    const sums = this.#sums;
    const seen = this.#seen;
    for (let row = 0; row < length; row++) {
      const slot = entity[row]!;
      // `addSaturating` in place: `out` gets the sum from a register, which is 2 ns a row.
      const before = sums[slot]!;
      const value = values[row]!;
      const after = BigInt.asIntN(64, before + value);
      sums[slot] = after;
      out[row] = after;
      seen[slot] = 1;
      if (((before ^ after) & (value ^ after)) < 0n) {
        sums[slot] = value < 0n ? LOWEST : HIGHEST;
        out[row] = sums[slot]!;
      }
    }
  }

  #foldSome(
    rows: AggregateRows,
    feed: Validity,
    boundary: Uint8Array | null,
    out: BigInt64Array,
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

  merge(slot: number, newer: Int64Sum, from: number): void {
    addSaturating(this.#sums, slot, newer.#sums, from);
    this.#seen[slot]! |= newer.#seen[from]!;
  }

  copy(slot: number, source: Int64Sum, from: number): void {
    this.#sums[slot] = source.#sums[from]!;
    this.#seen[slot] = source.#seen[from]!;
  }

  clear(slot: number): void {
    this.#sums[slot] = 0n;
    this.#seen[slot] = 0;
  }

  resize(slots: number): void {
    this.#sums = resizedInt64(this.#sums, slots);
    this.#seen = resizedBytes(this.#seen, slots);
  }

  create(slots: number): Int64Sum {
    return new Int64Sum(this.#type, slots);
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
    assert(sums instanceof BigInt64Array, 'sum: expected saved i64 sums');
    for (let row = 0; row < target.length; row++) {
      if (column.validity !== null && column.validity[row] === 0) continue;
      this.#sums[target[row]!] = sums[row]!;
      this.#seen[target[row]!] = 1;
    }
  }
}

/** sums[slot] += values[row], stored before it is checked: the wrapped sum stays in a register that way. */
function addSaturating(
  sums: BigInt64Array,
  slot: number,
  values: BigInt64Array,
  row: number,
): void {
  const before = sums[slot]!;
  const value = values[row]!;
  const after = BigInt.asIntN(64, before + value);
  sums[slot] = after;
  // The sum wrapped if and only if its sign differs from those of both operands.
  if (((before ^ after) & (value ^ after)) < 0n) sums[slot] = value < 0n ? LOWEST : HIGHEST;
}
