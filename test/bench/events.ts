/**
 * The events of the benchmark: purchases, page views and reviews of one year, as Parquet files made by DuckDB.
 *
 * Every value is a hash of its row number, so that the same number of rows is always the same data, whatever the
 * number of threads that make it. Times are uniformly random in 2022 and in no order.
 */
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance, version } from '@duckdb/node-api';

export const TABLE_NAMES = ['Purchases', 'PageViews', 'Reviews'] as const;
export type TableName = (typeof TABLE_NAMES)[number];

export const USERS = 50_000;
export const ITEMS = 10_000;

/** Raise when the text of `tableSql` changes: files of another version are made anew. */
const DATA_VERSION = 1;

/** Where all that a benchmark leaves behind lies: its data, its prepared store, its results. */
export interface BenchFolder {
  readonly path: string;
  readonly files: Readonly<Record<TableName, string>>;
}

export function benchFolder(purchases: number): BenchFolder {
  const duckdb = version().replace(/^v/, '');
  const path = join(tmpdir(), `millrace-bench-${DATA_VERSION}-duckdb${duckdb}-${purchases}`);
  const file = (table: TableName): string => join(path, `${table}.parquet`);
  return {
    path,
    files: {
      Purchases: file('Purchases'),
      PageViews: file('PageViews'),
      Reviews: file('Reviews'),
    },
  };
}

export function rowsOf(table: TableName, purchases: number): number {
  switch (table) {
    case 'Purchases':
      return purchases;
    case 'PageViews':
      return Math.ceil(purchases / 2);
    case 'Reviews':
      return Math.ceil(purchases / 4);
  }
}

/** Makes the files that are not there yet. */
export async function makeEvents(folder: BenchFolder, purchases: number): Promise<void> {
  await mkdir(folder.path, { recursive: true });
  const missing = TABLE_NAMES.filter((table) => !existsSync(folder.files[table]));
  if (missing.length === 0) return;
  const instance = await DuckDBInstance.create(':memory:', {
    temp_directory: join(folder.path, 'duckdb-temp'),
  });
  const connection = await instance.connect();
  for (const table of missing) {
    // Under another name until it is whole: an interrupted run leaves no half file behind.
    const unfinished = `${folder.files[table]}.part`;
    await rm(unfinished, { force: true });
    await connection.run(
      `COPY (${tableSql(table, rowsOf(table, purchases))}) TO '${unfinished}' (FORMAT parquet)`,
    );
    await rename(unfinished, folder.files[table]);
  }
  connection.closeSync();
  instance.closeSync();
}

function tableSql(table: TableName, rows: number): string {
  // Another seed for each value of each table, or the time of a row would tell its user.
  const seed = 10 * (TABLE_NAMES.indexOf(table) + 1);
  const random = (value: number, bound: number): string =>
    `CAST(hash(row, ${seed + value}) % ${bound} AS BIGINT)`;
  const columns = [
    // Microseconds: what DuckDB's TIMESTAMP holds.
    `make_timestamp(epoch_us(TIMESTAMP '2022-01-01') + ${random(0, 365 * 86_400_000_000)}) AS time`,
    `md5('user ' || ${random(1, USERS)}) AS user`,
    `md5('item ' || ${random(2, ITEMS)}) AS item`,
  ];
  if (table === 'Purchases') columns.push(`(1 + ${random(3, 10_000)}) / 100 AS amount`);
  if (table === 'Reviews') columns.push(`CAST(1 + ${random(3, 5)} AS INTEGER) AS rating`);
  return `SELECT ${columns.join(', ')} FROM range(${rows}) AS numbers(row)`;
}
