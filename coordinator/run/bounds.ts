/** Bounds of domains: the few numbers about all entities that cells need before they start (partitioning.md, R6). */
import { unreachable } from '../../shared/base/assert.ts';
import type { Domain, DomainId, LogicalPlan, TickKind } from '../../shared/plan/logical.ts';
import { nextTickBoundary, tickBoundaries } from '../../shared/time/ticks.ts';

/** First and last time, in nanoseconds; null when the domain has no rows. */
export type TimeBounds = { readonly low: bigint; readonly high: bigint } | null;

/** Bounds of the domains that data decide; `undefined` where they are not known (yet). */
export type SourceBounds = (domain: DomainId, node: Domain) => TimeBounds | undefined;

/** The bounds of a domain as far as those of its sources are known, else `undefined`. */
export function boundsOf(
  plan: LogicalPlan,
  domain: DomainId,
  sources: SourceBounds,
): TimeBounds | undefined {
  const node = plan.domains[domain]!;
  switch (node.op) {
    case 'scan':
    case 'shift-to':
    case 'shift-until':
      return sources(domain, node);
    case 'union': {
      let all: TimeBounds = null;
      for (const input of node.inputs) {
        const part = boundsOf(plan, input, sources);
        if (part === undefined) return undefined;
        all = hull(all, part);
      }
      return all;
    }
    case 'filter':
    case 'with-key':
      return boundsOf(plan, node.input, sources);
    case 'tick': {
      const parent = boundsOf(plan, node.input, sources);
      return parent ? tickBounds(node.tick, parent) : parent;
    }
    default:
      return unreachable(node);
  }
}

export function hull(left: TimeBounds, right: TimeBounds): TimeBounds {
  if (left === null) return right;
  if (right === null) return left;
  return {
    low: left.low < right.low ? left.low : right.low,
    high: left.high > right.high ? left.high : right.high,
  };
}

/** The first and last boundary within the parent's bounds; the parent's own bounds if there is none. */
function tickBounds(tick: TickKind, parent: { low: bigint; high: bigint }): TimeBounds {
  if (tick === 'finished') return { low: parent.high + 1n, high: parent.high + 1n };
  const low = nextTickBoundary(tick, parent.low);
  if (low > parent.high) return parent;
  // A year holds every kind of boundary: the last one is in the last year.
  const year = 366n * 86_400_000_000_000n;
  const from = parent.high - year > low ? parent.high - year : low;
  const high =
    lastFixedBoundary(tick, parent.high) ?? tickBoundaries(tick, from, parent.high).at(-1);
  return { low, high: high ?? low };
}

function lastFixedBoundary(tick: TickKind, time: bigint): bigint | null {
  const unit = FIXED_TICKS[tick];
  if (unit === undefined) return null;
  const rest = ((time % unit) + unit) % unit;
  return time - rest;
}

const FIXED_TICKS: Partial<Record<TickKind, bigint>> = {
  minutely: 60_000_000_000n,
  hourly: 3_600_000_000_000n,
  daily: 86_400_000_000_000n,
};
