/**
 * What is never null need not be looked at: `is_valid` of it is true, and `count` of it counts rows. A table as a value
 * is a record, which is never null, so `count(Purchases)` and `is_valid(Purchases)` read no column of it.
 */
import { assert } from '../../../shared/base/assert.ts';
import type { ColumnId, ColumnNode, DomainId, LogicalPlan } from '../../../shared/plan/logical.ts';
import { BOOL } from '../../../shared/types/data-type.ts';
import type { Renaming } from './rewrite.ts';
import { renameColumn, renameDomain } from './rewrite.ts';
import type { Rule } from './rule.ts';

export const knownValid: Rule = { name: 'known-valid', apply: dropKnownValidity };

function dropKnownValidity(plan: LogicalPlan): LogicalPlan {
  const columns: ColumnNode[] = [];
  const places: ColumnId[] = [];
  const to: Renaming = { domain: (id) => id, column: (id) => places[id]! };
  let changed = false;
  const yes = (domain: DomainId): ColumnNode => ({
    op: 'literal',
    value: true,
    domain,
    type: BOOL,
  });
  for (const node of plan.columns) {
    if (node.op === 'call' && node.fn === 'is_valid' && isNeverNull(plan, node.args[0]!)) {
      changed = true;
      places.push(columns.push(yes(node.domain)) - 1);
    } else if (node.op === 'aggregate' && node.fn === 'count' && countsRows(plan, node)) {
      changed = true;
      const input = columns.push(yes(node.domain)) - 1;
      places.push(columns.length);
      const renamed = renameColumn(node, to);
      assert(renamed.op === 'aggregate', 'known-valid: a renamed aggregate is one');
      columns.push({ ...renamed, input });
    } else places.push(columns.push(renameColumn(node, to)) - 1);
  }
  if (!changed) return plan;
  const { root } = plan;
  return {
    ...plan,
    domains: plan.domains.map((node) => renameDomain(node, to)),
    columns,
    root: {
      ...root,
      fields: root.fields.map((field) => ({ ...field, column: to.column(field.column) })),
      isNew: root.isNew === null ? null : to.column(root.isNew),
    },
  };
}

function isNeverNull(plan: LogicalPlan, id: ColumnId): boolean {
  const node = plan.columns[id]!;
  switch (node.op) {
    case 'literal':
      return node.value !== null;
    case 'call':
      return node.fn === 'record' || node.fn === 'is_valid';
    case 'carry':
      return isNeverNull(plan, node.input);
    case 'present':
    case 'time':
      return true;
    case 'aggregate':
      return node.fn === 'count' || node.fn === 'count_if';
    case 'scan-column':
    case 'move':
    case 'lookup':
      return false;
  }
}

/** Whether each new row counts, while that is not yet said by a literal. */
function countsRows(plan: LogicalPlan, node: ColumnNode & { readonly op: 'aggregate' }): boolean {
  const input = plan.columns[node.input]!;
  if (input.op === 'literal') return false;
  if (isNeverNull(plan, node.input)) return true;
  // Moved to more rows it is null on the others; these are not new either.
  if (input.op !== 'move' || input.continuous || node.isNew === null) return false;
  const isNew = plan.columns[node.isNew]!;
  return (
    isNew.op === 'present' &&
    isNew.input === null &&
    isNew.of === plan.columns[input.input]!.domain &&
    isNeverNull(plan, input.input)
  );
}
