/** The port to the task queue: in process (embedded) or BullMQ on Redis (cluster). */
import type { SerializedError } from '../base/app-error.ts';

/** Small, ids only: what to do stands in the store under `runs/<runId>/`. */
export interface Task {
  /** Unique per attempt, also after a restart: `<runId>-<name>-<series>-<attempt>`; [A-Za-z0-9_-] only. */
  readonly id: string;
  readonly runId: string;
  readonly kind: 'inspect' | 'prepare' | 'cell' | 'merge' | 'publish';
  /** Which one of its kind, e.g. `s0-p3-j1` for stage 0, range 3, slice 1. */
  readonly name: string;
  /** Counts from 1; part of every object name that the attempt writes. */
  readonly attempt: number;
}

export type TaskOutcome =
  | { readonly status: 'done'; readonly task: Task }
  | { readonly status: 'failed'; readonly task: Task; readonly error: SerializedError };

/** The coordinator's side. Outcomes are hints: the truth is the record that the task left in the store. */
export interface TaskQueue {
  offer(tasks: readonly Task[]): Promise<void>;
  /** Called once per finished attempt while the coordinator lives; may be called twice, or never if the queue lost it. */
  onOutcome(listener: (outcome: TaskOutcome) => void): void;
  /** How many tasks to count on running at once: what the attached workers can, and 1 while there are none. */
  capacity(): Promise<number>;
  cancelRun(runId: string): Promise<void>;
  /** Of tasks that were offered, those that the queue no longer knows: it was emptied, or their worker is gone. */
  findLost(tasks: readonly Task[]): Promise<readonly Task[]>;
  close(): Promise<void>;
}
