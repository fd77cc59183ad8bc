/** Tasks run in threads; whatever a thread does, its task settles and the pool goes on. */
import { afterEach, expect, test } from 'vitest';
import type { ThreadPool, ThreadPoolOptions } from '../../../infra/thread-pool.ts';
import { createThreadPool } from '../../../infra/thread-pool.ts';
import type { Task } from '../../../shared/queue/task-queue.ts';

const pools: ThreadPool[] = [];

function openPool(options: Partial<ThreadPoolOptions> = {}): ThreadPool {
  const pool = createThreadPool({
    threads: 1,
    workerData: { store: { kind: 'memory' }, s3: null, engine: 'test' },
    module: new URL('../../support/scripted-thread.ts', import.meta.url),
    heapMb: 64,
    ...options,
  });
  pools.push(pool);
  return pool;
}

afterEach(async () => {
  for (const pool of pools.splice(0)) await pool.close();
});

function task(name: string): Task {
  return { id: `r-${name}-1`, runId: 'r', kind: 'cell', name, attempt: 1 };
}

const never = (): AbortSignal => new AbortController().signal;

test('a task runs to its end and its progress is heard', async () => {
  const heard: number[] = [];
  await openPool().run(task('succeed'), never(), (rows) => heard.push(rows));
  expect(heard).toEqual([7]);
});

test('the error of a task keeps class, code and details', async () => {
  await expect(openPool().run(task('fail'), never())).rejects.toMatchObject({
    class: 'data',
    code: 'ROW_TIME',
    message: 'row 3 has no time',
    details: { row: 3 },
  });
});

test('a thread that runs out of memory fails its task as `resource` and is replaced', async () => {
  const pool = openPool({ heapMb: 16 });
  await expect(pool.run(task('exhaust'), never())).rejects.toMatchObject({
    class: 'resource',
    code: 'THREAD_OUT_OF_MEMORY',
  });
  await pool.run(task('succeed'), never());
});

test('a thread that ends otherwise fails its task as `transient` and is replaced', async () => {
  const pool = openPool();
  const waiting = pool.run(task('exit'), never());
  // Waits for the only thread and gets another.
  const next = pool.run(task('succeed'), never());
  await expect(waiting).rejects.toMatchObject({ class: 'transient', code: 'THREAD_DIED' });
  await next;
});

test('an aborted task stops at its next batch, and the thread is used again', async () => {
  const pool = openPool({ stopGraceMs: 60_000 });
  const abort = new AbortController();
  const running = pool.run(task('loop'), abort.signal, () => abort.abort());
  await expect(running).rejects.toMatchObject({ class: 'transient', code: 'TASK_STOPPED' });
  await pool.run(task('succeed'), never());
});

test('a task that does not hear is ended with its thread after the grace time', async () => {
  const pool = openPool({ stopGraceMs: 50 });
  await expect(pool.run(task('deaf'), AbortSignal.timeout(300))).rejects.toMatchObject({
    code: 'TASK_STOPPED',
  });
  await pool.run(task('succeed'), never());
});

test('a task without progress is stuck', async () => {
  const pool = openPool({ stuckMs: 600 });
  await expect(pool.run(task('deaf'), never())).rejects.toMatchObject({
    class: 'transient',
    code: 'TASK_STUCK',
  });
});

test('closing the pool ends what runs and what waits', async () => {
  const pool = openPool();
  const running = [pool.run(task('deaf'), never()), pool.run(task('deaf'), never())];
  const ends = Promise.allSettled(running);
  await pool.close();
  for (const end of await ends) {
    expect(end).toMatchObject({ status: 'rejected', reason: { code: 'TASK_STOPPED' } });
  }
});
