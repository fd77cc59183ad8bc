/** The manifest of a table version: which segments hold its rows. Immutable; named by what it was made from. */
import { createHash } from 'node:crypto';
import { SUBSORT_SEEDS, hashStringWithSeeds } from '../kernel/hash.ts';
import type { DataType, RecordType } from '../types/data-type.ts';

export const TABLE_MANIFEST_VERSION = 2;

/** One segment: what its prepare task reports. 64-bit numbers are decimal strings. */
export interface SegmentInfo {
  readonly key: string;
  readonly rows: number;
  readonly entities: number;
  readonly bytes: number;
  /** Subsort of the segment's first row in file order; where the table has no subsort column, row i has base + i. */
  readonly base: string;
  /** Base of the file and the part's first row in it: rows that tie are ordered by these (partitioning.md, R1). */
  readonly fileBase: string;
  readonly firstRow: number;
  /** Nanoseconds; null if there are no rows. */
  readonly minTime: string | null;
  readonly maxTime: string | null;
  readonly skippedRows: number;
  /** Rows per bucket. */
  readonly bucketRows: readonly number[];
}

/** A bundle of columns of a segment (segment-columns.ts): what its prepare task reports. */
export interface ColumnsInfo {
  readonly key: string;
  readonly bytes: number;
}

/** `bytes` are those of the segment and of its columns. */
export interface SegmentEntry extends Omit<SegmentInfo, 'bucketRows' | 'skippedRows'> {
  readonly columnKeys: readonly string[];
}

export interface ManifestFile {
  readonly uri: string;
  readonly bytes: number;
  /** Identity of the content as the file system or store gives it. */
  readonly etag: string;
}

/**
 * A table as a query reads it. The first one of a version, `manifest.json`, has no columns; that of a query lists the
 * bundles of the columns that it reads.
 */
export interface TableManifest {
  readonly version: typeof TABLE_MANIFEST_VERSION;
  /** Of the table's definition, its files and the format: see `tableVersionId`. */
  readonly id: string;
  readonly table: string;
  readonly schema: RecordType;
  readonly grouping: string;
  readonly keyType: DataType;
  readonly timeColumn: string;
  readonly keyColumn: string;
  readonly subsortColumn: string | null;
  readonly files: readonly ManifestFile[];
  /** In (file base, first row) order, those without rows left out. */
  readonly segments: readonly SegmentEntry[];
  readonly rows: number;
  readonly skippedRows: number;
  readonly minTime: string | null;
  readonly maxTime: string | null;
  /** Rows per bucket over all segments: what ranges are balanced by. */
  readonly bucketRows: readonly number[];
}

export type ManifestParts = Pick<
  TableManifest,
  | 'id'
  | 'table'
  | 'schema'
  | 'grouping'
  | 'keyType'
  | 'timeColumn'
  | 'keyColumn'
  | 'subsortColumn'
  | 'files'
>;

/** Without columns. The same manifest for the same segments, whatever order they were finished in. */
export function buildTableManifest(
  parts: ManifestParts,
  segments: readonly SegmentInfo[],
): TableManifest {
  const filled = segments.filter((segment) => segment.rows > 0).toSorted(compareSegments);
  const bucketRows: number[] = [];
  for (const segment of filled) {
    segment.bucketRows.forEach((rows, bucket) => {
      bucketRows[bucket] = (bucketRows[bucket] ?? 0) + rows;
    });
  }
  return {
    version: TABLE_MANIFEST_VERSION,
    ...parts,
    segments: filled.map(({ bucketRows: _rows, skippedRows: _skipped, ...entry }) => ({
      ...entry,
      columnKeys: [],
    })),
    rows: filled.reduce((sum, segment) => sum + segment.rows, 0),
    skippedRows: segments.reduce((sum, segment) => sum + segment.skippedRows, 0),
    minTime: extreme(
      filled.map((segment) => segment.minTime),
      (left, right) => left < right,
    ),
    maxTime: extreme(
      filled.map((segment) => segment.maxTime),
      (left, right) => left > right,
    ),
    bucketRows,
  };
}

/** The table with columns: each of `sets` has a bundle for every segment, by the segment's key. */
export function withColumns(
  table: TableManifest,
  sets: readonly Readonly<Record<string, ColumnsInfo>>[],
): TableManifest {
  const segments = table.segments.map((entry): SegmentEntry => {
    const bundles = sets.map((set) => set[entry.key]!);
    return {
      ...entry,
      bytes: bundles.reduce((sum, bundle) => sum + bundle.bytes, entry.bytes),
      columnKeys: bundles.map(({ key }) => key),
    };
  });
  return { ...table, segments };
}

/** (file base, first row, key): the order of rows that tie; equal content has equal bases, so the key comes last. */
export function compareSegments(
  left: Pick<SegmentInfo, 'fileBase' | 'firstRow' | 'key'>,
  right: Pick<SegmentInfo, 'fileBase' | 'firstRow' | 'key'>,
): number {
  const leftBase = BigInt(left.fileBase);
  const rightBase = BigInt(right.fileBase);
  if (leftBase !== rightBase) return leftBase < rightBase ? -1 : 1;
  if (left.firstRow !== right.firstRow) return left.firstRow - right.firstRow;
  return left.key < right.key ? -1 : left.key > right.key ? 1 : 0;
}

/** Names a table version by its definition (any plain JSON), its files and the format of segments. */
export function tableVersionId(
  definition: unknown,
  files: readonly ManifestFile[],
  segmentVersion: number,
): string {
  const text = JSON.stringify([TABLE_MANIFEST_VERSION, segmentVersion, definition, files]);
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

/** Subsort base of a file from the digest of its content in hex (partitioning.md, R2). */
export function fileBase(contentDigest: string): bigint {
  return 2n ** 62n + (BigInt(`0x${contentDigest.slice(0, 16)}`) % 2n ** 62n);
}

/** Subsort base of inline CSV text, fixed by language.md 10.3. */
export function inlineCsvBase(text: string): bigint {
  return hashStringWithSeeds(text, SUBSORT_SEEDS);
}

function extreme(
  times: readonly (string | null)[],
  isBetter: (left: bigint, right: bigint) => boolean,
): string | null {
  let best: bigint | null = null;
  for (const text of times) {
    if (text === null) continue;
    const time = BigInt(text);
    if (best === null || isBetter(time, best)) best = time;
  }
  return best === null ? null : String(best);
}
