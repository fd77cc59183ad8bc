/** From a request and the tables' manifests to a run: check, build, optimize, lower, cut. One line per step. */
import { AppError } from '../../shared/base/app-error.ts';
import { assert } from '../../shared/base/assert.ts';
import { StringPool } from '../../shared/column/string-pool.ts';
import { columnFromValues } from '../../shared/column/values.ts';
import { hashColumn } from '../../shared/kernel/hash.ts';
import { literalValue } from '../../shared/plan/literal.ts';
import type { ColumnId, LogicalPlan } from '../../shared/plan/logical.ts';
import type { ResultSpec } from '../../shared/plan/run-spec.ts';
import type { StagePlan } from '../../shared/plan/stage.ts';
import { bucketOf } from '../../shared/storage/buckets.ts';
import type { TableManifest } from '../../shared/storage/table-manifest.ts';
import { parseTimestamp } from '../../shared/time/parse-timestamp.ts';
import type { TableRead } from '../../shared/wire/client.ts';
import type { QueryRequest } from '../../shared/wire/query-request.ts';
import { checkQuery } from '../check/check-query.ts';
import type { TableSchema, TypedExpr } from '../check/typed-expr.ts';
import type { Diagnostic } from '../language/diagnostics/diagnostic.ts';
import { buildPlan } from '../plan/logical/build.ts';
import type { RuleStep } from '../plan/optimize/optimizer.ts';
import { optimizePlan } from '../plan/optimize/optimizer.ts';
import { chooseBroadcasts } from '../plan/lower/broadcast.ts';
import { lowerPlan } from '../plan/lower/lower.ts';
import type { SourceBounds, TimeBounds } from './bounds.ts';
import { boundsOf } from './bounds.ts';
import { sampledTables } from './sample.ts';

export interface PlannedQuery {
  readonly expr: TypedExpr;
  /** As built, before any rule. */
  readonly built: LogicalPlan;
  readonly steps: readonly RuleStep[];
  readonly logical: LogicalPlan;
  readonly stages: StagePlan;
  readonly results: ResultSpec;
  readonly staticBounds: SourceBounds;
  /** The one bucket whose entities can reach the result; null: all. */
  readonly onlyBucket: number | null;
}

export interface PlanResult {
  readonly diagnostics: readonly Diagnostic[];
  /** Null iff there is an error among the diagnostics. */
  readonly query: PlannedQuery | null;
}

export function tableSchema(manifest: TableManifest): TableSchema {
  return {
    name: manifest.table,
    type: manifest.schema,
    grouping: manifest.grouping,
    keyColumn: manifest.keyColumn,
    keyType: manifest.keyType,
  };
}

export function planQuery(request: QueryRequest, tables: readonly TableManifest[]): PlanResult {
  const results = resultSpec(request);
  const schemas = tables.map(tableSchema);
  const formulas = request.views.map((view) => ({
    name: view.name,
    text: view.text,
    ...(view.label === undefined ? {} : { label: view.label }),
  }));
  const { expr, diagnostics } = checkQuery({ query: request.query, formulas, tables: schemas });
  if (expr === null) return { diagnostics, query: null };
  const built = buildPlan(expr, {
    tables: new Map(schemas.map((schema) => [schema.name, schema])),
    keyTypes: new Map(schemas.map((schema) => [schema.grouping, schema.keyType])),
    ...(request.sample === undefined
      ? {}
      : { samples: sampledTables(expr, schemas, request.sample) }),
  });
  const { plan: logical, steps } = optimizePlan(built, request.tuning?.disableRules);
  const staticBounds = boundsOfTables(tables, results);
  const stages = lowerPlan(logical, {
    results: results.kind,
    finalAt: results.finalAt !== null,
    hasStaticBounds: (domain) => boundsOf(logical, domain, staticBounds) !== undefined,
    broadcasts: broadcastsOf(request, logical, tables),
  });
  return {
    diagnostics,
    query: {
      expr,
      built,
      steps,
      logical,
      stages,
      results,
      staticBounds,
      onlyBucket: onlyBucket(logical, stages),
    },
  };
}

/** A state fits one plan only: where one is kept, the plan must not lean on counts, which grow from run to run. */
function broadcastsOf(
  request: QueryRequest,
  plan: LogicalPlan,
  tables: readonly TableManifest[],
): ReadonlySet<ColumnId> {
  const disabled = request.tuning?.disableRules ?? [];
  const isDisabled = disabled.includes('all') || disabled.includes('broadcast');
  const usesState = request.saveState !== undefined || request.resumeState !== undefined;
  if (isDisabled || usesState) return new Set();
  const rowsOf = new Map(tables.map((table) => [table.table, table.rows]));
  return chooseBroadcasts(plan, (table) => rowsOf.get(table) ?? Infinity);
}

/** What is read of each table, by name; of one that is read whole and as a sample, both. */
export function tableReads({ logical, stages }: PlannedQuery): TableRead[] {
  const reads = new Map<string, TableRead>();
  for (const { domain, columns } of stages.stages.flatMap((stage) => stage.scans)) {
    const node = logical.domains[domain]!;
    assert(node.op === 'scan', 'plan: scans are scans');
    const { table } = node;
    const isSampled = node.sample !== undefined;
    const key = `${table} ${isSampled}`;
    const all = new Set([...(reads.get(key)?.columns ?? []), ...columns]);
    reads.set(key, { table, columns: [...all].toSorted(), isSampled });
  }
  return [...reads].toSorted(([left], [right]) => (left < right ? -1 : 1)).map(([, read]) => read);
}

/** Hull of all tables that a plan scans: where its slices are cut. */
export function tableBounds(plan: LogicalPlan, tables: readonly TableManifest[]): TimeBounds {
  let low: bigint | null = null;
  let high: bigint | null = null;
  for (const domain of plan.domains) {
    if (domain.op !== 'scan') continue;
    const table = tables.find((each) => each.table === domain.table);
    const { minTime = null, maxTime = null } = table ?? {};
    if (minTime === null || maxTime === null) continue;
    const [from, to] = [BigInt(minTime), BigInt(maxTime)];
    if (low === null || from < low) low = from;
    if (high === null || to > high) high = to;
  }
  return low === null || high === null ? null : { low, high };
}

function boundsOfTables(tables: readonly TableManifest[], results: ResultSpec): SourceBounds {
  const finalAt = results.finalAt === null ? null : BigInt(results.finalAt);
  return (_domain, node) => {
    if (node.op !== 'scan') return undefined;
    const table = tables.find((each) => each.table === node.table);
    const { minTime = null, maxTime = null } = table ?? {};
    if (minTime === null || maxTime === null) return null;
    // Only the data tell which rows the entities of a sample have.
    if (node.sample !== undefined) return undefined;
    const [low, high] = [BigInt(minTime), BigInt(maxTime)];
    if (finalAt === null || high <= finalAt) return { low, high };
    // Some rows are cut off: only the data tell which one is the last before the cut.
    return low > finalAt ? null : undefined;
  };
}

/** A restriction to one entity holds where nothing asks about the others: no bounds that data must tell. */
function onlyBucket(plan: LogicalPlan, stages: StagePlan): number | null {
  const { entityKey, keyType } = plan.root;
  if (entityKey === undefined) return null;
  const asks = stages.stages.some((stage) => stage.sinks.some((sink) => sink.kind === 'bounds'));
  if (asks) return null;
  const key = columnFromValues(keyType, [literalValue(keyType, entityKey)], new StringPool());
  const hash = hashColumn(key);
  return bucketOf(new Uint32Array(hash.buffer, hash.byteOffset, 2), 0);
}

/** Which rows a request asks for. Throws AppErrors of class `user` that name the field and the option of the command. */
export function resultSpec(request: QueryRequest): ResultSpec {
  const time = (name: string, text: string | undefined): string | null => {
    if (text === undefined) return null;
    const parsed = parseTimestamp(text);
    if (parsed !== null) return parsed.toString();
    throw new AppError(
      'user',
      'TIME_INVALID',
      `${name}: '${text}' is not a time; write it like 2024-06-30 or 2024-06-30T12:00:00Z`,
    );
  };
  if (request.finalAt !== undefined && request.results !== 'final') {
    throw new AppError(
      'user',
      'AT_NEEDS_FINAL',
      'finalAt (--at) goes with results: final (--results final)',
    );
  }
  if (request.limit !== undefined && (!Number.isSafeInteger(request.limit) || request.limit < 0)) {
    throw new AppError(
      'user',
      'LIMIT_INVALID',
      `limit (--limit) takes a whole number, not ${request.limit}`,
    );
  }
  return {
    kind: request.results,
    finalAt: time('finalAt (--at)', request.finalAt),
    changedSince: time('changedSince (--changed-since)', request.changedSince),
    limit: request.limit === undefined || request.limit === 0 ? null : request.limit,
  };
}
