/** The real engine as tests use it: one query in this process over an object store in memory, its result as CSV text. */
import { readFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEmbedded } from '../../infra/embedded.ts';
import type { Diagnostic } from '../../coordinator/language/diagnostics/diagnostic.ts';
import { openMemoryStore } from '../../shared/storage/memory-store.ts';
import type { QueryRequest, TableSpec, Tuning } from '../../shared/wire/query-request.ts';

export type EngineRequest = Pick<
  QueryRequest,
  'tables' | 'query' | 'results' | 'finalAt' | 'changedSince' | 'limit'
> & {
  readonly views?: QueryRequest['views'];
  readonly tuning?: Tuning;
};

export type EngineAnswer =
  | { readonly kind: 'csv'; readonly csv: string; readonly diagnostics: readonly Diagnostic[] }
  | { readonly kind: 'rejected'; readonly diagnostics: readonly Diagnostic[] };

/** A table whose rows are inline CSV texts. */
export function inlineTable(
  spec: Pick<TableSpec, 'name' | 'time' | 'key'> & {
    readonly subsort: string | null;
    readonly grouping: string;
    readonly texts: readonly string[];
  },
): TableSpec {
  const { name, time, key, subsort, grouping, texts } = spec;
  return {
    name,
    time,
    key,
    grouping,
    files: [],
    inlineCsv: texts,
    ...(subsort === null ? {} : { subsort }),
  };
}

/** Runs one query. Throws what the engine throws; errors in the query are an answer. */
export async function askEngine(request: EngineRequest): Promise<EngineAnswer> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-test-'));
  const path = join(folder, 'result.csv');
  const embedded = createEmbedded({ store: openMemoryStore(), threads: 0 });
  try {
    const output = {
      path,
      format: 'csv',
      layout: 'file',
      overwrite: false,
      timestamps: 'ns',
    } as const;
    const { diagnostics, summary } = await embedded.query({ views: [], ...request, output });
    if (summary === null) return { kind: 'rejected', diagnostics };
    return { kind: 'csv', csv: await readFile(path, 'utf8'), diagnostics };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
