/** Writes typed columns of a conformance case as a Parquet file, with DuckDB. */
import { DuckDBInstance } from '@duckdb/node-api';
import type { CaseColumn } from './case.ts';

/** The SQL types of Arrow types; timestamps are made from their counts. */
const SQL_TYPES: Readonly<Record<string, string>> = {
  Utf8: 'VARCHAR',
  Boolean: 'BOOLEAN',
  Int8: 'TINYINT',
  Int16: 'SMALLINT',
  Int32: 'INTEGER',
  Int64: 'BIGINT',
  UInt8: 'UTINYINT',
  UInt16: 'USMALLINT',
  UInt32: 'UINTEGER',
  UInt64: 'UBIGINT',
  Float32: 'FLOAT',
  Float64: 'DOUBLE',
  Date32: 'DATE',
  'Timestamp(Second, None)': 'TIMESTAMP_S',
  'Timestamp(Millisecond, None)': 'TIMESTAMP_MS',
  'Timestamp(Microsecond, None)': 'TIMESTAMP',
  'Timestamp(Nanosecond, None)': 'TIMESTAMP_NS',
};

export async function writeColumns(columns: readonly CaseColumn[], path: string): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    const rowCount = columns[0]?.values.length ?? 0;
    if (rowCount === 0) {
      const fields = columns.map((column) => `${sqlValue(column, 0)} as "${column.name}"`);
      const empty = `select ${fields.join(', ')} where false`;
      await connection.run(`copy (${empty}) to '${path}' (format parquet)`);
      return;
    }
    const rows = Array.from({ length: rowCount }, (_, row) => {
      return `(${columns.map((column) => sqlValue(column, row)).join(', ')})`;
    });
    const names = columns.map((column) => `"${column.name}"`).join(', ');
    await connection.run(
      `copy (select * from (values ${rows.join(', ')}) as t(${names})) to '${path}' (format parquet)`,
    );
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

function sqlValue({ type, values }: CaseColumn, row: number): string {
  const sqlType = SQL_TYPES[type];
  if (sqlType === undefined) throw new Error(`no SQL type for Arrow's ${type}`);
  const value = values[row];
  if (value === null || value === undefined) return `null::${sqlType}`;
  const count = `${String(value)}::BIGINT`;
  if (sqlType === 'DATE') return `(date '1970-01-01' + ${String(value)}::INTEGER)`;
  // DuckDB's Parquet has no seconds: milliseconds are the nearest that holds them.
  if (sqlType === 'TIMESTAMP_S') return `make_timestamp(${count} * 1000000)::TIMESTAMP_MS`;
  if (sqlType === 'TIMESTAMP_MS') return `make_timestamp(${count} * 1000)::TIMESTAMP_MS`;
  if (sqlType === 'TIMESTAMP') return `make_timestamp(${count})`;
  if (sqlType === 'TIMESTAMP_NS') return `make_timestamp_ns(${count})`;
  return `'${String(value).replaceAll("'", "''")}'::${sqlType}`;
}
