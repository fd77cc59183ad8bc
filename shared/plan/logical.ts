/**
 * The logical plan: what to compute, with no files, buckets or slices in it.
 *
 * A plan is two topologically ordered arrays. A *domain* is an ordered set of rows (language.md 3.1); a *column* is one
 * value per row of its domain. Nodes refer to earlier nodes of the same array, and domains and columns to each other, by
 * index. Newness is an ordinary bool column. It is plain JSON: int64 values are decimal strings.
 *
 *   { total: sum(Buy.qty), views: count(Visit) }
 *
 *   d0 scan Buy           c0 scan-column d0 qty     c1 aggregate d0 sum(c0, new = true)
 *   d1 scan Visit         c2 literal    d1 true     c3 aggregate d1 count(c2, new = true)
 *   d2 union d0 d1        c4 move d0→d2 c1 as-of    c5 move d1→d2 c3 as-of     root d2 [c4, c5]
 */
import type { DataType } from '../types/data-type.ts';

export type DomainId = number;
export type ColumnId = number;

export type TickKind = 'minutely' | 'hourly' | 'daily' | 'monthly' | 'yearly' | 'finished';

/** Entities by their hash, in decimal: those up to a hash, or those listed in ascending order. */
export type Sample = { readonly hashMax: string } | { readonly hashes: readonly string[] };

interface DomainBase {
  /** The kind of entity that the rows are keyed by. */
  readonly grouping: string;
}

export type Domain = DomainBase &
  (
    | {
        readonly op: 'scan';
        readonly table: string;
        /** The column whose value is the entity. */
        readonly keyColumn: string;
        /** Rows that are read: low ≤ time < high, decimal nanoseconds; null is open. Absent: all. */
        readonly range?: { readonly low: string | null; readonly high: string | null };
        /** The entities that exist for this scan; absent: all. */
        readonly sample?: Sample;
      }
    /** The rows that are in any input, once. Two or more inputs, all of one grouping. */
    | { readonly op: 'union'; readonly inputs: readonly DomainId[] }
    /** The rows of `input` where `condition` (a bool column of it) is true. */
    | { readonly op: 'filter'; readonly input: DomainId; readonly condition: ColumnId }
    | { readonly op: 'tick'; readonly input: DomainId; readonly tick: TickKind }
    /** Rows of `input` moved to `time` (a timestamp_ns column of it); dropped where it is null or earlier than the row. */
    | { readonly op: 'shift-to'; readonly input: DomainId; readonly time: ColumnId }
    | { readonly op: 'shift-until'; readonly input: DomainId; readonly predicate: ColumnId }
    /** Rows of `input` under a new entity: the hash of `key`. */
    | { readonly op: 'with-key'; readonly input: DomainId; readonly key: ColumnId }
  );

interface ColumnBase {
  readonly domain: DomainId;
  readonly type: DataType;
}

/** int64-like values as decimal strings, floats as numbers or 'NaN', 'inf', '-inf'. */
export type LiteralJson = null | boolean | number | string;

export type WindowPlan =
  | { readonly kind: 'since'; readonly condition: ColumnId }
  | { readonly kind: 'sliding'; readonly parts: number; readonly condition: ColumnId };

export type ColumnNode = ColumnBase &
  (
    | { readonly op: 'literal'; readonly value: LiteralJson }
    | { readonly op: 'scan-column'; readonly column: string }
    /** The time of each row as timestamp_ns. */
    | { readonly op: 'time' }
    /** A pointwise function: `fn` is a name of shared/kernel/registry.ts; all args are columns of `domain`. */
    | {
        readonly op: 'call';
        readonly fn: string;
        readonly args: readonly ColumnId[];
        readonly field?: string;
      }
    /** A column of one input of a union, on the union's rows: as-of where `continuous`, else null on other rows. */
    | { readonly op: 'move'; readonly input: ColumnId; readonly continuous: boolean }
    /** Bool, never null: the row of this union is one of domain `of` and, if `input` is given, the bool column `input` is true there. */
    | { readonly op: 'present'; readonly of: DomainId; readonly input: ColumnId | null }
    /** A column of the input of a filter, shift or with-key, carried along with its rows. */
    | { readonly op: 'carry'; readonly input: ColumnId }
    | {
        readonly op: 'aggregate';
        readonly fn: string;
        readonly input: ColumnId;
        /** Bool column; null: every row is new. */
        readonly isNew: ColumnId | null;
        readonly window: WindowPlan | null;
        readonly max: number | null;
        readonly min: number | null;
      }
    /** `value` is a column of another domain (the foreign side), `key` one of `domain`. */
    | {
        readonly op: 'lookup';
        readonly key: ColumnId;
        readonly value: ColumnId;
        readonly continuous: boolean;
      }
  );

export type ResultKind = 'history' | 'final';

export interface LogicalPlan {
  readonly version: 1;
  readonly domains: readonly Domain[];
  readonly columns: readonly ColumnNode[];
  readonly root: {
    readonly domain: DomainId;
    readonly fields: readonly { readonly name: string; readonly column: ColumnId }[];
    /** Bool column, null: every row is new. Only final results read it. */
    readonly isNew: ColumnId | null;
    readonly grouping: string;
    readonly keyType: DataType;
    /** The one entity whose rows can reach the result; absent: all. */
    readonly entityKey?: LiteralJson;
  };
}
