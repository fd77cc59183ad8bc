/** The names that an expression refers to and does not bind itself. */
import type { Expr } from '../language/ast.ts';
import type { Span } from '../language/source.ts';

/** Each with the place of its first reference, in order of reference. */
export function freeNames(expr: Expr): Map<string, Span> {
  const names = new Map<string, Span>();
  visit(expr, new Map(), names);
  return names;
}

/** `bound` counts the bindings of each name around the place that is visited. */
function visit(expr: Expr, bound: Map<string, number>, names: Map<string, Span>): void {
  switch (expr.op) {
    case 'reference':
      if (!bound.get(expr.name) && !names.has(expr.name)) names.set(expr.name, expr.span);
      return;
    case 'let': {
      for (const { name, value } of expr.bindings) {
        visit(value, bound, names);
        bound.set(name.text, (bound.get(name.text) ?? 0) + 1);
      }
      visit(expr.body, bound, names);
      for (const { name } of expr.bindings) bound.set(name.text, bound.get(name.text)! - 1);
      return;
    }
    default:
      for (const child of children(expr)) visit(child, bound, names);
  }
}

function children(expr: Expr): readonly Expr[] {
  switch (expr.op) {
    case 'field':
      return [expr.base];
    case 'index':
      return [expr.base, expr.index];
    case 'call':
      return expr.args.map(({ value }) => value);
    case 'unary':
      return [expr.operand];
    case 'binary':
    case 'pipe':
      return [expr.left, expr.right];
    case 'record':
      return expr.fields.map(({ value }) => value);
    case 'cast':
      return [expr.value];
    default:
      return [];
  }
}
