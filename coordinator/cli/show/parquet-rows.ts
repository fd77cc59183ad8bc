/** Rows of a Parquet file for `show`: a few at a time, by a library that reads every writer's files. */
import {
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
  type AsyncBuffer,
  type SchemaElement,
} from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { printDate, printTimestamp } from '../../../shared/time/print-timestamp.ts';
import { f64Text } from '../../../shared/kernel/float-text.ts';
import type { DataFile } from '../context.ts';
import type { RowReader } from './data-edges.ts';
import { cellOf } from './cell-text.ts';

/** The library's own lose everything below the millisecond. */
const PARSERS = {
  timestampFromMilliseconds: (count: bigint) => printTimestamp(count, 'ms', 'shortest'),
  timestampFromMicroseconds: (count: bigint) => printTimestamp(count, 'us', 'shortest'),
  timestampFromNanoseconds: (count: bigint) => printTimestamp(count, 'ns', 'shortest'),
  dateFromDays: printDate,
};

export async function openParquet(file: DataFile): Promise<RowReader> {
  const buffer: AsyncBuffer = {
    byteLength: file.bytes,
    slice: async (start, end = file.bytes) => (await file.readRange(start, end - start)).buffer,
  };
  const metadata = await parquetMetadataAsync(buffer);
  const columns = parquetSchema(metadata).children.map(({ element, children }) => ({
    name: element.name,
    type: typeName(element, children.length > 0),
  }));
  return {
    columns,
    rows: Number(metadata.num_rows),
    read: async ({ start, count }) => {
      if (count === 0) return [];
      const rows = await parquetReadObjects({
        file: buffer,
        metadata,
        compressors,
        parsers: PARSERS,
        rowStart: start,
        rowEnd: start + count,
      });
      return rows.map((row: Readonly<Record<string, unknown>>) =>
        columns.map(({ name, type }) => {
          const value = row[name];
          return typeof value === 'number' && type.startsWith('f') ? f64Text(value) : cellOf(value);
        }),
      );
    },
  };
}

const TIMESTAMPS = { MILLIS: 'timestamp_ms', MICROS: 'timestamp_us', NANOS: 'timestamp_ns' };

const PHYSICAL: Readonly<Record<string, string>> = {
  BOOLEAN: 'bool',
  INT32: 'i32',
  INT64: 'i64',
  INT96: 'timestamp_ns',
  FLOAT: 'f32',
  DOUBLE: 'f64',
};

/** In the words of the language, where it has one; else in those of Parquet. */
function typeName(element: SchemaElement, isNested: boolean): string {
  const { logical_type: logical, converted_type: converted, type } = element;
  if (isNested) {
    const kind = logical?.type ?? converted;
    return kind === 'LIST' ? 'list' : kind === 'MAP' ? 'map' : 'record';
  }
  if (logical !== undefined) {
    if (logical.type === 'TIMESTAMP') return TIMESTAMPS[logical.unit];
    if (logical.type === 'INTEGER') return `${logical.isSigned ? 'i' : 'u'}${logical.bitWidth}`;
    return logical.type.toLowerCase();
  }
  if (converted !== undefined) {
    const [, sign, bits] = /^(U?)INT_(\d+)$/.exec(converted) ?? [];
    if (bits !== undefined) return `${sign === 'U' ? 'u' : 'i'}${bits}`;
    if (converted === 'UTF8') return 'string';
    if (converted === 'TIMESTAMP_MILLIS') return 'timestamp_ms';
    if (converted === 'TIMESTAMP_MICROS') return 'timestamp_us';
    return converted.toLowerCase();
  }
  return (type === undefined ? undefined : PHYSICAL[type]) ?? 'binary';
}
