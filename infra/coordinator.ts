/**
 * A coordinator process: store, queue and engine put together behind the HTTP API.
 *
 *   store tested ─> unfinished runs gone on with ─> listening ─> signal ─> streams ended, replies finished, gone
 *
 * It may be killed at any time: runs live in the store, and the next coordinator goes on with them. So a signal does
 * not end runs either; it only ends the process in order.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { Engine } from '../coordinator/engine.ts';
import { buildServer } from '../coordinator/server/build-server.ts';
import { RunHub } from '../coordinator/server/run-hub.ts';
import { toAppError } from '../shared/base/app-error.ts';
import { createBullmqQueue } from '../shared/queue/bullmq-queue.ts';
import type { ObjectStore } from '../shared/storage/object-store.ts';
import { checkStore, openStore, storeConfigOf } from '../shared/storage/open-store.ts';
import type { CoordinatorConfig } from './config.ts';
import { checkOutputPath } from './embedded.ts';
import { engineVersion } from './engine-version.ts';
import { close, ended, listen, log, logQueueState, queuePrefix } from './serve.ts';
import { openS3Sources } from './source-access.ts';

const RESUME_RETRY_MS = 2_000;

export interface CoordinatorOptions extends CoordinatorConfig {
  /** Folders of this machine and of the workers' that requests may read and write; none if absent. */
  readonly allowFiles?: readonly string[];
}

/** Serves until the signal fires. Rejects if the store is unfit or the port is taken. */
export async function runCoordinator(options: CoordinatorOptions): Promise<void> {
  const { redis, store: location, s3, signal } = options;
  const config = storeConfigOf(location, s3);
  await checkStore(config);
  const store = await openStore(config);
  const queue = createBullmqQueue({
    redisUrl: redis,
    prefix: queuePrefix(store),
    onState: logQueueState,
    now: () => performance.now(),
  });
  const engine = new Engine({
    store,
    queue,
    listObjects: async (uri) => (await openS3Sources(s3)).list(uri),
    clock: { now: () => Date.now() },
    newId: () => randomBytes(8).toString('hex'),
    version: engineVersion(),
    allowedFolders: (options.allowFiles ?? []).map((folder) => resolve(folder)),
    checkOutput: checkOutputPath,
    log,
  });
  const hub = new RunHub(engine, () => performance.now());
  const app = await buildServer({
    engine,
    hub,
    slots: () => queue.slots(),
    checks: { store: () => touch(store), queue: () => queue.ping() },
    version: engineVersion(),
    newId: () => randomUUID().slice(0, 8),
    log,
  });
  await listen(app, options);
  void resumeRuns(hub, signal);
  await ended(signal);
  log('closing; runs go on when a coordinator is back');
  await close(app);
}

/** A store that is away for a while when the process starts must not cost runs. */
async function resumeRuns(hub: RunHub, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await hub.resume();
      if (hub.counts.resumed > 0) log(`${hub.counts.resumed} unfinished runs go on`);
      return;
    } catch (error) {
      log(`cannot read the unfinished runs: ${toAppError(error).message}`);
      await new Promise((wake) => setTimeout(wake, RESUME_RETRY_MS));
    }
  }
}

/** One request that the store must answer, whatever it says. */
async function touch(store: ObjectStore): Promise<void> {
  await store.head('health');
}
