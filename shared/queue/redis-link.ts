/**
 * Whether Redis can be reached: told once when it goes away, with the cause, and once when it is back, whatever number of
 * tries lies between.
 *
 *   new ── ready ──> connected ── close ──> lost ── error ──> away (told) ── ready ──> connected (told)
 *    └──── error ──> away (told)              └── ready: both told
 */
import type { Redis } from 'ioredis';
import type { TellQueueState } from './queue-state.ts';

/** Of a connection that was closed without an error, and not refused since. */
const CLOSED = 'the connection was closed';

export class RedisLink {
  readonly #client: Redis;
  readonly #tell: TellQueueState;
  #status: 'new' | 'connected' | 'lost' | 'away' = 'new';
  #cause = 'not connected yet';
  /** Of this absence. Another cause is news: a Redis that is started again may want another password. */
  readonly #toldCauses = new Set<string>();
  #isEvictionChecked = false;

  /** Listens to the events of `client`, which reconnects by itself. */
  constructor(client: Redis, tell: TellQueueState) {
    this.#client = client;
    this.#tell = tell;
    client.on('ready', () => this.#open());
    client.on('error', (error) => this.#fail(causeOf(error)));
    client.on('close', () => this.#close());
  }

  get isConnected(): boolean {
    return this.#status === 'connected';
  }

  /** Why Redis is away, or was the last time. */
  get cause(): string {
    return this.#cause;
  }

  #open(): void {
    // Back before the first try to connect again had failed.
    if (this.#status === 'lost') this.#tell({ status: 'disconnected', cause: CLOSED });
    this.#status = 'connected';
    this.#toldCauses.clear();
    this.#tell({ status: 'connected' });
    void this.#checkEviction();
  }

  #fail(cause: string): void {
    this.#cause = cause;
    // Its end follows, if it is one.
    if (this.#status === 'connected') return;
    this.#status = 'away';
    if (this.#toldCauses.has(cause)) return;
    this.#toldCauses.add(cause);
    this.#tell({ status: 'disconnected', cause });
  }

  /** What is to be told is the reason why it cannot be reached again, which the next try shows. */
  #close(): void {
    if (this.#status !== 'connected') return;
    this.#status = 'lost';
    this.#cause = CLOSED;
  }

  /** A Redis that throws keys away loses tasks: they are done again, but somebody should know. */
  async #checkEviction(): Promise<void> {
    if (this.#isEvictionChecked) return;
    this.#isEvictionChecked = true;
    // Not every managed Redis lets us ask; it then says nothing either.
    const memory = await this.#client.info('memory').catch(() => '');
    const policy = /^maxmemory_policy:(\S+)/m.exec(memory)?.[1] ?? 'noeviction';
    if (policy === 'noeviction') return;
    const message = `Redis may throw tasks away (maxmemory-policy ${policy}): set it to noeviction`;
    this.#tell({ status: 'trouble', message });
  }
}

/** The code of a failed connection, without the address; Redis's own words where it refuses us. */
export function causeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
