/** The real engine as tests use it: queries in this process over an object store in memory, their results as CSV text. */
import { openEmbedded } from '../../infra/embedded.ts';
import type { Engine } from '../../coordinator/engine.ts';
import { openMemoryStore } from '../../shared/storage/memory-store.ts';
import type { WireDiagnostic } from '../../shared/wire/client.ts';
import type { QueryRequest, TableSpec, Tuning } from '../../shared/wire/query-request.ts';

export type EngineRequest = Pick<
  QueryRequest,
  | 'tables'
  | 'query'
  | 'results'
  | 'finalAt'
  | 'changedSince'
  | 'limit'
  | 'sample'
  | 'saveState'
  | 'resumeState'
> & {
  readonly views?: QueryRequest['views'];
  readonly tuning?: Tuning;
};

export type EngineAnswer =
  | { readonly kind: 'csv'; readonly csv: string }
  | { readonly kind: 'rejected'; readonly diagnostics: readonly WireDiagnostic[] };

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

/** An engine with a store of its own: tables are prepared once for all queries that ask for them. */
export async function openTestEngine(): Promise<Engine> {
  return openEmbedded({ storePath: 'memory:', threads: 0, s3: null, store: openMemoryStore() });
}

/** Runs one query. Throws what the engine throws; errors in the query are an answer. */
export async function askEngine(engine: Engine, request: EngineRequest): Promise<EngineAnswer> {
  const output = {
    path: null,
    format: 'csv',
    layout: 'file',
    overwrite: false,
    timestamps: 'ns',
  } as const;
  const never = new AbortController().signal;
  const reply = await engine.query({ views: [], ...request, output }, () => undefined, never);
  if (reply.status === 'rejected') return { kind: 'rejected', diagnostics: reply.diagnostics };
  const decoder = new TextDecoder();
  let csv = '';
  for (const key of reply.summary.files) {
    for await (const bytes of engine.readResult(key))
      csv += decoder.decode(bytes, { stream: true });
  }
  return { kind: 'csv', csv };
}
