/** What the checker knows of an expression while it checks: the typed expression and the facts that follow from it. */
import type { DataType } from '../../shared/types/data-type.ts';
import { scalar } from '../../shared/types/data-type.ts';
import type { Span } from '../language/source.ts';
import type { TypedExpr, Window } from './typed-expr.ts';

/** Facts of values and windows alike. */
export interface Facts {
  /** Null for expressions that depend on no table. */
  readonly grouping: string | null;
  /** Has rows of its own. An aggregation of a constant has none, and is no constant either. */
  readonly hasRows: boolean;
  /** The label of language.md 3.7; null is continuous, compatible with everything. */
  readonly timeDomain: string | null;
  /** A tick within that no enclosing aggregation, `when` or `if` has bound yet. */
  readonly freeTick: Span | null;
  /** Levels of the typed expression, at most EXPRESSION_DEPTH_MAX. */
  readonly depth: number;
}

export interface Value extends Facts {
  readonly kind: 'value';
  readonly expr: TypedExpr;
  /** A literal or a pure function of literals. */
  readonly isConstant: boolean;
  /** Of a record built field by field, its fields in order; else null. */
  readonly fields: readonly Value[] | null;
}

/** A window is no value: it may be named by `let` and stand as `window =` of an aggregation, and nowhere else. */
export interface WindowValue extends Facts {
  readonly kind: 'window';
  /** Null: `null as window`, which stands for none. */
  readonly window: Window | null;
}

/** Stands for whatever could not be checked. The reason has been reported, so nothing more is said about it. */
export interface Failed {
  readonly kind: 'failed';
  /** The published implementation does complain once more about a `collect` with a bad bound (language.md 9.1). */
  readonly isCollect: boolean;
}

export type Checked = Value | WindowValue | Failed;

export const FAILED: Failed = { kind: 'failed', isCollect: false };
export const FAILED_COLLECT: Failed = { kind: 'failed', isCollect: true };

const WINDOW_TYPE = scalar('window');

export function typeOf(checked: Value | WindowValue): DataType {
  return checked.kind === 'window' ? WINDOW_TYPE : checked.expr.type;
}

/** Facts of an expression over `parts` that has the rows of all of them. Groupings have been compared. */
export function joinFacts(parts: readonly Facts[]): Facts {
  const domains = new Set(parts.map((part) => part.timeDomain).filter((domain) => domain !== null));
  return {
    grouping: parts.find((part) => part.grouping !== null)?.grouping ?? null,
    hasRows: parts.some((part) => part.hasRows),
    // Where two labels met there was a warning; to go on with none keeps it from being repeated.
    timeDomain: domains.size === 1 ? [...domains][0]! : null,
    freeTick: parts.find((part) => part.freeTick !== null)?.freeTick ?? null,
    depth: parts.reduce((depth, part) => Math.max(depth, part.depth), 0) + 1,
  };
}

export function constantValue(expr: TypedExpr, depth = 1): Value {
  return {
    kind: 'value',
    expr,
    grouping: null,
    hasRows: false,
    timeDomain: null,
    freeTick: null,
    depth,
    isConstant: true,
    fields: null,
  };
}
