/** Reads rows of one segment for a range of buckets and a range of time. */
import type { Range } from '../../shared/storage/bundle-reader.ts';
import type { Segment } from '../../shared/storage/segment.ts';
import { backPart } from '../../shared/storage/run-keys.ts';
import { BLOCK_ROWS } from '../../shared/storage/segment.ts';
import type { StoredColumn } from '../../shared/storage/segment-columns.ts';
import type { SegmentEntry } from '../../shared/storage/table-manifest.ts';
import { lowerBound } from './lower-bound.ts';
import type { RowArrays } from './stored-rows.ts';

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

/** Where the rows of one segment in a range are. */
export interface LocatedRows {
  readonly part: ScanPart;
  /** Ascending; none is empty. */
  readonly ranges: readonly Range[];
  readonly rows: number;
  /** Where finding them took reading them; otherwise null. */
  readonly times: BigInt64Array | null;
}

/**
 * Fills `target`, entities with their index among those of the scan, −1 if filtered out. `firstEntity` is the first
 * entity of the segment that is scanned, `map` as in `ScanEntities.maps`.
 */
export async function readRows(
  { part, ranges, times }: LocatedRows,
  firstEntity: number,
  map: Int32Array | null,
  { time, subsort, entity }: RowArrays,
): Promise<void> {
  const { bundle, meta } = part.segment;
  const stored = new Uint32Array(entity.buffer, entity.byteOffset, entity.length);
  if (times !== null) time.set(times);
  await Promise.all([
    times === null ? bundle.readInto('time', ranges, time) : null,
    bundle.readInto('entity', ranges, stored),
    meta.hasSubsort
      ? bundle.readInto('subsort', ranges, subsort)
      : bundle.readInto('row', ranges, backPart(subsort)),
  ]);
  mapEntities(entity, firstEntity, map);
  // Of rows without a subsort column: the position in the part, to which the base of the part is added.
  if (!meta.hasSubsort) addBase(subsort, BigInt(part.entry.base));
}

function mapEntities(entity: Int32Array, first: number, map: Int32Array | null): void {
  if (map === null) {
    if (first > 0) for (let row = 0; row < entity.length; row++) entity[row]! -= first;
  } else {
    for (let row = 0; row < entity.length; row++) entity[row] = map[entity[row]! - first]!;
  }
}

/** Widens the positions in `backPart(subsort)` to base + position, wrapping like u64: no one is overwritten unread. */
function addBase(subsort: BigUint64Array, base: bigint): void {
  const positions = backPart(subsort);
  const words = new Int32Array(subsort.buffer, subsort.byteOffset, subsort.length * 2);
  const baseLow = Number(BigInt.asIntN(32, base));
  const baseHigh = Number(BigInt.asIntN(32, base >> 32n));
  const unsignedLow = baseLow >>> 0;
  for (let row = 0; row < positions.length; row++) {
    const low = (baseLow + positions[row]!) | 0;
    words[2 * row] = low;
    // The sum is below the base exactly if it carried.
    words[2 * row + 1] = low >>> 0 < unsignedLow ? baseHigh + 1 : baseHigh;
  }
}

/** The stored rows with low <= time < high: a range per bucket at most. */
export async function locateRows(
  part: ScanPart,
  { bucketLow, bucketHigh, low, high }: SegmentRange,
): Promise<LocatedRows> {
  const { bundle, bucketRows, blockStart, blockTime, meta } = part.segment;
  // Segments without rows are not in a manifest, so they have bounds.
  const isAfterLow = low === null || BigInt(meta.minTime!) >= low;
  const isBeforeHigh = high === null || BigInt(meta.maxTime!) < high;
  if (isAfterLow && isBeforeHigh) {
    const rows = bucketRows[bucketHigh]! - bucketRows[bucketLow]!;
    return { part, ranges: [[bucketRows[bucketLow]!, rows]], rows, times: null };
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
  const trimmed = trim(coarse, times, low, high);
  return { part, ...trimmed, rows: trimmed.times.length };
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
