/** One run of a query by Millrace, embedded, in this process: started by measured.ts. */
import { openEmbedded } from '../../infra/embedded.ts';
import type { QueryRequest, RunSummary } from '../../shared/wire/query-request.ts';
import type { Job } from './measured.ts';
import { readJob, startMeasuring } from './measured.ts';

const job = readJob();
let finish = startMeasuring();
const client = await openEmbedded({ storePath: job.store, threads: job.threads, s3: null });
if (job.mode === 'warm') {
  await run();
  finish = startMeasuring();
}
const { rows, prepareSeconds } = await run();
finish({ rows, prepareSeconds });
await client.close();

async function run(): Promise<RunSummary> {
  const reply = await client.query(requestOf(job), () => undefined, new AbortController().signal);
  if (reply.status === 'done') return reply.summary;
  throw new Error(reply.diagnostics.map((diagnostic) => diagnostic.formatted).join('\n'));
}

function requestOf({ query, folder, output }: Job): QueryRequest {
  return {
    tables: query.tables.map((name) => ({
      name,
      files: [folder.files[name]],
      time: 'time',
      key: 'user',
      grouping: 'user',
    })),
    views: [],
    query: query.fenl,
    results: query.results,
    output: { path: output, format: 'parquet', layout: 'file', overwrite: true, timestamps: 'ns' },
  };
}
