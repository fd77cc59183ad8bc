/** How a run is cut: bucket ranges and slices of time. Nothing here changes a byte of the result. */
import { BUCKETS } from '../../shared/storage/buckets.ts';
import type { TableManifest } from '../../shared/storage/table-manifest.ts';
import type { Tuning } from '../../shared/wire/query-request.ts';
import { AppError } from '../../shared/base/app-error.ts';
import type { TimeBounds } from './bounds.ts';

/** What the inputs and outputs of one cell may take in memory, by estimate. Threads share the machine: keep it small. */
export const CELL_BYTES_MAX: number = 192 << 20;
/** Below this many rows a second range costs more than it saves. */
export const RANGE_ROWS_MIN = 50_000;
/** Rows of a batch inside a cell: columns of one batch should stay in the cache of a core. */
export const BATCH_ROWS = 65_536;
/** Slices of a run whose tables do not fit even in the finest ranges. */
export const SLICES_MAX = 1_024;
/** A preview runs slice by slice and stops early. */
const PREVIEW_SLICES = 8;

export interface RunCut {
  readonly ranges: number;
  /** Interior cuts in nanoseconds, ascending. */
  readonly cuts: readonly bigint[];
  readonly batchRows: number;
}

export interface CutOptions {
  readonly tables: readonly TableManifest[];
  /** Columns that the query reads and fields that it writes. */
  readonly columns: number;
  readonly bounds: TimeBounds;
  readonly slots: number;
  readonly isPreview: boolean;
  readonly tuning: Tuning;
}

export function cutRun(options: CutOptions): RunCut {
  const { tables, bounds, slots, isPreview, tuning } = options;
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  const rangeRowsMax = Math.max(
    RANGE_ROWS_MIN,
    Math.floor(CELL_BYTES_MAX / rowBytes(tables, options.columns)),
  );
  const ranges = tuning.ranges ?? rangesFor(rows, rangeRowsMax, slots);
  checkCount('slices', tuning.slices, SLICES_MAX);
  checkCount('batchRows', tuning.batchRows, Number.MAX_SAFE_INTEGER);
  if (ranges < 1 || ranges > BUCKETS || !Number.isInteger(Math.log2(ranges))) {
    throw new AppError(
      'user',
      'RANGES',
      `ranges must be a power of two from 1 to ${BUCKETS}, not ${ranges}`,
    );
  }
  // Ranges cannot be cut finer than a bucket: what is still too large is cut in time.
  const perRange = rows / ranges;
  const needed = Math.min(SLICES_MAX, Math.ceil(perRange / (2 * rangeRowsMax)));
  const slices =
    tuning.slices ?? (isPreview && rows > rangeRowsMax ? Math.max(needed, PREVIEW_SLICES) : needed);
  return {
    ranges,
    cuts: evenCuts(bounds, Math.max(1, slices)),
    batchRows: tuning.batchRows ?? BATCH_ROWS,
  };
}

function checkCount(name: string, count: number | undefined, most: number): void {
  if (count === undefined || (Number.isInteger(count) && count >= 1 && count <= most)) return;
  throw new AppError(
    'user',
    'TUNING',
    `${name} must be a whole number from 1 to ${most}, not ${count}`,
  );
}

/** Identities come in and go out; 16 bytes a column cover its value, its validity and a copy on the way. */
function rowBytes(tables: readonly TableManifest[], columns: number): number {
  let nested = 0;
  for (const table of tables) {
    const hasNested = table.schema.fields.some((field) =>
      /^(list|map|record)$/.test(field.type.kind),
    );
    const bytes = table.segments.reduce((sum, segment) => sum + segment.bytes, 0);
    // A nested value can be of any length: what the segments hold per row is the best that is known.
    if (hasNested && table.rows > 0) nested = Math.max(nested, (2 * bytes) / table.rows);
  }
  return 64 + 16 * columns + nested;
}

function rangesFor(rows: number, rangeRowsMax: number, slots: number): number {
  let ranges = 1;
  while (ranges < BUCKETS && rows / ranges > rangeRowsMax) ranges *= 2;
  // Every slot should have work, as long as the pieces are worth a task.
  while (ranges < slots && ranges < BUCKETS && rows / ranges > 2 * RANGE_ROWS_MIN) ranges *= 2;
  return ranges;
}

/** Cuts that part the bounds into `slices` intervals of equal length; fewer where time does not allow them. */
function evenCuts(bounds: TimeBounds, slices: number): bigint[] {
  if (bounds === null || slices <= 1) return [];
  const span = bounds.high - bounds.low;
  const cuts = new Set<bigint>();
  for (let at = 1; at < slices; at++) {
    const cut = bounds.low + (span * BigInt(at)) / BigInt(slices);
    if (cut > bounds.low) cuts.add(cut);
  }
  return [...cuts];
}
