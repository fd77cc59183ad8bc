/**
 * Arrow IPC files and streams as a source. A file is read by the blocks of its footer (not every writer repeats the
 * schema in front of them), a stream front to back; a part is found by counting rows.
 */
import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { zstdDecompressSync } from 'node:zlib';
import type { RecordBatch, Schema } from 'apache-arrow';
import { CompressionType, RecordBatchReader, compressionRegistry } from 'apache-arrow';
import { AppError, toAppError } from '../../../shared/base/app-error.ts';
import { sliceColumn } from '../../../shared/column/take.ts';
import { castColumn } from '../../../shared/kernel/cast.ts';
import type { Field, RecordType } from '../../../shared/types/data-type.ts';
import type { FileAccess } from '../file-access.ts';
import { streamFile } from '../file-access.ts';
import type { Part, SourceFormat, UnsupportedColumn } from '../source.ts';
import { rowBytesOf, segmentRows } from '../source.ts';
import { UnsupportedArrowType, columnOfArrow, fieldOfArrow } from './arrow-column.ts';
import { decodeLz4Frame } from './lz4-frame.ts';

const FILE_MAGIC = 'ARROW1';

export const arrowSource: SourceFormat = {
  async inspect(file) {
    let rows = 0;
    const { schema, batches } = await openBatches(file);
    const { fields, unsupported } = schemaOf(file, schema);
    for await (const batch of batches) rows += batch.numRows;
    const digest = createHash('sha256');
    for await (const bytes of streamFile(file)) digest.update(bytes);
    const recordType: RecordType = { kind: 'record', fields };
    return {
      schema: recordType,
      rows,
      parts: cutParts(rows, segmentRows(rowBytesOf(recordType))),
      contentDigest: digest.digest('hex'),
      unsupported,
      empty: [],
    };
  },

  async *read(file, part, fields, { pool }) {
    const { schema, batches } = await openBatches(file);
    const present = schemaOf(file, schema).fields;
    const indices = fields.map((field) => wantedIndex(file, schema, field));
    const types = fields.map((field) => present.find(({ name }) => name === field.name)!.type);
    const partEnd = part.firstRow + part.rows;
    let batchStart = 0;
    for await (const batch of batches) {
      const from = Math.max(part.firstRow, batchStart) - batchStart;
      const to = Math.min(partEnd, batchStart + batch.numRows) - batchStart;
      if (from < to) {
        const columns = fields.map((field, index) => {
          const data = batch.data.children[indices[index]!]!;
          const column = columnOfArrow(data, types[index]!, pool);
          return castColumn(sliceColumn(column, from, to), field.type, { pool });
        });
        const first = batchStart + from - part.firstRow;
        const positions = Uint32Array.from({ length: to - from }, (_, row) => first + row);
        yield { length: to - from, columns, positions, skippedRows: 0 };
      }
      batchStart += batch.numRows;
      if (batchStart >= partEnd) return;
    }
  },
};

/** The library has one registry for the process: encoders that others registered stay. */
function registerCodecs(): void {
  const add = (type: CompressionType, decode: (bytes: Uint8Array) => Uint8Array): void => {
    const known = compressionRegistry.get(type);
    if (known?.decode === undefined) compressionRegistry.set(type, { ...known, decode });
  };
  add(CompressionType.ZSTD, (bytes) => zstdDecompressSync(bytes));
  add(CompressionType.LZ4_FRAME, decodeLz4Frame);
}

async function openBatches(
  file: FileAccess,
): Promise<{ schema: Schema; batches: AsyncIterable<RecordBatch> }> {
  registerCodecs();
  if (file.bytes < 16) throw damaged(file, `it has only ${file.bytes} bytes`);
  const magic = new TextDecoder().decode(await file.readRange(0, FILE_MAGIC.length));
  try {
    const reader =
      magic === FILE_MAGIC
        ? await RecordBatchReader.from(fileHandle(file))
        : await RecordBatchReader.from(streamFile(file));
    await reader.open();
    if (reader.schema === undefined) throw damaged(file, 'it has no schema');
    return { schema: reader.schema, batches: guarded(file, reader) };
  } catch (error) {
    throw readError(file, error);
  }
}

/** What the library's random access uses of a file handle. It recognizes one by `fd` and `stat`. */
function fileHandle(file: FileAccess): FileHandle {
  const handle = {
    fd: -1,
    stat: () => Promise.resolve({ size: file.bytes }),
    async read(buffer: Uint8Array, offset: number, length: number, position: number) {
      buffer.set(await file.readRange(position, length), offset);
      return { bytesRead: length, buffer };
    },
    // The file belongs to the caller.
    close: () => Promise.resolve(),
  };
  // Only these members are called (AsyncRandomAccessFile in the library's io/file).
  return handle as unknown as FileHandle;
}

async function* guarded(
  file: FileAccess,
  reader: AsyncIterable<RecordBatch>,
): AsyncGenerator<RecordBatch> {
  try {
    yield* reader;
  } catch (error) {
    throw readError(file, error);
  }
}

function readError(file: FileAccess, error: unknown): AppError {
  if (error instanceof AppError && error.code !== 'ARROW_DAMAGED') return error;
  return damaged(file, error instanceof Error ? error.message : toAppError(error).message, error);
}

function damaged(file: FileAccess, reason: string, cause?: unknown): AppError {
  return new AppError(
    'data',
    'ARROW_DAMAGED',
    `${file.uri}: not a readable Arrow IPC file: ${reason}`,
    { cause },
  );
}

function schemaOf(
  file: FileAccess,
  schema: Schema,
): { fields: Field[]; unsupported: UnsupportedColumn[] } {
  const fields: Field[] = [];
  const unsupported: UnsupportedColumn[] = [];
  for (const field of schema.fields) {
    try {
      fields.push(fieldOfArrow(field));
    } catch (error) {
      if (!(error instanceof UnsupportedArrowType)) throw error;
      if (error.isDecimal) {
        throw new AppError(
          'data',
          'SOURCE_SCHEMA',
          `${file.uri}: invalid schema: column '${field.name}' is a ${error.message}, which the language does not have; ` +
            `store it as an integer or a float`,
          { details: { column: field.name } },
        );
      }
      unsupported.push({ name: field.name, type: error.message });
    }
  }
  return { fields, unsupported };
}

function wantedIndex(file: FileAccess, schema: Schema, field: Field): number {
  const index = schema.fields.findIndex(({ name }) => name === field.name);
  if (index >= 0) return index;
  throw new AppError(
    'data',
    'SOURCE_CHANGED',
    `${file.uri}: column '${field.name}' was there when the file was inspected and is not any more`,
  );
}

function cutParts(rows: number, rowsMax: number): Part[] {
  const parts: Part[] = [];
  for (let firstRow = 0; firstRow < rows; firstRow += rowsMax) {
    parts.push({ firstRow, rows: Math.min(rowsMax, rows - firstRow), byteStart: 0, byteEnd: 0 });
  }
  return parts;
}
