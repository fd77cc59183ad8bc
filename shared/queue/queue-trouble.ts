/** What goes wrong on a queue that can be reached, in words for the log, and not with every try. */
import { ErrorCode } from 'bullmq';
import type { TellQueueState } from './queue-state.ts';
import type { RedisLink } from './redis-link.ts';

/** How long the same words are not repeated. */
const REPEAT_MS = 60_000;

/** What ioredis says, without a code, of commands that a connection could not take any more. */
const CONNECTION_TEXTS: ReadonlySet<string> = new Set([
  'Connection is closed.',
  "Stream isn't writeable and enableOfflineQueue options is false",
]);

export interface QueueTroubleOptions {
  readonly link: Pick<RedisLink, 'isConnected'>;
  readonly tell: TellQueueState;
  /** Milliseconds of a steady clock. */
  readonly now: () => number;
}

export class QueueTrouble {
  readonly #options: QueueTroubleOptions;
  readonly #toldAt = new Map<string, number>();

  constructor(options: QueueTroubleOptions) {
    this.#options = options;
  }

  /** Tells of `error` unless the connection is at fault, which the link tells, or it was told a moment ago. */
  hear(error: Error): void {
    const { link, tell, now } = this.#options;
    if (!link.isConnected || isOfConnection(error)) return;
    const message = describe(error);
    const time = now();
    for (const [told, at] of this.#toldAt) {
      if (time - at >= REPEAT_MS) this.#toldAt.delete(told);
    }
    if (this.#toldAt.has(message)) return;
    this.#toldAt.set(message, time);
    tell({ status: 'trouble', message });
  }
}

/** Node names what happens to sockets by a text; the codes of BullMQ are numbers. */
function isOfConnection(error: Error): boolean {
  const hasCode = 'code' in error && typeof error.code === 'string';
  return hasCode || CONNECTION_TEXTS.has(error.message);
}

function describe(error: Error): string {
  if (!('code' in error) || error.code !== ErrorCode.JobNotExist) return error.message;
  return 'it was emptied while a task ran; what the task did is kept in the store, where the coordinator looks';
}
