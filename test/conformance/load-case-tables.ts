/** Tables of conformance cases for the oracle: inline CSV by its own reader, Parquet through DuckDB. */
import { join } from 'node:path';
import {
  DuckDBInstance,
  DuckDBListType,
  DuckDBMapType,
  DuckDBTypeId,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampSecondsValue,
  DuckDBTimestampValue,
} from '@duckdb/node-api';
import type { DuckDBType, DuckDBValue } from '@duckdb/node-api';
import { scalar } from '../../shared/types/data-type.ts';
import type { DataType, ScalarKind } from '../../shared/types/data-type.ts';
import { inlineCsvBase } from '../support/oracle/hash.ts';
import { loadCsv } from '../support/oracle/load-csv.ts';
import { loadTable } from '../support/oracle/load-table.ts';
import type { OracleTable, SourceColumn, SourceFile } from '../support/oracle/load-table.ts';
import { integerLayout } from '../support/oracle/value.ts';
import type { Value } from '../support/oracle/value.ts';
import type { CaseColumn, CaseFile, CaseTable } from './case.ts';

/** Loads a table; throws where its columns cannot be used. `dataFolder` holds the files that cases name. */
export async function loadCaseTable(table: CaseTable, dataFolder: string): Promise<OracleTable> {
  const files: SourceFile[] = [];
  let types: ReadonlyMap<string, DataType> = new Map();
  for (const file of [...(table.clearedFiles ?? []), ...table.files]) {
    const source = await loadCaseFile(file, dataFolder, types);
    if (types.size === 0) types = new Map(source.columns.map(({ name, type }) => [name, type]));
    const isCleared = table.clearedFiles?.includes(file) === true;
    files.push(isCleared ? withoutRows(source) : source);
  }
  return loadTable(table, files);
}

function withoutRows(source: SourceFile): SourceFile {
  return { ...source, columns: source.columns.map((column) => ({ ...column, values: [] })) };
}

async function loadCaseFile(
  file: CaseFile,
  dataFolder: string,
  types: ReadonlyMap<string, DataType>,
): Promise<SourceFile> {
  if (file.text !== undefined) return loadCsv(file.text, types);
  if (file.columns !== undefined) return loadColumns(file.columns);
  if (file.path === undefined) throw new Error('a file has neither text nor columns nor a path');
  return loadParquet(join(dataFolder, file.path));
}

const ARROW_KINDS: Readonly<Record<string, ScalarKind>> = {
  Utf8: 'string',
  Boolean: 'bool',
  Int8: 'i8',
  Int16: 'i16',
  Int32: 'i32',
  Int64: 'i64',
  UInt8: 'u8',
  UInt16: 'u16',
  UInt32: 'u32',
  UInt64: 'u64',
  Float32: 'f32',
  Float64: 'f64',
  Date32: 'date',
  'Timestamp(Second, None)': 'timestamp_s',
  'Timestamp(Millisecond, None)': 'timestamp_ms',
  'Timestamp(Microsecond, None)': 'timestamp_us',
  'Timestamp(Nanosecond, None)': 'timestamp_ns',
};

/** The type that the text of an Arrow type stands for. */
export function arrowType(text: string): DataType {
  const kind = ARROW_KINDS[text];
  if (kind === undefined) throw new Error(`no type for Arrow's ${text}`);
  return scalar(kind);
}

function loadColumns(columns: readonly CaseColumn[]): SourceFile {
  return {
    columns: columns.map((column): SourceColumn => {
      const type = arrowType(column.type);
      const isWide = integerLayout(type)?.bits === 64;
      const read = (value: Value): Value =>
        isWide && value !== null ? BigInt(value as number) : value;
      return { name: column.name, type, values: column.values.map(read) };
    }),
    base: inlineCsvBase(JSON.stringify(columns)),
  };
}

async function loadParquet(path: string): Promise<SourceFile> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    const reader = await connection.runAndReadAll(`select * from '${path}'`);
    const names = reader.columnNames();
    const types = reader.columnTypes().map(dataTypeOf);
    const columns = reader.getColumns().map((values, i) => ({
      name: names[i]!,
      type: types[i]!,
      values: values.map(valueOf),
    }));
    // Rows of one file only ever compare with rows of the same file here: any base will do.
    return { columns, base: 1n << 62n };
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

const DUCKDB_KINDS: { readonly [id in DuckDBTypeId]?: ScalarKind } = {
  [DuckDBTypeId.BOOLEAN]: 'bool',
  [DuckDBTypeId.TINYINT]: 'i8',
  [DuckDBTypeId.SMALLINT]: 'i16',
  [DuckDBTypeId.INTEGER]: 'i32',
  [DuckDBTypeId.BIGINT]: 'i64',
  [DuckDBTypeId.UTINYINT]: 'u8',
  [DuckDBTypeId.USMALLINT]: 'u16',
  [DuckDBTypeId.UINTEGER]: 'u32',
  [DuckDBTypeId.UBIGINT]: 'u64',
  [DuckDBTypeId.FLOAT]: 'f32',
  [DuckDBTypeId.DOUBLE]: 'f64',
  [DuckDBTypeId.VARCHAR]: 'string',
  [DuckDBTypeId.TIMESTAMP_S]: 'timestamp_s',
  [DuckDBTypeId.TIMESTAMP_MS]: 'timestamp_ms',
  [DuckDBTypeId.TIMESTAMP]: 'timestamp_us',
  [DuckDBTypeId.TIMESTAMP_NS]: 'timestamp_ns',
};

function dataTypeOf(type: DuckDBType): DataType {
  if (type instanceof DuckDBListType) return { kind: 'list', element: dataTypeOf(type.valueType) };
  if (type instanceof DuckDBMapType) {
    return { kind: 'map', key: dataTypeOf(type.keyType), value: dataTypeOf(type.valueType) };
  }
  const kind = DUCKDB_KINDS[type.typeId];
  if (kind === undefined) throw new Error(`columns of type ${type.toString()} are not supported`);
  return scalar(kind);
}

function valueOf(value: DuckDBValue): Value {
  if (value instanceof DuckDBListValue) return value.items.map(valueOf);
  if (value instanceof DuckDBMapValue) {
    return value.entries.map((entry) => [valueOf(entry.key), valueOf(entry.value)]);
  }
  if (value instanceof DuckDBTimestampSecondsValue) return value.seconds;
  if (value instanceof DuckDBTimestampMillisecondsValue) return value.millis;
  if (value instanceof DuckDBTimestampValue) return value.micros;
  if (value instanceof DuckDBTimestampNanosecondsValue) return value.nanos;
  if (value === null || typeof value !== 'object') return value;
  throw new Error(`no value for DuckDB's ${value.toString()}`);
}
