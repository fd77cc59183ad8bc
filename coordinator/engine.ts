/**
 * Everything that a client can ask, on a store and a queue: the same for one process and for a cluster.
 *
 *   request ─> tables prepared ─> planned ─> run executed ─> summary
 *
 * A run's directory in the store is its ledger: `request.json` says what was asked, `status.json` how it ended.
 */
import { AppError, toAppError } from '../shared/base/app-error.ts';
import type { RunSpec } from '../shared/plan/run-spec.ts';
import type { TaskQueue } from '../shared/queue/task-queue.ts';
import { findJson } from '../shared/storage/json-object.ts';
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
import { RUNS_LISTED, RUNS_LISTED_MAX } from '../shared/wire/client.ts';
import { RUN_ID, unknownRun } from '../shared/wire/run-id.ts';
import type {
  QueryRequest,
  RunProgress,
  RunSummary,
  TableSpec,
} from '../shared/wire/query-request.ts';
import { inspectFiles } from './catalog/inspect-files.ts';
import type { Access } from './access.ts';
import { checkLocations } from './access.ts';
import type { CatalogOptions } from './catalog/prepare-table.ts';
import { findPrepared } from './catalog/prepare-table.ts';
import type { ListObjects } from './catalog/source-files.ts';
import { Dispatcher } from './dispatch/dispatcher.ts';
import type { Diagnostic } from './language/diagnostics/diagnostic.ts';
import { reportDiagnostic } from './language/diagnostics/render.ts';
import { explainQuery } from './plan/explain.ts';
import { checkRequest } from './run/check-request.ts';
import { executeRun } from './run/execute-run.ts';
import type { Clock, Owner, StoredRequest } from './run/ledger.ts';
import { RunLedger } from './run/ledger.ts';
import { RunPlanner, onlyRangeOf, specKey } from './run/plan-run.ts';
import { queryNames } from './check/query-names.ts';
import type { PlannedQuery } from './run/plan-query.ts';
import { planQuery, tableBounds, tableReads } from './run/plan-query.ts';
import { isResumable, keepState } from './run/saved-state.ts';

/** Bytes of a query text; a longer one is refused before it is read as Fenl. */
export const QUERY_BYTES_MAX = 1 << 20;

export interface EngineOptions {
  readonly store: ObjectStore;
  readonly queue: TaskQueue;
  readonly listObjects: ListObjects;
  readonly clock: Clock;
  /** Unique text of [a-z0-9], for run ids. */
  readonly newId: () => string;
  /** The build: a run refuses workers of another one. */
  readonly version: string;
  /** Absolute folders of the local files that requests may name; null: all, in a process of the user's own. */
  readonly allowedFolders: readonly string[] | null;
  /** Asks the user's result path before any work is done; rejects where it exists and may not be replaced. */
  readonly checkOutput: (request: QueryRequest) => Promise<void>;
  /**
   * Where several processes share a store without a coordinator: who this one is, and whether another still lives. A run
   * whose process is gone is gone on with by the next process that asks the same.
   */
  readonly owner?: Owner;
  /** For operators: what is left out and why. */
  readonly log: (message: string) => void;
}

/** A run that goes on here. `ended` is its reply, or rejects with why there is none. */
export interface StartedRun {
  readonly runId: string;
  readonly ended: Promise<QueryReply>;
}

interface LiveRun {
  readonly abort: AbortController;
  progress: RunProgress | null;
}

export class Engine implements Client {
  readonly #options: EngineOptions;
  readonly #dispatcher: Dispatcher;
  readonly #access: Access;
  readonly #catalog: CatalogOptions;
  readonly #planner: RunPlanner;
  readonly #ledger: RunLedger;
  readonly #live = new Map<string, LiveRun>();

  constructor(options: EngineOptions) {
    this.#options = options;
    const { store, queue, clock, newId } = options;
    this.#dispatcher = new Dispatcher({ store, queue, epoch: newId(), now: () => clock.now() });
    const { listObjects, allowedFolders } = options;
    this.#access = { folders: allowedFolders, store: store.description };
    this.#catalog = { store, dispatcher: this.#dispatcher, listObjects, access: this.#access };
    this.#planner = new RunPlanner({ ...this.#catalog, queue, version: options.version });
    this.#ledger = new RunLedger({ ...options, live: (runId) => this.#live.get(runId) });
  }

  async check(request: QueryRequest): Promise<CheckReply> {
    this.#admit(request);
    const manifests = await this.#planner.describe(request, never());
    const { diagnostics, query } = planQuery(request, manifests);
    const tables = manifests.map((manifest) => manifest.table);
    const { free, missing } = queryNames(request.query, request.views, tables);
    return {
      diagnostics: wireDiagnostics(diagnostics),
      type: query?.expr.type ?? null,
      freeNames: free,
      missingNames: missing,
      reads: query === null ? [] : tableReads(query),
      isResumable: query !== null && isResumable(query),
    };
  }

  async explain(request: QueryRequest): Promise<ExplainReply> {
    this.#admit(request);
    const manifests = await this.#planner.describe(request, never());
    const { diagnostics, query } = planQuery(request, manifests);
    const explanation =
      query === null
        ? null
        : explainQuery(query, manifests, await this.#planner.cut(request, query, manifests));
    return { diagnostics: wireDiagnostics(diagnostics), explanation };
  }

  async query(
    request: QueryRequest,
    onProgress: (progress: RunProgress) => void,
    signal: AbortSignal,
  ): Promise<QueryReply> {
    await this.#accept(request);
    const interrupted = await this.#ledger.adopt(request, (spec) => this.#fits(request, spec));
    return this.#execute(interrupted ?? (await this.#ledger.enter(request)), onProgress, signal);
  }

  /** Starts a run and answers with its id at once; `run` tells the rest. */
  async start(
    request: QueryRequest,
    onProgress: (progress: RunProgress) => void = () => undefined,
  ): Promise<StartedRun> {
    await this.#accept(request);
    const stored = await this.#ledger.enter(request);
    return { runId: stored.runId, ended: this.#execute(stored, onProgress, never()) };
  }

  /** Goes on with every run that has no end yet: what a coordinator does when it starts. */
  async resumeRuns(
    onProgress: (progress: RunProgress) => void = () => undefined,
  ): Promise<readonly StartedRun[]> {
    const resumed: StartedRun[] = [];
    for (const stored of await this.#ledger.unfinished()) {
      if (this.#live.has(stored.runId)) continue;
      const ended = this.#execute(stored, onProgress, never());
      // How it ends stands in the ledger: nobody need wait for it.
      ended.catch(() => undefined);
      resumed.push({ runId: stored.runId, ended });
    }
    return resumed;
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
    return inspectFiles(files, this.#catalog, never());
  }

  async tables(specs: readonly TableSpec[]): Promise<readonly TableReport[]> {
    const reports: TableReport[] = [];
    for (const spec of specs) {
      const { files, manifest } = await findPrepared(spec, this.#catalog);
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

  async runs(limit: number = RUNS_LISTED): Promise<readonly RunInfo[]> {
    if (Number.isInteger(limit) && limit >= 1 && limit <= RUNS_LISTED_MAX) {
      return this.#ledger.list(limit);
    }
    throw new AppError(
      'user',
      'LIMIT_INVALID',
      `a list has 1 to ${RUNS_LISTED_MAX} runs, not ${limit}`,
    );
  }

  async run(runId: string): Promise<RunInfo> {
    const info = RUN_ID.test(runId) ? await this.#ledger.find(runId) : null;
    if (info === null) throw unknownRun(runId);
    return info;
  }

  async cancel(runId: string): Promise<void> {
    const live = this.#live.get(runId);
    if (live !== undefined) live.abort.abort();
    else if (!(await this.#ledger.drop(runId)))
      throw new AppError('user', 'RUN_UNKNOWN', `no run ${runId} is running here`);
  }

  async close(): Promise<void> {
    for (const { abort } of this.#live.values()) abort.abort();
    await this.#options.queue.close();
  }

  /** What must hold of a request before anything is written. */
  async #accept(request: QueryRequest): Promise<void> {
    this.#admit(request);
    await this.#options.checkOutput(request);
  }

  #admit(request: QueryRequest): void {
    checkQuerySize(request);
    checkRequest(request);
    checkLocations(request, this.#access);
  }

  /** Whether the work of an interrupted run is of use: the same build, and the files as they are now. */
  async #fits(request: QueryRequest, spec: RunSpec): Promise<boolean> {
    if (spec.engine !== this.#options.version) return false;
    for (const table of request.tables) {
      const { prefix } = await findPrepared(table, this.#catalog);
      if (spec.tables[table.name]?.startsWith(`${prefix}/`) !== true) return false;
    }
    return true;
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
      await this.#ledger.end(
        runId,
        reply.status === 'done'
          ? {
              status: 'done',
              summary: reply.summary,
              error: null,
              diagnostics: reply.diagnostics,
            }
          : {
              status: 'failed',
              summary: null,
              error: {
                class: 'user',
                code: 'QUERY_REJECTED',
                message: reply.diagnostics[0]?.message ?? 'the query has errors',
              },
              diagnostics: reply.diagnostics,
            },
      );
      return reply;
    } catch (error) {
      const failure = toAppError(error);
      const { class: errorClass, code, message } = failure;
      // The client went away, as by Ctrl-C: what is done stays, and the same query goes on with it.
      if (signal.aborted && this.#options.owner !== undefined) throw failure;
      const status = code === 'CANCELLED' ? 'cancelled' : 'failed';
      await this.#ledger.end(runId, {
        status,
        summary: null,
        error: { class: errorClass, code, message },
      });
      throw failure;
    } finally {
      this.#live.delete(runId);
    }
  }

  async #run(
    stored: StoredRequest,
    onProgress: (progress: RunProgress) => void,
    signal: AbortSignal,
  ): Promise<QueryReply> {
    const { store, clock } = this.#options;
    const { runId, request } = stored;
    const started = clock.now();
    onProgress(preparing(runId, 0, null));
    const spec = await findJson<RunSpec>(store, specKey(runId));
    const onRows = (rows: number, rowsTotal: number): void =>
      onProgress(preparing(runId, rows, rowsTotal));
    const run =
      spec === null
        ? await this.#planner.plan(runId, request, onRows, signal)
        : await this.#planner.planAgain(request, spec);
    if ('status' in run) {
      return { status: 'rejected', diagnostics: wireDiagnostics(run.diagnostics) };
    }
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
}

function lastTimeOf(query: PlannedQuery, manifests: readonly TableManifest[]): string | null {
  return tableBounds(query.logical, manifests)?.high.toString() ?? null;
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

function preparing(runId: string, rows: number, rowsTotal: number | null): RunProgress {
  const phase = 'preparing';
  return { runId, phase, cellsDone: 0, cellsTotal: 0, rows, rowsTotal, frontier: null };
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
