/** How a run is cut: bucket ranges and slices of time. Nothing here changes a byte of the result. */
import { BUCKETS } from '../../shared/storage/buckets.ts';
import type { TableManifest } from '../../shared/storage/table-manifest.ts';
import type { Tuning } from '../../shared/wire/query-request.ts';
import { AppError } from '../../shared/base/app-error.ts';
import type { TimeBounds } from './bounds.ts';

/** Rows of one bucket range: what a cell may hold in memory at 100 bytes a row is about 150 MB. */
export const RANGE_ROWS_MAX = 1_500_000;
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
  readonly bounds: TimeBounds;
  readonly slots: number;
  readonly isPreview: boolean;
  readonly tuning: Tuning;
}

export function cutRun(options: CutOptions): RunCut {
  const { tables, bounds, slots, isPreview, tuning } = options;
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  const ranges = tuning.ranges ?? rangesFor(rows, slots);
  if (ranges < 1 || ranges > BUCKETS || (ranges & (ranges - 1)) !== 0) {
    throw new AppError('user', 'RANGES', `ranges must be a power of two from 1 to ${BUCKETS}, not ${ranges}`);
  }
  // Ranges cannot be cut finer than a bucket: what is still too large is cut in time.
  const perRange = rows / ranges;
  const needed = Math.min(SLICES_MAX, Math.ceil(perRange / (2 * RANGE_ROWS_MAX)));
  const slices = tuning.slices ?? (isPreview && rows > RANGE_ROWS_MAX ? Math.max(needed, PREVIEW_SLICES) : needed);
  return {
    ranges,
    cuts: evenCuts(bounds, Math.max(1, slices)),
    batchRows: tuning.batchRows ?? BATCH_ROWS,
  };
}

function rangesFor(rows: number, slots: number): number {
  let ranges = 1;
  while (ranges < BUCKETS && rows / ranges > RANGE_ROWS_MAX) ranges *= 2;
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
