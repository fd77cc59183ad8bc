/** The task queue of one process: coordinator and workers meet in memory, at most `slots` tasks run at a time. */
import { toAppError } from '../base/app-error.ts';
import { assert } from '../base/assert.ts';
import { cancelled, failureOf, stopping } from './stop-reason.ts';
import type { Task, TaskOutcome, TaskQueue } from './task-queue.ts';

export interface MemoryQueueOptions {
  /** Runs one attempt to its end. Throws for failure. `signal` fires when its run is cancelled or the queue closes. */
  readonly run: (task: Task, signal: AbortSignal) => Promise<void>;
  readonly slots: number;
}

class MemoryQueue implements TaskQueue {
  readonly #options: MemoryQueueOptions;
  readonly #listeners: ((outcome: TaskOutcome) => void)[] = [];
  /** In the order of their offer, by id: a task that is offered again while it waits or runs is one task. */
  readonly #waiting = new Map<string, Task>();
  readonly #running = new Map<string, { readonly task: Task; readonly abort: AbortController }>();
  #isClosed = false;
  #onIdle: (() => void) | null = null;

  constructor(options: MemoryQueueOptions) {
    assert(options.slots >= 1, 'a queue needs at least one slot');
    this.#options = options;
  }

  async offer(tasks: readonly Task[]): Promise<void> {
    assert(!this.#isClosed, 'offer to a closed queue');
    for (const task of tasks) {
      if (!this.#running.has(task.id)) this.#waiting.set(task.id, task);
    }
    this.#feed();
  }

  onOutcome(listener: (outcome: TaskOutcome) => void): void {
    this.#listeners.push(listener);
  }

  async capacity(): Promise<number> {
    return this.#options.slots;
  }

  /** Drops what waits and aborts what runs. A dropped task has no outcome; an aborted one reports how it ended. */
  async cancelRun(runId: string): Promise<void> {
    for (const task of this.#waiting.values()) {
      if (task.runId === runId) this.#waiting.delete(task.id);
    }
    for (const { task, abort } of this.#running.values()) {
      if (task.runId === runId) abort.abort(cancelled());
    }
  }

  async findLost(tasks: readonly Task[]): Promise<readonly Task[]> {
    return tasks.filter(({ id }) => !this.#waiting.has(id) && !this.#running.has(id));
  }

  /** Drops what waits, aborts what runs and returns when nothing runs any more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#waiting.clear();
    for (const { abort } of this.#running.values()) abort.abort(stopping());
    if (this.#running.size === 0) return;
    await new Promise<void>((resolve) => {
      const others = this.#onIdle;
      this.#onIdle = () => {
        others?.();
        resolve();
      };
    });
  }

  #feed(): void {
    for (const task of this.#waiting.values()) {
      if (this.#running.size >= this.#options.slots) return;
      this.#waiting.delete(task.id);
      void this.#run(task);
    }
  }

  async #run(task: Task): Promise<void> {
    const abort = new AbortController();
    this.#running.set(task.id, { task, abort });
    let outcome: TaskOutcome;
    try {
      await this.#options.run(task, abort.signal);
      outcome = { status: 'done', task };
    } catch (error) {
      const failure = toAppError(failureOf(error, abort.signal));
      outcome = { status: 'failed', task, error: failure.toJSON() };
    }
    this.#running.delete(task.id);
    for (const listener of this.#listeners) listener(outcome);
    this.#feed();
    if (this.#running.size === 0) this.#onIdle?.();
  }
}

export function createMemoryQueue(options: MemoryQueueOptions): TaskQueue {
  return new MemoryQueue(options);
}
