/** The type of the server's Fastify instance: schemas give the types of bodies and parameters. */
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { RequestMetrics } from './metrics.ts';
import type { RunEngine, RunHub } from './run-hub.ts';

export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

/** Settles when the thing named works; rejects with why it does not. */
export type HealthCheck = () => Promise<unknown>;

export interface RouteDeps {
  readonly engine: RunEngine;
  readonly hub: RunHub;
  /** How many tasks the attached workers can run at once; 0 while there are none. */
  readonly slots: () => Promise<number>;
  readonly checks: Readonly<Record<string, HealthCheck>>;
  readonly metrics: RequestMetrics;
}

/** Replies that are read from memory or in a few requests to the store. */
export const PROMPT_MS_MAX = 60_000;
/** Replies that may prepare tables first. */
export const PREPARING_MS_MAX = 30 * 60_000;
