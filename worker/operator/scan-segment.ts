/** Reads rows of one segment for a range of buckets and a range of time. */
import type { Column } from '../../shared/column/column.ts';
import { readColumn } from '../../shared/column/codec.ts';
import type { StringPool } from '../../shared/column/string-pool.ts';
import type { Range } from '../../shared/storage/bundle-reader.ts';
import type { Segment } from '../../shared/storage/segment.ts';
import { BLOCK_ROWS } from '../../shared/storage/segment.ts';
import type { StoredColumn } from '../../shared/storage/segment-columns.ts';
import type { SegmentEntry } from '../../shared/storage/table-manifest.ts';
import type { Field } from '../../shared/types/data-type.ts';
import { lowerBound } from './lower-bound.ts';

export interface ScanPart {
  readonly segment: Segment;
  readonly entry: SegmentEntry;
  /** By name: at least the stored columns among those that are scanned. */
  readonly columns: ReadonlyMap<string, StoredColumn>;
}

export interface SegmentRange {
  readonly bucketLow: number;
  readonly bucketHigh: number;
  /** low <= time < high; null is open. */
  readonly low: bigint | null;
  readonly high: bigint | null;
}

/** Rows of one segment as they are stored. */
export interface Piece {
  readonly stored: number;
  readonly time: BigInt64Array;
  /** Of rows without a subsort column: position in the part, to which `base` is added. */
  readonly subsort: BigUint64Array | Uint32Array;
  readonly base: bigint;
  /** Index among the entities of the segment. */
  readonly entities: Uint32Array;
  /** The first of them that is scanned, and by distance from it the index among the entities of the scan, −1 if filtered out. */
  readonly firstEntity: number;
  readonly entityMap: Int32Array | null;
  /** One per field; null for derived ones (`columnOrigin`), and if there are no rows. */
  readonly columns: readonly (Column | null)[];
}

/** `map` as in `ScanEntities.maps`. */
export async function readSegment(
  { segment, entry, columns: stores }: ScanPart,
  range: SegmentRange,
  fields: readonly Field[],
  map: Int32Array | null,
  pool: StringPool,
): Promise<Piece> {
  const { bundle, meta } = segment;
  const { ranges, times } = await locate(segment, range);
  const stored = times.length;
  const [entities, subsort, columns] = await Promise.all([
    bundle.sectionRanges('entity', ranges, 'u32'),
    meta.hasSubsort
      ? bundle.sectionRanges('subsort', ranges, 'u64')
      : bundle.sectionRanges('row', ranges, 'u32'),
    Promise.all(
      fields.map(async (field) => {
        const store = stores.get(field.name);
        if (stored === 0 || store === undefined) return null;
        return readColumn(store.bundle, store.meta, ranges, pool);
      }),
    ),
  ]);
  return {
    stored,
    time: times,
    subsort,
    base: BigInt(entry.base),
    entities,
    firstEntity: segment.bucketEntities[range.bucketLow]!,
    entityMap: map,
    columns,
  };
}

/** The ranges of stored rows with low <= time < high, one per bucket at most, and their times. */
async function locate(
  segment: Segment,
  { bucketLow, bucketHigh, low, high }: SegmentRange,
): Promise<{ ranges: Range[]; times: BigInt64Array }> {
  const { bundle, bucketRows, blockStart, blockTime, meta } = segment;
  const all = bucketRows[bucketHigh]! - bucketRows[bucketLow]!;
  // Segments without rows are not in a manifest, so they have bounds.
  const isAfterLow = low === null || BigInt(meta.minTime!) >= low;
  const isBeforeHigh = high === null || BigInt(meta.maxTime!) < high;
  if (isAfterLow && isBeforeHigh) {
    const ranges: Range[] = [[bucketRows[bucketLow]!, all]];
    return { ranges, times: await bundle.sectionRanges('time', ranges, 'i64') };
  }
  const coarse: Range[] = [];
  const misses =
    (low !== null && BigInt(meta.maxTime!) < low) ||
    (high !== null && BigInt(meta.minTime!) >= high);
  for (let bucket = bucketLow; bucket < bucketHigh && !misses; bucket++) {
    const first = blockStart[bucket]!;
    const end = blockStart[bucket + 1]!;
    // The block before the first that begins at or after `low` may hold rows from `low` on.
    const from = low === null ? first : Math.max(first, lowerBound(blockTime, low, first, end) - 1);
    const to = high === null ? end : lowerBound(blockTime, high, first, end);
    if (from >= to) continue;
    const row = bucketRows[bucket]! + (from - first) * BLOCK_ROWS;
    const rowEnd = Math.min(
      bucketRows[bucket + 1]!,
      bucketRows[bucket]! + (to - first) * BLOCK_ROWS,
    );
    coarse.push([row, rowEnd - row]);
  }
  const times = await bundle.sectionRanges('time', coarse, 'i64');
  return trim(coarse, times, low, high);
}

/** Cuts rows outside of [low, high) from both ends of each range. */
function trim(
  coarse: readonly Range[],
  times: BigInt64Array,
  low: bigint | null,
  high: bigint | null,
): { ranges: Range[]; times: BigInt64Array } {
  const ranges: Range[] = [];
  const pieces: BigInt64Array[] = [];
  let at = 0;
  let length = 0;
  for (const [row, count] of coarse) {
    const from = low === null ? at : lowerBound(times, low, at, at + count);
    const to = high === null ? at + count : lowerBound(times, high, at, at + count);
    if (from < to) {
      const start = row + from - at;
      const previous = ranges.at(-1);
      if (previous !== undefined && previous[0] + previous[1] === start) {
        ranges[ranges.length - 1] = [previous[0], previous[1] + to - from];
      } else ranges.push([start, to - from]);
      pieces.push(times.subarray(from, to));
      length += to - from;
    }
    at += count;
  }
  const [only] = pieces;
  if (only !== undefined && pieces.length === 1) return { ranges, times: only };
  const joined = new BigInt64Array(length);
  at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return { ranges, times: joined };
}
