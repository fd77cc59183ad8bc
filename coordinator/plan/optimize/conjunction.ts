/** The parts of a condition that must all be true for it to be true. */
import type { ColumnId, ColumnNode, LogicalPlan } from '../../../shared/plan/logical.ts';

export function conjuncts(plan: LogicalPlan, condition: ColumnId): readonly ColumnNode[] {
  const node = plan.columns[condition]!;
  if (node.op === 'call' && node.fn === 'logical_and') {
    return node.args.flatMap((arg) => conjuncts(plan, arg));
  }
  return [node];
}
