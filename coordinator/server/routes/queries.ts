/** Questions about a query that run nothing of it (though tables are prepared, since their columns are part of it). */
import type { App, RouteDeps } from '../app.ts';
import { PREPARING_MS_MAX } from '../app.ts';
import { CheckReplySchema, ExplainReplySchema, ProblemSchema } from '../reply-schemas.ts';
import { QueryRequestSchema } from '../request-schemas.ts';

export function addQueryRoutes(app: App, { engine }: RouteDeps): void {
  app.post(
    '/v1/queries/check',
    {
      handlerTimeout: PREPARING_MS_MAX,
      schema: {
        summary: 'Find the mistakes in a query, and its type',
        tags: ['queries'],
        body: QueryRequestSchema,
        response: { 200: CheckReplySchema, '4xx': ProblemSchema, '5xx': ProblemSchema },
      },
    },
    async ({ body }, reply) => reply.send(await engine.check(body)),
  );

  app.post(
    '/v1/queries/explain',
    {
      handlerTimeout: PREPARING_MS_MAX,
      schema: {
        summary: 'Show how a query would be run',
        tags: ['queries'],
        body: QueryRequestSchema,
        response: { 200: ExplainReplySchema, '4xx': ProblemSchema, '5xx': ProblemSchema },
      },
    },
    async ({ body }, reply) => reply.send(await engine.explain(body)),
  );
}
