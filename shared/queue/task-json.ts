/** Tasks and failures as the queue carries them: JSON, checked where it comes in. */
import { AppError, type ErrorClass, type SerializedError } from '../base/app-error.ts';
import type { Task } from './task-queue.ts';

/** A record, so that a new kind that is missing here does not compile. */
const IS_KIND: Readonly<Record<Task['kind'], true>> = {
  inspect: true,
  prepare: true,
  cell: true,
  merge: true,
  publish: true,
};
const KINDS: ReadonlySet<unknown> = new Set(Object.keys(IS_KIND));
const CLASSES: ReadonlySet<unknown> = new Set<ErrorClass>([
  'user',
  'data',
  'transient',
  'resource',
  'bug',
]);
/** Of an error's message; the rest of a long stack helps nobody and fills Redis. */
const MESSAGE_LENGTH_MAX = 4_000;

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** Null if it is no task: another program writes to this queue, or another version. */
export function parseTask(value: unknown): Task | null {
  if (!isObject(value)) return null;
  const { id, runId, kind, name, attempt } = value;
  const isTask =
    typeof id === 'string' &&
    typeof runId === 'string' &&
    typeof name === 'string' &&
    KINDS.has(kind) &&
    Number.isInteger(attempt);
  // Every field was looked at.
  return isTask ? (value as unknown as Task) : null;
}

export function printFailure(error: SerializedError): string {
  const message = error.message.slice(0, MESSAGE_LENGTH_MAX);
  return JSON.stringify({ ...error, message });
}

/** A job's reason of failure: ours, or BullMQ's own words. */
export function parseFailure(reason: string): SerializedError {
  let value: unknown = null;
  try {
    value = JSON.parse(reason);
  } catch {
    // Not ours: judged below.
  }
  if (isObject(value) && CLASSES.has(value['class']) && typeof value['code'] === 'string') {
    // `printFailure` wrote it.
    return value as unknown as SerializedError;
  }
  if (/stalled/.test(reason)) {
    return new AppError('transient', 'WORKER_LOST', 'the worker of this task is gone').toJSON();
  }
  return new AppError('bug', 'QUEUE_FAILURE', `the queue failed the task: ${reason}`).toJSON();
}
