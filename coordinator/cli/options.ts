/** What a command line asks for, as plain data: the result of parsing it, before anything is read or run. */
import { AppError } from '../../shared/base/app-error.ts';
import type { FileFormat, SampleSpec, Tuning, ViewSpec } from '../../shared/wire/query-request.ts';
import type { DraftTable } from './table-arguments.ts';

/** Where tables, views and named queries come from. */
export interface SourceOptions {
  /** `--spec`; null: `millrace.yaml` in the current folder, if there is one. */
  readonly spec: string | null;
  readonly tables: readonly DraftTable[];
  readonly views: readonly ViewSpec[];
}

/** Where the work is done and kept. Null: what the environment or the spec file says. */
export interface PlaceOptions {
  /** URL of a coordinator; null: in this process. */
  readonly server: string | null;
  /** A folder or s3:// URI. */
  readonly store: string | null;
  readonly s3: S3Options;
}

/** How S3 is reached. Keys come from the environment only: a command line is seen by everyone on the machine. */
export interface S3Options {
  readonly endpoint?: string;
  readonly region?: string;
  readonly forcePathStyle?: boolean;
}

/** The text of a query or its name in the spec file, a file with the text, or standard input. */
export type QuerySource =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'stdin' };

/** Which rows of the result. Absent: what a named query says, else all of the history. */
export interface ResultOptions {
  readonly results?: 'history' | 'final';
  readonly at?: string;
  readonly changedSince?: string;
  readonly limit?: number;
  readonly sample?: SampleSpec;
  /** Name of a state to keep, and of one to start from. */
  readonly saveState?: string;
  readonly resumeState?: string;
}

/** The `--output` that asks for the rows themselves on standard output, on a screen too. */
export const STANDARD_OUTPUT = '-';

export interface OutputOptions {
  /** `STANDARD_OUTPUT`, or a path. Null: what a named query says, else the screen or the pipe. */
  readonly path: string | null;
  readonly format?: FileFormat;
  readonly layout?: 'file' | 'folder';
  readonly overwrite: boolean;
  readonly timestamps?: 'ns' | 'us';
}

export interface QueryOptions extends SourceOptions, PlaceOptions, ResultOptions {
  readonly query: QuerySource;
  readonly tuning: Tuning;
  /** Cells at once in this process; null: one per core. */
  readonly threads: number | null;
}

/** Which form of the plan `explain` prints. */
export type ExplainLevel = 'plan' | 'verbose' | 'physical';

export type Invocation =
  | ({ readonly command: 'query'; readonly output: OutputOptions } & QueryOptions)
  | ({
      readonly command: 'explain';
      readonly level: ExplainLevel;
      readonly json: boolean;
    } & QueryOptions)
  | ({ readonly command: 'check'; readonly query: QuerySource | null } & SourceOptions &
      PlaceOptions)
  | ({ readonly command: 'tables' } & SourceOptions & PlaceOptions)
  | ({ readonly command: 'inspect'; readonly files: readonly string[] } & PlaceOptions)
  | ({ readonly command: 'show'; readonly file: string; readonly limit: number | null } & {
      readonly s3: S3Options;
    })
  | ({ readonly command: 'runs'; readonly limit: number } & PlaceOptions)
  | ({ readonly command: 'run'; readonly runId: string } & PlaceOptions)
  | ({ readonly command: 'cancel'; readonly runId: string } & PlaceOptions)
  | ({ readonly command: 'store' } & StoreOptions)
  | ({ readonly command: 'clean'; readonly all: boolean } & StoreOptions)
  | ({ readonly command: 'coordinator' } & ServerOptions)
  | ({ readonly command: 'worker' } & WorkerOptions)
  | ({ readonly command: 'dev' } & Omit<ServerOptions, 'redis'> & Pick<WorkerOptions, 'threads'>)
  | { readonly command: 'help'; readonly topic: string }
  /** Help or the version: print it and end well. */
  | { readonly command: 'print'; readonly text: string };

/** Which store `millrace store` speaks of. */
export interface StoreOptions {
  readonly spec: string | null;
  readonly store: string | null;
}

/** Null: what the environment says, else the default of the server's configuration. */
export interface ServerOptions {
  readonly host: string | null;
  readonly port: number | null;
  readonly redis: string | null;
  readonly store: string | null;
  readonly s3: S3Options;
  /** Folders whose files requests may name. */
  readonly allowFiles: readonly string[];
}

export interface WorkerOptions {
  readonly threads: number | null;
  readonly redis: string | null;
  readonly store: string | null;
  readonly s3: S3Options;
}

/** A whole number of at least `least`. */
export function parseCount(option: string, least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least) {
      throw new AppError(
        'user',
        'USAGE',
        `${option} ${text}: a whole number of at least ${least} is expected`,
      );
    }
    return value;
  };
}

export function parsePowerOfTwo(option: string): (text: string) => number {
  const parse = parseCount(option, 1);
  return (text) => {
    const value = parse(text);
    if (!Number.isInteger(Math.log2(value))) {
      throw new AppError(
        'user',
        'USAGE',
        `${option} ${text}: a power of two is expected (1, 2, 4, 8, …)`,
      );
    }
    return value;
  };
}

/** `5`, `0.5` or `5%`; which ones make sense is the engine's to say. */
export function parsePercent(option: string): (text: string) => number {
  return (text) => {
    const [, digits] = /^(\d+(?:\.\d+)?)%?$/.exec(text) ?? [];
    if (digits === undefined) {
      throw new AppError('user', 'USAGE', `${option} ${text}: a percentage like 5 is expected`);
    }
    return Number(digits);
  };
}

const TIME = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?$/;

/** An ISO 8601 date or time, given on as it is: what it means is the engine's to say. */
export function parseTime(option: string): (text: string) => string {
  return (text) => {
    if (!TIME.test(text)) {
      throw new AppError(
        'user',
        'USAGE',
        `${option} ${text}: a time like 2024-06-30 or 2024-06-30T12:00:00Z is expected`,
      );
    }
    return text;
  };
}

/** `Name=expression`. */
export function parseView(text: string): ViewSpec {
  const [, name, expression] = /^([A-Za-z_][A-Za-z0-9_]*)=([^]*\S[^]*)$/.exec(text) ?? [];
  if (name === undefined || expression === undefined) {
    throw new AppError(
      'user',
      'USAGE',
      `--view ${text}: write a name and an expression, as in --view 'big=Orders.amount > 100'`,
    );
  }
  return { name, text: expression };
}
