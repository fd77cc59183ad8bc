/** Checks two result files against each other: the same rows with the same values, both in the order of time. */
import { DuckDBInstance } from '@duckdb/node-api';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { BenchQuery } from './queries.ts';

/** Floats are added in another order by each engine; a wrong row is wrong by far more. */
const TOLERANCE = 1e-9;

/** The number of rows; throws with what differs. `scratch`: a folder for what does not fit in memory. */
export async function checkSameRows(
  query: BenchQuery,
  files: { readonly millrace: string; readonly duckdb: string },
  scratch: string,
): Promise<number> {
  const instance = await DuckDBInstance.create(':memory:', { temp_directory: scratch });
  const connection = await instance.connect();
  try {
    await connection.run(`
      CREATE VIEW ours AS
        SELECT epoch_ns(_time) AS time, _key AS user, ${query.value} AS value
        FROM read_parquet('${files.millrace}')`);
    await connection.run(`
      CREATE VIEW theirs AS
        SELECT epoch_ns(time) AS time, user, ${query.value} AS value
        FROM read_parquet('${files.duckdb}')`);
    for (const side of ['ours', 'theirs']) await checkTimeOrder(connection, side, query);
    const [ours, theirs, pairs, different] = await numbers(
      connection,
      // A pair of time and user is one row, or the join would have more pairs than rows.
      `SELECT (SELECT count(*) FROM ours), (SELECT count(*) FROM theirs), count(*),
         count(*) FILTER (
           (ours.value IS NULL) <> (theirs.value IS NULL)
           OR NOT isfinite(ours.value) OR NOT isfinite(theirs.value)
           OR abs(ours.value - theirs.value) > ${TOLERANCE} * greatest(1, abs(theirs.value)))
       FROM ours JOIN theirs ON ours.time = theirs.time AND ours.user = theirs.user`,
    );
    if (ours !== theirs || ours !== pairs || different !== 0 || ours === 0) {
      throw new Error(
        `${query.name}: Millrace has ${ours} rows, DuckDB ${theirs}; ${pairs} pairs with the same ` +
          `time and user, of which ${different} have different values`,
      );
    }
    return ours!;
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

async function checkTimeOrder(
  connection: DuckDBConnection,
  side: string,
  query: BenchQuery,
): Promise<void> {
  // Rows come out of a file in the order in which they lie there.
  const [backwards] = await numbers(
    connection,
    `SELECT count(*) FILTER (time < before)
     FROM (SELECT time, lag(time) OVER () AS before FROM ${side})`,
  );
  if (backwards !== 0)
    throw new Error(`${query.name}: ${side} goes back in time ${backwards} times`);
}

async function numbers(connection: DuckDBConnection, sql: string): Promise<readonly number[]> {
  const reader = await connection.runAndReadAll(sql);
  return reader.getRows()[0]!.map(Number);
}
