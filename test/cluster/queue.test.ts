/** The queue on a real Redis: outcomes, cancellation, killed workers, and a Redis that stops, freezes and forgets. */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, inject, test, vi } from 'vitest';
import { findRedis, startRedis, type RedisServer } from '../../infra/services/redis.ts';
import { AppError } from '../../shared/base/app-error.ts';
import type { ClusterQueue } from '../../shared/queue/bullmq-queue.ts';
import { createBullmqQueue } from '../../shared/queue/bullmq-queue.ts';
import { startBullmqWorker } from '../../shared/queue/bullmq-worker.ts';
import type { BullmqWorker, BullmqWorkerOptions } from '../../shared/queue/bullmq-worker.ts';
import type { Task, TaskOutcome } from '../../shared/queue/task-queue.ts';

const ending: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of ending.splice(0).toReversed()) await end();
});

/** A queue and workers of one test, on a prefix of their own. */
class Cluster {
  readonly redisUrl: string;
  readonly prefix = `t${randomUUID()}`;
  readonly outcomes: TaskOutcome[] = [];
  readonly taken: string[] = [];
  readonly states: string[] = [];
  readonly queueStates: string[] = [];

  constructor(redisUrl: string = inject('redisUrl')) {
    this.redisUrl = redisUrl;
  }

  queue(patienceMs = 20_000): ClusterQueue {
    const queue = createBullmqQueue({
      redisUrl: this.redisUrl,
      prefix: this.prefix,
      patienceMs,
      onState: ({ status }) => this.queueStates.push(status),
      now: () => performance.now(),
    });
    queue.onOutcome((outcome) => this.outcomes.push(outcome));
    ending.push(() => queue.close());
    return queue;
  }

  worker(
    run: (task: Task, signal: AbortSignal) => Promise<void>,
    options: Partial<BullmqWorkerOptions> = {},
  ): BullmqWorker {
    const worker = startBullmqWorker({
      redisUrl: this.redisUrl,
      prefix: this.prefix,
      slots: 2,
      heartbeatMs: 200,
      run: (task, signal) => {
        this.taken.push(task.id);
        return run(task, signal);
      },
      onState: ({ status }) => this.states.push(status),
      now: () => performance.now(),
      ...options,
    });
    ending.push(() => worker.close(0));
    return worker;
  }

  /** `done r-a-1`, `failed r-b-1 CODE`, in order of arrival. */
  get told(): string[] {
    return this.outcomes.map((outcome) =>
      outcome.status === 'done'
        ? `done ${outcome.task.id}`
        : `failed ${outcome.task.id} ${outcome.error.code}`,
    );
  }
}

function taskOf(name: string, runId = 'r', attempt = 1): Task {
  return { id: `${runId}-${name}-${attempt}`, runId, kind: 'cell', name, attempt };
}

/** Ends when its task is no longer wanted. */
function untilAborted(_task: Task, signal: AbortSignal): Promise<void> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error));
  });
}

function eventually(check: () => void, timeout = 10_000): Promise<void> {
  return vi.waitFor(check, { timeout, interval: 20 });
}

describe('outcomes', () => {
  test('tell done and failed, with the class of the error and its details', async () => {
    const cluster = new Cluster();
    const queue = cluster.queue();
    cluster.worker(async ({ name }) => {
      if (name === 'bad') {
        throw new AppError('data', 'ROW_UNREADABLE', 'row 7 is no number', { details: { row: 7 } });
      }
    });
    await queue.offer([taskOf('good'), taskOf('bad')]);
    await eventually(() => expect(cluster.outcomes).toHaveLength(2));
    const [bad, good] = cluster.outcomes.toSorted((a, b) => (a.status < b.status ? 1 : -1));
    expect(good).toEqual({ status: 'done', task: taskOf('good') });
    expect(bad).toEqual({
      status: 'failed',
      task: taskOf('bad'),
      error: {
        class: 'data',
        code: 'ROW_UNREADABLE',
        message: 'row 7 is no number',
        details: { row: 7 },
      },
    });
  });

  test('without workers wait: told once, and once more when some come', async () => {
    const cluster = new Cluster();
    const queue = cluster.queue();
    await queue.offer([taskOf('a')]);
    const told = async (state: string): Promise<void> => {
      while (!cluster.queueStates.includes(state)) {
        await queue.capacity();
        await sleep(100);
      }
    };
    await told('workerless');
    cluster.worker(async () => {});
    await told('staffed');
    expect(cluster.queueStates).toEqual(['connected', 'workerless', 'staffed']);
  });

  test('reach a coordinator that started after the offer', async () => {
    const cluster = new Cluster();
    const first = cluster.queue();
    let finish = (): void => {};
    cluster.worker(() => new Promise((resolve) => (finish = resolve)));
    await first.offer([taskOf('a')]);
    await eventually(() => expect(cluster.taken).toEqual(['r-a-1']));
    await first.close();
    const second = cluster.queue();
    // The events are read from now on: wait until they are.
    await second.capacity();
    await sleep(500);
    finish();
    await eventually(() => expect(cluster.told).toEqual(['done r-a-1']));
  });

  test('a task that is offered twice runs once', async () => {
    const cluster = new Cluster();
    const queue = cluster.queue();
    await queue.offer([taskOf('a'), taskOf('b')]);
    await queue.offer([taskOf('a')]);
    cluster.worker(async () => {});
    await eventually(() => expect(cluster.outcomes).toHaveLength(2));
    await sleep(200);
    expect(cluster.taken.toSorted()).toEqual(['r-a-1', 'r-b-1']);
  });

  test('no more tasks run than there are slots', async () => {
    const cluster = new Cluster();
    const queue = cluster.queue();
    let running = 0;
    let most = 0;
    cluster.worker(
      async () => {
        most = Math.max(most, ++running);
        await sleep(20);
        running--;
      },
      { slots: 3 },
    );
    await queue.offer(Array.from({ length: 450 }, (_, index) => taskOf(`t${index}`)));
    await eventually(() => expect(cluster.outcomes).toHaveLength(450));
    expect(most).toBe(3);
  });
});

test('capacity counts the slots of living workers; without one there are none, and a task is offered still', async () => {
  const cluster = new Cluster();
  const queue = cluster.queue();
  expect(await queue.slots()).toBe(0);
  expect(await queue.capacity()).toBe(1);
  const first = cluster.worker(untilAborted, { slots: 3 });
  cluster.worker(untilAborted, { slots: 4 });
  await vi.waitFor(async () => expect(await queue.capacity()).toBe(7), { timeout: 5_000 });
  await first.close(0);
  expect(await queue.capacity()).toBe(4);
  expect(await queue.slots()).toBe(4);
});

describe('cancellation', () => {
  test('drops what waits, aborts what runs, and leaves other runs', async () => {
    const cluster = new Cluster();
    const queue = cluster.queue();
    cluster.worker(
      (task, signal) => (task.runId === 'keep' ? Promise.resolve() : untilAborted(task, signal)),
      { slots: 1 },
    );
    await queue.offer([taskOf('a', 'stop'), taskOf('b', 'stop'), taskOf('c', 'keep')]);
    await eventually(() => expect(cluster.taken).toEqual(['stop-a-1']));
    await queue.cancelRun('stop');
    await eventually(() => expect(cluster.told).toContain('done keep-c-1'));
    expect(cluster.told).toContain('failed stop-a-1 CANCELLED');
    expect(cluster.taken).toEqual(['stop-a-1', 'keep-c-1']);
  });

  test('holds for workers that come later', async () => {
    const cluster = new Cluster();
    const queue = cluster.queue();
    await queue.cancelRun('stop');
    await queue.offer([taskOf('late', 'stop')]);
    cluster.worker(untilAborted);
    await eventually(() => expect(cluster.told).toEqual(['failed stop-late-1 CANCELLED']));
    expect(cluster.taken).toEqual([]);
  });
});

describe('closing a worker', () => {
  test('lets running tasks end and takes no more', async () => {
    const cluster = new Cluster();
    const queue = cluster.queue();
    const worker = cluster.worker(() => sleep(500), { slots: 1 });
    await queue.offer([taskOf('a'), taskOf('b')]);
    await eventually(() => expect(cluster.taken).toEqual(['r-a-1']));
    await worker.close(5_000);
    await eventually(() => expect(cluster.told).toEqual(['done r-a-1']));
    expect(cluster.taken).toEqual(['r-a-1']);
    expect(await queue.findLost([taskOf('b')])).toEqual([]);
  });

  test('hands back what does not end within the grace time', async () => {
    const cluster = new Cluster();
    const queue = cluster.queue();
    const worker = cluster.worker(untilAborted);
    await queue.offer([taskOf('a')]);
    await eventually(() => expect(cluster.taken).toEqual(['r-a-1']));
    await worker.close(100);
    await eventually(() => expect(cluster.told).toEqual(['failed r-a-1 WORKER_STOPPING']));
    expect(cluster.outcomes[0]).toMatchObject({ error: { class: 'transient' } });
  });
});

describe('a worker that is killed', () => {
  /** A worker of its own process, once it has taken `id`. */
  async function processWith(
    cluster: Cluster,
    id: string,
  ): Promise<{ child: ChildProcess; output: () => string }> {
    const program = join(import.meta.dirname, '../support/queue-worker.ts');
    const child = spawn(
      process.execPath,
      [program, cluster.redisUrl, cluster.prefix, '2', '2000', '500'],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    ending.push(async () => child.kill('SIGKILL'));
    let output = '';
    child.stdout!.on('data', (chunk: Buffer) => (output += chunk.toString()));
    await eventually(() => expect(output).toContain(`taken ${id}`));
    return { child, output: () => output };
  }

  test('loses its tasks within seconds, and they can be tried again', async () => {
    const cluster = new Cluster();
    const queue = cluster.queue();
    await queue.offer([taskOf('endless')]);
    const { child } = await processWith(cluster, 'r-endless-1');
    cluster.worker(async () => {}, { lockDurationMs: 2_000, stalledIntervalMs: 500 });
    child.kill('SIGKILL');
    await eventually(() => expect(cluster.told).toEqual(['failed r-endless-1 WORKER_LOST']));
    expect(cluster.outcomes[0]).toMatchObject({ error: { class: 'transient' } });
    expect(cluster.taken).toEqual([]);
    await queue.offer([taskOf('endless', 'r', 2)]);
    await eventually(() => expect(cluster.told.slice(1)).toEqual(['done r-endless-2']));
  });

  test('is told to stop when it was only frozen and wakes up', async () => {
    const cluster = new Cluster();
    const queue = cluster.queue();
    await queue.offer([taskOf('endless')]);
    const { child, output } = await processWith(cluster, 'r-endless-1');
    cluster.worker(async () => {}, { lockDurationMs: 2_000, stalledIntervalMs: 500 });
    child.kill('SIGSTOP');
    await eventually(() => expect(cluster.told).toEqual(['failed r-endless-1 WORKER_LOST']));
    child.kill('SIGCONT');
    await eventually(() =>
      expect(output()).toContain(
        'aborted r-endless-1: AppError: the task was taken from this worker',
      ),
    );
    expect(cluster.told).toHaveLength(1);
    expect(child.exitCode).toBeNull();
  });
});

describe('a Redis', () => {
  async function ownRedis(): Promise<RedisServer> {
    const launch = await findRedis();
    if (launch === null) throw new Error('the set-up found a Redis a moment ago');
    const redis = await startRedis(launch);
    ending.push(() => redis.stop());
    return redis;
  }

  test('that restarts is waited for, by offers and by workers', async () => {
    const redis = await ownRedis();
    const cluster = new Cluster(redis.url);
    const queue = cluster.queue();
    cluster.worker(async () => {});
    await queue.offer([taskOf('before')]);
    await eventually(() => expect(cluster.told).toEqual(['done r-before-1']));
    await redis.kill();
    const offering = queue.offer([taskOf('during')]);
    expect(await queue.capacity()).toBeGreaterThanOrEqual(1);
    expect(await queue.findLost([taskOf('during')])).toEqual([]);
    await redis.launch();
    await offering;
    await eventually(() => expect(cluster.told).toContain('done r-during-1'), 20_000);
    // A command that was under way when Redis died may be told as trouble of its own.
    for (const states of [cluster.states, cluster.queueStates]) {
      const ofConnection = states.filter((state) => state !== 'trouble');
      expect(ofConnection).toEqual(['connected', 'disconnected', 'connected']);
    }
  });

  test('that is away makes offers fail as transient, and lets everything close', async () => {
    const redis = await ownRedis();
    const cluster = new Cluster(redis.url);
    const queue = cluster.queue(1_000);
    const worker = cluster.worker(async () => {});
    await eventually(() => expect(cluster.states).toContain('connected'));
    await redis.kill();
    await expect(queue.offer([taskOf('a')])).rejects.toMatchObject({
      class: 'transient',
      code: 'QUEUE_UNAVAILABLE',
    });
    await worker.close(100);
    await queue.close();
  }, 40_000);

  test('that was never there makes offers fail as transient', async () => {
    const redis = await ownRedis();
    await redis.kill();
    const queue = new Cluster(redis.url).queue(500);
    await expect(queue.offer([taskOf('a')])).rejects.toMatchObject({ class: 'transient' });
    await queue.close();
    await redis.launch();
  }, 40_000);

  test('that is frozen for a while loses nothing', async () => {
    const redis = await ownRedis();
    const cluster = new Cluster(redis.url);
    const queue = cluster.queue(30_000);
    cluster.worker(async () => {});
    await eventually(() => expect(cluster.states).toContain('connected'));
    await redis.pause();
    const offering = queue.offer([taskOf('a')]);
    await sleep(6_000);
    await redis.resume();
    await offering;
    await eventually(() => expect(cluster.told).toContain('done r-a-1'), 20_000);
  }, 60_000);

  test('that forgets everything gives its tasks as lost, and another attempt runs', async () => {
    const redis = await ownRedis();
    const cluster = new Cluster(redis.url);
    const queue = cluster.queue();
    const tasks = ['a', 'b', 'c'].map((name) => taskOf(name));
    await queue.offer(tasks);
    expect(await queue.findLost(tasks)).toEqual([]);
    await redis.flush();
    expect(await queue.findLost(tasks)).toEqual(tasks);
    cluster.worker(async () => {});
    await queue.offer(tasks.map(({ name }) => taskOf(name, 'r', 2)));
    await eventually(() => expect(cluster.outcomes).toHaveLength(3));
    expect(cluster.taken.toSorted()).toEqual(['r-a-2', 'r-b-2', 'r-c-2']);
  });
});

test('an outcome that was missed is told when it is asked for', async () => {
  const cluster = new Cluster();
  const first = cluster.queue();
  await first.offer([taskOf('a')]);
  await first.close();
  cluster.worker(async () => {});
  await eventually(() => expect(cluster.taken).toEqual(['r-a-1']));
  await sleep(300);
  const second = cluster.queue();
  await sleep(300);
  expect(cluster.told).toEqual([]);
  expect(await second.findLost([taskOf('a')])).toEqual([]);
  expect(cluster.told).toEqual(['done r-a-1']);
});
