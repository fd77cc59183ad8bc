/** Tables and files: what is known of them before a query reads them. */
import type { App, RouteDeps } from '../app.ts';
import { PREPARING_MS_MAX } from '../app.ts';
import { FilesReplySchema, ProblemSchema, TablesReplySchema } from '../reply-schemas.ts';
import { FilesRequestSchema, TablesRequestSchema } from '../request-schemas.ts';

export function addSourceRoutes(app: App, { engine }: RouteDeps): void {
  app.post(
    '/v1/tables',
    {
      handlerTimeout: PREPARING_MS_MAX,
      schema: {
        summary: 'What is known of tables: files, and, once prepared, rows, times and columns',
        tags: ['sources'],
        body: TablesRequestSchema,
        response: { 200: TablesReplySchema, '4xx': ProblemSchema, '5xx': ProblemSchema },
      },
    },
    async ({ body }, reply) => reply.send({ tables: await engine.tables(body.tables) }),
  );

  app.post(
    '/v1/files/inspect',
    {
      handlerTimeout: PREPARING_MS_MAX,
      schema: {
        summary: 'What files hold: columns, rows, and which columns could be time and key',
        tags: ['sources'],
        body: FilesRequestSchema,
        response: { 200: FilesReplySchema, '4xx': ProblemSchema, '5xx': ProblemSchema },
      },
    },
    async ({ body }, reply) => reply.send({ files: await engine.inspectFiles(body.files) }),
  );
}
