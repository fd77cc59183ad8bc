/**
 * A segment: the identities of the rows of one part of a source file, as a bundle. The values of its columns are in
 * bundles beside it (segment-columns.ts), in the same order of rows.
 *
 * Rows are stored by (bucket, order key); within a bucket they ascend in time. Sections:
 *
 *   time           i64   per row: nanoseconds
 *   row            u32   per row: position in the part; without a subsort column, subsort = base + row
 *   subsort        u64   per row; only with a subsort column
 *   entity         u32   per row: index into the entities
 *   entityHash     u64   per entity, ascending; so those of a bucket stand together
 *   key/…                per entity: its key, as a column; strings as keyOffsets, keyBytes
 *   bucketRows     u32   first row of each bucket, and the end
 *   bucketEntities u32   first entity of each bucket, and the end
 *   blockStart     u32   first block of each bucket, and the end
 *   blockTime      i64   time of the first row of each block: BLOCK_ROWS rows of one bucket, the last one shorter
 *   sampleTime     i64   times of the stored rows 0, sampleStep, 2 · sampleStep, …, ascending
 *
 * The index sections come last, where the read that opens the bundle usually has them already.
 */
import { AppError } from '../base/app-error.ts';
import { assert } from '../base/assert.ts';
import type { Column } from '../column/column.ts';
import type { ColumnMeta } from '../column/codec.ts';
import { encodeColumn } from '../column/codec.ts';
import type { StringPool } from '../column/string-pool.ts';
import type { DataType } from '../types/data-type.ts';
import { BUCKETS, bucketOf } from './buckets.ts';
import type { Section } from './bundle.ts';
import { encodeBundle } from './bundle.ts';
import type { BundleReader } from './bundle-reader.ts';
import { openBundle } from './bundle-reader.ts';
import type { ObjectStore } from './object-store.ts';

export const SEGMENT_VERSION = 2;
/** Rows of a bucket between two entries of the time index. */
export const BLOCK_ROWS = 1024;
/** Entries of `sampleTime` at most. */
const SAMPLE_TIMES_MAX = 16_384;

export interface SegmentMeta {
  readonly format: 'segment';
  readonly version: number;
  readonly rows: number;
  readonly entities: number;
  readonly hasSubsort: boolean;
  readonly minTime: string | null;
  readonly maxTime: string | null;
  readonly sampleStep: number;
  readonly keyType: DataType;
  /** Null for string keys, which have sections of their own. */
  readonly keyMeta: ColumnMeta | null;
  /** The key that is null, by entity index, or −1: its string would be indistinguishable from the empty one. */
  readonly nullKey: number;
}

/** Rows in stored order; see the file comment. Arrays are written as they are. */
export interface SegmentContent {
  readonly time: BigInt64Array;
  readonly row: Uint32Array;
  readonly subsort: BigUint64Array | null;
  readonly entity: Uint32Array;
  readonly entityHash: BigUint64Array;
  readonly keys: Column;
}

export interface EncodedSegment {
  readonly chunks: readonly Uint8Array[];
  readonly meta: SegmentMeta;
  readonly bytes: number;
  readonly bucketRows: readonly number[];
}

export function encodeSegment(content: SegmentContent): EncodedSegment {
  const { time, entity, entityHash, keys } = content;
  const rows = time.length;
  const sections: Section[] = [
    { name: 'time', array: time },
    { name: 'row', array: content.row },
  ];
  if (content.subsort !== null) sections.push({ name: 'subsort', array: content.subsort });
  sections.push({ name: 'entity', array: entity });
  sections.push({ name: 'entityHash', array: entityHash });
  let keyMeta: ColumnMeta | null = null;
  if (keys.physical === 'string')
    sections.push(...encodeKeyStrings(keys.codes, keys.pool, keys.validity));
  else {
    const encoded = encodeColumn('key', keys);
    keyMeta = encoded.meta;
    sections.push(...encoded.sections);
  }
  const bucketEntities = bucketStarts(entityHash);
  const bucketRows = rowStarts(entity, bucketEntities);
  const { blockStart, blockTime } = indexBlocks(time, bucketRows);
  const sampleStep = sampleStepOf(rows);
  sections.push(
    { name: 'sampleTime', array: sampleTimes(time, sampleStep) },
    { name: 'blockTime', array: blockTime },
    { name: 'blockStart', array: blockStart },
    { name: 'bucketRows', array: bucketRows },
    { name: 'bucketEntities', array: bucketEntities },
  );
  const { minTime, maxTime } = timeBounds(time, bucketRows);
  const meta: SegmentMeta = {
    format: 'segment',
    version: SEGMENT_VERSION,
    rows,
    entities: entityHash.length,
    hasSubsort: content.subsort !== null,
    minTime: minTime === null ? null : String(minTime),
    maxTime: maxTime === null ? null : String(maxTime),
    sampleStep,
    keyType: keys.type,
    keyMeta,
    nullKey: keys.validity === null ? -1 : keys.validity.indexOf(0),
  };
  const chunks = encodeBundle(meta, sections);
  return {
    chunks,
    meta,
    bytes: chunks.reduce((sum, chunk) => sum + chunk.length, 0),
    bucketRows: Array.from(
      { length: BUCKETS },
      (_, bucket) => bucketRows[bucket + 1]! - bucketRows[bucket]!,
    ),
  };
}

/** The index of an opened segment; the big sections are read through `bundle` by range. */
export interface Segment {
  readonly bundle: BundleReader;
  readonly meta: SegmentMeta;
  readonly bucketRows: Uint32Array;
  readonly bucketEntities: Uint32Array;
  readonly blockStart: Uint32Array;
  readonly blockTime: BigInt64Array;
  readonly sampleTime: BigInt64Array;
}

export async function openSegment(store: ObjectStore, key: string): Promise<Segment> {
  const bundle = await openBundle(store, key);
  // What `encodeSegment` wrote: the footer's checksum holds.
  const meta = bundle.meta as SegmentMeta;
  if (meta.format !== 'segment' || meta.version !== SEGMENT_VERSION) {
    throw new AppError(
      'data',
      'SEGMENT_VERSION',
      `object \`${key}\` in ${store.description} is no segment of format version ${SEGMENT_VERSION}`,
      { details: { key } },
    );
  }
  const [bucketRows, bucketEntities, blockStart, blockTime, sampleTime] = await Promise.all([
    bundle.section('bucketRows', 'u32'),
    bundle.section('bucketEntities', 'u32'),
    bundle.section('blockStart', 'u32'),
    bundle.section('blockTime', 'i64'),
    bundle.section('sampleTime', 'i64'),
  ]);
  assert(bucketRows[BUCKETS] === meta.rows, 'segment: bucket index covers all rows');
  assert(bucketEntities[BUCKETS] === meta.entities, 'segment: bucket index covers all entities');
  return { bundle, meta, bucketRows, bucketEntities, blockStart, blockTime, sampleTime };
}

/** Strings of the keys one after another, so that a range of entities is a range of bytes. */
function encodeKeyStrings(
  codes: Int32Array,
  pool: StringPool,
  validity: Uint8Array | null,
): Section[] {
  const { bytes: source, offsets: starts } = pool;
  const offsets = new Float64Array(codes.length + 1);
  for (let index = 0; index < codes.length; index++) {
    const isNull = validity !== null && validity[index] === 0;
    const code = codes[index]!;
    const bytes = isNull ? 0 : starts[code + 1]! - starts[code]!;
    offsets[index + 1] = offsets[index]! + bytes;
  }
  const text = new Uint8Array(offsets[codes.length]!);
  let to = 0;
  for (let index = 0; index < codes.length; index++) {
    if (validity !== null && validity[index] === 0) continue;
    const end = starts[codes[index]! + 1]!;
    for (let from = starts[codes[index]!]!; from < end; from++) text[to++] = source[from]!;
  }
  return [
    { name: 'keyOffsets', array: offsets },
    { name: 'keyBytes', array: text },
  ];
}

/** First index of each bucket in ascending hashes, and the end. */
function bucketStarts(hashes: BigUint64Array): Uint32Array {
  const words = new Uint32Array(hashes.buffer, hashes.byteOffset, hashes.length * 2);
  const starts = new Uint32Array(BUCKETS + 1);
  for (let index = 0; index < hashes.length; index++) {
    const bucket = bucketOf(words, index);
    starts[bucket + 1] = starts[bucket + 1]! + 1;
  }
  for (let bucket = 0; bucket < BUCKETS; bucket++) starts[bucket + 1]! += starts[bucket]!;
  return starts;
}

/** First row of each bucket, and the end, from the entities of rows that are stored by bucket. */
function rowStarts(entity: Uint32Array, bucketEntities: Uint32Array): Uint32Array {
  const starts = new Uint32Array(BUCKETS + 1);
  let row = 0;
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    // Entities stand in the order of their hashes, so those of a bucket are a range.
    const first = bucketEntities[bucket]!;
    const count = bucketEntities[bucket + 1]! - first;
    while (row < entity.length && (entity[row]! - first) >>> 0 < count) row++;
    starts[bucket + 1] = row;
  }
  assert(row === entity.length, 'segment: rows are stored by bucket');
  return starts;
}

function indexBlocks(
  time: BigInt64Array,
  bucketRows: Uint32Array,
): { blockStart: Uint32Array; blockTime: BigInt64Array } {
  const blockStart = new Uint32Array(BUCKETS + 1);
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    const rows = bucketRows[bucket + 1]! - bucketRows[bucket]!;
    blockStart[bucket + 1] = blockStart[bucket]! + Math.ceil(rows / BLOCK_ROWS);
  }
  const blockTime = new BigInt64Array(blockStart[BUCKETS]!);
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    let row = bucketRows[bucket]!;
    for (let block = blockStart[bucket]!; block < blockStart[bucket + 1]!; block++) {
      blockTime[block] = time[row]!;
      row += BLOCK_ROWS;
    }
  }
  return { blockStart, blockTime };
}

function sampleStepOf(rows: number): number {
  let step = 1;
  while (rows / step > SAMPLE_TIMES_MAX) step *= 2;
  return step;
}

/** Rows are stored by bucket, so every bucket is sampled evenly. */
function sampleTimes(time: BigInt64Array, step: number): BigInt64Array {
  const times = new BigInt64Array(Math.ceil(time.length / step));
  for (let at = 0; at < times.length; at++) times[at] = time[at * step]!;
  return times.sort();
}

/** Within a bucket the rows ascend in time. */
function timeBounds(
  time: BigInt64Array,
  bucketRows: Uint32Array,
): { minTime: bigint | null; maxTime: bigint | null } {
  let minTime: bigint | null = null;
  let maxTime: bigint | null = null;
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    const [start, end] = [bucketRows[bucket]!, bucketRows[bucket + 1]!];
    if (start === end) continue;
    const [first, last] = [time[start]!, time[end - 1]!];
    if (minTime === null || first < minTime) minTime = first;
    if (maxTime === null || last > maxTime) maxTime = last;
  }
  return { minTime, maxTime };
}
