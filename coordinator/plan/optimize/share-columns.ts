/** Equal columns are one column: `sum(x) + sum(x)` sums once. */
import type { ColumnId, LogicalPlan } from '../../../shared/plan/logical.ts';
import { renameColumn, replaceColumns } from './rewrite.ts';
import type { Rule } from './rule.ts';

export const shareColumns: Rule = { name: 'share-columns', apply: shareEqualColumns };

function shareEqualColumns(plan: LogicalPlan): LogicalPlan {
  const first = new Map<string, ColumnId>();
  const replaced = new Map<ColumnId, ColumnId>();
  const to = {
    domain: (id: number): number => id,
    column: (id: number): number => replaced.get(id) ?? id,
  };
  for (const [id, node] of plan.columns.entries()) {
    const key = JSON.stringify(renameColumn(node, to));
    const known = first.get(key);
    if (known === undefined) first.set(key, id);
    else replaced.set(id, known);
  }
  return replaceColumns(plan, replaced);
}
