/** The conformance cases as their runner hands them to an executor: see the README of the suite. */

export interface CaseFile {
  readonly format: 'csv' | 'parquet' | 'jsonl' | 'avro' | 'columns';
  readonly text?: string;
  /** Below the data folder. */
  readonly path?: string;
  readonly columns?: readonly CaseColumn[];
}

export interface CaseColumn {
  readonly name: string;
  /** An Arrow type as text, such as `Timestamp(Nanosecond, None)`. */
  readonly type: string;
  readonly values: readonly (null | boolean | number | string)[];
}

export interface CaseTable {
  readonly name: string;
  readonly time: string;
  readonly subsort: string | null;
  readonly key: string;
  readonly grouping: string;
  readonly files: readonly CaseFile[];
  /** Files that were removed: they define the columns, but have no rows. */
  readonly clearedFiles?: readonly CaseFile[];
  readonly schemaOnly?: readonly { readonly name: string; readonly type: string }[];
}

export interface ConformanceCase {
  readonly id: string;
  readonly tables: readonly CaseTable[];
  readonly formulas: readonly { readonly name: string; readonly formula: string }[];
  /** Null where only the loading of the tables is tried. */
  readonly query: string | null;
  readonly options: {
    readonly results: 'history' | 'final' | 'final_at';
    readonly finalAt?: string;
    readonly changedSince?: string;
    readonly limit?: number;
  };
  readonly snapshot?: {
    readonly scope: string;
    readonly save: string | null;
    readonly resume: string | null;
  };
}

export interface CaseDiagnostic {
  readonly severity: string;
  readonly code: string;
  readonly message: string;
  readonly location?: {
    readonly part: 'query' | 'formula';
    readonly line: number;
    readonly column: number;
  };
}

export interface CaseResult {
  readonly csv?: string;
  readonly diagnostics?: readonly CaseDiagnostic[];
  readonly error?: string;
}
