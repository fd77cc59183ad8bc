/**
 * A worker process: takes tasks from the queue and runs them on threads of its own, so that this thread stays idle and
 * renews the locks in time.
 *
 *   signal ─> no new tasks ─> running ones end within the grace time, or are handed back ─> gone
 */
import { startBullmqWorker } from '../shared/queue/bullmq-worker.ts';
import { checkStore, openStore, storeConfigOf } from '../shared/storage/open-store.ts';
import type { WorkerConfig } from './config.ts';
import { ended, log, logQueueState, queuePrefix } from './serve.ts';
import { engineVersion } from './engine-version.ts';
import { createThreadPool } from './thread-pool.ts';

/** Shorter than the 60 s that compose.yaml waits before it kills. */
const GRACE_MS = 45_000;

export interface WorkerOptions extends WorkerConfig {
  readonly graceMs?: number;
  /** How long a worker that was killed keeps its tasks, and how often others look for them: the queue's own if absent. */
  readonly lockDurationMs?: number;
  readonly stalledIntervalMs?: number;
}

/** Runs tasks until the signal fires. Rejects if the store is unfit. */
export async function runWorker(options: WorkerOptions): Promise<void> {
  const { redis, store: location, s3, threads, signal } = options;
  const { lockDurationMs, stalledIntervalMs } = options;
  const config = storeConfigOf(location, s3);
  await checkStore(config);
  const pool = createThreadPool({
    threads,
    workerData: { store: config, s3, engine: engineVersion() },
  });
  pool.warm(threads);
  const worker = startBullmqWorker({
    redisUrl: redis,
    prefix: queuePrefix(await openStore(config)),
    slots: threads,
    run: (task, aborted) => pool.run(task, aborted),
    onState: logQueueState,
    now: () => performance.now(),
    ...(lockDurationMs === undefined ? {} : { lockDurationMs }),
    ...(stalledIntervalMs === undefined ? {} : { stalledIntervalMs }),
  });
  log(`worker with ${threads} ${threads === 1 ? 'thread' : 'threads'}`);
  await ended(signal);
  log('draining');
  await worker.close(options.graceMs ?? GRACE_MS);
  await pool.close();
}
