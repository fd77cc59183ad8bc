/** What a thread pool and its threads say to each other: messages for tasks, shared memory for what must not wait. */
import { AppError } from '../shared/base/app-error.ts';
import type { SerializedError } from '../shared/base/app-error.ts';
import type { Task } from '../shared/queue/task-queue.ts';
import type { StoreConfig, S3Access } from '../shared/storage/open-store.ts';

/** All that a thread needs to start. Plain data; with the secrets of the store, so never print it. */
export interface WorkerThreadData {
  readonly store: StoreConfig;
  /** How source files and outputs at `s3://` are reached; null: as the SDK finds out by itself. */
  readonly s3: S3Access | null;
  /** The build of this program: a run refuses workers of another one. */
  readonly engine: string;
}

/** `workerData` of a thread. */
export interface ThreadStart {
  readonly data: WorkerThreadData;
  readonly signals: SharedArrayBuffer;
}

export type TaskReply =
  | { readonly status: 'done' }
  | { readonly status: 'failed'; readonly error: SerializedError };

/** From the pool to the thread; one at a time. */
export interface TaskMessage {
  readonly task: Task;
}

const ROWS = 0;
const STOP = 1;
const SLOTS = 2;

/**
 * Shared memory of a pool and one thread. A thread in a loop reads no messages, so the wish to stop reaches it here,
 * and its progress is seen from outside without its help.
 */
export class ThreadSignals {
  readonly buffer: SharedArrayBuffer;
  readonly #slots: BigInt64Array;

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(SLOTS * 8)) {
    this.buffer = buffer;
    this.#slots = new BigInt64Array(buffer);
  }

  /** Before a task is sent: no rows, nobody wants it to stop. */
  reset(): void {
    Atomics.store(this.#slots, ROWS, 0n);
    Atomics.store(this.#slots, STOP, 0n);
  }

  requestStop(): void {
    Atomics.store(this.#slots, STOP, 1n);
  }

  get rows(): number {
    return Number(Atomics.load(this.#slots, ROWS));
  }

  /** The thread's side: called at every batch. Throws AppError `TASK_STOPPED` when the task is to stop. */
  readonly report = (rows: number): void => {
    Atomics.store(this.#slots, ROWS, BigInt(Math.trunc(rows)));
    if (Atomics.load(this.#slots, STOP) !== 0n) throw taskStopped();
  };
}

/** Transient: whoever still wants the task may try it again elsewhere. */
export function taskStopped(): AppError {
  return new AppError('transient', 'TASK_STOPPED', 'the task was stopped before its end');
}
