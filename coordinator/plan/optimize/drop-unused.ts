/** Nodes that nothing reads fall away, and with them the columns that scans would read. */
import type { LogicalPlan } from '../../../shared/plan/logical.ts';
import { allNodes } from '../../../shared/plan/walk.ts';
import { renameColumn, renameDomain } from './rewrite.ts';
import type { Rule } from './rule.ts';

export const dropUnused: Rule = { name: 'drop-unused', apply: dropUnusedNodes };

function dropUnusedNodes(plan: LogicalPlan): LogicalPlan {
  const { root } = plan;
  const columns = root.fields.map((field) => field.column);
  if (root.isNew !== null) columns.push(root.isNew);
  const used = allNodes(plan, [root.domain], columns);
  if (used.domains.size === plan.domains.length && used.columns.size === plan.columns.length) {
    return plan;
  }
  const number = (ids: ReadonlySet<number>): Map<number, number> =>
    new Map([...ids].toSorted((left, right) => left - right).map((id, at) => [id, at]));
  const domainOf = number(used.domains);
  const columnOf = number(used.columns);
  const to = {
    domain: (id: number): number => domainOf.get(id)!,
    column: (id: number): number => columnOf.get(id)!,
  };
  return {
    ...plan,
    domains: [...domainOf.keys()].map((id) => renameDomain(plan.domains[id]!, to)),
    columns: [...columnOf.keys()].map((id) => renameColumn(plan.columns[id]!, to)),
    root: {
      ...root,
      domain: to.domain(root.domain),
      fields: root.fields.map((field) => ({ ...field, column: to.column(field.column) })),
      isNew: root.isNew === null ? null : to.column(root.isNew),
    },
  };
}
