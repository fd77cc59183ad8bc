/**
 * Everything that a client can ask, on a store and a queue: the same for one process and for a cluster.
 *
 *   request ─> tables prepared ─> planned ─> run executed ─> summary
 *
 * A run's directory in the store is its ledger: `request.json` says what was asked, `status.json` how it ended.
 */
import { createHash } from 'node:crypto';
import { AppError, toAppError } from '../shared/base/app-error.ts';
import { assert } from '../shared/base/assert.ts';
import type { RunSpec } from '../shared/plan/run-spec.ts';
import { RUN_SPEC_VERSION, runPrefix } from '../shared/plan/run-spec.ts';
import type { TaskQueue } from '../shared/queue/task-queue.ts';
import { BUCKETS } from '../shared/storage/buckets.ts';
import { findJson, getJson, putJsonIfAbsent, swapJson } from '../shared/storage/json-object.ts';
import type { ObjectStore } from '../shared/storage/object-store.ts';
import type { TableManifest } from '../shared/storage/table-manifest.ts';
import type { DataType } from '../shared/types/data-type.ts';
import { printType } from '../shared/types/data-type.ts';
import type {
  CheckReply,
  Client,
  ExplainReply,
  FileReport,
  QueryReply,
  RunInfo,
  TableReport,
  WireDiagnostic,
} from '../shared/wire/client.ts';
import type {
  QueryRequest,
  RunProgress,
  RunSummary,
  TableSpec,
} from '../shared/wire/query-request.ts';
import { inspectFiles } from './catalog/inspect-files.ts';
import {
  checkGroupings,
  describeTable,
  findPrepared,
  prepareTable,
} from './catalog/prepare-table.ts';
import type { ListObjects } from './catalog/source-files.ts';
import { Dispatcher } from './dispatch/dispatcher.ts';
import type { Diagnostic } from './language/diagnostics/diagnostic.ts';
import { reportDiagnostic } from './language/diagnostics/render.ts';
import { explainQuery } from './plan/explain.ts';
import { executeRun } from './run/execute-run.ts';
import { checkTicks } from './run/estimate.ts';
import type { PlannedQuery } from './run/plan-query.ts';
import { planQuery, tableBounds } from './run/plan-query.ts';
import type { SavedState } from './run/saved-state.ts';
import { extendTable, keepState, loadSavedState, seedLedger, stateCut } from './run/saved-state.ts';
import { cutRun } from './run/run-shape.ts';

/** Bytes of a query text; a longer one is refused before it is read as Fenl. */
export const QUERY_BYTES_MAX = 1 << 20;

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
}

export interface EngineOptions {
  readonly store: ObjectStore;
  readonly queue: TaskQueue;
  readonly listObjects: ListObjects;
  readonly clock: Clock;
  /** Unique text of [a-z0-9], for run ids. */
  readonly newId: () => string;
  /** The build: a run refuses workers of another one. */
  readonly version: string;
  /** Asks the user's result path before any work is done; rejects where it exists and may not be replaced. */
  readonly checkOutput: (request: QueryRequest) => Promise<void>;
  /**
   * Where several processes share a store without a coordinator: who this one is, and whether another still lives. A run
   * whose process is gone is gone on with by the next process that asks the same.
   */
  readonly owner?: Owner;
}

export interface Owner {
  readonly id: string;
  isAlive(id: string): boolean;
}

interface StoredRequest {
  readonly runId: string;
  readonly startedAt: string;
  /** Which process runs it; absent where one coordinator runs all. */
  readonly owner?: string;
  readonly request: QueryRequest;
}

interface StoredStatus {
  readonly status: 'done' | 'failed' | 'cancelled';
  readonly endedAt: string;
  readonly summary: RunSummary | null;
  readonly error: { readonly code: string; readonly message: string } | null;
}

/** A run whose plan stands in the ledger. */
interface PlannedRun {
  readonly spec: RunSpec;
  readonly query: PlannedQuery;
  readonly manifests: readonly TableManifest[];
  readonly diagnostics: readonly Diagnostic[];
}

interface LiveRun {
  readonly abort: AbortController;
  progress: RunProgress | null;
}

export class Engine implements Client {
  readonly #options: EngineOptions;
  readonly #dispatcher: Dispatcher;
  readonly #live = new Map<string, LiveRun>();

  constructor(options: EngineOptions) {
    this.#options = options;
    const { store, queue, clock, newId } = options;
    this.#dispatcher = new Dispatcher({ store, queue, epoch: newId(), now: () => clock.now() });
  }

  async check(request: QueryRequest): Promise<CheckReply> {
    checkQuerySize(request);
    const { diagnostics, query } = planQuery(request, await this.#describeAll(request, never()));
    return { diagnostics: wireDiagnostics(diagnostics), type: query?.expr.type ?? null };
  }

  async explain(request: QueryRequest): Promise<ExplainReply> {
    checkQuerySize(request);
    const manifests = await this.#describeAll(request, never());
    const { diagnostics, query } = planQuery(request, manifests);
    const explanation =
      query === null
        ? null
        : explainQuery(query, manifests, await this.#cut(request, query, manifests));
    return { diagnostics: wireDiagnostics(diagnostics), explanation };
  }

  async query(
    request: QueryRequest,
    onProgress: (progress: RunProgress) => void,
    signal: AbortSignal,
  ): Promise<QueryReply> {
    const interrupted = await this.#adopt(request);
    return this.#execute(interrupted ?? (await this.#store(request)), onProgress, signal);
  }

  /** Starts a run and answers with its id at once; `runs` tells the rest, and `ended` is its reply. */
  async start(
    request: QueryRequest,
    onProgress: (progress: RunProgress) => void = () => undefined,
  ): Promise<{ readonly runId: string; readonly ended: Promise<QueryReply> }> {
    const stored = await this.#store(request);
    return { runId: stored.runId, ended: this.#execute(stored, onProgress, never()) };
  }

  /** Goes on with every run that has no end yet: what a coordinator does when it starts. */
  async resumeRuns(onProgress: (progress: RunProgress) => void = () => undefined): Promise<void> {
    for (const info of await this.runs()) {
      if (info.status !== 'running' || this.#live.has(info.runId)) continue;
      const key = `${runPrefix(info.runId)}/request.json`;
      const stored = await getJson<StoredRequest>(this.#options.store, key);
      // How it ends stands in the ledger; nobody waits for it here.
      void this.#execute(stored, onProgress, never()).catch(() => undefined);
    }
  }

  async *readResult(key: string): AsyncIterable<Uint8Array> {
    const { store } = this.#options;
    if (!/^runs\/[a-z0-9]+\/result\/[A-Za-z0-9._-]+$/.test(key)) {
      throw new AppError('user', 'RESULT_UNKNOWN', `${key} is not a result in the store`);
    }
    const info = await store.head(key);
    if (info === null) throw new AppError('user', 'RESULT_UNKNOWN', `there is no result ${key}`);
    const blockBytes = 8 << 20;
    for (let from = 0; from < info.bytes; from += blockBytes) {
      yield await store.getRange(key, from, Math.min(blockBytes, info.bytes - from));
    }
  }

  async inspectFiles(files: readonly string[]): Promise<readonly FileReport[]> {
    return inspectFiles(files, this.#catalog(), never());
  }

  async tables(specs: readonly TableSpec[]): Promise<readonly TableReport[]> {
    const reports: TableReport[] = [];
    for (const spec of specs) {
      const { files, manifest } = await findPrepared(spec, this.#catalog());
      reports.push({
        name: spec.name,
        grouping: spec.grouping === undefined || spec.grouping === '' ? spec.name : spec.grouping,
        time: spec.time,
        key: spec.key,
        files: files.length,
        bytes: files.reduce((sum, file) => sum + file.bytes, 0),
        rows: manifest?.rows ?? null,
        minTime: manifest?.minTime ?? null,
        maxTime: manifest?.maxTime ?? null,
        columns: manifest === null ? null : columnNames(manifest.schema),
      });
    }
    return reports;
  }

  async runs(): Promise<readonly RunInfo[]> {
    const { store } = this.#options;
    const ids: string[] = [];
    for await (const { key } of store.list('runs/')) {
      const id = /^runs\/([a-z0-9]+)\/request\.json$/.exec(key)?.[1];
      if (id !== undefined) ids.push(id);
    }
    const infos: RunInfo[] = [];
    for (const id of ids) {
      const stored = await getJson<StoredRequest>(store, `${runPrefix(id)}/request.json`);
      const status = await findJson<StoredStatus>(store, `${runPrefix(id)}/status.json`);
      infos.push({
        runId: id,
        query: stored.request.query,
        status: status?.status ?? (this.#isRunning(stored) ? 'running' : 'interrupted'),
        startedAt: stored.startedAt,
        endedAt: status?.endedAt ?? null,
        progress: this.#live.get(id)?.progress ?? null,
        summary: status?.summary ?? null,
        error: status?.error ?? null,
      });
    }
    return infos.toSorted((left, right) => (left.startedAt < right.startedAt ? 1 : -1));
  }

  async cancel(runId: string): Promise<void> {
    const live = this.#live.get(runId);
    if (live === undefined)
      throw new AppError('user', 'RUN_UNKNOWN', `no run ${runId} is running here`);
    live.abort.abort();
  }

  async close(): Promise<void> {
    for (const { abort } of this.#live.values()) abort.abort();
    await this.#options.queue.close();
  }

  /** Enters a request into the ledger: from here on it survives a crash. */
  async #store(request: QueryRequest): Promise<StoredRequest> {
    const { store, clock, newId } = this.#options;
    checkQuerySize(request);
    await this.#options.checkOutput(request);
    const runId = `r${newId()}`;
    const startedAt = new Date(clock.now()).toISOString();
    const { owner } = this.#options;
    const stored: StoredRequest = {
      runId,
      startedAt,
      ...(owner === undefined ? {} : { owner: owner.id }),
      request,
    };
    await putJsonIfAbsent(store, `${runPrefix(runId)}/request.json`, stored);
    if (owner !== undefined) {
      const key = unfinishedKey(request);
      // Losing the swap is no loss: then a later equal request goes on with another run of them.
      await swapJson(store, key, stored, (await store.head(key))?.etag ?? null);
    }
    return stored;
  }

  /** The run of an equal request that lost its process, if what it had done still fits the files. */
  async #adopt(request: QueryRequest): Promise<StoredRequest | null> {
    const { store, owner } = this.#options;
    if (owner === undefined) return null;
    const key = unfinishedKey(request);
    const version = await store.head(key);
    if (version === null) return null;
    const stored = await findJson<StoredRequest>(store, key);
    if (stored === null || this.#isRunning(stored)) return null;
    const prefix = runPrefix(stored.runId);
    if ((await store.head(`${prefix}/status.json`)) !== null) return null;
    const spec = await findJson<RunSpec>(store, `${prefix}/spec.json`);
    if (spec === null || spec.engine !== this.#options.version) return null;
    for (const table of request.tables) {
      const { manifestKey } = await findPrepared(table, this.#catalog());
      if (spec.tables[table.name] !== manifestKey) return null;
    }
    await this.#options.checkOutput(request);
    const mine = { ...stored, owner: owner.id };
    return (await swapJson(store, key, mine, version.etag)) === 'won' ? mine : null;
  }

  #isRunning({ runId, owner }: StoredRequest): boolean {
    if (this.#live.has(runId)) return true;
    if (owner === undefined || this.#options.owner === undefined) return owner === undefined;
    return owner !== this.#options.owner.id && this.#options.owner.isAlive(owner);
  }

  /** Runs a stored request to its end and leaves how it ended in the ledger. */
  async #execute(
    stored: StoredRequest,
    onProgress: (progress: RunProgress) => void,
    signal: AbortSignal,
  ): Promise<QueryReply> {
    const { runId } = stored;
    const live: LiveRun = { abort: new AbortController(), progress: null };
    this.#live.set(runId, live);
    try {
      const both = AbortSignal.any([signal, live.abort.signal]);
      const reply = await this.#run(
        stored,
        (progress) => {
          live.progress = progress;
          onProgress(progress);
        },
        both,
      );
      await this.#end(
        runId,
        reply.status === 'done'
          ? { status: 'done', summary: reply.summary, error: null }
          : {
              status: 'failed',
              summary: null,
              error: {
                code: 'QUERY_REJECTED',
                message: reply.diagnostics[0]?.message ?? 'the query has errors',
              },
            },
      );
      return reply;
    } catch (error) {
      const failure = toAppError(error);
      const { code, message } = failure;
      // The client went away, as by Ctrl-C: what is done stays, and the same query goes on with it.
      if (signal.aborted && this.#options.owner !== undefined) throw failure;
      const status = code === 'CANCELLED' ? 'cancelled' : 'failed';
      await this.#end(runId, { status, summary: null, error: { code, message } });
      throw failure;
    } finally {
      this.#live.delete(runId);
    }
  }

  async #end(runId: string, end: Omit<StoredStatus, 'endedAt'>): Promise<void> {
    const { store, clock } = this.#options;
    const endedAt = new Date(clock.now()).toISOString();
    await putJsonIfAbsent(store, `${runPrefix(runId)}/status.json`, { ...end, endedAt });
    // The run has ended, whatever becomes of what it leaves behind.
    await this.#sweep(runId, end).catch(() => undefined);
  }

  /** Deletes what only the run itself needed: its result and its ledger stay. */
  async #sweep(runId: string, end: Omit<StoredStatus, 'endedAt'>): Promise<void> {
    const { store } = this.#options;
    const doomed: string[] = [];
    const keep = await this.#isStateKept(runId, end);
    for (const part of ['data/', 'cells/', 'parts/', 'facts/']) {
      for await (const { key } of store.list(`${runPrefix(runId)}/${part}`)) {
        if (!(keep && /-(state-[0-9a-f]+|w\d+)$/.test(key))) doomed.push(key);
      }
    }
    const { request } = await getJson<StoredRequest>(store, `${runPrefix(runId)}/request.json`);
    if (this.#options.owner !== undefined) doomed.push(unfinishedKey(request));
    if (doomed.length > 0) await store.delete(doomed);
  }

  /** A kept state and the rows that wait in it lie among the data of the run that made it. */
  async #isStateKept(runId: string, end: Omit<StoredStatus, 'endedAt'>): Promise<boolean> {
    if (end.status !== 'done') return false;
    const key = `${runPrefix(runId)}/request.json`;
    const { request } = await getJson<StoredRequest>(this.#options.store, key);
    return request.saveState !== undefined;
  }

  async #run(
    stored: StoredRequest,
    onProgress: (progress: RunProgress) => void,
    signal: AbortSignal,
  ): Promise<QueryReply> {
    const { store, clock } = this.#options;
    const { runId, request } = stored;
    const started = clock.now();
    onProgress(preparing(runId, 0));
    const spec = await findJson<RunSpec>(store, specKey(runId));
    const run =
      spec === null
        ? await this.#planRun(stored, onProgress, signal)
        : await this.#planAgain(request, spec);
    if ('status' in run) return run;
    const prepared = clock.now();
    const counts = await executeRun({
      store,
      dispatcher: this.#dispatcher,
      spec: run.spec,
      staticBounds: run.query.staticBounds,
      onlyRange: onlyRangeOf(request, run.query, run.spec.ranges),
      onProgress,
      signal,
    });
    if (request.saveState !== undefined && run.spec.cuts.length > 0) {
      await keepState(store, request.saveState, run.spec, lastTimeOf(run.query, run.manifests));
    }
    const summary: RunSummary = {
      runId,
      ...counts,
      prepareSeconds: (prepared - started) / 1000,
      seconds: (clock.now() - started) / 1000,
      skippedRows: run.manifests.reduce((sum, table) => sum + table.skippedRows, 0),
    };
    return { status: 'done', diagnostics: wireDiagnostics(run.diagnostics), summary };
  }

  /** Prepares the tables, plans the query and enters the plan into the ledger: from here on nothing else is run. */
  async #planRun(
    { runId, request }: StoredRequest,
    onProgress: (progress: RunProgress) => void,
    signal: AbortSignal,
  ): Promise<PlannedRun | QueryReply> {
    const { store, version } = this.#options;
    const described = planQuery(request, await this.#describeAll(request, signal));
    if (described.query === null) {
      // Before any row is read: a mistake in the query should cost nothing.
      return { status: 'rejected', diagnostics: wireDiagnostics(described.diagnostics) };
    }
    const tables = await this.#prepareAll(
      request.tables,
      (rows) => onProgress(preparing(runId, rows)),
      signal,
    );
    let manifests = tables.map((table) => table.manifest);
    let { diagnostics, query } = planQuery(request, manifests);
    assert(query !== null, 'engine: a query that was planned can be planned again');
    let saved: SavedState | null = null;
    const keys = new Map(tables.map((table) => [table.manifest.table, table.manifestKey]));
    if (request.resumeState !== undefined) {
      saved = await loadSavedState(store, request.resumeState, query.stages, version);
      manifests = await this.#extendTables(saved, manifests, keys);
      ({ diagnostics, query } = planQuery(request, manifests));
      assert(query !== null, 'engine: a query that was planned can be planned again');
    }
    checkState(request, query, saved);
    checkTicks(query, manifests);
    const cut = await this.#cut(request, query, manifests, saved);
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
      return this.#planAgain(request, await getJson<RunSpec>(store, specKey(runId)));
    }
    return { spec, query, manifests, diagnostics };
  }

  /**
   * A run that was planned before a crash: its tables, ranges and cuts are those of its plan, whatever has become of the
   * files and the workers since.
   */
  async #planAgain(request: QueryRequest, spec: RunSpec): Promise<PlannedRun> {
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

  async #cut(
    request: QueryRequest,
    query: PlannedQuery,
    manifests: readonly TableManifest[],
    saved: SavedState | null = null,
  ): Promise<ReturnType<typeof cutRun> & { onlyRange: number | null }> {
    const bounds = tableBounds(query.logical, manifests);
    const even = cutRun({
      tables: manifests.filter((table) => scans(query, table.table)),
      columns:
        query.logical.root.fields.length +
        query.logical.columns.filter((node) => node.op === 'scan-column').length,
      bounds,
      slots: await this.#options.queue.capacity(),
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
    manifests: readonly TableManifest[],
    keys: Map<string, string>,
  ): Promise<TableManifest[]> {
    const { store } = this.#options;
    const extended: TableManifest[] = [];
    for (const manifest of manifests) {
      const table = await extendTable(store, saved, manifest);
      const key = `tables/${table.id}/manifest.json`;
      await putJsonIfAbsent(store, key, table);
      keys.set(table.table, key);
      extended.push(table);
    }
    return extended;
  }

  /** The tables of a request as far as their files tell without reading rows. */
  async #describeAll(request: QueryRequest, signal: AbortSignal): Promise<TableManifest[]> {
    checkNames(request.tables);
    const manifests = await Promise.all(
      request.tables.map((spec) => describeTable(spec, this.#catalog(), signal)),
    );
    checkGroupings(manifests);
    return manifests;
  }

  async #prepareAll(
    specs: readonly TableSpec[],
    onRows: (rows: number) => void,
    signal: AbortSignal,
  ): Promise<Awaited<ReturnType<typeof prepareTable>>[]> {
    const done = new Map<string, number>();
    const tables = await Promise.all(
      specs.map((spec) =>
        prepareTable(
          spec,
          this.#catalog(),
          (progress) => {
            done.set(progress.table, progress.rowsDone);
            onRows([...done.values()].reduce((sum, rows) => sum + rows, 0));
          },
          signal,
        ),
      ),
    );
    return tables;
  }

  #catalog(): { store: ObjectStore; dispatcher: Dispatcher; listObjects: ListObjects } {
    const { store, listObjects } = this.#options;
    return { store, dispatcher: this.#dispatcher, listObjects };
  }
}

/** Where the latest unfinished run of a request is found. */
function unfinishedKey(request: QueryRequest): string {
  const digest = createHash('sha256').update(JSON.stringify(request)).digest('hex');
  return `unfinished/${digest.slice(0, 32)}.json`;
}

function specKey(runId: string): string {
  return `${runPrefix(runId)}/spec.json`;
}

/** The one range that has rows of the result; null: all. A saved state is that of all entities: none is left out. */
function onlyRangeOf(request: QueryRequest, query: PlannedQuery, ranges: number): number | null {
  const usesState = request.saveState !== undefined || request.resumeState !== undefined;
  if (query.onlyBucket === null || usesState) return null;
  return Math.floor((query.onlyBucket * ranges) / BUCKETS);
}

function lastTimeOf(query: PlannedQuery, manifests: readonly TableManifest[]): string | null {
  return tableBounds(query.logical, manifests)?.high.toString() ?? null;
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

function checkQuerySize(request: QueryRequest): void {
  const bytes = Buffer.byteLength(request.query);
  if (bytes <= QUERY_BYTES_MAX) return;
  throw new AppError(
    'user',
    'QUERY_TOO_LARGE',
    `the query has ${bytes} bytes; QUERY_BYTES_MAX is ${QUERY_BYTES_MAX}`,
  );
}

function checkNames(specs: readonly TableSpec[]): void {
  const seen = new Set<string>();
  for (const { name } of specs) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      throw new AppError(
        'user',
        'TABLE_NAME',
        `'${name}' is not a table name: use letters, digits and _`,
      );
    }
    if (seen.has(name)) throw new AppError('user', 'TABLE_NAME', `table ${name} is given twice`);
    seen.add(name);
  }
}

function scans(query: PlannedQuery, table: string): boolean {
  return query.logical.domains.some((domain) => domain.op === 'scan' && domain.table === table);
}

function preparing(runId: string, rows: number): RunProgress {
  return { runId, phase: 'preparing', cellsDone: 0, cellsTotal: 0, rows, frontier: null };
}

function columnNames(schema: DataType): TableReport['columns'] {
  if (schema.kind !== 'record') return [];
  return schema.fields.map((field) => ({ name: field.name, type: printType(field.type) }));
}

function never(): AbortSignal {
  return new AbortController().signal;
}

function wireDiagnostics(diagnostics: readonly Diagnostic[]): WireDiagnostic[] {
  return diagnostics.map((each) => reportDiagnostic(each));
}
