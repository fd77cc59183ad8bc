/**
 * filter(T.key == 'x') at the root of a plan without ticks of others, lookups or re-keying  =>  only entity x is read.
 *
 * A row's value of the key column is its entity, and entities never meet, so no other entity's rows can reach the
 * result. History only: a final result is dated by the last time of all entities.
 */
import type { LogicalPlan } from '../../../shared/plan/logical.ts';
import { conjuncts } from './conjunction.ts';
import type { Rule } from './rule.ts';

export const pruneEntities: Rule = { name: 'prune-entities', apply: pruneToKey };

function pruneToKey(plan: LogicalPlan): LogicalPlan {
  if (plan.root.entityKey !== undefined) return plan;
  const root = plan.domains[plan.root.domain]!;
  if (root.op !== 'filter') return plan;
  const isolated =
    plan.columns.every((node) => node.op !== 'lookup') &&
    plan.domains.every((domain) => domain.op !== 'with-key' && domain.op !== 'tick');
  if (!isolated) return plan;
  for (const node of conjuncts(plan, root.condition)) {
    if (node.op !== 'call' || node.fn !== 'eq') continue;
    const [left, right] = node.args.map((arg) => plan.columns[arg]!);
    for (const [column, literal] of [
      [left, right],
      [right, left],
    ] as const) {
      if (literal?.op !== 'literal' || literal.value === null || column?.op !== 'scan-column')
        continue;
      const scan = plan.domains[column.domain]!;
      if (scan.op !== 'scan' || scan.keyColumn !== column.column) continue;
      return { ...plan, root: { ...plan.root, entityKey: literal.value } };
    }
  }
  return plan;
}
