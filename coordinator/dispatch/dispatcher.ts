/**
 * Drives a set of tasks to the end: offers what is ready, listens for outcomes, tries again what may pass, and asks the
 * store whenever it is in doubt. An outcome is a hint; a task is done when its record stands in the store.
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

/** Attempts of one task before its error is the run's error. */
export const ATTEMPTS_MAX = 4;
/** Tasks on their way per task that the workers can run at once: few, so that cancelling and priorities act soon. */
export const OFFERED_PER_SLOT = 2;
/** How often the store is asked about tasks that the queue has not spoken of. */
export const RECONCILE_MS = 2_000;

export type TaskRef = Pick<Task, 'kind' | 'name'>;

/** What is to be done, and what follows from each thing done. */
export interface Job {
  readonly runId: string;
  /** Tasks that may start now and are not in `taken` (names), at most `limit`. */
  ready(taken: ReadonlySet<string>, limit: number): readonly TaskRef[];
  readonly isDone: boolean;
  /** Key of the record that a finished task leaves. */
  recordKey(task: TaskRef): string;
  /** Called once per finished task, after its record was seen. */
  finish(task: TaskRef): Promise<void>;
}

interface Offered {
  readonly ref: TaskRef;
  attempt: number;
}

export interface DispatcherOptions {
  readonly store: ObjectStore;
  readonly queue: TaskQueue;
}

export class Dispatcher {
  readonly #store: ObjectStore;
  readonly #queue: TaskQueue;
  /** Jobs under way. Two may have one run id: two queries that prepare the same table share its tasks. */
  readonly #running = new Set<RunningJob>();

  constructor(options: DispatcherOptions) {
    this.#store = options.store;
    this.#queue = options.queue;
    this.#queue.onOutcome((outcome) => {
      for (const running of this.#running) {
        if (running.runId === outcome.task.runId) running.hear(outcome);
      }
    });
  }

  /** Resolves when the job is done; rejects with the first error that attempts cannot mend, or when aborted. */
  async run(job: Job, signal: AbortSignal): Promise<void> {
    const running = new RunningJob(job, this.#store, this.#queue);
    this.#running.add(running);
    try {
      await running.toEnd(signal);
    } catch (error) {
      await this.#queue.cancelRun(job.runId);
      throw error;
    } finally {
      this.#running.delete(running);
    }
  }
}

class RunningJob {
  readonly #job: Job;
  readonly #store: ObjectStore;
  readonly #queue: TaskQueue;
  readonly #offered = new Map<string, Offered>();
  readonly #heard: TaskOutcome[] = [];
  #wake: () => void = () => undefined;

  constructor(job: Job, store: ObjectStore, queue: TaskQueue) {
    this.#job = job;
    this.#store = store;
    this.#queue = queue;
  }

  get runId(): string {
    return this.#job.runId;
  }

  hear(outcome: TaskOutcome): void {
    this.#heard.push(outcome);
    this.#wake();
  }

  async toEnd(signal: AbortSignal): Promise<void> {
    while (!this.#job.isDone) {
      if (signal.aborted) throw cancelled();
      await this.#offer();
      const spoke = await this.#wait(signal);
      if (!spoke) await this.#reconcile();
      for (const outcome of this.#heard.splice(0)) await this.#take(outcome);
    }
  }

  /** True when an outcome came, false when it is time to ask the store. */
  async #wait(signal: AbortSignal): Promise<boolean> {
    if (this.#heard.length > 0 || this.#job.isDone) return true;
    const stop = new AbortController();
    const woken = new Promise<true>((resolve) => {
      this.#wake = () => resolve(true);
      signal.addEventListener('abort', () => resolve(true), { once: true, signal: stop.signal });
    });
    const late = sleep(RECONCILE_MS, false as const, { signal: stop.signal }).catch(
      () => false as const,
    );
    const spoke = await Promise.race([woken, late]);
    stop.abort();
    return spoke;
  }

  async #offer(): Promise<void> {
    const room = (await this.#queue.capacity()) * OFFERED_PER_SLOT - this.#offered.size;
    if (room <= 0) return;
    const refs = this.#job.ready(new Set(this.#offered.keys()), room);
    if (refs.length === 0) return;
    for (const ref of refs) this.#offered.set(ref.name, { ref, attempt: 1 });
    await this.#queue.offer(refs.map((ref) => this.#task(ref, 1)));
  }

  async #take(outcome: TaskOutcome): Promise<void> {
    const offered = this.#offered.get(outcome.task.name);
    // Late words about an attempt that was given up, or about a task that is done.
    if (offered === undefined || outcome.task.attempt !== offered.attempt) return;
    if (await this.#finishIfRecorded(offered)) return;
    if (outcome.status === 'failed' && !mayPass(outcome.error.class)) {
      throw fromSerializedError(outcome.error);
    }
    if (offered.attempt >= ATTEMPTS_MAX) {
      if (outcome.status === 'failed') throw fromSerializedError(outcome.error);
      throw new AppError(
        'bug',
        'RECORD_MISSING',
        `task ${outcome.task.name} ended without a record`,
      );
    }
    offered.attempt++;
    await this.#queue.offer([this.#task(offered.ref, offered.attempt)]);
  }

  /** Finishes what is done although nobody said so, and offers again what the queue has lost. */
  async #reconcile(): Promise<void> {
    const open: Task[] = [];
    for (const offered of [...this.#offered.values()]) {
      if (await this.#finishIfRecorded(offered)) continue;
      open.push(this.#task(offered.ref, offered.attempt));
    }
    const lost = await this.#queue.findLost(open);
    for (const task of lost) {
      const offered = this.#offered.get(task.name);
      if (offered === undefined) continue;
      offered.attempt++;
      await this.#queue.offer([this.#task(offered.ref, offered.attempt)]);
    }
  }

  async #finishIfRecorded(offered: Offered): Promise<boolean> {
    if ((await this.#store.head(this.#job.recordKey(offered.ref))) === null) return false;
    this.#offered.delete(offered.ref.name);
    await this.#job.finish(offered.ref);
    return true;
  }

  #task(ref: TaskRef, attempt: number): Task {
    const { runId } = this.#job;
    return { ...ref, id: `${runId}-${ref.name}-${attempt}`, runId, attempt };
  }
}

/** Whether another attempt can help: the world may have changed, or another machine has more room. */
function mayPass(errorClass: string): boolean {
  return errorClass === 'transient';
}

function cancelled(): AppError {
  return new AppError('user', 'CANCELLED', 'the run was cancelled');
}

/** A job whose tasks are known from the start and independent of each other. */
export class FlatJob implements Job {
  readonly runId: string;
  readonly #waiting: Map<string, TaskRef>;
  readonly #key: (task: TaskRef) => string;
  readonly #onDone: (task: TaskRef, left: number) => Promise<void> | void;

  constructor(
    runId: string,
    tasks: readonly TaskRef[],
    key: (task: TaskRef) => string,
    onDone: (task: TaskRef, left: number) => Promise<void> | void = () => undefined,
  ) {
    this.runId = runId;
    this.#waiting = new Map(tasks.map((task) => [task.name, task]));
    this.#key = key;
    this.#onDone = onDone;
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
    return this.#key(task);
  }

  async finish(task: TaskRef): Promise<void> {
    this.#waiting.delete(task.name);
    await this.#onDone(task, this.#waiting.size);
  }
}
