import { describe, expect, test } from 'vitest';
import {
  ATTEMPTS_MAX,
  AWAY_MS_MAX,
  Dispatcher,
  FlatJob,
  OFFERED_PER_SLOT,
} from '../../../../coordinator/dispatch/dispatcher.ts';
import type { Job, TaskRef } from '../../../../coordinator/dispatch/dispatcher.ts';
import { AppError } from '../../../../shared/base/app-error.ts';
import type { ErrorClass } from '../../../../shared/base/app-error.ts';
import type { Task, TaskOutcome, TaskQueue } from '../../../../shared/queue/task-queue.ts';
import { openMemoryStore } from '../../../../shared/storage/memory-store.ts';

const SHORT_MS = 5;

/** A queue that does what the test says with each task that it is offered, and notes everything. */
class ScriptedQueue implements TaskQueue {
  readonly offered: Task[] = [];
  readonly cancelled: string[] = [];
  readonly known = new Set<string>();
  /** Tasks that still run when their run is cancelled. */
  readonly kept = new Set<string>();
  slots = 2;
  /** Offers that fail before one is taken. */
  refusals = 0;
  react: (task: Task) => void = () => undefined;
  readonly #listeners: ((outcome: TaskOutcome) => void)[] = [];

  async offer(tasks: readonly Task[]): Promise<void> {
    if (this.refusals > 0) {
      this.refusals--;
      throw new AppError('transient', 'QUEUE_AWAY', 'the queue is away');
    }
    for (const task of tasks) {
      // As BullMQ: a task whose id is known is not run again.
      if (this.known.has(task.id)) continue;
      this.known.add(task.id);
      this.offered.push(task);
      this.react(task);
    }
  }

  onOutcome(listener: (outcome: TaskOutcome) => void): void {
    this.#listeners.push(listener);
  }

  say(outcome: TaskOutcome): void {
    for (const listener of this.#listeners) listener(outcome);
  }

  fail(task: Task, errorClass: ErrorClass, code = 'FAULT'): void {
    const error = new AppError(errorClass, code, `${task.name} attempt ${task.attempt} failed`);
    this.say({ status: 'failed', task, error: error.toJSON() });
  }

  async capacity(): Promise<number> {
    return this.slots;
  }

  async cancelRun(runId: string): Promise<void> {
    this.cancelled.push(runId);
    for (const { id } of this.offered) if (!this.kept.has(id)) this.known.delete(id);
  }

  async findLost(tasks: readonly Task[]): Promise<readonly Task[]> {
    return tasks.filter(({ id }) => !this.known.has(id));
  }

  async close(): Promise<void> {
    // Nothing to end.
  }
}

interface Setting {
  readonly queue: ScriptedQueue;
  readonly store: ReturnType<typeof openMemoryStore>;
  readonly dispatcher: Dispatcher;
  readonly job: (
    names: readonly string[],
    options?: Partial<{ isShared: boolean; runId: string }>,
  ) => FlatJob;
  readonly done: string[];
  /** Leaves the record of a task and, if told to, says so. */
  readonly finish: (task: Task, tell?: boolean) => void;
  readonly run: (job: Job, signal?: AbortSignal) => Promise<void>;
  now: number;
}

function setting(): Setting {
  const queue = new ScriptedQueue();
  const store = openMemoryStore();
  const done: string[] = [];
  const made: Setting = {
    queue,
    store,
    done,
    now: 0,
    dispatcher: new Dispatcher({
      store,
      queue,
      epoch: 'e',
      now: () => made.now,
      reconcileMs: SHORT_MS,
    }),
    job: (names, { isShared = false, runId = 'r1' } = {}) =>
      new FlatJob({
        runId,
        isShared,
        tasks: names.map((name): TaskRef => ({ kind: 'cell', name })),
        recordKey: ({ name }) => `records/${name}`,
        onDone: ({ name }) => void done.push(name),
      }),
    finish: (task, tell = true) => {
      void store.put(`records/${task.name}`, []);
      if (tell) queue.say({ status: 'done', task });
    },
    run: (job, signal = new AbortController().signal) => made.dispatcher.run(job, signal),
  };
  queue.react = (task) => made.finish(task);
  return made;
}

describe('the dispatcher', () => {
  test('offers few tasks at a time, and the next as others end', async () => {
    const { queue, job, run, finish, done } = setting();
    const names = Array.from({ length: 10 }, (_, at) => `t${at}`);
    let most = 0;
    let open = 0;
    queue.react = (task) => {
      most = Math.max(most, ++open);
      setTimeout(() => {
        open--;
        finish(task);
      }, 1);
    };
    await run(job(names));
    expect(done.toSorted()).toEqual(names);
    expect(most).toBe(queue.slots * OFFERED_PER_SLOT);
    expect(queue.cancelled).toEqual([]);
  });

  test('a task is done when its record stands, whatever was said about it', async () => {
    const { queue, job, run, store, done } = setting();
    queue.react = (task) => {
      void store.put(`records/${task.name}`, []);
      queue.fail(task, 'bug');
    };
    await run(job(['a']));
    expect(done).toEqual(['a']);
  });

  test('a failure that may pass is tried again under another id and attempt', async () => {
    const { queue, job, run, finish } = setting();
    queue.react = (task) => (task.attempt < 3 ? queue.fail(task, 'transient') : finish(task));
    await run(job(['a']));
    expect(queue.offered.map(({ id, attempt }) => `${id} ${attempt}`)).toEqual([
      'r1-a-e0-1 1',
      'r1-a-e0-2 2',
      'r1-a-e0-3 3',
    ]);
  });

  test('after ATTEMPTS_MAX failures the last error is the run’s', async () => {
    const { queue, job, run } = setting();
    queue.react = (task) => queue.fail(task, 'transient', 'FLAKY');
    await expect(run(job(['a']))).rejects.toMatchObject({
      class: 'transient',
      code: 'FLAKY',
      message: `a attempt ${ATTEMPTS_MAX} failed`,
    });
    expect(queue.offered).toHaveLength(ATTEMPTS_MAX);
    expect(queue.cancelled).toEqual(['r1']);
  });

  test.each(['user', 'data', 'resource', 'bug'] as const)(
    'a %s error fails the run at once',
    async (errorClass) => {
      const { queue, job, run } = setting();
      queue.react = (task) => queue.fail(task, errorClass, 'NO');
      await expect(run(job(['a', 'b']))).rejects.toMatchObject({ class: errorClass, code: 'NO' });
      expect(queue.offered.every(({ attempt }) => attempt === 1)).toBe(true);
      expect(queue.cancelled).toEqual(['r1']);
    },
  );

  test('an end without a record is tried again, and is a bug in the end', async () => {
    const { queue, job, run } = setting();
    queue.react = (task) => queue.say({ status: 'done', task });
    await expect(run(job(['a']))).rejects.toMatchObject({ class: 'bug', code: 'RECORD_MISSING' });
    expect(queue.offered).toHaveLength(ATTEMPTS_MAX);
  });

  test('what the queue has lost is offered again, however often, and counts as no failure', async () => {
    const { queue, job, run, finish } = setting();
    queue.react = (task) => {
      if (task.attempt <= ATTEMPTS_MAX + 2) queue.known.delete(task.id);
      else finish(task);
    };
    // `known` is filled before `react`: forgetting there is a queue that was emptied.
    await run(job(['a']));
    expect(queue.offered.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  test('a lost task that left its record is done', async () => {
    const { queue, job, run, finish, done } = setting();
    queue.react = (task) => {
      finish(task, false);
      queue.known.delete(task.id);
    };
    await run(job(['a']));
    expect(done).toEqual(['a']);
    expect(queue.offered).toHaveLength(1);
  });

  test('late words about an attempt that was given up: a failure is nothing, an end is one', async () => {
    const { queue, job, run, finish, done } = setting();
    queue.react = (task) => {
      if (task.attempt === 1) return queue.fail(task, 'transient');
      const first = queue.offered[0]!;
      queue.fail(first, 'bug');
      // The second attempt never says anything, but the first was alive after all.
      finish(first);
    };
    await run(job(['a']));
    expect(done).toEqual(['a']);
    expect(queue.offered.map(({ attempt }) => attempt)).toEqual([1, 2]);
  });

  test('an outcome told twice finishes a task once', async () => {
    const { queue, job, run, finish, done } = setting();
    queue.react = (task) => {
      finish(task);
      finish(task);
    };
    await run(job(['a', 'b', 'c']));
    expect(done).toEqual(['a', 'b', 'c']);
  });

  test('words about another run are not for us', async () => {
    const { queue, job, run, finish, done } = setting();
    queue.react = (task) => {
      queue.fail({ ...task, runId: 'r2' }, 'bug');
      finish(task);
    };
    await run(job(['a']));
    expect(done).toEqual(['a']);
  });

  test('aborting ends the wait and cancels what is on its way', async () => {
    const { queue, job, run } = setting();
    const abort = new AbortController();
    queue.react = () => setTimeout(() => abort.abort(), 1);
    await expect(run(job(['a']), abort.signal)).rejects.toMatchObject({
      code: 'CANCELLED',
      class: 'user',
    });
    expect(queue.cancelled).toEqual(['r1']);
  });

  test('a cancelled run ends when what still ran has ended', async () => {
    const { queue, job, run } = setting();
    const abort = new AbortController();
    const order: string[] = [];
    queue.react = (task) => {
      queue.kept.add(task.id);
      setTimeout(() => abort.abort(), 1);
      setTimeout(() => {
        order.push('task');
        queue.fail(task, 'user', 'CANCELLED');
      }, 120);
    };
    const running = run(job(['a']), abort.signal).catch(() => order.push('run'));
    await running;
    expect(order).toEqual(['task', 'run']);
  });

  test('a queue that is away is waited for', async () => {
    const { queue, job, run, done } = setting();
    queue.refusals = 3;
    await run(job(['a']));
    expect(done).toEqual(['a']);
    expect(queue.offered.map(({ attempt }) => attempt)).toEqual([1]);
  });

  test('a store that is away is waited for: the outcome is not forgotten', async () => {
    const { queue, store, done, finish } = setting();
    let refusals = 3;
    const head: typeof store.head = async (key) => {
      if (refusals-- > 0) throw new AppError('transient', 'STORE_AWAY', 'the store is away');
      return store.head(key);
    };
    const dispatcher = new Dispatcher({
      store: { head },
      queue,
      epoch: 'e',
      now: () => 0,
      reconcileMs: SHORT_MS,
    });
    queue.react = (task) => finish(task);
    const job = new FlatJob({
      runId: 'r1',
      isShared: false,
      tasks: [{ kind: 'cell', name: 'a' }],
      recordKey: () => 'records/a',
      onDone: ({ name }) => void done.push(name),
    });
    await dispatcher.run(job, new AbortController().signal);
    expect(done).toEqual(['a']);
    expect(queue.offered).toHaveLength(1);
  });

  test('but not for ever', async () => {
    const made = setting();
    made.queue.refusals = Number.POSITIVE_INFINITY;
    const ended = made.run(made.job(['a']));
    setTimeout(() => (made.now = AWAY_MS_MAX), 2 * SHORT_MS);
    await expect(ended).rejects.toMatchObject({ code: 'QUEUE_AWAY', class: 'transient' });
  });

  test('a job whose tasks cannot start is a bug, not a wait', async () => {
    const { run } = setting();
    const stuck: Job = {
      runId: 'r1',
      isShared: false,
      isDone: false,
      ready: () => [],
      recordKey: () => '',
      finish: async () => undefined,
    };
    await expect(run(stuck)).rejects.toMatchObject({ class: 'bug', code: 'RUN_STUCK' });
  });
});

describe('shared tasks', () => {
  test('two jobs offer a task under one id, so that it runs once, and both hear of it', async () => {
    const { queue, job, run, finish, done } = setting();
    queue.react = (task) => setTimeout(() => finish(task), 3);
    await Promise.all([
      run(job(['a', 'b'], { isShared: true, runId: 't1' })),
      run(job(['a', 'b'], { isShared: true, runId: 't1' })),
    ]);
    expect(done).toEqual(['a', 'a', 'b', 'b']);
    expect(queue.offered).toHaveLength(2);
  });

  test('one that is given up leaves the tasks to the other', async () => {
    const { queue, job, run, finish } = setting();
    queue.react = (task) => setTimeout(() => finish(task), 10);
    const abort = new AbortController();
    const other = run(job(['a'], { isShared: true, runId: 't1' }));
    const given = run(job(['a'], { isShared: true, runId: 't1' }), abort.signal);
    abort.abort();
    await expect(given).rejects.toMatchObject({ code: 'CANCELLED' });
    await other;
    expect(queue.cancelled).toEqual([]);
  });

  test('after a failure the same work has new ids: the queue would not run the old ones again', async () => {
    const { queue, job, run, finish, done } = setting();
    queue.react = (task) => queue.fail(task, 'user', 'SOURCE_FORBIDDEN');
    await expect(run(job(['a'], { isShared: true, runId: 't1' }))).rejects.toMatchObject({
      code: 'SOURCE_FORBIDDEN',
    });
    queue.react = (task) => finish(task);
    await run(job(['a'], { isShared: true, runId: 't1' }));
    expect(done).toEqual(['a']);
    expect(queue.offered.map(({ id }) => id)).toEqual(['t1-a-e0-1', 't1-a-e1-1']);
  });

  test('another process has other ids for the same work', async () => {
    const { queue, store, job, finish, done } = setting();
    const options = { store, queue, now: () => 0, reconcileMs: SHORT_MS };
    queue.react = () => undefined;
    const abort = new AbortController();
    const died = new Dispatcher({ ...options, epoch: 'old' }).run(job(['a']), abort.signal);
    abort.abort();
    await expect(died).rejects.toThrow();
    queue.react = (task) => finish(task);
    await new Dispatcher({ ...options, epoch: 'new' }).run(
      job(['a']),
      new AbortController().signal,
    );
    expect(done).toEqual(['a']);
  });
});
