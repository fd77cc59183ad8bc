/** One run of a query by DuckDB in this process: started by measured.ts. */
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { readJob, startMeasuring } from './measured.ts';

const { query, mode, threads, folder, output } = readJob();
let finish = startMeasuring();
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
  finish = startMeasuring();
}
const rows = await run();
finish({ rows, prepareSeconds: 0 });
connection.closeSync();
instance.closeSync();

/** Rows written. */
async function run(): Promise<number> {
  const copied = await connection.run(`COPY (${query.sql}) TO '${output}' (FORMAT parquet)`);
  return copied.rowsChanged;
}
