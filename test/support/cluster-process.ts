/** One process of a test cluster: a real coordinator or worker, with locks short enough for a test to wait for. */
import { runCoordinator } from '../../infra/coordinator.ts';
import { runWorker } from '../../infra/worker.ts';
import type { S3Access } from '../../shared/storage/open-store.ts';

export interface ClusterProcessOptions {
  readonly role: 'coordinator' | 'worker';
  readonly redis: string;
  readonly store: string;
  readonly s3: S3Access;
  readonly port: number;
  readonly allowFiles: readonly string[];
}

const abort = new AbortController();
process.on('SIGTERM', () => abort.abort());
// Written by cluster.ts alone.
const options = JSON.parse(process.argv[2]!) as ClusterProcessOptions;
const { redis, store, s3, port, allowFiles } = options;
const common = { redis, store, s3, signal: abort.signal };
if (options.role === 'coordinator') {
  await runCoordinator({ ...common, host: '127.0.0.1', port, allowFiles });
} else {
  await runWorker({
    ...common,
    threads: 1,
    graceMs: 10_000,
    lockDurationMs: 3_000,
    stalledIntervalMs: 1_000,
  });
}
process.exit(0);
