/**
 * The worker's side of the task queue on Redis. The thread it runs on must stay idle, because locks are renewed by its
 * timers: `run` hands the work to other threads.
 *
 *   job taken ─> run(task, signal) ─┬─ resolves ──────────────────> completed
 *                                   ├─ rejects ───────────────────> failed with its error
 *                                   └─ signal: cancelled, lock lost, closing
 *
 * A worker that is killed stops renewing its locks; the others notice and fail its jobs as WORKER_LOST, so that the
 * coordinator makes another attempt, with a number of its own.
 */
import { Worker, type Job } from 'bullmq';
import type { Redis } from 'ioredis';
import { AppError, toAppError } from '../base/app-error.ts';
import { assert } from '../base/assert.ts';
import { cancelled, failureOf, lockLost, stopping } from './stop-reason.ts';
import type { QueueState, TellQueueState } from './queue-state.ts';
import { QueueTrouble } from './queue-trouble.ts';
import { RedisLink } from './redis-link.ts';
import { parseTask, printFailure } from './task-json.ts';
import type { Task } from './task-queue.ts';
import {
  PATIENT,
  PROMPT,
  QUEUE_NAME,
  queueKeys,
  RedisConnections,
  within,
  type QueueKeys,
} from './redis.ts';

export interface BullmqWorkerOptions {
  readonly redisUrl: string;
  /** The coordinator's. */
  readonly prefix: string;
  /** Tasks at a time. */
  readonly slots: number;
  /** Runs one attempt elsewhere. Throws for failure. `signal` fires when its result is no longer wanted from us. */
  readonly run: (task: Task, signal: AbortSignal) => Promise<void>;
  readonly onState: TellQueueState;
  /** Milliseconds of a steady clock. */
  readonly now: () => number;
  /** How long a silent worker keeps its tasks. */
  readonly lockDurationMs?: number;
  /** How often each worker looks for tasks of silent ones. */
  readonly stalledIntervalMs?: number;
  readonly heartbeatMs?: number;
}

export interface BullmqWorker {
  /**
   * Takes no new task, lets the running ones end within `graceMs`, then aborts them, so that they fail as transient
   * and are done elsewhere.
   */
  close(graceMs: number): Promise<void>;
}

const LOCK_DURATION_MS = 60_000;
const STALLED_INTERVAL_MS = 15_000;
const HEARTBEAT_MS = 3_000;
/** A worker counts until it has missed this many heartbeats. */
const HEARTBEATS_MISSED_MAX = 3;
const RETRY_MS = 1_000;
/** For aborted tasks to end, and for Redis to hear of it. */
const HAND_BACK_MS_MAX = 5_000;

interface RunningTask {
  readonly task: Task;
  readonly abort: AbortController;
  /** Resolves when it has ended, well or not. */
  readonly ended: Promise<unknown>;
}

class QueueWorker implements BullmqWorker {
  readonly #options: BullmqWorkerOptions;
  readonly #keys: QueueKeys;
  readonly #worker: Worker<Task>;
  readonly #connections: RedisConnections;
  readonly #redis: Redis;
  readonly #link: RedisLink;
  readonly #trouble: QueueTrouble;
  readonly #running = new Map<string, RunningTask>();
  readonly #heartbeatMs: number;
  #heartbeat: NodeJS.Timeout | undefined;
  #closing: Promise<void> | null = null;

  constructor(options: BullmqWorkerOptions) {
    const { redisUrl, prefix, slots } = options;
    assert(slots >= 1, 'a worker needs at least one slot');
    this.#options = options;
    this.#keys = queueKeys(prefix);
    this.#heartbeatMs = options.heartbeatMs ?? HEARTBEAT_MS;
    this.#connections = new RedisConnections(redisUrl);
    this.#redis = this.#connections.open(PROMPT);
    const tell = (state: QueueState): void => {
      if (this.#closing === null) options.onState(state);
    };
    this.#link = new RedisLink(this.#redis, tell);
    this.#trouble = new QueueTrouble({ link: this.#link, tell, now: options.now });
    const subscriber = this.#connections.open(PATIENT);
    subscriber.on('message', (_channel, runId) => this.#cancelRun(runId));
    // Waits for a connection, and is repeated by the client after each reconnect; fails only when we close.
    subscriber.subscribe(this.#keys.cancellations).catch(() => {});
    this.#worker = new Worker<Task>(QUEUE_NAME, (job) => this.#process(job), {
      prefix,
      connection: this.#connections.open(PATIENT),
      concurrency: slots,
      lockDuration: options.lockDurationMs ?? LOCK_DURATION_MS,
      stalledInterval: options.stalledIntervalMs ?? STALLED_INTERVAL_MS,
      // A lost task is another attempt, so never run again under the same id.
      maxStalledCount: 0,
      runRetryDelay: RETRY_MS,
      // The check prints its opinion of the memory policy past the log; the link looks at that itself.
      skipVersionCheck: true,
    });
    this.#worker.on('error', (error) => this.#trouble.hear(error));
    this.#worker.on('lockRenewalFailed', (ids) => {
      for (const id of ids) this.#running.get(id)?.abort.abort(lockLost());
    });
    void this.#beat();
  }

  close(graceMs: number): Promise<void> {
    this.#closing ??= this.#drain(graceMs);
    return this.#closing;
  }

  async #process(job: Job<Task>): Promise<void> {
    const task = parseTask(job.data);
    if (task === null) {
      const message = `job ${job.id} is no task of this version`;
      throw failedWith(new AppError('bug', 'TASK_UNKNOWN', message));
    }
    const abort = new AbortController();
    const ending = this.#run(task, abort.signal);
    this.#running.set(task.id, { task, abort, ended: ending.catch(() => {}) });
    try {
      await ending;
    } catch (error) {
      throw failedWith(toAppError(failureOf(error, abort.signal)));
    } finally {
      this.#running.delete(task.id);
    }
  }

  async #run(task: Task, signal: AbortSignal): Promise<void> {
    if (await this.#isCancelled(task.runId)) throw cancelled();
    await this.#options.run(task, signal);
  }

  /** Unknown while Redis is away: then the task runs, and the next heartbeat looks again. */
  async #isCancelled(runId: string): Promise<boolean> {
    return (await this.#redis.exists(this.#keys.cancelled(runId)).catch(() => 0)) === 1;
  }

  #cancelRun(runId: string): void {
    for (const { task, abort } of this.#running.values()) {
      if (task.runId === runId) abort.abort(cancelled());
    }
  }

  /** Says that we live and with how many slots; hears of cancellations whose message was lost. */
  async #beat(): Promise<void> {
    const { worker, workers } = this.#keys;
    const { id } = this.#worker;
    try {
      await this.#redis
        .multi()
        .set(worker(id), this.#options.slots, 'PX', this.#heartbeatMs * HEARTBEATS_MISSED_MAX)
        .sadd(workers, id)
        .exec();
      const runIds = new Set(Array.from(this.#running.values(), ({ task }) => task.runId));
      for (const runId of runIds) {
        if (await this.#isCancelled(runId)) this.#cancelRun(runId);
      }
    } catch (error) {
      // The next beat tries again.
      if (error instanceof Error) this.#trouble.hear(error);
    }
    if (this.#closing !== null) return;
    this.#heartbeat = setTimeout(() => void this.#beat(), this.#heartbeatMs);
  }

  async #drain(graceMs: number): Promise<void> {
    clearTimeout(this.#heartbeat);
    const { worker, workers } = this.#keys;
    const { id } = this.#worker;
    await this.#redis
      .multi()
      .del(worker(id))
      .srem(workers, id)
      .exec()
      .catch(() => null);
    const closed = this.#worker.close();
    if (!(await endsWithin(graceMs, this.#link.isConnected ? closed : this.#whenIdle()))) {
      for (const { abort } of this.#running.values()) abort.abort(stopping());
      // What still runs then loses its lock in time.
      await endsWithin(HAND_BACK_MS_MAX, this.#link.isConnected ? closed : this.#whenIdle());
    }
    this.#connections.end();
  }

  /** While Redis is away nobody can be told; the tasks themselves may still end and leave their records. */
  #whenIdle(): Promise<unknown> {
    return Promise.all(Array.from(this.#running.values(), ({ ended }) => ended));
  }
}

/** The form in which a failure stands in the job. */
function failedWith(error: AppError): Error {
  return new Error(printFailure(error.toJSON()));
}

/** Whether `work` ended, well or not, within the limit. */
async function endsWithin(limitMs: number, work: Promise<unknown>): Promise<boolean> {
  const ended = work.then(
    () => true,
    () => true,
  );
  return within(limitMs, ended).catch(() => false);
}

/** Returns at once and takes tasks as soon as Redis can be reached. */
export function startBullmqWorker(options: BullmqWorkerOptions): BullmqWorker {
  return new QueueWorker(options);
}
