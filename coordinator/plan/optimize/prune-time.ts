/**
 * filter(time_of(T) ≥ a and time_of(T) < b, T)  =>  the scan of T reads [a, b) only, if no other reader wants more.
 *
 * Rows outside are dropped by the filter anyway; nothing else sees the scan, so no state can depend on them.
 */
import type { ColumnId, Domain, DomainId, LogicalPlan } from '../../../shared/plan/logical.ts';
import { columnInputs, domainColumn, domainInputs } from '../../../shared/plan/walk.ts';
import { conjuncts } from './conjunction.ts';
import type { Rule } from './rule.ts';

export const pruneTime: Rule = { name: 'prune-time', apply: pruneScans };

interface TimeRange {
  low: bigint | null;
  /** Exclusive. */
  high: bigint | null;
}

function pruneScans(plan: LogicalPlan): LogicalPlan {
  let changed = false;
  const domains = plan.domains.map((domain, id): Domain => {
    if (domain.op !== 'scan' || domain.range !== undefined) return domain;
    // Bounds of a sample are found in its rows, all of them.
    if (domain.sample !== undefined) return domain;
    const range = rangeOfScan(plan, id);
    if (range === null) return domain;
    changed = true;
    return { ...domain, range };
  });
  return changed ? { ...plan, domains } : plan;
}

function rangeOfScan(
  plan: LogicalPlan,
  scan: DomainId,
): { readonly low: string | null; readonly high: string | null } | null {
  if (plan.root.domain === scan) return null;
  const readers = plan.domains.filter((domain) => domainInputs(domain).includes(scan));
  const [filter] = readers;
  if (filter === undefined || readers.length !== 1 || filter.op !== 'filter') return null;
  // Bounds of ticks and final results are those before the filter (partitioning.md, R6): they must not shrink.
  if (plan.domains.some((domain) => domain.op === 'tick')) return null;
  if (!onlyPointwise(plan, scan)) return null;
  const range: TimeRange = { low: null, high: null };
  for (const node of conjuncts(plan, filter.condition)) {
    if (node.op === 'call') narrow(plan, node.fn, node.args, range);
  }
  if (range.low === null && range.high === null) return null;
  return { low: range.low?.toString() ?? null, high: range.high?.toString() ?? null };
}

/** Whether nothing on the scan's own rows has state, and nothing moves them but the filter. */
function onlyPointwise(plan: LogicalPlan, scan: DomainId): boolean {
  return (
    plan.columns.every((node) => {
      if (node.domain === scan) return node.op !== 'aggregate' && node.op !== 'lookup';
      if (node.op === 'present' && node.of === scan) return false;
      // The foreign side of a lookup is whole (partitioning.md, R5).
      if (node.op === 'lookup' && plan.columns[node.value]!.domain === scan) return false;
      return (
        node.op !== 'move' || !columnInputs(node).some((id) => plan.columns[id]!.domain === scan)
      );
    }) &&
    plan.domains.every(
      (domain) =>
        domain.op === 'filter' ||
        domainColumn(domain) === null ||
        plan.columns[domainColumn(domain)!]!.domain !== scan,
    )
  );
}

function narrow(plan: LogicalPlan, fn: string, args: readonly ColumnId[], range: TimeRange): void {
  const [left, right] = args;
  if (left === undefined || right === undefined) return;
  const flipped: Record<string, string> = { lt: 'gt', lte: 'gte', gt: 'lt', gte: 'lte', eq: 'eq' };
  const leftNode = plan.columns[left]!;
  const rightNode = plan.columns[right]!;
  const [op, literal] =
    leftNode.op === 'time'
      ? [fn, rightNode]
      : rightNode.op === 'time'
        ? [flipped[fn] ?? fn, leftNode]
        : [fn, null];
  if (literal === null || literal.op !== 'literal' || literal.type.kind !== 'timestamp_ns') return;
  if (typeof literal.value !== 'string') return;
  const time = BigInt(literal.value);
  const atLeast = (low: bigint): void => {
    if (range.low === null || low > range.low) range.low = low;
  };
  const below = (high: bigint): void => {
    if (range.high === null || high < range.high) range.high = high;
  };
  if (op === 'gte' || op === 'eq') atLeast(time);
  if (op === 'gt') atLeast(time + 1n);
  if (op === 'lt') below(time);
  if (op === 'lte' || op === 'eq') below(time + 1n);
}
