/**
 * The aggregations of Fenl (language.md, section 4) as operators that carry state per entity.
 *
 *   rows in row order ──► update, if the row is new and its input valid
 *                         emit one value
 *                         reset (since) or slide (sliding), if the window condition is true
 *
 *   count sum min max mean variance …   an Accumulator: arrays indexed by entity
 *   first last                          a Reference: positions in a log of the inputs
 *   collect                             a ring of such positions
 *
 * An accumulator without a window or under `since` runs in PlainAggregate, under `sliding` in SlidingAggregate.
 */
import { CollectAggregate } from './collect.ts';
import { Count } from './count.ts';
import { Int64Extreme } from './extreme-int64.ts';
import { FloatExtreme } from './extreme-float.ts';
import { Mean } from './mean.ts';
import { PlainAggregate } from './plain.ts';
import { Reference } from './reference.ts';
import { SlidingAggregate } from './sliding.ts';
import { FloatSum } from './sum-float.ts';
import { Int64Sum } from './sum-int64.ts';
import { Uint64Sum } from './sum-uint64.ts';
import { ValueLog } from './value-log.ts';
import { Variance } from './variance.ts';
import type { Accumulator } from './accumulator.ts';
import { assert, AssertionError, unreachable } from '../../../shared/base/assert.ts';
import { physicalOf } from '../../../shared/column/column.ts';
import type { Column } from '../../../shared/column/column.ts';
import type { StringPool } from '../../../shared/column/string-pool.ts';
import type { DataType, ScalarType } from '../../../shared/types/data-type.ts';

export type AggregateFunction =
  | 'count'
  | 'count_if'
  | 'sum'
  | 'min'
  | 'max'
  | 'mean'
  | 'variance'
  | 'stddev'
  | 'first'
  | 'last'
  | 'collect';

export type AggregateWindow =
  | { readonly kind: 'since' }
  | { readonly kind: 'sliding'; readonly parts: number };

export interface AggregateSpec {
  readonly fn: AggregateFunction;
  readonly inputType: DataType;
  readonly outputType: DataType;
  readonly window: AggregateWindow | null;
  /** Of `collect`: null is unbounded. Null for the others. */
  readonly max: number | null;
  /** Of `collect`: fewer values give a null list. Null is 0. */
  readonly min: number | null;
}

/** One column of a state snapshot: one row per entity. */
export interface StateColumn {
  readonly name: string;
  readonly column: Column;
}

export interface AggregateRows {
  readonly length: number;
  /** Dense index of the entity of each row. */
  readonly entity: Int32Array;
}

export interface AggregateOperator {
  /**
   * One batch. Rows are sorted by the order key and follow those of the batch before; entity[row] is in
   * [0, entityCount). `isNew` has a byte per row, null: all rows are new. `boundary` has 1 where the window condition
   * is true (null and false are 0), null: nowhere. Gives one value per row, in a column of its own.
   */
  process(
    rows: AggregateRows,
    input: Column,
    isNew: Uint8Array | null,
    boundary: Uint8Array | null,
  ): Column;

  /** As `process`, but gives only the values of the rows `last`, each the last of its entity, in their order. */
  processLast(
    rows: AggregateRows,
    input: Column,
    isNew: Uint8Array | null,
    boundary: Uint8Array | null,
    last: Int32Array,
  ): Column;

  /** The state in entity order. A function of the events only, whatever the batches were. */
  save(): StateColumn[];

  /**
   * Takes saved state into a new operator: row r belongs to entity target[r]. Entities without a row start empty.
   */
  load(columns: ReadonlyMap<string, Column>, target: Int32Array): void;
}

/** An operator for the entities 0 … entityCount − 1. Strings of inputs, state and results are codes of `pool`. */
export function createAggregate(
  spec: AggregateSpec,
  entityCount: number,
  pool: StringPool,
): AggregateOperator {
  const { fn, inputType, outputType, window } = spec;
  // One part is a `since` window (language.md, 4.2).
  const parts = window !== null && window.kind === 'sliding' ? window.parts : 1;
  assert(Number.isInteger(parts) && parts >= 1, 'aggregate: a sliding window has 1 part or more');
  const windowed = <A extends Accumulator<A>>(accumulator: A): AggregateOperator =>
    parts === 1
      ? new PlainAggregate(accumulator)
      : new SlidingAggregate(accumulator, entityCount, parts);

  switch (fn) {
    case 'count':
      return windowed(
        new Count({ onlyTrue: false, type: scalarOf(outputType), slots: entityCount }),
      );
    case 'count_if':
      return windowed(
        new Count({ onlyTrue: true, type: scalarOf(outputType), slots: entityCount }),
      );
    case 'sum': {
      const type = scalarOf(outputType);
      if (physicalOf(type) === 'i64') return windowed(new Int64Sum(type, entityCount));
      if (physicalOf(type) === 'u64') return windowed(new Uint64Sum(type, entityCount));
      return windowed(new FloatSum(type, entityCount));
    }
    case 'min':
    case 'max': {
      const options = { fn, type: scalarOf(outputType), slots: entityCount };
      const physical = physicalOf(options.type);
      const isWide = physical === 'i64' || physical === 'u64';
      return isWide ? windowed(new Int64Extreme(options)) : windowed(new FloatExtreme(options));
    }
    case 'mean':
      return windowed(new Mean(scalarOf(outputType), entityCount));
    case 'variance':
    case 'stddev':
      return windowed(new Variance({ fn, type: scalarOf(outputType), slots: entityCount }));
    case 'first':
    case 'last':
      return windowed(
        new Reference({ fn, log: new ValueLog(inputType, pool), slots: entityCount }),
      );
    case 'collect': {
      assert(outputType.kind === 'list', 'aggregate: collect gives a list');
      const { max, min } = spec;
      assert(max === null || max >= 1, 'aggregate: collect needs a max of 1 or more');
      return new CollectAggregate({
        type: outputType,
        max,
        min: min ?? 0,
        parts,
        entityCount,
        pool,
      });
    }
    default:
      return unreachable(fn);
  }
}

function scalarOf(type: DataType): ScalarType {
  if (type.kind === 'record' || type.kind === 'list' || type.kind === 'map') {
    throw new AssertionError(`aggregate: a result cannot be of type ${type.kind}`);
  }
  return type;
}
