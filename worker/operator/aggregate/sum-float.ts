/** `sum` over floats, and over integers of up to 32 bits, which saturate at the bounds of their type. */
import { stateColumn } from './accumulator.ts';
import { compactValidity, feedOf, fromFloat64, toFloat64 } from './lane.ts';
import { maskedFloat64, resizedBytes, resizedFloat64 } from './slots.ts';
import { roundToHalf } from './round-to-half.ts';
import type { Accumulator } from './accumulator.ts';
import type { AggregateRows, StateColumn } from './aggregate.ts';
import { AssertionError } from '../../../shared/base/assert.ts';
import type { Column, Validity } from '../../../shared/column/column.ts';
import type { ScalarType } from '../../../shared/types/data-type.ts';

/** The identity of IEEE addition: 0 would turn a lone −0 into 0. */
const EMPTY = -0;

type Rounding = (sum: number) => number;

export class FloatSum implements Accumulator<FloatSum> {
  readonly #type: ScalarType;
  /** Brings an exact sum back into the type; null for f64. */
  readonly #round: Rounding | null;
  #sums: Float64Array;
  #seen: Uint8Array;
  #input: Float64Array = new Float64Array(0);
  #validity: Validity = null;

  constructor(type: ScalarType, slots: number) {
    this.#type = type;
    this.#round = roundingOf(type);
    this.#sums = new Float64Array(slots).fill(EMPTY);
    this.#seen = new Uint8Array(slots);
  }

  get slots(): number {
    return this.#sums.length;
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
    if (this.#round !== null) {
      return fromFloat64(
        this.#type,
        out,
        this.#foldRounded(rows, feed, boundary, out, this.#round),
      );
    }
    if (feed === null && boundary === null) {
      this.#foldAll(rows, out);
      return fromFloat64(this.#type, out, null);
    }
    return fromFloat64(this.#type, out, this.#foldSome(rows, feed, boundary, out));
  }

  #foldAll(rows: AggregateRows, out: Float64Array): void {
    const { entity, length } = rows;
    const values = this.#input;
    const sums = this.#sums;
    const seen = this.#seen;
    for (let row = 0; row < length; row++) {
      const slot = entity[row]!;
      const sum = sums[slot]! + values[row]!;
      sums[slot] = sum;
      seen[slot] = 1;
      out[row] = sum;
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
    const sums = this.#sums;
    const seen = this.#seen;
    const valid = new Uint8Array(length);
    for (let row = 0; row < length; row++) {
      const slot = entity[row]!;
      if (feed === null || feed[row] === 1) {
        sums[slot] = sums[slot]! + values[row]!;
        seen[slot] = 1;
      }
      out[row] = sums[slot]!;
      valid[row] = seen[slot]!;
      if (boundary !== null && boundary[row] === 1) {
        sums[slot] = EMPTY;
        seen[slot] = 0;
      }
    }
    return compactValidity(valid);
  }

  /** The same with rounding: apart, so that the loop over doubles makes no calls. */
  #foldRounded(
    rows: AggregateRows,
    feed: Validity,
    boundary: Uint8Array | null,
    out: Float64Array,
    round: Rounding,
  ): Validity {
    const { entity, length } = rows;
    const values = this.#input;
    const sums = this.#sums;
    const seen = this.#seen;
    const valid = new Uint8Array(length);
    for (let row = 0; row < length; row++) {
      const slot = entity[row]!;
      if (feed === null || feed[row] === 1) {
        sums[slot] = round(sums[slot]! + values[row]!);
        seen[slot] = 1;
      }
      out[row] = sums[slot]!;
      valid[row] = seen[slot]!;
      if (boundary !== null && boundary[row] === 1) {
        sums[slot] = EMPTY;
        seen[slot] = 0;
      }
    }
    return compactValidity(valid);
  }

  update(slot: number, row: number): void {
    this.#add(slot, this.#input[row]!);
    this.#seen[slot] = 1;
  }

  merge(slot: number, newer: FloatSum, from: number): void {
    this.#add(slot, newer.#sums[from]!);
    this.#seen[slot]! |= newer.#seen[from]!;
  }

  #add(slot: number, value: number): void {
    const sum = this.#sums[slot]! + value;
    this.#sums[slot] = this.#round === null ? sum : this.#round(sum);
  }

  copy(slot: number, source: FloatSum, from: number): void {
    this.#sums[slot] = source.#sums[from]!;
    this.#seen[slot] = source.#seen[from]!;
  }

  clear(slot: number): void {
    this.#sums[slot] = EMPTY;
    this.#seen[slot] = 0;
  }

  resize(slots: number): void {
    this.#sums = resizedFloat64(this.#sums, slots, EMPTY);
    this.#seen = resizedBytes(this.#seen, slots);
  }

  create(slots: number): FloatSum {
    return new FloatSum(this.#type, slots);
  }

  emit(): Column {
    const sums = maskedFloat64(this.#sums, this.#seen);
    return fromFloat64(this.#type, sums, compactValidity(this.#seen.slice()));
  }

  save(): StateColumn[] {
    return [{ name: 'sum', column: this.emit() }];
  }

  load(columns: ReadonlyMap<string, Column>, target: Int32Array): void {
    const column = stateColumn(columns, 'sum');
    const sums = toFloat64(column);
    for (let row = 0; row < target.length; row++) {
      if (column.validity !== null && column.validity[row] === 0) continue;
      this.#sums[target[row]!] = sums[row]!;
      this.#seen[target[row]!] = 1;
    }
  }
}

function roundingOf(type: ScalarType): Rounding | null {
  switch (type.kind) {
    case 'f64':
    case 'null':
      return null;
    case 'f32':
      return Math.fround;
    case 'f16':
      return roundToHalf;
    case 'i8':
      return saturating(-0x80, 0x7f);
    case 'i16':
      return saturating(-0x8000, 0x7fff);
    case 'i32':
      return saturating(-0x8000_0000, 0x7fff_ffff);
    case 'u8':
      return saturating(0, 0xff);
    case 'u16':
      return saturating(0, 0xffff);
    case 'u32':
      return saturating(0, 0xffff_ffff);
    default:
      throw new AssertionError(`sum: ${type.kind} is not a number`);
  }
}

function saturating(lowest: number, highest: number): Rounding {
  return (sum) => (sum < lowest ? lowest : sum > highest ? highest : sum);
}
