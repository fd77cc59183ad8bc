/** An aggregation without a window, or since the last row where the window condition was true. */
import type { Accumulator } from './accumulator.ts';
import type { AggregateOperator, AggregateRows, StateColumn } from './aggregate.ts';
import type { Column } from '../../../shared/column/column.ts';

export class PlainAggregate<A extends Accumulator<A>> implements AggregateOperator {
  /** One slot per entity. */
  readonly #accumulator: A;

  constructor(accumulator: A) {
    this.#accumulator = accumulator;
  }

  process(
    rows: AggregateRows,
    input: Column,
    isNew: Uint8Array | null,
    boundary: Uint8Array | null,
  ): Column {
    const accumulator = this.#accumulator;
    accumulator.bind(input);
    const result = accumulator.fold(rows, accumulator.feed(isNew), boundary);
    accumulator.settle?.([accumulator]);
    return result;
  }

  /** An entity's slot holds the value of its last row until the window that the row may close is cleared. */
  processLast(
    rows: AggregateRows,
    input: Column,
    isNew: Uint8Array | null,
    boundary: Uint8Array | null,
    last: Int32Array,
  ): Column {
    const { entity, length } = rows;
    const accumulator = this.#accumulator;
    accumulator.bind(input);
    const feed = accumulator.feed(isNew);
    const inner = boundary === null ? null : withoutRows(boundary, last);
    for (let row = 0; row < length; row++) {
      const slot = entity[row]!;
      if (feed === null || feed[row] === 1) accumulator.update(slot, row);
      if (inner !== null && inner[row] === 1) accumulator.clear(slot);
    }
    const result = accumulator.create(last.length);
    for (let at = 0; at < last.length; at++) {
      const row = last[at]!;
      const slot = entity[row]!;
      result.copy(at, accumulator, slot);
      if (boundary !== null && boundary[row] === 1) accumulator.clear(slot);
    }
    const values = result.emit();
    accumulator.settle?.([accumulator]);
    return values;
  }

  save(): StateColumn[] {
    return this.#accumulator.save();
  }

  load(columns: ReadonlyMap<string, Column>, target: Int32Array): void {
    this.#accumulator.load(columns, target);
  }
}

/** A copy of `flags` that is 0 at `rows`. */
export function withoutRows(flags: Uint8Array, rows: Int32Array): Uint8Array {
  const out = flags.slice();
  for (let at = 0; at < rows.length; at++) out[rows[at]!] = 0;
  return out;
}
