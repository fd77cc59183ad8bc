/** What the server processes share: listening, ending in order, and a log for people. */
import { createHash } from 'node:crypto';
import { AppError } from '../shared/base/app-error.ts';
import { unreachable } from '../shared/base/assert.ts';
import type { QueueState } from '../shared/queue/queue-state.ts';
import type { ObjectStore } from '../shared/storage/object-store.ts';
import type { App } from '../coordinator/server/app.ts';

/** For replies that are under way when the process is asked to end. */
const CLOSE_MS_MAX = 10_000;

/**
 * Of all keys in Redis. Tasks name objects of one store, so each store has keys of its own and several clusters can
 * share a Redis. In braces, so that they stay together on a Redis cluster.
 */
export function queuePrefix(store: ObjectStore): string {
  const digest = createHash('sha256').update(store.description).digest('hex');
  return `{millrace-${digest.slice(0, 12)}}`;
}

/** Serves `app` on the host and port, and says where on standard error. */
export async function listen(
  app: App,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<void> {
  try {
    log(`listening on ${await app.listen({ host, port })}`);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new AppError('user', 'PORT_UNUSABLE', `cannot listen on ${host}:${port} (${code})`, {
      cause: error,
    });
  }
}

/** Resolves when the replies under way are finished, or when they took too long. */
export async function close(app: App): Promise<void> {
  const late = setTimeout(() => app.server.closeAllConnections(), CLOSE_MS_MAX);
  await app.close();
  clearTimeout(late);
}

export function ended(signal: AbortSignal): Promise<void> {
  return new Promise((resolvePromise) => {
    if (signal.aborted) resolvePromise();
    else signal.addEventListener('abort', () => resolvePromise(), { once: true });
  });
}

/** One line of the log of a server: for people, and for whatever collects standard error. */
export function log(message: string): void {
  process.stderr.write(`${new Date().toISOString()} ${message}\n`);
}

export function logQueueState(state: QueueState): void {
  log(describeQueueState(state));
}

function describeQueueState(state: QueueState): string {
  switch (state.status) {
    case 'connected':
      return 'connected to the queue';
    case 'disconnected':
      return `the queue in Redis is away (${state.cause}); waiting for it`;
    case 'trouble':
      return `queue: ${state.message}`;
    case 'workerless':
      return 'waiting for workers: none is connected';
    case 'staffed':
      return `workers have come: ${state.slots} ${state.slots === 1 ? 'task' : 'tasks'} at a time`;
    default:
      return unreachable(state);
  }
}
