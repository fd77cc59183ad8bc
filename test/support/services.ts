/**
 * Starts Redis and MinIO once for all cluster tests, and gives their addresses to the tests by `inject`.
 *
 * A test that kills, freezes or flushes a server starts one of its own (`startRedis`, `startMinio` of
 * infra/services): the shared ones belong to everyone.
 */
import type { TestProject } from 'vitest/node';
import type { S3Place } from '../../infra/services/minio.ts';
import { startServices } from '../../infra/services/services.ts';

declare module 'vitest' {
  // The shape of what `inject('redisUrl')` and `inject('s3')` return in a test.
  interface ProvidedContext {
    redisUrl: string;
    s3: S3Place;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const services = await startServices();
  project.provide('redisUrl', services.redisUrl);
  project.provide('s3', services.s3);
  return () => services.stop();
}
