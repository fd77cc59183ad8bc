/**
 * Drives a set of tasks to the end: offers what is ready, listens for outcomes, tries again what may pass, waits where the
 * queue or the store is away. An outcome is a hint; a task is done when its record stands in the store.
 *
 *            offer              outcome: done, record there
 *   ready ──────────> offered ─────────────────────────────> done
 *                      │  ▲
 *      failed, transient or lost, attempts left: next attempt    otherwise: the job fails with the error
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, fromSerializedError } from '../../shared/base/app-error.ts';
import type { Task, TaskOutcome, TaskQueue } from '../../shared/queue/task-queue.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';

/** Attempts of one task that may fail before its error is the run's error. */
export const ATTEMPTS_MAX = 4;
/** Tasks on their way per task that the workers can run at once: few, so that cancelling and priorities act soon. */
export const OFFERED_PER_SLOT = 2;
/** How long it may be quiet before the queue is asked about the tasks that it has not spoken of. */
export const RECONCILE_MS = 2_000;
/** How long the queue or the store may be away before a run fails for it. */
export const AWAY_MS_MAX: number = 15 * 60_000;
/** How long a cancelled run waits for what still runs: a thread that does not stop is ended after ten seconds. */
const CANCEL_WAIT_MS_MAX = 15_000;
const CANCEL_POLL_MS = 50;

export type TaskRef = Pick<Task, 'kind' | 'name'>;

/** What is to be done, and what follows from each thing done. */
export interface Job {
  readonly runId: string;
  /** Whether others may wait for the same tasks: then those on their way are left to end when this job fails. */
  readonly isShared: boolean;
  /** Tasks that may start now and are not in `taken` (names), at most `limit`. */
  ready(taken: ReadonlySet<string>, limit: number): readonly TaskRef[];
  readonly isDone: boolean;
  /** Key of the record that a finished task leaves. */
  recordKey(task: TaskRef): string;
  /** Called after a task's record was seen: once, or again where it failed. */
  finish(task: TaskRef): Promise<void>;
}

interface Offered {
  readonly ref: TaskRef;
  attempt: number;
  failures: number;
}

export interface DispatcherOptions {
  readonly store: Pick<ObjectStore, 'head'>;
  readonly queue: TaskQueue;
  /** Unique text of [a-z0-9]: a queue does not run a task again whose id it knows, so ids of two processes differ. */
  readonly epoch: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Instead of `RECONCILE_MS`, for tests. */
  readonly reconcileMs?: number;
}

export class Dispatcher {
  readonly #options: DispatcherOptions;
  /** Jobs under way. Two may have one run id: two queries that prepare the same table share its tasks. */
  readonly #running = new Set<RunningJob>();
  /** How many shared jobs of a run id have failed here: the queue still knows their tasks, so the next need other ids. */
  readonly #generations = new Map<string, number>();

  constructor(options: DispatcherOptions) {
    this.#options = options;
    options.queue.onOutcome((outcome) => {
      for (const running of this.#running) {
        if (running.runId === outcome.task.runId) running.hear(outcome);
      }
    });
  }

  /** Resolves when the job is done; rejects with the first error that attempts cannot mend, or when aborted. */
  async run(job: Job, signal: AbortSignal): Promise<void> {
    const generation = this.#generations.get(job.runId) ?? 0;
    const running = new RunningJob(job, `${this.#options.epoch}${generation}`, this.#options);
    this.#running.add(running);
    try {
      await running.toEnd(signal);
    } catch (error) {
      if (job.isShared) this.#generations.set(job.runId, generation + 1);
      else {
        // What nobody can cancel ends by itself; the job's own error is the one to tell.
        await this.#options.queue.cancelRun(job.runId).catch(() => undefined);
        await running.settle().catch(() => undefined);
      }
      throw error;
    } finally {
      this.#running.delete(running);
    }
  }
}

class RunningJob {
  readonly #job: Job;
  /** Part of all ids, so that no other job's tasks have them. */
  readonly #series: string;
  readonly #options: DispatcherOptions;
  readonly #offered = new Map<string, Offered>();
  readonly #heard: TaskOutcome[] = [];
  #wake: () => void = () => undefined;
  /** Why the job cannot end well. */
  #failure: AppError | null = null;

  constructor(job: Job, series: string, options: DispatcherOptions) {
    this.#job = job;
    this.#series = series;
    this.#options = options;
  }

  get runId(): string {
    return this.#job.runId;
  }

  hear(outcome: TaskOutcome): void {
    this.#heard.push(outcome);
    this.#wake();
  }

  async toEnd(signal: AbortSignal): Promise<void> {
    let awaySince: number | null = null;
    while (!this.#job.isDone) {
      if (signal.aborted) throw cancelled();
      if (this.#failure !== null) throw this.#failure;
      try {
        await this.#step(signal);
        awaySince = null;
      } catch (error) {
        // The queue or the store is away. What was being done is done again: every step may be repeated.
        if (!(error instanceof AppError && error.retryable)) throw error;
        const now = this.#options.now();
        awaySince ??= now;
        if (now - awaySince >= AWAY_MS_MAX) throw error;
        await sleep(this.#quietMs, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  /** Resolves when nothing of a cancelled job runs any more, so that it writes nothing after its end was noted. */
  async settle(): Promise<void> {
    const { queue } = this.#options;
    const open = new Map<string, Task>();
    for (const { ref, attempt } of this.#offered.values()) {
      const task = this.#task(ref, attempt);
      open.set(task.id, task);
    }
    for (let waited = 0; waited < CANCEL_WAIT_MS_MAX; waited += CANCEL_POLL_MS) {
      for (const { task } of this.#heard.splice(0)) open.delete(task.id);
      for (const { id } of await queue.findLost([...open.values()])) open.delete(id);
      if (open.size === 0) return;
      await sleep(CANCEL_POLL_MS);
    }
  }

  get #quietMs(): number {
    return this.#options.reconcileMs ?? RECONCILE_MS;
  }

  async #step(signal: AbortSignal): Promise<void> {
    await this.#offer();
    const spoke = await this.#wait(signal);
    if (!spoke) await this.#reconcile();
    while (this.#heard.length > 0) {
      await this.#take(this.#heard[0]!);
      this.#heard.shift();
    }
  }

  /** True when an outcome came, false when it is time to ask the queue. */
  async #wait(signal: AbortSignal): Promise<boolean> {
    if (this.#heard.length > 0 || this.#job.isDone) return true;
    const stop = new AbortController();
    const woken = new Promise<true>((resolve) => {
      this.#wake = () => resolve(true);
      signal.addEventListener('abort', () => resolve(true), { once: true, signal: stop.signal });
    });
    const late = sleep(this.#quietMs, false as const, { signal: stop.signal }).catch(
      () => false as const,
    );
    const spoke = await Promise.race([woken, late]);
    stop.abort();
    return spoke;
  }

  async #offer(): Promise<void> {
    const { queue } = this.#options;
    const room = (await queue.capacity()) * OFFERED_PER_SLOT - this.#offered.size;
    if (room <= 0) return;
    const refs = this.#job.ready(new Set(this.#offered.keys()), room);
    if (refs.length === 0) {
      if (this.#offered.size > 0) return;
      throw new AppError('bug', 'RUN_STUCK', `run ${this.runId} has tasks left and none can start`);
    }
    await queue.offer(refs.map((ref) => this.#task(ref, 1)));
    for (const ref of refs) this.#offered.set(ref.name, { ref, attempt: 1, failures: 0 });
  }

  async #take(outcome: TaskOutcome): Promise<void> {
    const offered = this.#offered.get(outcome.task.name);
    if (offered === undefined) return;
    const isCurrent = outcome.task.id === this.#task(offered.ref, offered.attempt).id;
    // Late words about an attempt that was given up: only that it is done is worth a look.
    if (!isCurrent && outcome.status === 'failed') return;
    if (await this.#finishIfRecorded(offered)) return;
    if (!isCurrent) return;
    const error =
      outcome.status === 'failed'
        ? fromSerializedError(outcome.error)
        : new AppError('bug', 'RECORD_MISSING', `task ${outcome.task.name} ended without a record`);
    const isFinal = outcome.status === 'failed' && !mayPass(error.class);
    if (isFinal || offered.failures + 1 >= ATTEMPTS_MAX) this.#failure = error;
    else {
      await this.#offerNext(offered);
      offered.failures++;
    }
  }

  /** Offers again what the queue has lost, unless it is done although nobody said so. */
  async #reconcile(): Promise<void> {
    const open = [...this.#offered.values()].map(({ ref, attempt }) => this.#task(ref, attempt));
    for (const task of await this.#options.queue.findLost(open)) {
      const offered = this.#offered.get(task.name);
      if (offered === undefined || (await this.#finishIfRecorded(offered))) continue;
      await this.#offerNext(offered);
    }
  }

  async #offerNext(offered: Offered): Promise<void> {
    await this.#options.queue.offer([this.#task(offered.ref, offered.attempt + 1)]);
    offered.attempt++;
  }

  async #finishIfRecorded(offered: Offered): Promise<boolean> {
    const key = this.#job.recordKey(offered.ref);
    if ((await this.#options.store.head(key)) === null) return false;
    await this.#job.finish(offered.ref);
    this.#offered.delete(offered.ref.name);
    return true;
  }

  #task(ref: TaskRef, attempt: number): Task {
    const { runId } = this.#job;
    return { ...ref, id: `${runId}-${ref.name}-${this.#series}-${attempt}`, runId, attempt };
  }
}

/** Whether another attempt can help: the world may have changed, or another machine has more room. */
function mayPass(errorClass: string): boolean {
  return errorClass === 'transient';
}

function cancelled(): AppError {
  return new AppError('user', 'CANCELLED', 'the run was cancelled');
}

export interface FlatJobOptions {
  readonly runId: string;
  readonly isShared: boolean;
  readonly tasks: readonly TaskRef[];
  readonly recordKey: (task: TaskRef) => string;
  /** Called once per task when its record is there. */
  readonly onDone?: (task: TaskRef) => void;
}

/** A job whose tasks are known from the start and independent of each other. */
export class FlatJob implements Job {
  readonly #options: FlatJobOptions;
  readonly #waiting: Map<string, TaskRef>;

  constructor(options: FlatJobOptions) {
    this.#options = options;
    this.#waiting = new Map(options.tasks.map((task) => [task.name, task]));
  }

  get runId(): string {
    return this.#options.runId;
  }

  get isShared(): boolean {
    return this.#options.isShared;
  }

  get isDone(): boolean {
    return this.#waiting.size === 0;
  }

  ready(taken: ReadonlySet<string>, limit: number): readonly TaskRef[] {
    const ready: TaskRef[] = [];
    for (const [name, task] of this.#waiting) {
      if (ready.length >= limit) break;
      if (!taken.has(name)) ready.push(task);
    }
    return ready;
  }

  recordKey(task: TaskRef): string {
    return this.#options.recordKey(task);
  }

  async finish(task: TaskRef): Promise<void> {
    if (this.#waiting.delete(task.name)) this.#options.onDone?.(task);
  }
}
