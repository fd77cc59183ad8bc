/** Columns whose value at a row depends on that row alone: literals and calls. */
import type { Column } from '../../shared/column/column.ts';
import { repeatValue } from '../../shared/column/take.ts';
import { castColumn } from '../../shared/kernel/cast.ts';
import { evaluateCall } from '../../shared/kernel/evaluate.ts';
import type { KernelContext } from '../../shared/kernel/kernel.ts';
import { literalValue } from '../../shared/plan/literal.ts';
import type { ColumnNode } from '../../shared/plan/logical.ts';

export function evaluateLiteral(
  node: ColumnNode & { readonly op: 'literal' },
  { length, pool }: KernelContext,
): Column {
  return repeatValue(node.type, literalValue(node.type, node.value), length, pool);
}

/** The call on arguments of `context.length` rows. */
export function evaluatePointwise(
  node: ColumnNode & { readonly op: 'call' },
  args: readonly Column[],
  context: KernelContext,
): Column {
  if (node.fn === 'cast') return castColumn(args[0]!, node.type, context);
  const field = node.field === undefined ? {} : { field: node.field };
  return evaluateCall(node.fn, args, node.type, { ...context, ...field });
}
