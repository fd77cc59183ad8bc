/** Runs conformance cases against the engine, embedded in this process: `npm run conformance`. */
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Engine } from '../../coordinator/engine.ts';
import type { QueryRequest, TableSpec } from '../../shared/wire/query-request.ts';
import { askEngine, openTestEngine } from '../support/engine.ts';
import type { CaseFile, CaseResult, CaseTable, ConformanceCase } from './case.ts';
import { writeColumns } from './write-columns.ts';

/** By scope of snapshots: an engine whose store holds the states that runs of the scope have saved. */
const engines = new Map<string, Promise<Engine>>();

export async function execute(request: ConformanceCase, dataFolder: string): Promise<CaseResult> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-case-'));
  try {
    return await run(request, dataFolder, folder);
  } catch (error) {
    return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function run(
  request: ConformanceCase,
  dataFolder: string,
  folder: string,
): Promise<CaseResult> {
  const { finalAt, changedSince, limit, results } = request.options;
  const tables: TableSpec[] = [];
  for (const table of request.tables) tables.push(await toSpec(table, dataFolder, folder));
  const engine = await engineOf(request);
  const answer = await askEngine(engine, {
    tables,
    views: request.formulas.map(({ name, formula }) => ({ name, text: formula })),
    // Some cases only load the tables; any query does that.
    query: request.query ?? `{ n: count(${tables[0]!.name}) }`,
    results: results === 'history' ? 'history' : 'final',
    ...(results === 'final_at' && finalAt !== undefined ? { finalAt } : {}),
    ...(changedSince === undefined ? {} : { changedSince }),
    ...(limit === undefined || limit === 0 ? {} : { limit }),
    ...statesOf(request),
  });
  if (answer.kind === 'csv') return { csv: answer.csv };
  return {
    diagnostics: answer.diagnostics.map(({ location, ...rest }) => ({
      ...rest,
      ...(location === null ? {} : { location }),
    })),
    error: 'rejected',
  };
}

function engineOf({ snapshot }: ConformanceCase): Promise<Engine> {
  if (snapshot === undefined) return openTestEngine();
  const engine = engines.get(snapshot.scope) ?? openTestEngine();
  engines.set(snapshot.scope, engine);
  return engine;
}

function statesOf({ snapshot }: ConformanceCase): Pick<QueryRequest, 'saveState' | 'resumeState'> {
  const { save, resume } = snapshot ?? { save: null, resume: null };
  return {
    ...(save === null ? {} : { saveState: save }),
    ...(resume === null ? {} : { resumeState: resume }),
  };
}

async function toSpec(table: CaseTable, dataFolder: string, folder: string): Promise<TableSpec> {
  const files: string[] = [];
  for (const file of table.files) {
    const path = await pathOf(file, dataFolder, folder);
    if (path !== null) files.push(path);
  }
  if (table.files.length === 0 && table.schemaOnly !== undefined) {
    const path = join(folder, `${table.name}.parquet`);
    await writeColumns(
      table.schemaOnly.map((column) => ({ ...column, values: [] })),
      path,
    );
    files.push(path);
  }
  const inlineCsv = table.files.flatMap((file) => (file.text === undefined ? [] : [file.text]));
  const { name, time, key, subsort, grouping } = table;
  return {
    name,
    time,
    key,
    grouping,
    files,
    ...(inlineCsv.length === 0 ? {} : { inlineCsv }),
    ...(subsort === null ? {} : { subsort }),
  };
}

/** Where a file is, or null if it is inline CSV; typed columns are written as Parquet first. */
async function pathOf(file: CaseFile, dataFolder: string, folder: string): Promise<string | null> {
  if (file.path !== undefined) return join(dataFolder, file.path);
  if (file.columns === undefined) return null;
  const path = join(folder, 'columns.parquet');
  await writeColumns(file.columns, path);
  return path;
}
