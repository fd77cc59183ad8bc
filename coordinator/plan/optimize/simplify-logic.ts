/** `x and true`, `x or false` and casts to the same type are x. Nulls are kept: nothing here decides about a null. */
import type { ColumnId, ColumnNode, LogicalPlan } from '../../../shared/plan/logical.ts';
import { sameType } from '../../../shared/types/data-type.ts';
import { replaceColumns } from './rewrite.ts';
import type { Rule } from './rule.ts';

export const simplifyLogic: Rule = { name: 'simplify-logic', apply: simplify };

function simplify(plan: LogicalPlan): LogicalPlan {
  const replaced = new Map<ColumnId, ColumnId>();
  for (const [id, node] of plan.columns.entries()) {
    const other = simplerColumn(plan, node);
    if (other !== null) replaced.set(id, other);
  }
  return replaceColumns(plan, replaced);
}

function simplerColumn(plan: LogicalPlan, node: ColumnNode): ColumnId | null {
  if (node.op !== 'call') return null;
  const [left, right] = node.args;
  if (left === undefined) return null;
  if (node.fn === 'cast') return sameType(plan.columns[left]!.type, node.type) ? left : null;
  if (right === undefined) return null;
  const neutral = node.fn === 'logical_and' ? true : node.fn === 'logical_or' ? false : null;
  if (neutral === null) return null;
  if (isLiteral(plan, left, neutral)) return right;
  return isLiteral(plan, right, neutral) ? left : null;
}

function isLiteral(plan: LogicalPlan, id: ColumnId, value: boolean): boolean {
  const node = plan.columns[id]!;
  return node.op === 'literal' && node.value === value;
}
