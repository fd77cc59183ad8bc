/**
 * Arrow IPC files and streams as a source. A file is a stream between two magics, with an index that is not needed
 * here, so both are read front to back; a part is found by counting rows.
 */
import { createHash } from 'node:crypto';
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

/** 'ARROW1' and two bytes of padding. */
const FILE_MAGIC = 'ARROW1\0\0';

export const arrowSource: SourceFormat = {
  async inspect(file) {
    const digest = createHash('sha256');
    let rows = 0;
    let digested = 0;
    const addToDigest = (bytes: Uint8Array): void => {
      digest.update(bytes);
      digested += bytes.length;
    };
    const { schema, batches } = await openBatches(file, addToDigest);
    const { fields, unsupported } = schemaOf(file, schema);
    for await (const batch of batches) rows += batch.numRows;
    // The stream ends before the footer of a file does.
    for await (const bytes of streamFile(file, digested)) addToDigest(bytes);
    const recordType: RecordType = { kind: 'record', fields };
    return {
      schema: recordType,
      rows,
      parts: cutParts(rows, segmentRows(rowBytesOf(recordType))),
      contentDigest: digest.digest('hex'),
      unsupported,
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

let hasCodecs = false;

function registerCodecs(): void {
  if (hasCodecs) return;
  hasCodecs = true;
  compressionRegistry.set(CompressionType.ZSTD, { decode: (bytes) => zstdDecompressSync(bytes) });
  compressionRegistry.set(CompressionType.LZ4_FRAME, { decode: decodeLz4Frame });
}

async function openBatches(
  file: FileAccess,
  onBytes: (bytes: Uint8Array) => void = () => {},
): Promise<{ schema: Schema; batches: AsyncIterable<RecordBatch> }> {
  registerCodecs();
  if (file.bytes < 8) throw damaged(file, `it has only ${file.bytes} bytes`);
  try {
    const reader = await RecordBatchReader.from(streamBytes(file, onBytes));
    await reader.open();
    return { schema: reader.schema, batches: guarded(file, reader) };
  } catch (error) {
    throw readError(file, error);
  }
}

/** The bytes of the stream; all bytes of the file are reported to `onBytes`. */
async function* streamBytes(
  file: FileAccess,
  onBytes: (bytes: Uint8Array) => void,
): AsyncGenerator<Uint8Array> {
  let isFirst = true;
  for await (const block of streamFile(file)) {
    onBytes(block);
    const isFile = isFirst && String.fromCharCode(...block.subarray(0, 8)) === FILE_MAGIC;
    isFirst = false;
    yield isFile ? block.subarray(8) : block;
  }
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
  return new AppError('data', 'ARROW_DAMAGED', `${file.uri}: not a readable Arrow IPC file: ${reason}`, { cause });
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
