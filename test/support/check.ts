/** The front end as tests use it: a query over tables of the oracle, checked. */
import { checkQuery } from '../../coordinator/check/check-query.ts';
import type { Formula, TableSchema, TypedExpr } from '../../coordinator/check/typed-expr.ts';
import type { Diagnostic } from '../../coordinator/language/diagnostics/diagnostic.ts';

export interface CheckRequest {
  readonly query: string;
  readonly formulas?: readonly Formula[];
  readonly tables: readonly TableSchema[];
}

/** The typed query, or null if there are errors; with the errors and warnings. */
export function check(request: CheckRequest): {
  readonly expr: TypedExpr | null;
  readonly diagnostics: readonly Diagnostic[];
} {
  const { query, formulas = [], tables } = request;
  return checkQuery({ query, formulas, tables });
}
