/** Parquet files as a source: metadata from hyparquet, pages decoded straight into typed arrays. */
import { createHash } from 'node:crypto';
import type { ColumnChunk, FileMetaData } from 'hyparquet';
import { parquetMetadata } from 'hyparquet';
import { AppError } from '../../../shared/base/app-error.ts';
import type { Column } from '../../../shared/column/column.ts';
import type { StringPool } from '../../../shared/column/string-pool.ts';
import type { Field } from '../../../shared/types/data-type.ts';
import { castColumn } from '../../../shared/kernel/cast.ts';
import type { Scratch } from '../../scratch.ts';
import type { FileAccess } from '../file-access.ts';
import type { Inspection, Part, SourceFormat } from '../source.ts';
import { partRows, rowBytesOf } from '../source.ts';
import { readFlatLeaf } from './flat-column.ts';
import { ParquetFormatError } from './format-error.ts';
import type { RawValues } from './leaf-values.ts';
import { takeRaw } from './leaf-values.ts';
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
      parts: cutParts(rows, groupStarts(metadata), partRows(rows, rowBytesOf(recordType))),
      contentDigest: createHash('sha256').update(footer).update(String(file.bytes)).digest('hex'),
      unsupported: schema.unsupported,
      empty: [],
    };
    return inspection;
  },

  async *read(file, part, fields, { pool, scratch }) {
    const { metadata, schema } = await openParquet(file);
    const starts = groupStarts(metadata);
    const partEnd = part.firstRow + part.rows;
    const tops = fields.map((field) => {
      const top = schema.columns.find((column) => column.name === field.name);
      if (top === undefined) throw changedFile(file, field);
      return top;
    });
    const fetchGroup = (group: number): Promise<GroupChunks> | null => {
      const isWanted = starts[group]! < partEnd && starts[group + 1]! > part.firstRow;
      if (group >= metadata.row_groups.length || !isWanted) return null;
      // Read to where the group before last was, which is decoded by now.
      const chunks = fetchChunks(file, metadata, group, tops, scratch);
      // If the consumer stops early nobody awaits the group ahead; its failure must not end the process.
      chunks.catch(() => {});
      return chunks;
    };
    const positions = scratch.u32('positions', part.rows);
    for (let row = 0; row < positions.length; row++) positions[row] = row;
    // A flat column is decoded into one array of the part, so that its batches lie side by side.
    const arrays = tops.map(({ node }, index) =>
      node.kind === 'leaf' ? takeRaw(node.leaf, part.rows, scratch, `column ${index}`) : null,
    );
    const first = starts.findIndex((_, group) => starts[group + 1]! > part.firstRow);
    let ahead = first < 0 ? null : fetchGroup(first);
    for (let group = first; ahead !== null; group++) {
      const chunks = await ahead;
      // The next group is read while this one is decoded.
      ahead = fetchGroup(group + 1);
      const from = Math.max(part.firstRow, starts[group]!);
      const to = Math.min(partEnd, starts[group + 1]!);
      const span = { group, from: from - starts[group]!, to: to - starts[group]! };
      const [at, end] = [from - part.firstRow, to - part.firstRow];
      const columns: Column[] = [];
      for (const [index, field] of fields.entries()) {
        const target = arrays[index]?.subarray(at, end) ?? null;
        columns.push(
          await decodeColumn(file, metadata, span, tops[index]!, target, chunks, pool, field),
        );
      }
      yield { length: to - from, columns, positions: positions.subarray(at, end), skippedRows: 0 };
    }
  },
};

/** The compressed bytes of the leaves of a row group. */
type GroupChunks = ReadonlyMap<Leaf, { readonly bytes: Uint8Array; readonly chunk: ChunkInfo }>;

/** Read to arrays of `scratch` that groups with an even number share, and those with an odd one. */
async function fetchChunks(
  file: FileAccess,
  metadata: FileMetaData,
  group: number,
  tops: readonly TopColumn[],
  scratch: Scratch,
): Promise<GroupChunks> {
  const rowGroup = metadata.row_groups[group]!;
  const fetched = tops.map(async (top) => {
    const leaves: [Leaf, { bytes: Uint8Array; chunk: ChunkInfo }][] = [];
    try {
      for (const leaf of leavesOf(top.node)) {
        const chunk = chunkInfo(rowGroup.columns[leaf.index], leaf, file);
        const spare = scratch.u8(`chunk ${group % 2} ${leaf.index}`, chunk.length).buffer;
        const bytes = await file.readRange(chunk.offset, chunk.length, spare);
        leaves.push([leaf, { bytes, chunk }]);
      }
    } catch (error) {
      throw damagedColumn(file, top, group, error);
    }
    return leaves;
  });
  return new Map((await Promise.all(fetched)).flat());
}

/** Rows [from, to) of a row group. */
interface GroupSpan {
  readonly group: number;
  readonly from: number;
  readonly to: number;
}

/** `target` has room for the span's values of a flat column; null for others. */
async function decodeColumn(
  file: FileAccess,
  metadata: FileMetaData,
  { group, from, to }: GroupSpan,
  top: TopColumn,
  target: RawValues | null,
  chunks: GroupChunks,
  pool: StringPool,
  field: Field,
): Promise<Column> {
  const { node } = top;
  try {
    if (node.kind === 'leaf' && target !== null) {
      const { bytes, chunk } = chunks.get(node.leaf)!;
      const column = await readFlatLeaf(node.leaf, bytes, chunk, from, to, pool, target);
      return castColumn(column, field.type, { pool });
    }
    const groupRows = Number(metadata.row_groups[group]!.num_rows);
    return await readNestedColumn(top, chunks, groupRows, from, to, pool);
  } catch (error) {
    throw damagedColumn(file, top, group, error);
  }
}

function damagedColumn(file: FileAccess, top: TopColumn, group: number, error: unknown): unknown {
  if (!(error instanceof ParquetFormatError)) return error;
  return new AppError(
    'data',
    'PARQUET_DAMAGED',
    `${file.uri}: damaged Parquet file: column '${top.name}', row group ${group}: ${error.message}`,
    { cause: error, details: { column: top.name, rowGroup: group } },
  );
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
 * Parts of about `partRows` rows each, all alike. A cut falls between row groups where one begins near it, else within
 * one: the pages before it are then skipped without decompression.
 */
function cutParts(rows: number, starts: readonly number[], partRows: number): Part[] {
  const count = Math.ceil(rows / partRows);
  const parts: Part[] = [];
  for (let at = 1, firstRow = 0; firstRow < rows; at++) {
    const even = Math.round((rows * at) / count);
    const near = starts.findLast((start) => start <= even)!;
    const end = at < count && even - near < partRows / 8 ? Math.max(near, firstRow + 1) : even;
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
