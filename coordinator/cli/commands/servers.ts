/** `millrace coordinator`, `worker` and `dev`: what they need is asked for before anything is started. */
import { AppError } from '../../../shared/base/app-error.ts';
import type { CommandContext, ExitStatus } from '../context.ts';
import type { Invocation } from '../options.ts';
import { s3Access, storeLocation } from '../place.ts';
import { readSpec } from '../project.ts';

export async function runServer(
  options: Extract<Invocation, { command: 'coordinator' | 'worker' | 'dev' }>,
  context: CommandContext,
): Promise<ExitStatus> {
  const { servers, surroundings } = context;
  const s3 = s3Access(options.s3, null, surroundings);
  if (options.command === 'dev') {
    const { host, port, threads, allowFiles } = options;
    const store = storeLocation(options.store, await readSpec({ spec: null }), surroundings);
    await servers.dev({ host, port, threads, store, s3, allowFiles });
    return 0;
  }
  const redis = options.redis ?? surroundings.redis;
  const store = options.store ?? surroundings.store;
  const missing = [
    ...(redis === null ? ['--redis (or MILLRACE_REDIS), such as redis://127.0.0.1:6379'] : []),
    ...(store === null ? ['--store (or MILLRACE_STORE), such as s3://lake/millrace'] : []),
  ];
  if (redis === null || store === null) {
    throw new AppError(
      'user',
      'USAGE',
      `${options.command} needs ${missing.join(' and ')}; millrace dev needs neither`,
    );
  }
  if (options.command === 'coordinator') {
    const { host, port, allowFiles } = options;
    await servers.coordinator({ host, port, redis, store, s3, allowFiles });
  } else {
    await servers.worker({ redis, store, s3, threads: options.threads });
  }
  return 0;
}
