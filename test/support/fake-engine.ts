/** An engine that answers as the test says, and records what it was asked: for tests of the server and its client. */
import { AppError } from '../../shared/base/app-error.ts';
import type { StartedRun } from '../../coordinator/engine.ts';
import type { RunEngine } from '../../coordinator/server/run-hub.ts';
import type { CheckReply, QueryReply, RunInfo } from '../../shared/wire/client.ts';
import { RUNS_LISTED } from '../../shared/wire/client.ts';
import { unknownRun } from '../../shared/wire/run-id.ts';
import type { QueryRequest, RunProgress, RunSummary } from '../../shared/wire/query-request.ts';

export interface FakeRun {
  readonly runId: string;
  readonly request: QueryRequest;
  readonly progress: (cellsDone: number) => void;
  readonly end: (reply: QueryReply) => void;
  readonly fail: (error: unknown) => void;
}

export class FakeEngine implements RunEngine {
  readonly started: FakeRun[] = [];
  readonly cancelled: string[] = [];
  /** The ledger: what `runs` and `run` answer. */
  ledger: RunInfo[] = [];
  /** Runs that `resumeRuns` finds. */
  readonly resumable: string[] = [];
  results = new Map<string, readonly Uint8Array[]>();
  /** Thrown by every question, if set. */
  failure: Error | null = null;
  /** Those that `resumeRuns` went on with. */
  readonly resumed: FakeRun[] = [];

  async check(): Promise<CheckReply> {
    if (this.failure !== null) throw this.failure;
    return {
      diagnostics: [],
      type: null,
      freeNames: [],
      missingNames: [],
      reads: [],
      isResumable: false,
    };
  }

  async explain(): Promise<{ diagnostics: []; explanation: null }> {
    return { diagnostics: [], explanation: null };
  }

  async query(): Promise<QueryReply> {
    throw new Error('the server starts runs, it does not wait for them');
  }

  async start(
    request: QueryRequest,
    onProgress: (progress: RunProgress) => void,
  ): Promise<StartedRun> {
    if (this.failure !== null) throw this.failure;
    const runId = `r${this.started.length}`;
    this.ledger.push(infoOf(runId));
    return begin(this.started, runId, request, onProgress);
  }

  async resumeRuns(onProgress: (progress: RunProgress) => void): Promise<readonly StartedRun[]> {
    return this.resumable.map((runId) => {
      const run = begin(this.resumed, runId, anyRequest(), onProgress);
      this.resumed.at(-1)!.progress(0);
      return run;
    });
  }

  async *readResult(key: string): AsyncGenerator<Uint8Array> {
    const blocks = this.results.get(key);
    if (blocks === undefined) throw new AppError('user', 'RESULT_UNKNOWN', `no result ${key}`);
    yield* blocks;
  }

  async inspectFiles(): Promise<[]> {
    return [];
  }

  async tables(): Promise<[]> {
    return [];
  }

  async runs(limit: number = RUNS_LISTED): Promise<readonly RunInfo[]> {
    return this.ledger.slice(0, limit);
  }

  async run(runId: string): Promise<RunInfo> {
    const info = this.ledger.find((each) => each.runId === runId);
    if (info === undefined) throw unknownRun(runId);
    return info;
  }

  async cancel(runId: string): Promise<void> {
    this.cancelled.push(runId);
    this.started.find((run) => run.runId === runId)?.fail(cancelledError());
  }

  async close(): Promise<void> {}
}

function begin(
  runs: FakeRun[],
  runId: string,
  request: QueryRequest,
  onProgress: (progress: RunProgress) => void,
): StartedRun {
  const { promise, resolve, reject } = Promise.withResolvers<QueryReply>();
  runs.push({
    runId,
    request,
    progress: (cellsDone) => onProgress(progressOf(runId, cellsDone)),
    end: resolve,
    fail: reject,
  });
  return { runId, ended: promise };
}

export function cancelledError(): AppError {
  return new AppError('user', 'CANCELLED', 'the run was cancelled');
}

export function progressOf(runId: string, cellsDone: number): RunProgress {
  return {
    runId,
    phase: 'computing',
    cellsDone,
    cellsTotal: 9,
    rows: 0,
    rowsTotal: null,
    frontier: null,
  };
}

export function infoOf(runId: string, rest: Partial<RunInfo> = {}): RunInfo {
  return {
    runId,
    query: 'T',
    status: 'running',
    startedAt: '2024-01-01T00:00:00.000Z',
    endedAt: null,
    progress: null,
    summary: null,
    error: null,
    diagnostics: [],
    ...rest,
  };
}

export function summaryOf(runId: string, files: readonly string[] = []): RunSummary {
  return {
    runId,
    rows: 1,
    inputRows: 1,
    cells: 9,
    prepareSeconds: 0,
    seconds: 1,
    bytes: 3,
    files,
    skippedRows: 0,
    droppedByShift: 0,
    columns: [],
  };
}

export function anyRequest(files: readonly string[] = ['s3://lake/t.csv']): QueryRequest {
  return {
    tables: [{ name: 'T', files, time: 'time', key: 'key' }],
    views: [],
    query: 'T',
    results: 'history',
    output: { path: null, format: 'csv', layout: 'file', overwrite: false, timestamps: 'ns' },
  };
}
