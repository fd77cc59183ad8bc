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

  save(): StateColumn[] {
    return this.#accumulator.save();
  }

  load(columns: ReadonlyMap<string, Column>, target: Int32Array): void {
    this.#accumulator.load(columns, target);
  }
}
