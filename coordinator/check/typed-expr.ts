/**
 * The output of the checker: a DAG of typed expressions, in the terms of language.md section 3.
 *
 * Every name is resolved, every implicit cast is an explicit `cast` node, arguments stand in parameter order,
 * `$input` and `let` are substituted (a bound value is the *same object* wherever it is used, so that it is one
 * computation), formulas are inlined, pure calls of constants are folded into literals.
 */
import type { DataType, RecordType } from '../../shared/types/data-type.ts';
import type { Span } from '../language/source.ts';

/** Integers of 64 bits, timestamps and durations are bigint; narrower integers, floats, dates, intervals number. */
export type LiteralValue = null | boolean | number | bigint | string;

interface Base {
  readonly type: DataType;
  /** Null for constants: expressions that depend on no table. */
  readonly grouping: string | null;
  /** Where the expression stands, for diagnostics and plans. */
  readonly span: Span;
}

export interface LiteralExpr extends Base {
  readonly op: 'literal';
  readonly value: LiteralValue;
}

/** All columns of a table as a record, in file order. */
export interface TableExpr extends Base {
  readonly op: 'table';
  readonly type: RecordType;
  readonly table: string;
}

/** `base.name` of a record, a list of records, or a json value (then the result is `string`). */
export interface FieldExpr extends Base {
  readonly op: 'field';
  readonly base: TypedExpr;
  readonly name: string;
}

/** Converts `input` to `type` by the table of language.md 2.6; never fails at run time. */
export interface CastExpr extends Base {
  readonly op: 'cast';
  readonly input: TypedExpr;
}

export interface RecordExpr extends Base {
  readonly op: 'record';
  readonly type: RecordType;
  /** One value per field of `type`. */
  readonly values: readonly TypedExpr[];
}

/**
 * `extend(extension, base)`, `select_fields(record, …)`, `remove_fields(record, …)`: `values` has one field access per
 * result field, `sources` the record arguments, whose domains and newness count even where none of their fields survives.
 */
export interface ReshapeExpr extends Base {
  readonly op: 'reshape';
  readonly type: RecordType;
  readonly values: readonly TypedExpr[];
  readonly sources: readonly TypedExpr[];
}

/** A pointwise function of the registry (language.md 3.2: "plain function"), `if`, `coalesce`, `else`, `null_if`, operators. */
export interface CallExpr extends Base {
  readonly op: 'call';
  readonly fn: string;
  readonly args: readonly TypedExpr[];
}

export type Window =
  | { readonly kind: 'since'; readonly condition: TypedExpr }
  | { readonly kind: 'sliding'; readonly parts: number; readonly condition: TypedExpr };

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

/** `lag(n, x)` arrives as `index(0, collect(x, min = n + 1, max = n + 1))`: there is no lag after the checker. */
export interface AggregateExpr extends Base {
  readonly op: 'aggregate';
  readonly fn: AggregateFunction;
  readonly input: TypedExpr;
  readonly window: Window | null;
  /** Of `collect`: `max` null is unbounded. Both null for the others. */
  readonly max: number | null;
  readonly min: number | null;
}

/** A tick, bound by the plan builder to the innermost enclosing aggregation input, `when` or `if` value (language.md 5.4). */
export interface TickExpr extends Base {
  readonly op: 'tick';
  readonly tick: TickKind;
}

export type TickKind = 'minutely' | 'hourly' | 'daily' | 'monthly' | 'yearly' | 'finished';

export interface TimeOfExpr extends Base {
  readonly op: 'time_of';
  readonly input: TypedExpr;
}

export interface WhenExpr extends Base {
  readonly op: 'when';
  readonly condition: TypedExpr;
  readonly value: TypedExpr;
}

export interface ShiftToExpr extends Base {
  readonly op: 'shift_to';
  readonly time: TypedExpr;
  readonly value: TypedExpr;
}

/** The target is `add_time(delta, row time)` where both are moved to the union of `delta` and `value`. */
export interface ShiftByExpr extends Base {
  readonly op: 'shift_by';
  readonly delta: TypedExpr;
  readonly value: TypedExpr;
}

export interface ShiftUntilExpr extends Base {
  readonly op: 'shift_until';
  readonly predicate: TypedExpr;
  readonly value: TypedExpr;
}

/** `grouping` of the node is the new grouping. */
export interface WithKeyExpr extends Base {
  readonly op: 'with_key';
  readonly key: TypedExpr;
  readonly value: TypedExpr;
}

/** `grouping` of the node is that of `key`; `value.grouping` is the foreign one. */
export interface LookupExpr extends Base {
  readonly op: 'lookup';
  readonly key: TypedExpr;
  readonly value: TypedExpr;
}

export type TypedExpr =
  | LiteralExpr
  | TableExpr
  | FieldExpr
  | CastExpr
  | RecordExpr
  | ReshapeExpr
  | CallExpr
  | AggregateExpr
  | TickExpr
  | TimeOfExpr
  | WhenExpr
  | ShiftToExpr
  | ShiftByExpr
  | ShiftUntilExpr
  | WithKeyExpr
  | LookupExpr;

/** What the checker must know of a table: no data, no files. */
export interface TableSchema {
  readonly name: string;
  /** All columns in file order, including time, subsort and key. */
  readonly type: RecordType;
  readonly grouping: string;
  /** The column whose value is the entity key, and its type. */
  readonly keyColumn: string;
  readonly keyType: DataType;
}

export interface Formula {
  readonly name: string;
  readonly text: string;
  /** What diagnostics call its source; `Formula: <name>` if absent. */
  readonly label?: string;
}
