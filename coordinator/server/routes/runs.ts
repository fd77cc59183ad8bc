/** Runs: start, list, look at, cancel. */
import type { FastifyRequest } from 'fastify';
import type { App, RouteDeps } from '../app.ts';
import { PROMPT_MS_MAX } from '../app.ts';
import { ProblemSchema, RunInfoSchema, RunsReplySchema, StartedSchema } from '../reply-schemas.ts';
import { QueryRequestSchema, RunParamsSchema, RunsQuerySchema } from '../request-schemas.ts';

export function addRunRoutes(app: App, { engine, hub }: RouteDeps): void {
  const problems = { '4xx': ProblemSchema, '5xx': ProblemSchema };
  const tags = ['runs'];

  app.post(
    '/v1/runs',
    {
      handlerTimeout: PROMPT_MS_MAX,
      schema: {
        summary: 'Start a run',
        description:
          'Answers at once. A query with errors ends its run as rejected: see its events.',
        tags,
        body: QueryRequestSchema,
        response: { 202: StartedSchema, ...problems },
      },
    },
    async ({ body }, reply) => {
      const runId = await hub.start(body);
      return reply.code(202).header('location', `/v1/runs/${runId}`).send({ runId });
    },
  );

  app.get(
    '/v1/runs',
    {
      handlerTimeout: PROMPT_MS_MAX,
      preValidation: readLimit,
      schema: {
        summary: 'The newest runs, the newest first',
        tags,
        querystring: RunsQuerySchema,
        response: { 200: RunsReplySchema, ...problems },
      },
    },
    async ({ query }, reply) => reply.send({ runs: await engine.runs(query.limit) }),
  );

  app.get(
    '/v1/runs/:runId',
    {
      handlerTimeout: PROMPT_MS_MAX,
      schema: {
        summary: 'One run: its progress, or how it ended',
        tags,
        params: RunParamsSchema,
        response: { 200: RunInfoSchema, ...problems },
      },
    },
    async ({ params }, reply) => reply.send(await engine.run(params.runId)),
  );

  app.delete(
    '/v1/runs/:runId',
    {
      handlerTimeout: PROMPT_MS_MAX,
      schema: {
        summary: 'Cancel a run; one that has ended stays as it is',
        tags,
        params: RunParamsSchema,
        response: { 204: { type: 'null' }, ...problems },
      },
    },
    async ({ params: { runId } }, reply) => {
      if ((await hub.end(runId)) === null) await engine.cancel(runId);
      return reply.code(204).send(null);
    },
  );
}

/** A URL holds text only, and no schema here makes numbers of it: digits are read as one before the schema looks. */
async function readLimit({ query }: Pick<FastifyRequest, 'query'>): Promise<void> {
  const given = query as { limit?: unknown };
  if (typeof given.limit === 'string' && /^\d{1,9}$/.test(given.limit)) {
    given.limit = Number(given.limit);
  }
}
