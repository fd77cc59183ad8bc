/** What a client can ask of Millrace, embedded or through a coordinator's HTTP API. The command speaks to nothing else. */
import type { ErrorClass } from '../base/app-error.ts';
import type { LogicalPlan } from '../plan/logical.ts';
import type { DataType } from '../types/data-type.ts';
import type { QueryRequest, RunProgress, RunSummary, TableSpec } from './query-request.ts';

export interface WireDiagnostic {
  readonly severity: 'error' | 'warning' | 'note';
  readonly code: string;
  readonly message: string;
  /** Lines of the rendering with the caret under the source. */
  readonly formatted: string;
  readonly location: {
    readonly part: 'query' | 'formula';
    readonly line: number;
    readonly column: number;
  } | null;
}

export type QueryReply =
  | {
      readonly status: 'done';
      readonly diagnostics: readonly WireDiagnostic[];
      readonly summary: RunSummary;
    }
  /** At least one diagnostic is an error; nothing was run. */
  | { readonly status: 'rejected'; readonly diagnostics: readonly WireDiagnostic[] };

export interface CheckReply {
  readonly diagnostics: readonly WireDiagnostic[];
  /** Null if there are errors. */
  readonly type: DataType | null;
  /** Names that the query refers to and does not bind: of tables, of views, and missing ones. */
  readonly freeNames: readonly string[];
  /** Names that it refers to, itself or through views, and that are neither a table nor a view. */
  readonly missingNames: readonly string[];
  /** What is read of each table beside time, key and subsort. Empty if there are errors. */
  readonly reads: readonly TableRead[];
  /** Whether a state of it can be saved and gone on with when new files come. */
  readonly isResumable: boolean;
}

export interface TableRead {
  readonly table: string;
  readonly columns: readonly string[];
  /** Only the entities of the request's sample are read. */
  readonly isSampled: boolean;
}

export interface ExplainReply {
  readonly diagnostics: readonly WireDiagnostic[];
  /** Null if there are errors. */
  readonly explanation: Explanation | null;
}

export interface Explanation {
  /** The optimized logical plan in its documented JSON form. */
  readonly logical: LogicalPlan;
  /** Sections in order: `logical plan`, `after <rule>` (verbose), `stages`, `reads`, `estimate`. */
  readonly sections: readonly { readonly title: string; readonly text: string }[];
}

export interface FileReport {
  readonly uri: string;
  readonly bytes: number;
  readonly rows: number;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  /** Columns of types that the language has not. */
  readonly unsupported: readonly { readonly name: string; readonly type: string }[];
  /** Columns that could be the time, and the entity key. */
  readonly timeCandidates: readonly string[];
  readonly keyCandidates: readonly string[];
}

/** `interrupted`: its process is gone before the end; the same query goes on with it. */
export type RunStatus = 'running' | 'done' | 'failed' | 'cancelled' | 'interrupted';

export interface RunInfo {
  readonly runId: string;
  readonly query: string;
  readonly status: RunStatus;
  /** ISO times. */
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly progress: RunProgress | null;
  readonly summary: RunSummary | null;
  /** `class` is absent in ledgers of older builds. */
  readonly error: {
    readonly class?: ErrorClass;
    readonly code: string;
    readonly message: string;
  } | null;
  /** What the compiler said of the query; empty until it is planned, and in ledgers of older builds. */
  readonly diagnostics: readonly WireDiagnostic[];
}

/** Runs in a list that asks for no number of them. */
export const RUNS_LISTED = 100;
/** Runs that a list may ask for. */
export const RUNS_LISTED_MAX = 1_000;

/** All methods reject with AppError; every error keeps its class through the wire. */
export interface Client {
  check(request: QueryRequest): Promise<CheckReply>;
  explain(request: QueryRequest): Promise<ExplainReply>;
  /** Runs to the end. Aborting cancels the run. */
  query(
    request: QueryRequest,
    onProgress: (progress: RunProgress) => void,
    signal: AbortSignal,
  ): Promise<QueryReply>;
  /** The bytes of a result file that was kept in the store (`output.path` null): key as in `RunSummary.files`. */
  readResult(key: string): AsyncIterable<Uint8Array>;
  inspectFiles(files: readonly string[]): Promise<readonly FileReport[]>;
  /** Prepared versions of tables. */
  tables(specs: readonly TableSpec[]): Promise<readonly TableReport[]>;
  /** The newest runs, the newest first: at most `limit`, which is `RUNS_LISTED` if absent and at most `RUNS_LISTED_MAX`. */
  runs(limit?: number): Promise<readonly RunInfo[]>;
  /** Rejects with `RUN_UNKNOWN` if there is no such run. */
  run(runId: string): Promise<RunInfo>;
  /** Stops a run that is running here, or drops an interrupted one. */
  cancel(runId: string): Promise<void>;
  close(): Promise<void>;
}

export interface TableReport {
  readonly name: string;
  readonly grouping: string;
  readonly time: string;
  readonly key: string;
  readonly files: number;
  readonly bytes: number;
  /** Null where the table has not been prepared yet. */
  readonly rows: number | null;
  readonly minTime: string | null;
  readonly maxTime: string | null;
  readonly columns: readonly { readonly name: string; readonly type: string }[] | null;
}
