/**
 * A worker process for queue tests: takes tasks that end only when they are aborted, and writes `taken <id>` and
 * `aborted <id>: <reason>`. Arguments: Redis URL, prefix, slots, lock duration, stalled interval (ms).
 */
import { startBullmqWorker } from '../../shared/queue/bullmq-worker.ts';

const [redisUrl, prefix, slots, lockDurationMs, stalledIntervalMs] = process.argv.slice(2);

startBullmqWorker({
  redisUrl: redisUrl!,
  prefix: prefix!,
  slots: Number(slots),
  lockDurationMs: Number(lockDurationMs),
  stalledIntervalMs: Number(stalledIntervalMs),
  onState: ({ status }) => console.log(status),
  now: () => performance.now(),
  run: (task, signal) => {
    console.log(`taken ${task.id}`);
    return new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => {
        console.log(`aborted ${task.id}: ${signal.reason}`);
        reject(signal.reason as Error);
      });
    });
  },
});
