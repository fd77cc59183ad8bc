/** The direct parts of a typed expression. */
import { unreachable } from '../../shared/base/assert.ts';
import type { TypedExpr } from './typed-expr.ts';

export function childrenOf(expr: TypedExpr): readonly TypedExpr[] {
  switch (expr.op) {
    case 'literal':
    case 'table':
    case 'tick':
      return [];
    case 'field':
      return [expr.base];
    case 'cast':
    case 'time_of':
      return [expr.input];
    case 'record':
      return expr.values;
    case 'reshape':
      return [...expr.sources, ...expr.values];
    case 'call':
      return expr.args;
    case 'aggregate':
      return expr.window === null ? [expr.input] : [expr.input, expr.window.condition];
    case 'when':
      return [expr.condition, expr.value];
    case 'shift_to':
      return [expr.time, expr.value];
    case 'shift_by':
      return [expr.delta, expr.value];
    case 'shift_until':
      return [expr.predicate, expr.value];
    case 'with_key':
    case 'lookup':
      return [expr.key, expr.value];
    default:
      return unreachable(expr);
  }
}
