/** Rebuilding of plan arrays: nodes are visited in order, replaced, and references follow. */
import type {
  ColumnId,
  ColumnNode,
  Domain,
  DomainId,
  LogicalPlan,
} from '../../../shared/plan/logical.ts';
import { unreachable } from '../../../shared/base/assert.ts';

export interface Renaming {
  readonly domain: (id: DomainId) => DomainId;
  readonly column: (id: ColumnId) => ColumnId;
}

export function renameDomain(node: Domain, to: Renaming): Domain {
  switch (node.op) {
    case 'scan':
      return node;
    case 'union':
      return { ...node, inputs: node.inputs.map(to.domain) };
    case 'filter':
      return { ...node, input: to.domain(node.input), condition: to.column(node.condition) };
    case 'tick':
      return { ...node, input: to.domain(node.input) };
    case 'shift-to':
      return { ...node, input: to.domain(node.input), time: to.column(node.time) };
    case 'shift-until':
      return { ...node, input: to.domain(node.input), predicate: to.column(node.predicate) };
    case 'with-key':
      return { ...node, input: to.domain(node.input), key: to.column(node.key) };
    default:
      return unreachable(node);
  }
}

export function renameColumn(node: ColumnNode, to: Renaming): ColumnNode {
  const domain = to.domain(node.domain);
  switch (node.op) {
    case 'literal':
    case 'scan-column':
    case 'time':
      return { ...node, domain };
    case 'call':
      return { ...node, domain, args: node.args.map(to.column) };
    case 'move':
    case 'carry':
      return { ...node, domain, input: to.column(node.input) };
    case 'present':
      return {
        ...node,
        domain,
        of: to.domain(node.of),
        input: node.input === null ? null : to.column(node.input),
      };
    case 'aggregate':
      return {
        ...node,
        domain,
        input: to.column(node.input),
        isNew: node.isNew === null ? null : to.column(node.isNew),
        window:
          node.window === null
            ? null
            : { ...node.window, condition: to.column(node.window.condition) },
      };
    case 'lookup':
      return { ...node, domain, key: to.column(node.key), value: to.column(node.value) };
    default:
      return unreachable(node);
  }
}

/** Follows column replacements (old id → other old id) everywhere; node arrays keep their places. */
export function replaceColumns(
  plan: LogicalPlan,
  replaced: ReadonlyMap<ColumnId, ColumnId>,
): LogicalPlan {
  if (replaced.size === 0) return plan;
  const column = (id: ColumnId): ColumnId => {
    let at = id;
    for (let next = replaced.get(at); next !== undefined; next = replaced.get(at)) at = next;
    return at;
  };
  const to: Renaming = { domain: (id) => id, column };
  return {
    ...plan,
    domains: plan.domains.map((node) => renameDomain(node, to)),
    columns: plan.columns.map((node) => renameColumn(node, to)),
    root: {
      ...plan.root,
      fields: plan.root.fields.map((field) => ({ ...field, column: column(field.column) })),
      isNew: plan.root.isNew === null ? null : column(plan.root.isNew),
    },
  };
}
