/**
 * `npm run bench`: six queries by Millrace and by DuckDB in turns, cold and warm, checked against each other.
 *
 *   npm run bench -- --rows 1_000_000 --threads 2 --runs 3 --only sum-history --save
 */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { BenchFolder } from './events.ts';
import { benchFolder, makeEvents } from './events.ts';
import type { EngineName, Job, Measured, Mode } from './measured.ts';
import { measure } from './measured.ts';
import type { BenchQuery } from './queries.ts';
import { QUERIES } from './queries.ts';
import type { BenchSetup, Series } from './report.ts';
import { markdown, printHeader, printRow, reportRow } from './report.ts';
import { saveSection } from './results-file.ts';
import { checkSameRows } from './same-rows.ts';

const ENGINES: readonly EngineName[] = ['millrace', 'duckdb'];
const MODES: readonly Mode[] = ['cold', 'warm'];

const { values: flags } = parseArgs({
  options: {
    rows: { type: 'string', default: '10_000_000' },
    threads: { type: 'string', default: '2' },
    runs: { type: 'string', default: '3' },
    only: { type: 'string' },
    save: { type: 'boolean', default: false },
    date: { type: 'string', default: new Date().toISOString().slice(0, 10) },
  },
});
const setup: BenchSetup = {
  purchases: count('rows', flags.rows),
  threads: count('threads', flags.threads),
  runs: count('runs', flags.runs),
  date: flags.date,
};
const queries = QUERIES.filter((query) => flags.only === undefined || query.name === flags.only);
if (queries.length === 0) {
  throw new Error(
    `no query ${flags.only}; there are ${QUERIES.map((each) => each.name).join(', ')}`,
  );
}
if (flags.save && flags.only !== undefined) throw new Error('--save needs all queries, not --only');

const folder = benchFolder(setup.purchases);
console.log(`events in ${folder.path}`);
await makeEvents(folder, setup.purchases);
console.log(printHeader());
const all: Series[] = [];
for (const query of queries) {
  for (const mode of MODES) {
    const series = await runSeries(query, mode, folder);
    all.push(series);
    console.log(printRow(reportRow(series)));
  }
}
if (flags.save) await saveSection('queries', markdown(setup, all));

/** Both engines in turns. The results of the first turn are checked, those of the others must be as long. */
async function runSeries(query: BenchQuery, mode: Mode, folder: BenchFolder): Promise<Series> {
  const results = join(folder.path, 'results');
  await mkdir(results, { recursive: true });
  const output = (engine: EngineName): string => join(results, `${query.name}-${engine}.parquet`);
  const runs: Record<EngineName, Measured[]> = { millrace: [], duckdb: [] };
  for (let turn = 0; turn < setup.runs; turn++) {
    for (const engine of ENGINES) {
      const store = join(folder.path, mode === 'cold' ? 'cold-store' : 'store');
      if (mode === 'cold') await rm(store, { recursive: true, force: true });
      const { threads } = setup;
      const job: Job = { query, mode, threads, folder, store, output: output(engine) };
      runs[engine].push(await measure(engine, job));
      if (mode === 'cold') await rm(store, { recursive: true, force: true });
    }
    if (turn > 0) continue;
    const files = { millrace: output('millrace'), duckdb: output('duckdb') };
    const rows = await checkSameRows(query, files, join(folder.path, 'duckdb-temp'));
    if (runs.millrace[0]!.rows !== rows) throw new Error(`${query.name}: summary and file differ`);
  }
  const lengths = new Set(ENGINES.flatMap((engine) => runs[engine].map((run) => run.rows)));
  if (lengths.size !== 1) throw new Error(`${query.name}: ${[...lengths].join(' and ')} rows`);
  await rm(results, { recursive: true });
  return { query, mode, runs };
}

function count(flag: string, text: string): number {
  const value = Number(text.replaceAll('_', ''));
  if (!Number.isSafeInteger(value) || value < 1) throw new Error(`--${flag}: not a count: ${text}`);
  return value;
}
