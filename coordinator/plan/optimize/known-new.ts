/** An aggregation or final result whose input is new on every row asks no newness column. */
import type { ColumnId, ColumnNode, LogicalPlan } from '../../../shared/plan/logical.ts';
import type { Rule } from './rule.ts';

export const knownNew: Rule = { name: 'known-new', apply: dropKnownNewness };

function dropKnownNewness(plan: LogicalPlan): LogicalPlan {
  let changed = false;
  const always = (id: ColumnId | null): boolean => {
    if (id === null) return false;
    const node = plan.columns[id]!;
    return node.op === 'literal' && node.value === true;
  };
  const columns = plan.columns.map((node): ColumnNode => {
    if (node.op !== 'aggregate' || !always(node.isNew)) return node;
    changed = true;
    return { ...node, isNew: null };
  });
  if (always(plan.root.isNew)) return { ...plan, columns, root: { ...plan.root, isNew: null } };
  return changed ? { ...plan, columns } : plan;
}
