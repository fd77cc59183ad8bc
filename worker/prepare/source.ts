/**
 * The contract between prepare and the file formats: a source says what a file holds and reads parts of it as columns.
 *
 * `inspect` looks at a file once and cuts it into parts; `read` decodes the wanted columns of one part. Neither holds a
 * whole file in memory. Inspections and parts are plain JSON: they cross from the task that inspects to the ones that read.
 */
import type { Column } from '../../shared/column/column.ts';
import type { StringPool } from '../../shared/column/string-pool.ts';
import type { Field, RecordType } from '../../shared/types/data-type.ts';
import type { Scratch } from '../scratch.ts';
import type { FileAccess } from './file-access.ts';

/** Rows of one segment at most: a prepare task sorts them in memory. */
export const SEGMENT_ROWS_MAX = 8_000_000;
/** Bytes of decoded columns of one segment, about; wide tables get fewer rows per segment. */
export const SEGMENT_BYTES_TARGET = 768 * 1024 * 1024;

/** A run of consecutive rows of a file: what one prepare task reads. */
export interface Part {
  /** 0-based position of the part's first row in the file; skipped rows are counted. */
  readonly firstRow: number;
  /** Rows of the part, skipped ones included. */
  readonly rows: number;
  /** Bytes of the file that hold the part, for formats that are read front to back; else 0 and 0. */
  readonly byteStart: number;
  readonly byteEnd: number;
}

/** A column of the file whose type has no counterpart in the language; it is left out of the schema. */
export interface UnsupportedColumn {
  readonly name: string;
  /** As the format names it, for messages. */
  readonly type: string;
}

export interface Inspection {
  readonly schema: RecordType;
  /** Rows of the file, skipped ones included. */
  readonly rows: number;
  readonly parts: readonly Part[];
  /** SHA-256 in hex: of the content, or for Parquet of the footer and the file's length (partitioning.md, R2). */
  readonly contentDigest: string;
  readonly unsupported: readonly UnsupportedColumn[];
  /** Columns of a text file without any value: their type is a guess. */
  readonly empty: readonly string[];
}

export interface SourceBatch {
  readonly length: number;
  /** One per requested field, in that order, each of the requested type. */
  readonly columns: readonly Column[];
  /** Position in the file of each row, relative to the part's first row. */
  readonly positions: Uint32Array;
  /** Rows between the previous batch and the end of this one that were left out as bad. */
  readonly skippedRows: number;
}

export type BadRowPolicy = 'fail' | 'skip';

export interface ReadOptions {
  readonly pool: StringPool;
  readonly onBadRow: BadRowPolicy;
  /** For arrays of whole parts; the reader's until its caller is done with the part. */
  readonly scratch: Scratch;
}

/**
 * A file format. Errors are AppErrors of class `data` that name the file and, where there is one, row and column.
 * Fields asked of `read` are fields of the inspected schema by name; where the type differs it is one that
 * `canReadAs` allows.
 */
export interface SourceFormat {
  inspect(file: FileAccess, options: { readonly onBadRow: BadRowPolicy }): Promise<Inspection>;
  read(
    file: FileAccess,
    part: Part,
    fields: readonly Field[],
    options: ReadOptions,
  ): AsyncIterable<SourceBatch>;
}

/** A file of up to this many rows is one part. */
const PART_ROWS_MIN = 2_500_000;
/** Parts that a file is cut into where that leaves them large enough: work for this many threads. */
const PARTS_PER_FILE = 16;

/** Rows of each part of a file whose number of rows is known, for rows of about `rowBytes` decoded bytes. */
export function partRows(rows: number, rowBytes: number): number {
  const shared = Math.max(PART_ROWS_MIN, Math.ceil(rows / PARTS_PER_FILE));
  return Math.min(segmentRows(rowBytes), shared);
}

/** Rows per segment at most, for rows of about `rowBytes` decoded bytes. */
export function segmentRows(rowBytes: number): number {
  return Math.max(1, Math.min(SEGMENT_ROWS_MAX, Math.floor(SEGMENT_BYTES_TARGET / rowBytes)));
}

/** A decoded row's bytes, about: what `segmentRows` needs. */
export function rowBytesOf(schema: RecordType): number {
  // 8 per column and the 24 bytes of order key and entity; nested columns count several times.
  let bytes = 24;
  for (const field of schema.fields) {
    const nested =
      field.type.kind === 'list' || field.type.kind === 'map' || field.type.kind === 'record';
    bytes += nested ? 64 : 8;
  }
  return bytes;
}
