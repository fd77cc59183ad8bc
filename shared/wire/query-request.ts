/** What a client asks for and what it gets: the one vocabulary of the command, the HTTP API and the embedded mode. */

export type FileFormat = 'parquet' | 'csv' | 'jsonl' | 'arrow';
export type TimeUnit = 's' | 'ms' | 'us' | 'ns';

export interface TableSpec {
  readonly name: string;
  /** Paths, globs, folders or s3:// URIs, as the user wrote them; `text` holds inline CSV instead. */
  readonly files: readonly string[];
  readonly inlineCsv?: readonly string[];
  readonly time: string;
  readonly key: string;
  readonly subsort?: string;
  /** The table's own name if absent or empty. */
  readonly grouping?: string;
  /** Unit of an integer time column; nanoseconds if absent. */
  readonly timeUnit?: TimeUnit;
  /** By file name if absent. */
  readonly format?: FileFormat;
  readonly onBadRow?: 'fail' | 'skip';
}

export interface ViewSpec {
  readonly name: string;
  readonly text: string;
  readonly label?: string;
}

export interface OutputSpec {
  /** A path or s3:// URI; null: the rows stay in the store and are read back by the client. */
  readonly path: string | null;
  readonly format: FileFormat;
  /** `file`: one file. `folder`: a folder of parts. */
  readonly layout: 'file' | 'folder';
  readonly overwrite: boolean;
  /** Unit of timestamps in Parquet and Arrow; `us` refuses where precision would be lost. */
  readonly timestamps: 'ns' | 'us';
}

/**
 * Part of the entities of the query's own grouping (language.md 8.5): about so many percent of them, the same ones at any
 * time, or those of these keys, as text. What is looked up is read whole.
 */
export type SampleSpec = { readonly percent: number } | { readonly keys: readonly string[] };

export interface QueryRequest {
  readonly tables: readonly TableSpec[];
  readonly views: readonly ViewSpec[];
  readonly query: string;
  readonly results: 'history' | 'final';
  /** ISO 8601; with `final`: the result at this time, from the events up to and including it. */
  readonly finalAt?: string;
  readonly changedSince?: string;
  readonly limit?: number;
  /** Only a part of the entities; absent: all. */
  readonly sample?: SampleSpec;
  readonly output: OutputSpec;
  /** Keep the state at the last event under this name, to go on from when new files come. */
  readonly saveState?: string;
  /** Start from the state of this name: the files then hold only what came since, or all. */
  readonly resumeState?: string;
  readonly tuning?: Tuning;
}

/** How the work is cut. Never changes a byte of the result. */
export interface Tuning {
  /** Bucket ranges per stage, a power of two. */
  readonly ranges?: number;
  readonly slices?: number;
  /** Rows of a batch inside a cell, about. */
  readonly batchRows?: number;
  /** Names of optimizer rules to leave out, or `all`. */
  readonly disableRules?: readonly string[];
}

export interface RunProgress {
  readonly runId: string;
  readonly phase: 'preparing' | 'computing' | 'merging' | 'publishing';
  readonly cellsDone: number;
  readonly cellsTotal: number;
  readonly rows: number;
  /** While tables are prepared: their rows, as far as they are known. Else null. */
  readonly rowsTotal: number | null;
  /** ISO time below which everything is done, or null. */
  readonly frontier: string | null;
}

export interface RunSummary {
  readonly runId: string;
  readonly rows: number;
  readonly inputRows: number;
  readonly cells: number;
  readonly prepareSeconds: number;
  readonly seconds: number;
  readonly bytes: number;
  /** Where the result files are: paths or URIs as a user writes them; keys in the store when no output was asked for. */
  readonly files: readonly string[];
  /** Rows dropped by bad-row policy and by shifts into the past. */
  readonly skippedRows: number;
  readonly droppedByShift: number;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
}
