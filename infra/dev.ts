/** `millrace dev`: the HTTP API over an embedded engine, in one process, for trying things out. */
import { randomUUID } from 'node:crypto';
import { buildServer } from '../coordinator/server/build-server.ts';
import { RunHub } from '../coordinator/server/run-hub.ts';
import type { S3Access } from '../shared/storage/open-store.ts';
import { close, ended, listen, log } from './serve.ts';
import { openEmbedded } from './embedded.ts';
import { engineVersion } from './engine-version.ts';

export interface DevOptions {
  readonly host: string;
  readonly port: number;
  readonly store: string;
  readonly s3: S3Access;
  readonly threads: number;
  readonly signal: AbortSignal;
}

/**
 * Serves until the signal fires, then cancels what runs. Requests may name files below the current folder. Unfinished
 * runs are left alone: another command may be at work on the same store.
 */
export async function runDev(options: DevOptions): Promise<void> {
  const engine = await openEmbedded({
    storePath: options.store,
    threads: options.threads,
    s3: options.s3,
    allowedFolders: [process.cwd()],
  });
  const app = await buildServer({
    engine,
    hub: new RunHub(engine, () => performance.now()),
    slots: async () => options.threads,
    checks: {},
    version: engineVersion(),
    newId: () => randomUUID().slice(0, 8),
    log,
  });
  try {
    await listen(app, options);
    await ended(options.signal);
    await close(app);
  } finally {
    await engine.close();
  }
}
