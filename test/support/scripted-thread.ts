/** A thread that does what the name of its task says, in place of real work: for tests of the thread pool. */
import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { AppError } from '../../shared/base/app-error.ts';
import type { TaskMessage, TaskReply, ThreadStart } from '../../infra/thread-protocol.ts';
import { ThreadSignals } from '../../infra/thread-protocol.ts';

const { signals: buffer } = workerData as ThreadStart;
const signals = new ThreadSignals(buffer);

async function perform(name: string): Promise<void> {
  switch (name) {
    case 'succeed':
      signals.report(7);
      // Long enough for the pool to look.
      await sleep(500);
      return;
    case 'fail':
      throw new AppError('data', 'ROW_TIME', 'row 3 has no time', { details: { row: 3 } });
    case 'exit':
      process.exit(5);
    // falls through: unreachable, exit ends the thread
    case 'exhaust': {
      const kept: number[][] = [];
      for (;;) kept.push(Array.from({ length: 10_000 }, (_, index) => index + Math.random()));
    }
    // falls through: unreachable, the heap ends first
    case 'loop':
      // A busy loop that looks at every batch, as operators do.
      for (let rows = 1; ; rows++) signals.report(rows);
    // falls through: unreachable, the report throws
    default:
      // Deaf: neither progress nor a look at the wish to stop.
      for (;;);
  }
}

parentPort!.on('message', ({ task }: TaskMessage) => {
  void perform(task.name)
    .then((): TaskReply => ({ status: 'done' }))
    .catch((error: unknown): TaskReply => ({
      status: 'failed',
      error: (error as AppError).toJSON(),
    }))
    .then((reply) => parentPort!.postMessage(reply));
});
