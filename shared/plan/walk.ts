/** Walks over logical plans: what a node refers to, and what is reached inside one stage. */
import { unreachable } from '../base/assert.ts';
import type { ColumnId, ColumnNode, Domain, DomainId, LogicalPlan } from './logical.ts';

/** The columns that a column node reads. */
export function columnInputs(node: ColumnNode): readonly ColumnId[] {
  switch (node.op) {
    case 'literal':
    case 'scan-column':
    case 'time':
      return [];
    case 'call':
      return node.args;
    case 'move':
    case 'carry':
      return [node.input];
    case 'present':
      return node.input === null ? [] : [node.input];
    case 'aggregate':
      return [
        node.input,
        ...(node.isNew === null ? [] : [node.isNew]),
        ...(node.window === null ? [] : [node.window.condition]),
      ];
    case 'lookup':
      return [node.key, node.value];
    default:
      return unreachable(node);
  }
}

export function domainInputs(node: Domain): readonly DomainId[] {
  switch (node.op) {
    case 'scan':
      return [];
    case 'union':
      return node.inputs;
    default:
      return [node.input];
  }
}

/** The column of its input that decides a domain's rows. */
export function domainColumn(node: Domain): ColumnId | null {
  switch (node.op) {
    case 'filter':
      return node.condition;
    case 'shift-to':
      return node.time;
    case 'shift-until':
      return node.predicate;
    case 'with-key':
      return node.key;
    case 'scan':
    case 'union':
    case 'tick':
      return null;
    default:
      return unreachable(node);
  }
}

export interface NodeSet {
  readonly domains: ReadonlySet<DomainId>;
  readonly columns: ReadonlySet<ColumnId>;
}

/**
 * The nodes that one stage evaluates for these domains and columns: the walk stops at with-key domains (rows arrive
 * through an exchange, with the columns that `carry` names) and at lookups (answers arrive through an exchange; where
 * the foreign side is broadcast, the stage evaluates the key and answers by itself).
 */
export function reachableNodes(
  plan: LogicalPlan,
  domains: readonly DomainId[],
  columns: readonly ColumnId[],
  isBroadcast: (lookup: ColumnId) => boolean,
): NodeSet {
  return collect(plan, domains, columns, isBroadcast);
}

/** All nodes that these domains and columns lean on, in every stage. */
export function allNodes(
  plan: LogicalPlan,
  domains: readonly DomainId[],
  columns: readonly ColumnId[],
): NodeSet {
  return collect(plan, domains, columns, null);
}

function collect(
  plan: LogicalPlan,
  domains: readonly DomainId[],
  columns: readonly ColumnId[],
  /** Within one stage; null: in all stages. */
  isBroadcast: ((lookup: ColumnId) => boolean) | null,
): NodeSet {
  const oneStage = isBroadcast !== null;
  const found = { domains: new Set<DomainId>(), columns: new Set<ColumnId>() };
  const domainQueue = [...domains];
  const columnQueue = [...columns];
  for (;;) {
    const domain = domainQueue.pop();
    if (domain !== undefined) {
      if (found.domains.has(domain)) continue;
      found.domains.add(domain);
      const node = plan.domains[domain]!;
      if (oneStage && node.op === 'with-key') continue;
      domainQueue.push(...domainInputs(node));
      const column = domainColumn(node);
      if (column !== null) columnQueue.push(column);
      continue;
    }
    const column = columnQueue.pop();
    if (column === undefined) return found;
    if (found.columns.has(column)) continue;
    found.columns.add(column);
    const node = plan.columns[column]!;
    domainQueue.push(node.domain);
    if (node.op === 'present') domainQueue.push(node.of);
    if (oneStage && node.op === 'lookup') {
      // The requester's own row numbers are needed to place the answers; the key is where it looks by itself.
      if (isBroadcast(column)) columnQueue.push(node.key);
      continue;
    }
    if (oneStage && node.op === 'carry' && plan.domains[node.domain]!.op === 'with-key') continue;
    columnQueue.push(...columnInputs(node));
  }
}
