/**
 * Stages: a logical plan cut where the entity key changes. A stage evaluates part of the plan for one kind of entity;
 * rows of other kinds reach it and leave it through exchanges in the store.
 *
 *   { to: F.dest, there: lookup(F.dest, mean(A.delay)) }           A = F | with_key(F.dest)
 *
 *   stage 0  origin   F ──> rekey x0 (rows of F under dest)      request x1 (key, time, row number)
 *   stage 1  dest     x0 ──> mean, x1 ──> response x2
 *   stage 2  origin   F, x2 ──> result
 *
 * or, where the values of the foreign side are few enough for every cell to have them all:
 *
 *   stage 0  origin   F ──> rekey x0
 *   stage 1  dest     x0 ──> mean ──> broadcast x1
 *   stage 2  origin   F, x1 ──> result
 */
import type { ColumnId, DomainId, LogicalPlan } from './logical.ts';

export type ExchangeId = number;

export type Exchange =
  /** Rows of the input of with-key domain `domain`, with the columns that its carry nodes name. */
  | {
      readonly kind: 'rekey';
      readonly domain: DomainId;
      readonly columns: readonly ColumnId[];
    }
  /** Non-null keys of lookup column `lookup`, with the requesting cell's row numbers. */
  | { readonly kind: 'request'; readonly lookup: ColumnId }
  /** Answers to the requests, addressed by requesting cell and row number. */
  | { readonly kind: 'response'; readonly lookup: ColumnId }
  /** All values of column `value`, for every cell with lookups of it: these need no requests and no answers. */
  | { readonly kind: 'broadcast'; readonly value: ColumnId; readonly continuous: boolean };

export type Sink =
  | { readonly kind: 'result' }
  | { readonly kind: 'exchange'; readonly exchange: ExchangeId }
  /** Smallest and largest time of the rows of a domain (partitioning.md, R6). */
  | { readonly kind: 'bounds'; readonly domain: DomainId };

export interface Stage {
  readonly id: number;
  /** The kind of entity that the stage's cells are cut by, for people. */
  readonly grouping: string;
  readonly sinks: readonly Sink[];
  readonly reads: readonly ExchangeId[];
  /** Stages whose exchanges or bounds it needs: exactly those of `reads` and `bounds`. */
  readonly dependsOn: readonly number[];
  /** Tables scanned, with the columns needed. */
  readonly scans: readonly { readonly domain: DomainId; readonly columns: readonly string[] }[];
  /** Domains whose bounds must be known before a cell starts (R6). */
  readonly bounds: readonly DomainId[];
}

export interface StagePlan {
  readonly logical: LogicalPlan;
  readonly exchanges: readonly Exchange[];
  readonly stages: readonly Stage[];
  /** Which stage writes each exchange. */
  readonly producers: readonly number[];
}

/** The broadcast that answers a lookup, if one does. */
export function broadcastOf(plan: StagePlan, lookup: ColumnId): ExchangeId | null {
  const node = plan.logical.columns[lookup]!;
  if (node.op !== 'lookup') return null;
  const found = plan.exchanges.findIndex(
    (exchange) =>
      exchange.kind === 'broadcast' &&
      exchange.value === node.value &&
      exchange.continuous === node.continuous,
  );
  return found < 0 ? null : found;
}

export interface Bounds {
  /** Decimal int64 nanoseconds; null when the domain has no rows. */
  readonly low: string | null;
  readonly high: string | null;
}
