/** Connections to Redis and the names of what is kept there. Everything in it may be lost at any time. */
import { Redis } from 'ioredis';
import { AppError } from '../base/app-error.ts';

/** The one BullMQ queue; runs share it, told apart by their tasks. */
export const QUEUE_NAME = 'tasks';

const CONNECT_MS_MAX = 5_000;
export const COMMAND_MS_MAX = 5_000;
const KEEP_ALIVE_MS = 10_000;
/** Not below a second: faster ones hang blocking commands of ioredis. */
const RECONNECT_MS = 1_000;

const common = {
  // RESP3, the default of ioredis 6, changes the shapes of replies.
  protocol: 2,
  connectTimeout: CONNECT_MS_MAX,
  keepAlive: KEEP_ALIVE_MS,
  retryStrategy: (): number => RECONNECT_MS,
} as const;

/** For loops that wait for work or events: commands wait for a connection as long as it takes. */
export const PATIENT = { ...common, maxRetriesPerRequest: null } as const;

/** For calls that somebody waits for: without a connection they fail at once, on a silent one within the limit. */
export const PROMPT = {
  ...common,
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  commandTimeout: COMMAND_MS_MAX,
} as const;

/**
 * Every connection of one queue or worker, with those that BullMQ copies from ours for blocking commands: so each has a
 * listener for its errors (without one they are printed, or end the process) and each can be ended for sure (BullMQ
 * leaves some trying to reconnect if Redis is away when it closes).
 */
export class RedisConnections {
  readonly #url: string;
  readonly #clients: Redis[] = [];

  constructor(url: string) {
    this.#url = url;
  }

  open(options: typeof PATIENT | typeof PROMPT): Redis {
    const client = this.#own(new Redis(this.#url, options));
    const duplicate = client.duplicate.bind(client);
    client.duplicate = (override) => this.#own(duplicate(override));
    return client;
  }

  end(): void {
    for (const client of this.#clients) client.disconnect();
  }

  #own(client: Redis): Redis {
    client.on('error', () => {});
    this.#clients.push(client);
    return client;
  }
}

export interface QueueKeys {
  /** Set of the ids of workers. */
  readonly workers: string;
  /** The slots of a worker; expires when its worker no longer renews it. */
  readonly worker: (id: string) => string;
  /** Exists for a while after a run was cancelled, for workers that missed the message. */
  readonly cancelled: (runId: string) => string;
  /** Channel of cancelled run ids. */
  readonly cancellations: string;
}

export function queueKeys(prefix: string): QueueKeys {
  return {
    workers: `${prefix}:workers`,
    worker: (id) => `${prefix}:worker:${id}`,
    cancelled: (runId) => `${prefix}:cancelled:${runId}`,
    cancellations: `${prefix}:cancellations`,
  };
}

/** Settles as `work` does, or fails after `limitMs`. The work itself goes on. */
export async function within<T>(limitMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer for ${limitMs} ms`)), limitMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** What Redis said, in our classes. Its messages hold no secrets; its address is not repeated. */
export function toQueueError(doing: string, error: unknown): AppError {
  const message = error instanceof Error ? error.message : String(error);
  if (/^(NOAUTH|WRONGPASS|NOPERM)/.test(message)) {
    return new AppError('user', 'QUEUE_FORBIDDEN', `${doing}: Redis refuses us (${message})`);
  }
  return queueAway(doing, message);
}

export function queueAway(doing: string, cause: string): AppError {
  return new AppError(
    'transient',
    'QUEUE_UNAVAILABLE',
    `${doing}: the queue in Redis is not available (${cause})`,
  );
}
