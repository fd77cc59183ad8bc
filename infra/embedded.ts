/** Millrace in one process: a store in a folder, a queue in memory, worker threads. No server of any kind. */
import { randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { AppError } from '../shared/base/app-error.ts';
import { createMemoryQueue } from '../shared/queue/memory-queue.ts';
import type { ObjectStore } from '../shared/storage/object-store.ts';
import type { S3Access } from '../shared/storage/open-store.ts';
import { openStore, storeConfigOf } from '../shared/storage/open-store.ts';
import type { QueryRequest } from '../shared/wire/query-request.ts';
import { RESULT_MANIFEST } from '../shared/plan/run-spec.ts';
import type { Owner } from '../coordinator/run/ledger.ts';
import { Engine } from '../coordinator/engine.ts';
import { engineVersion } from './engine-version.ts';
import { log } from './serve.ts';
import { openS3Sources } from './source-access.ts';
import { createThreadPool } from './thread-pool.ts';

export interface EmbeddedOptions {
  /** A folder or s3:// URI. */
  readonly storePath: string;
  /** Tasks at once, each in its own thread; 0: one after another in this thread. */
  readonly threads: number;
  readonly s3: S3Access | null;
  /** Absolute folders of the local files that requests may name; all if absent. */
  readonly allowedFolders?: readonly string[];
  /** Instead of opening `storePath`, with 0 threads: a store in memory, for tests. */
  readonly store?: ObjectStore;
}

export async function openEmbedded(options: EmbeddedOptions): Promise<Engine> {
  const config = storeConfigOf(options.storePath, options.s3 ?? {});
  const store = options.store ?? (await openStore(config));
  const version = engineVersion();
  const pool = createThreadPool({
    threads: options.threads,
    workerData: { store: config, s3: options.s3, engine: version },
    ...(options.store === undefined ? {} : { store: options.store }),
  });
  pool.warm(options.threads);
  const queue = createMemoryQueue({
    run: (task, signal) => pool.run(task, signal),
    slots: Math.max(1, options.threads),
  });
  const engine = new Engine({
    store,
    queue: { ...bound(queue), close: () => closeBoth(queue, pool) },
    listObjects: async (uri) => (await openS3Sources(options.s3)).list(uri),
    clock: { now: () => Date.now() },
    newId: () => randomBytes(8).toString('hex'),
    version,
    allowedFolders: options.allowedFolders ?? null,
    checkOutput: checkOutputPath,
    owner: processOwner(),
    log,
  });
  return engine;
}

/** This process among those that share a store on this machine. */
function processOwner(): Owner {
  const host = hostname().replaceAll('/', '-');
  return {
    id: `${host}/${process.pid}`,
    isAlive(id) {
      const [otherHost, pid] = id.split('/');
      // Of another machine's processes nothing is known here: they keep what is theirs.
      if (otherHost !== host) return true;
      try {
        process.kill(Number(pid), 0);
        return true;
      } catch {
        return false;
      }
    },
  };
}

type Queue = ReturnType<typeof createMemoryQueue>;

function bound(queue: Queue): Omit<Queue, 'close'> {
  return {
    offer: (tasks) => queue.offer(tasks),
    onOutcome: (listener) => queue.onOutcome(listener),
    capacity: () => queue.capacity(),
    cancelRun: (runId) => queue.cancelRun(runId),
    findLost: (tasks) => queue.findLost(tasks),
  };
}

async function closeBoth(queue: Queue, pool: { close(): Promise<void> }): Promise<void> {
  await queue.close();
  await pool.close();
}

/** Refuses a local result path that exists before any work is done; `finish` of the writer decides for good. */
export async function checkOutputPath({ output }: QueryRequest): Promise<void> {
  const { path, overwrite, layout } = output;
  if (path === null || overwrite || path.startsWith('s3://')) return;
  const target = layout === 'file' ? path : `${path.replace(/\/+$/, '')}/${RESULT_MANIFEST}`;
  if ((await stat(target).catch(() => null)) === null) return;
  throw new AppError(
    'user',
    'RESULT_EXISTS',
    `${path} exists; use --overwrite to replace it, or another path`,
  );
}
