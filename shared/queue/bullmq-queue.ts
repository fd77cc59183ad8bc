/**
 * The coordinator's side of the task queue on Redis: flat BullMQ jobs, one per attempt, the job's id being the task's.
 *
 * Redis may restart, forget or refuse at any time: offers are repeated (a job with a known id is not added twice),
 * outcomes are hints, and `findLost` compares what was offered with what is there.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Queue, QueueEvents } from 'bullmq';
import type { Redis } from 'ioredis';
import type { AppError } from '../base/app-error.ts';
import type { QueueState, TellQueueState } from './queue-state.ts';
import { QueueTrouble } from './queue-trouble.ts';
import { RedisLink } from './redis-link.ts';
import { parseFailure, parseTask } from './task-json.ts';
import type { Task, TaskOutcome, TaskQueue } from './task-queue.ts';
import { WorkerWatch } from './worker-watch.ts';
import {
  COMMAND_MS_MAX,
  PATIENT,
  PROMPT,
  QUEUE_NAME,
  queueAway,
  queueKeys,
  RedisConnections,
  toQueueError,
  within,
  type QueueKeys,
} from './redis.ts';

export interface BullmqQueueOptions {
  /** `redis://user:password@host:port/db`, or `rediss:` for TLS. */
  readonly redisUrl: string;
  /** Of all keys; in braces (`{millrace}`) on a Redis cluster. */
  readonly prefix: string;
  /** How long an offer waits for Redis to come back before it fails as transient. */
  readonly patienceMs?: number;
  readonly onState: TellQueueState;
  /** Milliseconds of a steady clock. */
  readonly now: () => number;
}

const PATIENCE_MS = 60_000;
const RETRY_MS = 500;
/** More in one transaction would hold up Redis for everyone. */
const OFFER_JOBS_MAX = 200;
/** Finished jobs that stay, for outcomes that were missed. */
const FINISHED_JOBS_KEPT = 1_000;
const CANCELLED_KEPT_S = 3_600;

/** What the queue of a cluster tells beyond the port: an embedded one has its slots by itself. */
export interface ClusterQueue extends TaskQueue {
  /** The slots of the workers that gave a sign of life lately, 0 if none did; the last known number while Redis is away. */
  slots(): Promise<number>;
  /** Resolves when Redis has answered; rejects with an AppError that says why not. */
  ping(): Promise<void>;
}

class BullmqQueue implements ClusterQueue {
  readonly #queue: Queue<Task, null, string>;
  readonly #events: QueueEvents;
  readonly #connections: RedisConnections;
  readonly #redis: Redis;
  readonly #link: RedisLink;
  readonly #trouble: QueueTrouble;
  readonly #workers: WorkerWatch;
  readonly #keys: QueueKeys;
  readonly #patienceMs: number;
  readonly #now: () => number;
  readonly #listeners: ((outcome: TaskOutcome) => void)[] = [];
  /** Offered here and not heard of since, by id. */
  readonly #open = new Map<string, Task>();
  readonly #closing = new AbortController();
  #slots = 0;

  constructor(options: BullmqQueueOptions) {
    const { redisUrl, prefix, onState, now, patienceMs = PATIENCE_MS } = options;
    this.#now = now;
    this.#keys = queueKeys(prefix);
    this.#patienceMs = patienceMs;
    this.#connections = new RedisConnections(redisUrl);
    this.#redis = this.#connections.open(PROMPT);
    const tell = (state: QueueState): void => {
      if (!this.#closing.signal.aborted) onState(state);
    };
    this.#link = new RedisLink(this.#redis, tell);
    this.#trouble = new QueueTrouble({ link: this.#link, tell, now });
    this.#workers = new WorkerWatch(tell);
    this.#queue = new Queue<Task, null, string>(QUEUE_NAME, {
      prefix,
      connection: this.#redis,
      // The check asks once, at the first connection; its failure would make the queue useless for good. It also prints
      // its opinion of the memory policy past the log; the link looks at that itself.
      skipVersionCheck: true,
    });
    this.#events = new QueueEvents(QUEUE_NAME, {
      prefix,
      connection: this.#connections.open(PATIENT),
      skipVersionCheck: true,
    });
    // A lost connection is told to whoever calls; events are hints. Without listeners it would end the process.
    this.#queue.on('error', () => {});
    this.#events.on('error', () => {});
    this.#events.on('completed', ({ jobId }) => void this.#hear(jobId, null));
    this.#events.on('failed', ({ jobId, failedReason }) => void this.#hear(jobId, failedReason));
  }

  /** A task that the queue knows, finished or not, is not run again: another try is another attempt with its own id. */
  async offer(tasks: readonly Task[]): Promise<void> {
    for (const task of tasks) this.#open.set(task.id, task);
    for (let from = 0; from < tasks.length; from += OFFER_JOBS_MAX) {
      const jobs = tasks.slice(from, from + OFFER_JOBS_MAX).map((task) => ({
        name: task.kind,
        data: task,
        opts: {
          jobId: task.id,
          // Attempts are the coordinator's: each has its own id and its own objects.
          attempts: 1,
          stackTraceLimit: 0,
          removeOnComplete: { count: FINISHED_JOBS_KEPT },
          removeOnFail: { count: FINISHED_JOBS_KEPT },
        },
      }));
      await this.#insist('offering tasks', () => this.#queue.addBulk(jobs));
    }
  }

  onOutcome(listener: (outcome: TaskOutcome) => void): void {
    this.#listeners.push(listener);
  }

  /** At least 1: a task is on offer for the first worker that comes. */
  async capacity(): Promise<number> {
    return Math.max(1, await this.slots());
  }

  async slots(): Promise<number> {
    try {
      const ids = await this.#redis.smembers(this.#keys.workers);
      const slots = ids.length === 0 ? [] : await this.#redis.mget(ids.map(this.#keys.worker));
      const gone = ids.filter((_, index) => slots[index] === null);
      if (gone.length > 0) await this.#redis.srem(this.#keys.workers, ...gone);
      this.#slots = slots.reduce((sum, count) => sum + Number(count ?? 0), 0);
      this.#workers.see({ slots: this.#slots, tasks: this.#open.size, now: this.#now() });
    } catch {
      // Stays what it was: how many tasks to offer is a matter of taste, not of truth.
    }
    return this.#slots;
  }

  /** Removes what waits and tells all workers. Tasks of the run that a worker takes later end as CANCELLED. */
  async cancelRun(runId: string): Promise<void> {
    const { cancelled, cancellations } = this.#keys;
    await this.#insist('cancelling a run', () =>
      this.#redis.set(cancelled(runId), '1', 'EX', CANCELLED_KEPT_S),
    );
    for (const task of this.#open.values()) {
      if (task.runId !== runId) continue;
      // 0: it runs, so its worker is told next; or it has ended and we shall hear of it.
      const removed = await this.#queue.remove(task.id).catch(() => 0);
      if (removed === 1) this.#open.delete(task.id);
    }
    await this.#insist('cancelling a run', () => this.#redis.publish(cancellations, runId));
  }

  /**
   * While Redis is away none is lost: nobody knows. A task that has finished without our hearing of it is told to the
   * listeners now and is not lost either.
   */
  async findLost(tasks: readonly Task[]): Promise<readonly Task[]> {
    const lost: Task[] = [];
    try {
      for (const task of tasks) {
        const job = await within(COMMAND_MS_MAX, this.#queue.getJob(task.id));
        if (job === undefined) {
          lost.push(task);
          this.#open.delete(task.id);
        } else if (job.finishedOn !== undefined) {
          this.#tell(task, job.failedReason ?? null);
        }
      }
    } catch {
      return [];
    }
    return lost;
  }

  async ping(): Promise<void> {
    try {
      await this.#redis.ping();
    } catch (error) {
      throw this.#failure('health check', error);
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    // Polite within a limit; a Redis that is away must not hold up the end of the process.
    const limitMs = this.#redis.status === 'ready' ? COMMAND_MS_MAX : 0;
    await within(limitMs, Promise.all([this.#events.close(), this.#queue.close()])).catch(() => {});
    this.#connections.end();
  }

  async #hear(id: string, failedReason: string | null): Promise<void> {
    let task = this.#open.get(id) ?? null;
    if (task === null) {
      // Offered before this coordinator started, or told twice.
      const job = await this.#queue.getJob(id).catch(() => undefined);
      task = parseTask(job?.data);
    }
    if (task !== null) this.#tell(task, failedReason);
  }

  #tell(task: Task, failedReason: string | null): void {
    this.#open.delete(task.id);
    const outcome: TaskOutcome =
      failedReason === null
        ? { status: 'done', task }
        : { status: 'failed', task, error: parseFailure(failedReason) };
    for (const listener of this.#listeners) listener(outcome);
  }

  /** Repeats `command` until Redis answers, our patience ends or the queue is closed. */
  async #insist(doing: string, command: () => Promise<unknown>): Promise<void> {
    const patience = AbortSignal.timeout(this.#patienceMs);
    for (;;) {
      let failure: AppError;
      try {
        await within(COMMAND_MS_MAX, command());
        return;
      } catch (error) {
        failure = this.#failure(doing, error);
        if (error instanceof Error) this.#trouble.hear(error);
      }
      if (!failure.retryable || patience.aborted || this.#closing.signal.aborted) throw failure;
      await sleep(RETRY_MS);
    }
  }

  /** Without a connection, its client speaks of streams and queues of its own: why there is none says more. */
  #failure(doing: string, error: unknown): AppError {
    return this.#link.isConnected ? toQueueError(doing, error) : queueAway(doing, this.#link.cause);
  }
}

/** Returns at once; the connection is made, and made again, in the background. */
export function createBullmqQueue(options: BullmqQueueOptions): ClusterQueue {
  return new BullmqQueue(options);
}
