/** The queue in memory: order, slots, outcomes, cancellation and closing, with a worker that the test drives. */
import { describe, expect, it } from 'vitest';
import { AppError } from '../../../../shared/base/app-error.ts';
import { createMemoryQueue } from '../../../../shared/queue/memory-queue.ts';
import type { Task, TaskOutcome, TaskQueue } from '../../../../shared/queue/task-queue.ts';

function taskOf(runId: string, name: string): Task {
  return { id: `${runId}-${name}-1`, runId, kind: 'cell', name, attempt: 1 };
}

/** A worker side whose tasks end when the test says so. */
class ManualRunner {
  readonly started: string[] = [];
  readonly aborted: string[] = [];
  readonly #endings = new Map<string, (error?: Error) => void>();

  readonly run = (task: Task, signal: AbortSignal): Promise<void> => {
    this.started.push(task.name);
    signal.addEventListener('abort', () => this.aborted.push(task.name));
    return new Promise((resolve, reject) => {
      this.#endings.set(task.name, (error) => (error === undefined ? resolve() : reject(error)));
    });
  };

  async end(name: string, error?: Error): Promise<void> {
    this.#endings.get(name)!(error);
    await settled();
  }
}

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function outcomesOf(queue: TaskQueue): TaskOutcome[] {
  const outcomes: TaskOutcome[] = [];
  queue.onOutcome((outcome) => outcomes.push(outcome));
  return outcomes;
}

describe('memory queue', () => {
  it('runs tasks in the order offered, never more than its slots', async () => {
    const runner = new ManualRunner();
    const queue = createMemoryQueue({ run: runner.run, slots: 2 });
    await queue.offer(['a', 'b', 'c', 'd'].map((name) => taskOf('r', name)));
    expect(runner.started).toEqual(['a', 'b']);
    await runner.end('b');
    expect(runner.started).toEqual(['a', 'b', 'c']);
    await runner.end('a');
    expect(runner.started).toEqual(['a', 'b', 'c', 'd']);
    expect(await queue.capacity()).toBe(2);
  });

  it('tells every listener how each attempt ended', async () => {
    const runner = new ManualRunner();
    const queue = createMemoryQueue({ run: runner.run, slots: 3 });
    const [first, second] = [outcomesOf(queue), outcomesOf(queue)];
    await queue.offer(['a', 'b', 'c'].map((name) => taskOf('r', name)));
    await runner.end(
      'b',
      new AppError('transient', 'STORE_IO', 'try again', { details: { n: 1 } }),
    );
    await runner.end('a');
    await runner.end('c', new TypeError('x is not a function'));
    expect(first).toMatchObject([
      {
        status: 'failed',
        task: { name: 'b' },
        error: { class: 'transient', code: 'STORE_IO', message: 'try again', details: { n: 1 } },
      },
      { status: 'done', task: { name: 'a' } },
      { status: 'failed', task: { name: 'c' }, error: { class: 'bug', code: 'INTERNAL' } },
    ]);
    expect(second).toEqual(first);
  });

  it('goes on when `run` throws before its first wait', async () => {
    const queue = createMemoryQueue({
      run: () => {
        throw new AppError('user', 'BAD', 'no');
      },
      slots: 1,
    });
    const outcomes = outcomesOf(queue);
    await queue.offer([taskOf('r', 'a'), taskOf('r', 'b')]);
    await settled();
    expect(outcomes.map(({ status, task }) => `${task.name} ${status}`)).toEqual([
      'a failed',
      'b failed',
    ]);
  });

  it('takes a task that is offered twice as one, and again once it has ended', async () => {
    const runner = new ManualRunner();
    const queue = createMemoryQueue({ run: runner.run, slots: 1 });
    await queue.offer([taskOf('r', 'a'), taskOf('r', 'b')]);
    await queue.offer([taskOf('r', 'a'), taskOf('r', 'b')]);
    await runner.end('a');
    await runner.end('b');
    expect(runner.started).toEqual(['a', 'b']);
    await queue.offer([taskOf('r', 'a')]);
    expect(runner.started).toEqual(['a', 'b', 'a']);
  });

  it('lets a listener offer the next task', async () => {
    const runner = new ManualRunner();
    const queue = createMemoryQueue({ run: runner.run, slots: 1 });
    queue.onOutcome(({ task }) => {
      if (task.name === 'a') void queue.offer([taskOf('r', 'next')]);
    });
    await queue.offer([taskOf('r', 'a')]);
    await runner.end('a');
    expect(runner.started).toEqual(['a', 'next']);
  });

  it('drops the waiting tasks of a cancelled run, aborts its running ones and leaves other runs', async () => {
    const runner = new ManualRunner();
    const queue = createMemoryQueue({ run: runner.run, slots: 1 });
    const outcomes = outcomesOf(queue);
    await queue.offer([taskOf('r1', 'a'), taskOf('r1', 'b'), taskOf('r2', 'c')]);
    await queue.cancelRun('r1');
    expect(runner.aborted).toEqual(['a']);
    await runner.end('a', new TypeError('whatever it stumbled over'));
    expect(runner.started).toEqual(['a', 'c']);
    await runner.end('c');
    expect(outcomes.map(({ status, task }) => `${task.name} ${status}`)).toEqual([
      'a failed',
      'c done',
    ]);
    expect(outcomes[0]).toMatchObject({ error: { class: 'user', code: 'CANCELLED' } });
  });

  it('knows what waits or runs and calls the rest lost', async () => {
    const runner = new ManualRunner();
    const queue = createMemoryQueue({ run: runner.run, slots: 1 });
    const tasks = ['a', 'b', 'c'].map((name) => taskOf('r', name));
    await queue.offer(tasks.slice(0, 2));
    expect(await queue.findLost(tasks)).toEqual([taskOf('r', 'c')]);
    await runner.end('a');
    expect(await queue.findLost(tasks)).toEqual([taskOf('r', 'a'), taskOf('r', 'c')]);
  });

  it('closes when what runs has ended, and starts nothing more', async () => {
    const runner = new ManualRunner();
    const queue = createMemoryQueue({ run: runner.run, slots: 1 });
    await queue.offer([taskOf('r', 'a'), taskOf('r', 'b')]);
    let closed = 0;
    const closing = [queue.close(), queue.close()].map((close) => close.then(() => closed++));
    await settled();
    expect(closed).toBe(0);
    expect(runner.aborted).toEqual(['a']);
    await runner.end('a');
    await Promise.all(closing);
    expect(runner.started).toEqual(['a']);
    await expect(queue.offer([taskOf('r', 'z')])).rejects.toThrow(/closed queue/);
  });
});
