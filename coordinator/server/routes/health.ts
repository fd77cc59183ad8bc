/** For whoever keeps the process alive: health, and numbers over time. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { App, HealthCheck, RouteDeps } from '../app.ts';
import { PROMPT_MS_MAX } from '../app.ts';
import { METRICS_TYPE, printMetrics } from '../metrics.ts';
import { HealthSchema } from '../reply-schemas.ts';

const CHECK_MS_MAX = 3_000;

export function addHealthRoutes(app: App, deps: RouteDeps): void {
  const { hub, slots, checks, metrics } = deps;
  const tags = ['operation'];

  app.get(
    '/health/live',
    { schema: { summary: 'The process answers', tags, response: { 204: { type: 'null' } } } },
    async (_request, reply) => reply.code(204).send(null),
  );

  app.get(
    '/health/ready',
    {
      handlerTimeout: PROMPT_MS_MAX,
      schema: {
        summary: 'What the coordinator leans on answers too',
        tags,
        response: { 200: HealthSchema, 503: HealthSchema },
      },
    },
    async (_request, reply) => {
      const results = await Promise.all(
        Object.entries(checks).map(async ([name, check]) => [name, await result(check)] as const),
      );
      const isReady = results.every(([, text]) => text === 'ok');
      const status = isReady ? ('ready' as const) : ('not ready' as const);
      return reply.code(isReady ? 200 : 503).send({ status, checks: Object.fromEntries(results) });
    },
  );

  app.get(
    '/metrics',
    { handlerTimeout: PROMPT_MS_MAX, schema: { summary: 'Prometheus text', tags } },
    async (_request, reply) => {
      const gauges = { runs: hub.counts, slots: await slots() };
      return reply.type(METRICS_TYPE).send(printMetrics(gauges, metrics));
    },
  );
}

/** `ok`, or in a few words why not. */
async function result(check: HealthCheck): Promise<string> {
  const stop = new AbortController();
  const late = sleep(CHECK_MS_MAX, `no answer within ${CHECK_MS_MAX} ms`, {
    signal: stop.signal,
  }).catch(() => 'ok');
  const checked = check().then(
    () => 'ok',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
  const text = await Promise.race([checked, late]);
  stop.abort();
  return text;
}
