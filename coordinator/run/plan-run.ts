/** From a request to a run whose plan stands in the ledger: tables prepared, query planned, work cut. */
import { AppError } from '../../shared/base/app-error.ts';
import { assert } from '../../shared/base/assert.ts';
import type { RunSpec } from '../../shared/plan/run-spec.ts';
import { RUN_SPEC_VERSION, runPrefix } from '../../shared/plan/run-spec.ts';
import type { TaskQueue } from '../../shared/queue/task-queue.ts';
import { BUCKETS } from '../../shared/storage/buckets.ts';
import { getJson, putJsonIfAbsent } from '../../shared/storage/json-object.ts';
import type { TableManifest } from '../../shared/storage/table-manifest.ts';
import type { QueryRequest, TableSpec } from '../../shared/wire/query-request.ts';
import { checkOverlap } from '../access.ts';
import type { CatalogOptions, PreparedTable, PrepareProgress } from '../catalog/prepare-table.ts';
import {
  checkGroupings,
  describeTable,
  keepDescription,
  prepareTable,
} from '../catalog/prepare-table.ts';
import type { Diagnostic } from '../language/diagnostics/diagnostic.ts';
import { checkTicks } from './estimate.ts';
import type { PlannedQuery } from './plan-query.ts';
import { planQuery, tableBounds, tableReads } from './plan-query.ts';
import type { RunCut } from './run-shape.ts';
import { cutRun } from './run-shape.ts';
import type { SavedState } from './saved-state.ts';
import {
  checkFits,
  extendTable,
  loadSavedState,
  savedTables,
  seedLedger,
  stateCut,
} from './saved-state.ts';

/** A run whose plan stands in the ledger. */
export interface PlannedRun {
  readonly spec: RunSpec;
  readonly query: PlannedQuery;
  readonly manifests: readonly TableManifest[];
  readonly diagnostics: readonly Diagnostic[];
}

export interface RejectedRun {
  readonly status: 'rejected';
  readonly diagnostics: readonly Diagnostic[];
}

export interface PlannerOptions extends CatalogOptions {
  readonly queue: Pick<TaskQueue, 'capacity'>;
  /** The build: a run refuses workers of another one. */
  readonly version: string;
}

export class RunPlanner {
  readonly #options: PlannerOptions;

  constructor(options: PlannerOptions) {
    this.#options = options;
  }

  /** Prepares the tables, plans the query and enters the plan into the ledger: from here on nothing else is run. */
  async plan(
    runId: string,
    request: QueryRequest,
    onRows: (rows: number, rowsTotal: number) => void,
    signal: AbortSignal,
  ): Promise<PlannedRun | RejectedRun> {
    const { store, version } = this.#options;
    const { resumeState } = request;
    const saved =
      resumeState === undefined ? null : await loadSavedState(store, resumeState, version);
    const earlier = saved === null ? NO_TABLES : await savedTables(store, saved);
    const descriptions = await this.describe(request, signal, earlier);
    checkOverlap(
      request.output,
      descriptions.flatMap(({ files }) => files),
    );
    const described = planQuery(request, descriptions);
    if (described.query === null) {
      // Before any row is read: a mistake in the query should cost nothing.
      return { status: 'rejected', diagnostics: described.diagnostics };
    }
    const reads = columnsRead(described.query);
    const needed = request.tables.map((spec, index): NeededTable => ({
      spec,
      description: descriptions[index]!,
      columns: reads.get(spec.name) ?? null,
      earlier: earlier.get(spec.name) ?? null,
    }));
    const tables = await this.#prepareAll(needed, onRows, signal);
    let manifests = tables.map((table) => table.manifest);
    let { diagnostics, query } = planQuery(request, manifests);
    assert(query !== null, 'engine: a query that was planned can be planned again');
    const keys = new Map(tables.map((table) => [table.manifest.table, table.manifestKey]));
    if (saved !== null) {
      checkFits(resumeState!, saved, query.stages);
      manifests = await this.#extendTables(saved, earlier, manifests, keys);
      ({ diagnostics, query } = planQuery(request, manifests));
      assert(query !== null, 'engine: a query that was planned can be planned again');
    }
    checkState(request, query, saved);
    checkTicks(query, manifests);
    const cut = await this.cut(request, query, manifests, saved);
    const spec: RunSpec = {
      version: RUN_SPEC_VERSION,
      runId,
      engine: version,
      plan: query.stages,
      tables: Object.fromEntries(keys),
      ranges: cut.ranges,
      cuts: cut.cuts.map(String),
      batchRows: cut.batchRows,
      results: query.results,
      output: {
        path: request.output.path,
        overwrite: request.output.overwrite,
        format: request.output.format,
        layout: request.output.layout,
        timestamps: request.output.timestamps,
      },
    };
    if (saved !== null) await seedLedger(store, runId, saved);
    if ((await putJsonIfAbsent(store, specKey(runId), spec)) === 'lost') {
      return this.planAgain(request, await getJson<RunSpec>(store, specKey(runId)));
    }
    return { spec, query, manifests, diagnostics };
  }

  /**
   * A run that was planned before a crash: its tables, ranges and cuts are those of its plan, whatever has become of the
   * files and the workers since.
   */
  async planAgain(request: QueryRequest, spec: RunSpec): Promise<PlannedRun> {
    const { store, version } = this.#options;
    if (spec.engine !== version) {
      throw new AppError(
        'user',
        'ENGINE_MISMATCH',
        `run ${spec.runId} was planned by engine ${spec.engine}, this is ${version}: start it again`,
      );
    }
    const manifests = await Promise.all(
      Object.values(spec.tables).map((key) => getJson<TableManifest>(store, key)),
    );
    const { diagnostics, query } = planQuery(request, manifests);
    assert(query !== null, 'engine: a query that was planned can be planned again');
    return { spec, query, manifests, diagnostics };
  }

  async cut(
    request: QueryRequest,
    query: PlannedQuery,
    manifests: readonly TableManifest[],
    saved: SavedState | null = null,
  ): Promise<RunCut & { readonly onlyRange: number | null }> {
    const { queue } = this.#options;
    const bounds = tableBounds(query.logical, manifests);
    const even = cutRun({
      tables: manifests.filter((table) => scans(query, table.table)),
      columns:
        query.logical.root.fields.length +
        query.logical.columns.filter((node) => node.op === 'scan-column').length,
      bounds,
      slots: await queue.capacity(),
      isPreview: query.results.limit !== null && query.results.kind === 'history',
      tuning: request.tuning ?? {},
    });
    const from = saved === null ? null : BigInt(saved.cut);
    const to = request.saveState === undefined ? null : stateCut(query, bounds);
    const cuts = even.cuts.filter(
      (each) => (from === null || each > from) && (to === null || each < to),
    );
    if (from !== null) cuts.unshift(from);
    if (to !== null && to !== from) cuts.push(to);
    const cut = { ...even, cuts, ranges: saved?.ranges ?? even.ranges };
    if (onlyRangeOf(request, query, BUCKETS) === null) return { ...cut, onlyRange: null };
    const ranges = request.tuning?.ranges ?? BUCKETS;
    return { ...cut, ranges, onlyRange: onlyRangeOf(request, query, ranges) };
  }

  /** The versions that a resumed run reads: what the state has seen, and the new files. */
  async #extendTables(
    saved: SavedState,
    earlier: ReadonlyMap<string, PreparedTable>,
    manifests: readonly TableManifest[],
    keys: Map<string, string>,
  ): Promise<TableManifest[]> {
    const { store } = this.#options;
    const extended: TableManifest[] = [];
    for (const manifest of manifests) {
      const before = earlier.get(manifest.table);
      const table = before === undefined ? manifest : extendTable(saved, before.manifest, manifest);
      const key = `tables/${table.id}/manifest.json`;
      await putJsonIfAbsent(store, key, table);
      keys.set(table.table, key);
      extended.push(table);
    }
    return extended;
  }

  /** The tables of a request as far as their files tell without reading rows. `earlier`: those that they grow from. */
  async describe(
    request: QueryRequest,
    signal: AbortSignal,
    earlier: ReadonlyMap<string, PreparedTable> = NO_TABLES,
  ): Promise<TableManifest[]> {
    const manifests = await Promise.all(
      request.tables.map((spec) =>
        describeTable(spec, earlier.get(spec.name) ?? null, this.#options, signal),
      ),
    );
    checkGroupings(manifests);
    return manifests;
  }

  /** Prepares the columns that are read; of a table that is not read nothing but its description is kept. */
  async #prepareAll(
    needed: readonly NeededTable[],
    onRows: (rows: number, rowsTotal: number) => void,
    signal: AbortSignal,
  ): Promise<PreparedTable[]> {
    const tables = new Map<string, PrepareProgress>();
    const onProgress = (progress: PrepareProgress): void => {
      tables.set(progress.table, progress);
      const sum = (count: (table: PrepareProgress) => number): number =>
        [...tables.values()].reduce((total, table) => total + count(table), 0);
      onRows(
        sum(({ rowsDone }) => rowsDone),
        sum(({ rows }) => rows),
      );
    };
    return Promise.all(
      needed.map(({ spec, description, columns, earlier }) =>
        columns === null
          ? keepDescription(description, this.#options)
          : prepareTable(spec, columns, earlier, this.#options, onProgress, signal),
      ),
    );
  }
}

interface NeededTable {
  readonly spec: TableSpec;
  readonly description: TableManifest;
  /** Those that are read; null: no row of it is. */
  readonly columns: ReadonlySet<string> | null;
  /** The version that it grows from, if it does. */
  readonly earlier: PreparedTable | null;
}

const NO_TABLES: ReadonlyMap<string, PreparedTable> = new Map();

export function specKey(runId: string): string {
  return `${runPrefix(runId)}/spec.json`;
}

/** The one range that has rows of the result; null: all. A saved state is that of all entities: none is left out. */
export function onlyRangeOf(
  request: QueryRequest,
  query: PlannedQuery,
  ranges: number,
): number | null {
  const usesState = request.saveState !== undefined || request.resumeState !== undefined;
  if (query.onlyBucket === null || usesState) return null;
  return Math.floor((query.onlyBucket * ranges) / BUCKETS);
}

/** language.md 8.4: which results a state can be used for. */
function checkState(request: QueryRequest, query: PlannedQuery, saved: SavedState | null): void {
  const isUsed = saved !== null || request.saveState !== undefined;
  if (isUsed && query.results.finalAt !== null) {
    throw new AppError(
      'user',
      'STATE_UNFIT',
      'a result at a given time has no state to save or resume',
    );
  }
  if (saved === null || query.results.kind === 'final') return;
  const since = query.results.changedSince;
  if (since !== null && BigInt(since) >= BigInt(saved.cut)) return;
  throw new AppError(
    'user',
    'STATE_UNFIT',
    'history can be resumed only with --changed-since later than the last event of the saved state',
  );
}

function scans(query: PlannedQuery, table: string): boolean {
  return query.logical.domains.some((domain) => domain.op === 'scan' && domain.table === table);
}

/** By name, the tables that a plan reads and their columns. */
function columnsRead(query: PlannedQuery): Map<string, Set<string>> {
  const reads = new Map<string, Set<string>>();
  for (const { table, columns } of tableReads(query)) {
    reads.set(table, new Set([...(reads.get(table) ?? []), ...columns]));
  }
  return reads;
}
