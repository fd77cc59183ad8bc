/** Parquet files as a source: metadata from hyparquet, pages decoded straight into typed arrays. */
import { createHash } from 'node:crypto';
import type { ColumnChunk, FileMetaData } from 'hyparquet';
import { parquetMetadata } from 'hyparquet';
import { AppError } from '../../../shared/base/app-error.ts';
import type { Column } from '../../../shared/column/column.ts';
import type { StringPool } from '../../../shared/column/string-pool.ts';
import type { Field } from '../../../shared/types/data-type.ts';
import { castColumn } from '../../../shared/kernel/cast.ts';
import type { FileAccess } from '../file-access.ts';
import type { Inspection, Part, SourceBatch, SourceFormat } from '../source.ts';
import { rowBytesOf, segmentRows } from '../source.ts';
import { readFlatLeaf } from './flat-column.ts';
import { ParquetFormatError } from './format-error.ts';
import { readNestedColumn } from './nested-column.ts';
import type { Leaf, ParquetSchema, SchemaNode, TopColumn } from './schema.ts';
import { schemaOf } from './schema.ts';

/** One read that has the footer of most files. */
const FOOTER_GUESS_BYTES = 256 * 1024;
const FOOTER_BYTES_MAX = 1024 * 1024 * 1024;

interface OpenedFile {
  readonly metadata: FileMetaData;
  readonly schema: ParquetSchema;
  readonly footer: Uint8Array;
}

export const parquetSource: SourceFormat = {
  async inspect(file) {
    const { metadata, schema, footer } = await openParquet(file);
    const recordType = {
      kind: 'record',
      fields: schema.columns.map(({ name, type }) => ({ name, type })),
    } as const;
    const rows = Number(metadata.num_rows);
    const inspection: Inspection = {
      schema: recordType,
      rows,
      parts: cutParts(rows, groupStarts(metadata), segmentRows(rowBytesOf(recordType))),
      contentDigest: createHash('sha256').update(footer).update(String(file.bytes)).digest('hex'),
      unsupported: schema.unsupported,
    };
    return inspection;
  },

  async *read(file, part, fields, { pool }) {
    const { metadata, schema } = await openParquet(file);
    const starts = groupStarts(metadata);
    const partEnd = part.firstRow + part.rows;
    for (let group = 0; group < metadata.row_groups.length; group++) {
      const from = Math.max(part.firstRow, starts[group]!);
      const to = Math.min(partEnd, starts[group + 1]!);
      if (from >= to) continue;
      const columns: Column[] = [];
      for (const field of fields) {
        const top = schema.columns.find((column) => column.name === field.name);
        if (top === undefined) throw changedFile(file, field);
        columns.push(
          await readTopColumn(
            file,
            metadata,
            group,
            top,
            from - starts[group]!,
            to - starts[group]!,
            pool,
            field,
          ),
        );
      }
      yield rowBatch(columns, from - part.firstRow, to - from);
    }
  },
};

function rowBatch(columns: readonly Column[], firstPosition: number, length: number): SourceBatch {
  const positions = new Uint32Array(length);
  for (let row = 0; row < length; row++) positions[row] = firstPosition + row;
  return { length, columns, positions, skippedRows: 0 };
}

async function readTopColumn(
  file: FileAccess,
  metadata: FileMetaData,
  group: number,
  top: TopColumn,
  from: number,
  to: number,
  pool: StringPool,
  field: Field,
): Promise<Column> {
  const rowGroup = metadata.row_groups[group]!;
  const readChunk = async (leaf: Leaf): Promise<{ bytes: Uint8Array; chunk: ChunkInfo }> => {
    const info = chunkInfo(rowGroup.columns[leaf.index], leaf, file);
    return { bytes: await file.readRange(info.offset, info.length), chunk: info };
  };
  try {
    const { node } = top;
    if (node.kind === 'leaf') {
      const { bytes, chunk } = await readChunk(node.leaf);
      const column = await readFlatLeaf(node.leaf, bytes, chunk, from, to, pool);
      return castColumn(column, field.type, { pool });
    }
    const leaves = new Map<Leaf, { bytes: Uint8Array; chunk: ChunkInfo }>();
    for (const leaf of leavesOf(node)) leaves.set(leaf, await readChunk(leaf));
    return await readNestedColumn(top, leaves, Number(rowGroup.num_rows), from, to, pool);
  } catch (error) {
    if (!(error instanceof ParquetFormatError)) throw error;
    throw new AppError(
      'data',
      'PARQUET_DAMAGED',
      `${file.uri}: damaged Parquet file: column '${top.name}', row group ${group}: ${error.message}`,
      { cause: error, details: { column: top.name, rowGroup: group } },
    );
  }
}

export interface ChunkInfo {
  readonly offset: number;
  readonly length: number;
  readonly values: number;
  readonly codec: string;
}

function chunkInfo(chunk: ColumnChunk | undefined, leaf: Leaf, file: FileAccess): ChunkInfo {
  const meta = chunk?.meta_data;
  if (meta === undefined) throw new ParquetFormatError('column chunk has no metadata');
  if (chunk?.file_path !== undefined && chunk.file_path !== '') {
    throw new ParquetFormatError(`column chunk is in another file (${chunk.file_path})`);
  }
  if (meta.path_in_schema.join('.') !== leaf.path.join('.')) {
    throw new ParquetFormatError(`column chunk is of '${meta.path_in_schema.join('.')}'`);
  }
  const dataAt = Number(meta.data_page_offset);
  // Some writers set the dictionary offset to 0 where there is none.
  const dictionaryAt = Number(meta.dictionary_page_offset ?? 0);
  const offset = dictionaryAt > 0 && dictionaryAt < dataAt ? dictionaryAt : dataAt;
  const length = Number(meta.total_compressed_size);
  if (offset < 4 || length < 0 || offset + length > file.bytes) {
    throw new ParquetFormatError(
      `column chunk [${offset}, ${offset + length}) is outside of the file's ${file.bytes} bytes`,
    );
  }
  return { offset, length, values: Number(meta.num_values), codec: meta.codec };
}

function* leavesOf(node: SchemaNode): Generator<Leaf> {
  switch (node.kind) {
    case 'leaf':
      yield node.leaf;
      break;
    case 'record':
      for (const field of node.fields) yield* leavesOf(field.node);
      break;
    case 'list':
      yield* leavesOf(node.element);
      break;
    case 'map':
      yield* leavesOf(node.key);
      yield* leavesOf(node.value);
      break;
  }
}

async function openParquet(file: FileAccess): Promise<OpenedFile> {
  const damaged = (reason: string, cause?: unknown): AppError =>
    new AppError('data', 'PARQUET_DAMAGED', `${file.uri}: not a readable Parquet file: ${reason}`, {
      cause,
    });
  if (file.bytes === 0) throw damaged('the file is empty');
  if (file.bytes < 12) throw damaged(`it has only ${file.bytes} bytes`);
  const guess = Math.min(file.bytes, FOOTER_GUESS_BYTES);
  let tail = await file.readRange(file.bytes - guess, guess);
  const view = new DataView(tail.buffer, tail.byteOffset, tail.byteLength);
  const magic = view.getUint32(guess - 4, false);
  if (magic === 0x50415245) throw damaged('its footer is encrypted');
  if (magic !== 0x50415231) throw damaged("it does not end in 'PAR1' (was it cut short?)");
  const footerBytes = view.getUint32(guess - 8, true) + 8;
  if (footerBytes > file.bytes || footerBytes > FOOTER_BYTES_MAX) {
    throw damaged(`its footer claims ${footerBytes} bytes of a file of ${file.bytes}`);
  }
  if (footerBytes > guess) tail = await file.readRange(file.bytes - footerBytes, footerBytes);
  const footer = tail.subarray(tail.length - footerBytes);
  let metadata: FileMetaData;
  try {
    // Geometry columns stay what they are stored as: bytes.
    metadata = parquetMetadata(footer, { geoparquet: false });
  } catch (error) {
    throw damaged(`its footer cannot be decoded (${String(error)})`, error);
  }
  const rows = metadata.row_groups.reduce((sum, group) => sum + Number(group.num_rows), 0);
  if (rows !== Number(metadata.num_rows)) {
    throw damaged(`its row groups hold ${rows} rows, the footer says ${metadata.num_rows}`);
  }
  return { metadata, schema: schemaOf(metadata, file.uri), footer };
}

/** First row of each row group, and the end. */
function groupStarts(metadata: FileMetaData): number[] {
  const starts = [0];
  for (const group of metadata.row_groups) starts.push(starts.at(-1)! + Number(group.num_rows));
  return starts;
}

/**
 * Parts of at most `rowsMax` rows. A cut falls between row groups where that leaves a part at least half full, else
 * within one: the pages before it are then skipped without decompression.
 */
function cutParts(rows: number, starts: readonly number[], rowsMax: number): Part[] {
  const parts: Part[] = [];
  for (let firstRow = 0; firstRow < rows;) {
    let end = Math.min(rows, firstRow + rowsMax);
    if (end < rows) {
      const boundary = starts.findLast((start) => start <= end)!;
      if (boundary - firstRow >= rowsMax / 2) end = boundary;
    }
    parts.push({ firstRow, rows: end - firstRow, byteStart: 0, byteEnd: 0 });
    firstRow = end;
  }
  return parts;
}

function changedFile(file: FileAccess, field: Field): AppError {
  return new AppError(
    'data',
    'SOURCE_CHANGED',
    `${file.uri}: column '${field.name}' was there when the file was inspected and is not any more`,
  );
}
