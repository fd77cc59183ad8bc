/** Entry of a worker thread: runs the tasks that its pool sends, one after another. */
import { parentPort, workerData } from 'node:worker_threads';
import { toAppError } from '../shared/base/app-error.ts';
import { assert } from '../shared/base/assert.ts';
import { openTaskRunner } from './task-runner.ts';
import type { TaskMessage, TaskReply, ThreadStart } from './thread-protocol.ts';
import { ThreadSignals } from './thread-protocol.ts';

assert(parentPort !== null, 'worker-thread.ts is started by a thread pool');
const port = parentPort;
// Set by thread-pool.ts alone.
const { data, signals: buffer } = workerData as ThreadStart;
const signals = new ThreadSignals(buffer);
// Opened while the first task is on its way; a failure is the answer to every task.
const runner = openTaskRunner(data, signals.report);
runner.catch(() => undefined);

async function answer({ task }: TaskMessage): Promise<TaskReply> {
  try {
    await (await runner).run(task);
    return { status: 'done' };
  } catch (error) {
    return { status: 'failed', error: toAppError(error).toJSON() };
  }
}

port.on('message', (message: TaskMessage) => {
  void answer(message).then((reply) => port.postMessage(reply));
});
