/** What is streamed of a run: its events while it goes on, and its result when it is done. */
import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { AppError, fromSerializedError } from '../../../shared/base/app-error.ts';
import type { RunEvent } from '../../../shared/wire/run-event.ts';
import type { App, RouteDeps } from '../app.ts';
import { ProblemSchema } from '../reply-schemas.ts';
import { ResultParamsSchema, RunParamsSchema } from '../request-schemas.ts';
import { RejectedQuery } from '../problem.ts';
import type { RunHub } from '../run-hub.ts';

const TYPE_OF_EXTENSION: Readonly<Record<string, string>> = {
  parquet: 'application/vnd.apache.parquet',
  arrow: 'application/vnd.apache.arrow.file',
  csv: 'text/csv; charset=utf-8',
  jsonl: 'application/x-ndjson',
  json: 'application/json',
};

export function addRunStreamRoutes(app: App, { engine, hub }: RouteDeps): void {
  const tags = ['runs'];
  const problems = { '4xx': ProblemSchema, '5xx': ProblemSchema };

  app.get(
    '/v1/runs/:runId/events',
    {
      schema: {
        summary: 'Follow a run',
        description:
          'Newline-delimited JSON: `progress`, `heartbeat`, and at last `end`, or `interrupted` when the ' +
          'coordinator closes: then ask again.',
        tags,
        params: RunParamsSchema,
        produces: ['application/x-ndjson'],
        response: problems,
      },
    },
    async ({ params }, reply) => {
      const gone = whenGone(reply);
      const events = hub.events(params.runId, gone);
      // Before any header: an unknown run is a 404.
      const first = await events.next();
      const lines = Readable.from(eventLines(first, events), { highWaterMark: 16 });
      return reply.type('application/x-ndjson').header('cache-control', 'no-store').send(lines);
    },
  );

  app.get(
    '/v1/runs/:runId/result',
    {
      schema: {
        summary: 'The result of a run that was kept in the store, if it is one file',
        tags,
        params: RunParamsSchema,
        response: problems,
      },
    },
    async ({ params: { runId } }, reply) => {
      const files = await keptFiles(hub, runId);
      const [only] = files;
      if (only === undefined || files.length > 1) {
        const names = files.map((file) => file.split('/').at(-1)).join(', ');
        const message = `the result of run ${runId} has the files ${names}: add /NAME to the URL`;
        throw new AppError('user', 'RESULT_UNKNOWN', message);
      }
      return sendFile(reply, only, engine.readResult(only));
    },
  );

  app.get(
    '/v1/runs/:runId/result/:name',
    {
      schema: {
        summary: 'One file of a result that was kept in the store',
        tags,
        params: ResultParamsSchema,
        response: problems,
      },
    },
    async ({ params: { runId, name } }, reply) => {
      const key = `runs/${runId}/result/${name}`;
      return sendFile(reply, key, engine.readResult(key));
    },
  );
}

/** Keys of the result's files in the store. Throws why there are none. */
async function keptFiles(hub: RunHub, runId: string): Promise<readonly string[]> {
  const end = await hub.end(runId);
  if (end === null) {
    throw new AppError('user', 'RUN_NOT_DONE', `run ${runId} goes on: its result comes at its end`);
  }
  if (end.status === 'failed') throw fromSerializedError(end.error);
  const { reply } = end;
  if (reply.status === 'rejected') throw new RejectedQuery(reply.diagnostics);
  const files = reply.summary.files.filter((file) => file.startsWith(`runs/${runId}/`));
  if (files.length > 0) return files;
  const message = `the result of run ${runId} is at ${reply.summary.files.join(', ')}`;
  throw new AppError('user', 'RESULT_UNKNOWN', message);
}

/**
 * The first block is read before any header, so that a missing file is a 404. A failure after it cuts the reply short
 * of its last chunk, which every HTTP client notices.
 */
async function sendFile(
  reply: FastifyReply,
  key: string,
  blocks: AsyncIterable<Uint8Array>,
): Promise<FastifyReply> {
  const iterator = blocks[Symbol.asyncIterator]();
  const first = await iterator.next();
  const rest = async function* (): AsyncGenerator<Uint8Array> {
    try {
      if (first.done !== true) yield first.value;
      for (;;) {
        const next = await iterator.next();
        if (next.done === true) return;
        yield next.value;
      }
    } finally {
      await iterator.return?.();
    }
  };
  const name = key.split('/').at(-1)!;
  return reply
    .type(TYPE_OF_EXTENSION[name.split('.').at(-1)!] ?? 'application/octet-stream')
    .header('content-disposition', `attachment; filename="${name}"`)
    .send(Readable.from(rest(), { objectMode: false, highWaterMark: 1 }));
}

/** Fires when the client is gone. The reply's `close` says so; the request's may never come. */
function whenGone(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  return gone.signal;
}

async function* eventLines(
  first: IteratorResult<RunEvent>,
  events: AsyncGenerator<RunEvent>,
): AsyncGenerator<string> {
  if (first.done === true) return;
  yield `${JSON.stringify(first.value)}\n`;
  for await (const event of events) yield `${JSON.stringify(event)}\n`;
}
