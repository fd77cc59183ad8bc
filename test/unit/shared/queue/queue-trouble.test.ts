/** Trouble of a queue is told in our words, not with every try, and not where the connection is at fault. */
import { expect, test } from 'vitest';
import { QueueTrouble } from '../../../../shared/queue/queue-trouble.ts';

function setting(): {
  readonly trouble: QueueTrouble;
  readonly link: { isConnected: boolean };
  readonly clock: { now: number };
  readonly told: unknown[];
} {
  const link = { isConnected: true };
  const clock = { now: 0 };
  const told: unknown[] = [];
  const tell = (state: unknown): void => void told.push(state);
  return { trouble: new QueueTrouble({ link, tell, now: () => clock.now }), link, clock, told };
}

const full = (): Error => new Error("OOM command not allowed when used memory > 'maxmemory'.");

test('the same words come once a minute', () => {
  const { trouble, clock, told } = setting();
  for (; clock.now < 60_000; clock.now += 1_000) trouble.hear(full());
  expect(told).toEqual([{ status: 'trouble', message: full().message }]);
  trouble.hear(full());
  expect(told).toHaveLength(2);
});

test('errors of the connection are not for us', () => {
  const { trouble, link, told } = setting();
  trouble.hear(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }));
  trouble.hear(new Error('Connection is closed.'));
  link.isConnected = false;
  trouble.hear(full());
  expect(told).toEqual([]);
});

test('a queue that was emptied is no alarm: what was done is kept', () => {
  const { trouble, told } = setting();
  for (const id of ['r-a-1', 'r-b-1']) {
    // As BullMQ makes it, see its finished-errors.js.
    trouble.hear(
      Object.assign(new Error(`Missing key for job ${id}. moveToFinished`), { code: -1 }),
    );
  }
  expect(told).toEqual([
    {
      status: 'trouble',
      message:
        'it was emptied while a task ran; what the task did is kept in the store, where the coordinator looks',
    },
  ]);
});
