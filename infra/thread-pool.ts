/**
 * Worker threads that run tasks. A thread is started when a task needs one and none is idle, and runs one task at a
 * time; one that dies takes its task with it, as an error, and the next task starts another.
 *
 *   run(task) ── idle thread, or a new one while there are fewer than `threads` ──> message ──> reply
 *       │  otherwise it waits its turn
 *       └── aborted: the thread is asked to stop, and ended if it does not within the grace time
 */
import { availableParallelism, totalmem } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Worker } from 'node:worker_threads';
import { AppError, fromSerializedError, toAppError } from '../shared/base/app-error.ts';
import type { Task } from '../shared/queue/task-queue.ts';
import type { ObjectStore } from '../shared/storage/object-store.ts';
import { siblingModule } from './sibling-module.ts';
import type { TaskMessage, TaskReply, ThreadStart, WorkerThreadData } from './thread-protocol.ts';
import { ThreadSignals, taskStopped } from './thread-protocol.ts';

/** How long a thread has to notice that its task is to stop: it looks between batches and row groups. */
const STOP_GRACE_MS = 10_000;
/** Without a row of progress for so long a task counts as stuck: reading, sorting and writing are parts of it too. */
const STUCK_MS = 10 * 60_000;
/** How often progress is looked at. */
const PROGRESS_MS = 200;
const HEAP_MB_MIN = 512;
const HEAP_MB_MAX = 8192;

export interface ThreadPoolOptions {
  /** Tasks that run at once. 0: one task at a time in this very thread, for tests and tiny work. */
  readonly threads: number;
  readonly workerData: WorkerThreadData;
  /** Only for 0 threads: a store that is open already, such as one in memory. */
  readonly store?: ObjectStore;
  /** The module of a thread; its own if not given. */
  readonly module?: URL;
  /** Heap of a thread. Columns lie outside of it: this bounds what strings and objects may take. */
  readonly heapMb?: number;
  readonly stuckMs?: number;
  readonly stopGraceMs?: number;
}

export interface ThreadPool {
  /**
   * Runs one attempt to its end. Rejects with the task's own error; `THREAD_OUT_OF_MEMORY` (resource), `THREAD_DIED`,
   * `TASK_STUCK` or `TASK_STOPPED` (transient) when it did not get that far. `onProgress` gets the task's own count
   * of rows, only when it has grown.
   */
  run(task: Task, signal: AbortSignal, onProgress?: (rows: number) => void): Promise<void>;
  /** Starts threads ahead of their first task, so that they load while something else is done. */
  warm(threads: number): void;
  /** Ends all threads at once; their tasks reject. */
  close(): Promise<void>;
}

export function createThreadPool(options: ThreadPoolOptions): ThreadPool {
  tuneCompiler(options.threads);
  return options.threads === 0 ? new InlinePool(options) : new WorkerThreadPool(options);
}

/**
 * Our loops run long and end up as TurboFan's code either way, so what matters is to get there soon. A flag is the whole
 * process's; threads that start later follow it. Measured on ten million rows with Node 24, on two cores.
 */
function tuneCompiler(threads: number): void {
  // Without the tier between, loops are compiled once less: a sixth of the time of a warm query.
  setFlagsFromString('--no-maglev');
  if (threads < availableParallelism()) return;
  // Every core has a thread of ours. A compiler in the background would take turns with the very loop that waits for
  // it, which meanwhile runs at a twentieth of its speed: a twentieth of a cold query.
  setFlagsFromString('--no-concurrent-recompilation');
  setFlagsFromString('--no-concurrent-osr');
  // A fifth of V8's defaults (3000, 500): a few per cent of a cold query.
  setFlagsFromString('--invocation-count-for-turbofan=600');
  setFlagsFromString('--invocation-count-for-osr=100');
  // The same of a collector in the background, which columns of many megabytes keep busy though the heap itself is small.
  finishCollecting();
  setFlagsFromString('--no-concurrent-marking');
}

/** Where marking is under way in the background, its flag must not change: with this nothing is, in this thread's heap. */
function finishCollecting(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  setFlagsFromString('--no-expose-gc');
  collect();
}

/** The default number of threads: one per core that this process may use. */
export function defaultThreads(): number {
  return availableParallelism();
}

/** Half of the memory that this process may use, shared by the threads; the other half holds columns. */
function defaultHeapMb(threads: number): number {
  // Absent or 0 where no limit is set.
  const limit = process.constrainedMemory() || totalmem();
  const share = Math.min(limit, totalmem()) / 2 / threads / 2 ** 20;
  return Math.round(Math.min(HEAP_MB_MAX, Math.max(HEAP_MB_MIN, share)));
}

class InlinePool implements ThreadPool {
  readonly #options: ThreadPoolOptions;
  #last: Promise<void> = Promise.resolve();

  constructor(options: ThreadPoolOptions) {
    this.#options = options;
  }

  run(task: Task, signal: AbortSignal, onProgress?: (rows: number) => void): Promise<void> {
    const result = this.#last.then(() => this.#runNow(task, signal, onProgress));
    this.#last = result.catch(() => undefined);
    return result;
  }

  warm(): void {}

  async close(): Promise<void> {
    await this.#last;
  }

  async #runNow(
    task: Task,
    signal: AbortSignal,
    onProgress: ((rows: number) => void) | undefined,
  ): Promise<void> {
    const report = (rows: number): void => {
      if (signal.aborted) throw taskStopped();
      onProgress?.(rows);
    };
    if (signal.aborted) throw taskStopped();
    // Worker threads load it themselves: only without any is it loaded here.
    const { openTaskRunner } = await import('./task-runner.ts');
    const runner = await openTaskRunner(this.#options.workerData, report, this.#options.store);
    try {
      await runner.run(task);
    } catch (error) {
      throw toAppError(error);
    }
  }
}

class WorkerThreadPool implements ThreadPool {
  readonly #options: ThreadPoolOptions;
  readonly #idle: Thread[] = [];
  readonly #all = new Set<Thread>();
  readonly #waiting: ((thread: Thread) => void)[] = [];
  #isClosed = false;

  constructor(options: ThreadPoolOptions) {
    this.#options = options;
  }

  async run(
    task: Task,
    signal: AbortSignal,
    onProgress: (rows: number) => void = () => undefined,
  ): Promise<void> {
    const thread = await this.#take();
    try {
      if (signal.aborted) throw taskStopped();
      await thread.run(task, signal, onProgress);
    } finally {
      this.#release(thread);
    }
  }

  warm(threads: number): void {
    const wanted = Math.min(threads, this.#options.threads);
    while (this.#liveCount() < wanted) this.#idle.push(this.#start());
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#all].map((thread) => thread.end()));
  }

  async #take(): Promise<Thread> {
    if (this.#isClosed) throw taskStopped();
    let thread = this.#idle.pop();
    // One that died while it was idle is not worth a word: the next is started.
    while (thread?.isEnded === true) thread = this.#idle.pop();
    if (thread !== undefined) return thread;
    if (this.#liveCount() < this.#options.threads) return this.#start();
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  #release(thread: Thread): void {
    const next = this.#waiting.shift();
    if (next !== undefined) next(thread.isEnded ? this.#start() : thread);
    else if (!thread.isEnded) this.#idle.push(thread);
  }

  /** Without those that have ended but whose exit is still to come. */
  #liveCount(): number {
    return [...this.#all].filter((thread) => !thread.isEnded).length;
  }

  #start(): Thread {
    const thread = new Thread(this.#options, () => this.#all.delete(thread));
    this.#all.add(thread);
    if (this.#isClosed) void thread.end();
    return thread;
  }
}

/** One thread and the task that it runs, if any. */
class Thread {
  readonly #signals = new ThreadSignals();
  readonly #worker: Worker;
  readonly #stuckMs: number;
  readonly #stopGraceMs: number;
  #settle: ((reply: TaskReply) => void) | null = null;
  /** Why it ended: the answer to the task that it ran, and to any that comes later. */
  #ended: AppError | null = null;

  constructor(options: ThreadPoolOptions, onEnd: () => void) {
    this.#stuckMs = options.stuckMs ?? STUCK_MS;
    this.#stopGraceMs = options.stopGraceMs ?? STOP_GRACE_MS;
    const start: ThreadStart = { data: options.workerData, signals: this.#signals.buffer };
    this.#worker = new Worker(options.module ?? siblingModule(import.meta.url, './worker-thread'), {
      workerData: start,
      name: 'millrace worker',
      resourceLimits: { maxOldGenerationSizeMb: options.heapMb ?? defaultHeapMb(options.threads) },
    });
    // An idle thread keeps no program alive; a task does (`run`).
    this.#worker.unref();
    this.#worker.on('message', (reply: TaskReply) => this.#settle?.(reply));
    this.#worker.on('error', (error) => this.#fail(threadError(error)));
    this.#worker.on('exit', (code) => {
      this.#fail(
        new AppError('transient', 'THREAD_DIED', `a worker thread ended with status ${code}`),
      );
      onEnd();
    });
  }

  get isEnded(): boolean {
    return this.#ended !== null;
  }

  async run(task: Task, signal: AbortSignal, onProgress: (rows: number) => void): Promise<void> {
    this.#signals.reset();
    let grace: NodeJS.Timeout | undefined;
    const stop = (): void => {
      this.#signals.requestStop();
      grace = setTimeout(() => void this.#abandon(taskStopped()), this.#stopGraceMs);
    };
    const watch = this.#watch(task, onProgress);
    this.#worker.ref();
    signal.addEventListener('abort', stop, { once: true });
    try {
      const reply = await new Promise<TaskReply>((resolve) => {
        this.#settle = resolve;
        if (this.#ended !== null) return this.#fail(this.#ended);
        if (signal.aborted) stop();
        const message: TaskMessage = { task };
        this.#worker.postMessage(message);
      });
      if (reply.status === 'failed') throw fromSerializedError(reply.error);
    } finally {
      this.#settle = null;
      signal.removeEventListener('abort', stop);
      clearTimeout(grace);
      clearInterval(watch);
      this.#worker.unref();
    }
  }

  async end(): Promise<void> {
    await this.#abandon(taskStopped());
  }

  async #abandon(reason: AppError): Promise<void> {
    this.#fail(reason);
    await this.#worker.terminate();
  }

  /** The first reason counts. */
  #fail(reason: AppError): void {
    this.#ended ??= reason;
    this.#settle?.({ status: 'failed', error: this.#ended.toJSON() });
  }

  /** Tells progress, and ends the thread when there is none for too long: the passing of time is no heartbeat. */
  #watch(task: Task, onProgress: (rows: number) => void): NodeJS.Timeout {
    let rows = 0;
    let quietMs = 0;
    return setInterval(() => {
      const now = this.#signals.rows;
      if (now !== rows) {
        rows = now;
        quietMs = 0;
        onProgress(rows);
        return;
      }
      quietMs += PROGRESS_MS;
      if (quietMs < this.#stuckMs) return;
      const seconds = Math.round(this.#stuckMs / 1000);
      const message = `task ${task.name} made no progress for ${seconds} s`;
      void this.#abandon(new AppError('transient', 'TASK_STUCK', message));
    }, PROGRESS_MS);
  }
}

function threadError(error: unknown): AppError {
  const isOutOfMemory =
    error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
  if (!isOutOfMemory) return toAppError(error);
  return new AppError(
    'resource',
    'THREAD_OUT_OF_MEMORY',
    'a worker thread ran out of memory; its task needs a larger worker or smaller cells',
    { cause: error },
  );
}
