/** What an expression is while a plan is built: values, newness and continuity on a domain, or a constant. */
import type { ColumnId, DomainId } from '../../../shared/plan/logical.ts';
import type { TypedExpr } from '../../check/typed-expr.ts';

/** A bool column, or one of the two answers that need none. */
export type Newness = ColumnId | 'always' | 'never';

export interface OnDomain {
  readonly kind: 'rows';
  readonly domain: DomainId;
  readonly column: ColumnId;
  readonly isNew: Newness;
  readonly continuous: boolean;
  /** Of record values built field by field: continuity of each field on its own (language.md 3.4). */
  readonly fieldContinuous: readonly boolean[] | null;
}

/** An expression without rows of its own; it is evaluated on the rows of whatever it meets. */
export interface Constant {
  readonly kind: 'constant';
  readonly expr: TypedExpr;
}

export type Timeline = OnDomain | Constant;

export interface Moved {
  readonly column: ColumnId;
  readonly isNew: Newness;
}

/** Several timelines on the union of their domains. */
export interface Joined {
  readonly domain: DomainId;
  readonly grouping: string;
  readonly moved: readonly Moved[];
}
