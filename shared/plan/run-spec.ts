/** What a run is: the immutable object that every task of it reads, and the records that its tasks leave. */
import type { FileFormat } from '../wire/query-request.ts';
import type { RunRef } from '../storage/sorted-run.ts';
import type { DomainId } from './logical.ts';
import type { Bounds, ExchangeId, StagePlan } from './stage.ts';

export const RUN_SPEC_VERSION = 1;

export interface RunSpec {
  readonly version: typeof RUN_SPEC_VERSION;
  readonly runId: string;
  /** The build of the engine: a run refuses workers of another one (partitioning.md, R7). */
  readonly engine: string;
  readonly plan: StagePlan;
  /** Table name → key of its manifest in the store. */
  readonly tables: Readonly<Record<string, string>>;
  /** Bucket ranges per stage: a power of two. */
  readonly ranges: number;
  /** Interior cuts of time, ascending decimal nanoseconds: n cuts make n + 1 slices. */
  readonly cuts: readonly string[];
  /** Rows of a batch inside a cell, about. */
  readonly batchRows: number;
  readonly results: ResultSpec;
  readonly output: RunOutput;
}

export interface ResultSpec {
  readonly kind: 'history' | 'final';
  /** Decimal nanoseconds; events after it do not exist for this run. */
  readonly finalAt: string | null;
  /** Decimal nanoseconds, inclusive. */
  readonly changedSince: string | null;
  readonly limit: number | null;
}

export interface RunOutput {
  /** A path or s3:// URI; null: in the store, under the run. */
  readonly path: string | null;
  readonly overwrite: boolean;
  readonly format: FileFormat;
  readonly layout: 'file' | 'folder';
  readonly timestamps: 'ns' | 'us';
}

/** The coordinates of a cell; `cellName` is its name everywhere. */
export interface CellId {
  readonly stage: number;
  readonly range: number;
  readonly slice: number;
}

export function cellName(cell: CellId): string {
  return `s${cell.stage}-p${cell.range}-j${cell.slice}`;
}

export function parseCellName(name: string): CellId | null {
  const match = /^s(\d+)-p(\d+)-j(\d+)$/.exec(name);
  if (match === null) return null;
  return { stage: Number(match[1]), range: Number(match[2]), slice: Number(match[3]) };
}

/** Left by the attempt that finished a cell first; created only if absent. */
export interface CellRecord {
  readonly name: string;
  readonly attempt: number;
  /** Sorted runs, one after another in order. */
  readonly runs: readonly RunRef[];
  readonly exchanges: readonly {
    readonly exchange: ExchangeId;
    readonly key: string;
    readonly rows: number;
    readonly bytes: number;
  }[];
  readonly bounds: readonly ({ readonly domain: DomainId } & Bounds)[];
  /** Key of the state snapshot at the end of the slice, if one was asked for. */
  readonly state: string | null;
  readonly inputRows: number;
  readonly outputRows: number;
  readonly droppedByShift: number;
}

/** Bounds of the domains that a stage needs, written by the coordinator before its cells are offered. */
export interface StageFacts {
  readonly bounds: readonly ({ readonly domain: DomainId } & Bounds)[];
}

/** The root of a result: created once, after its files. */
/**
 * In a folder of parts, what makes them a result. Its name begins with `_`, so that whoever reads the folder as a table, we
 * among them, passes it by.
 */
export const RESULT_MANIFEST = '_manifest.json';

export interface PublishedResult {
  readonly version: 1;
  readonly runId: string;
  readonly files: readonly {
    readonly uri: string;
    readonly bytes: number;
    readonly rows: number;
  }[];
}

const PART_NAME = /^part-\d{5,}\.[a-z]+$/;

/** Names of the parts in the text of a folder's manifest; none if it is not one of ours. */
export function partNames(manifest: string): readonly string[] {
  try {
    const { files } = JSON.parse(manifest) as PublishedResult;
    return files.map(({ uri }) => uri.split('/').at(-1)!).filter((name) => PART_NAME.test(name));
  } catch {
    return [];
  }
}

export function runPrefix(runId: string): string {
  return `runs/${runId}`;
}
