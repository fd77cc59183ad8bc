/** One run of a query by DuckDB in this process: started by measured.ts. */
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { answer, readJob } from './measured.ts';

const { query, mode, threads, folder, output } = readJob();
let started = performance.now();
const instance = await DuckDBInstance.create(':memory:', {
  threads: String(threads),
  temp_directory: join(folder.path, 'duckdb-temp'),
});
const connection = await instance.connect();
const kind = mode === 'cold' ? 'VIEW' : 'TABLE';
for (const table of query.tables) {
  await connection.run(
    `CREATE ${kind} ${table} AS SELECT * FROM read_parquet('${folder.files[table]}')`,
  );
}
if (mode === 'warm') {
  await run();
  started = performance.now();
}
const rows = await run();
const seconds = (performance.now() - started) / 1000;
answer({ seconds, prepareSeconds: 0, rows });
connection.closeSync();
instance.closeSync();

/** Rows written. */
async function run(): Promise<number> {
  const copied = await connection.run(`COPY (${query.sql}) TO '${output}' (FORMAT parquet)`);
  return copied.rowsChanged;
}
