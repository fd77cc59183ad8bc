/**
 * The coordinator's HTTP API as a Fastify instance that does not listen yet.
 *
 *   request ─> schema ─> allowed files ─> engine ─> JSON, a stream, or problem+json
 */
import type { Socket } from 'node:net';
import swagger from '@fastify/swagger';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import fastify from 'fastify';
import type { App, RouteDeps } from './app.ts';
import { RequestMetrics } from './metrics.ts';
import type { ProblemOptions } from './problem.ts';
import { earlyProblems, replyWithProblems } from './problem.ts';
import { addHealthRoutes } from './routes/health.ts';
import { addQueryRoutes } from './routes/queries.ts';
import { addRunStreamRoutes } from './routes/run-streams.ts';
import { addRunRoutes } from './routes/runs.ts';
import { addSourceRoutes } from './routes/sources.ts';

/** A query of 10 MB gets its error from the engine, which names the limit; inline CSV counts too. */
export const BODY_BYTES_MAX = 32 << 20;
/** Time to send a request, head and body. */
const REQUEST_MS_MAX = 60_000;
/** A socket on which nothing moves. Event streams have heartbeats; a reader of a result must read. */
const SILENCE_MS_MAX = 120_000;
/** Longer than the 60 s of common proxies, so that they are the ones to close. */
const KEEP_ALIVE_MS = 72_000;
const CONNECTIONS_MAX = 10_000;
const CLOSE_SWEEP_MS = 50;

export type ServerDeps = Omit<RouteDeps, 'metrics'> &
  ProblemOptions & {
    /** Of the engine; shown on the OpenAPI page. */
    readonly version: string;
  };

/** `close()` ends open event streams (their clients come back) and waits for the replies that are under way. */
export async function buildServer(deps: ServerDeps): Promise<App> {
  const metrics = new RequestMetrics();
  const app = fastify({
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_MS_MAX,
    connectionTimeout: SILENCE_MS_MAX,
    keepAliveTimeout: KEEP_ALIVE_MS,
    forceCloseConnections: 'idle',
    logger: false,
    ...earlyProblems(deps),
    ajv: {
      customOptions: {
        // "1" is not 1, and a name that is not known is a mistake, not something to drop.
        coerceTypes: false,
        removeAdditional: false,
        allErrors: true,
      },
    },
  }).withTypeProvider<TypeBoxTypeProvider>();
  app.server.maxConnections = CONNECTIONS_MAX;
  // Reply schemas are documentation: as filters they would drop what they do not know.
  app.setSerializerCompiler(() => (reply) => JSON.stringify(reply));
  replyWithProblems(app, deps);
  // Fastify reads it as a text, which no route takes: the client is better told of the type.
  app.removeContentTypeParser('text/plain');
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unknown';
    metrics.count(request.method, route, reply.statusCode, reply.elapsedTime / 1000);
  });
  closePromptly(app, deps.hub);

  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Millrace',
        version: deps.version,
        description: 'Temporal queries over event files. 64-bit integers are decimal strings.',
      },
    },
  });
  const routes: RouteDeps = { ...deps, metrics };
  await app.register(async (scope) => {
    const typed = scope.withTypeProvider<TypeBoxTypeProvider>();
    addQueryRoutes(typed, routes);
    addRunRoutes(typed, routes);
    addRunStreamRoutes(typed, routes);
    addSourceRoutes(typed, routes);
    addHealthRoutes(typed, routes);
    typed.get('/openapi.json', { schema: { hide: true } }, async (_request, reply) =>
      reply.send(app.swagger()),
    );
  });
  await app.ready();
  return app;
}

/**
 * Node waits for connections that become idle after `close()` until their keep-alive ends, and for those that never
 * sent a request, which clients open ahead of need: both are closed here.
 */
function closePromptly(app: App, hub: RouteDeps['hub']): void {
  const unused = new Set<Socket>();
  app.server.on('connection', (socket) => {
    unused.add(socket);
    socket.once('close', () => unused.delete(socket));
  });
  app.server.on('request', ({ socket }) => unused.delete(socket));
  app.addHook('preClose', async () => {
    hub.close();
    if (!app.server.listening) return;
    const sweep = setInterval(() => {
      app.server.closeIdleConnections();
      for (const socket of unused) socket.destroy();
    }, CLOSE_SWEEP_MS);
    app.server.once('close', () => clearInterval(sweep));
  });
}
