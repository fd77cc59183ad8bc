/** Tasks without workers are told once, after the time in which workers give their sign of life, and once when some come. */
import { expect, test } from 'vitest';
import type { QueueState } from '../../../../shared/queue/queue-state.ts';
import { WorkerWatch } from '../../../../shared/queue/worker-watch.ts';

function setting(): { readonly watch: WorkerWatch; readonly told: QueueState[] } {
  const told: QueueState[] = [];
  return { watch: new WorkerWatch((state) => void told.push(state)), told };
}

test('told once while tasks wait, and once when workers come', () => {
  const { watch, told } = setting();
  for (let now = 0; now <= 20_000; now += 2_000) watch.see({ slots: 0, tasks: 3, now });
  expect(told).toEqual([{ status: 'workerless' }]);
  watch.see({ slots: 4, tasks: 3, now: 22_000 });
  watch.see({ slots: 8, tasks: 3, now: 24_000 });
  expect(told).toEqual([{ status: 'workerless' }, { status: 'staffed', slots: 4 }]);
});

test('not where nothing is to be done, nor in the moments after a restart of Redis', () => {
  const { watch, told } = setting();
  for (let now = 0; now <= 20_000; now += 2_000) watch.see({ slots: 0, tasks: 0, now });
  watch.see({ slots: 0, tasks: 1, now: 22_000 });
  watch.see({ slots: 0, tasks: 1, now: 24_000 });
  watch.see({ slots: 2, tasks: 1, now: 26_000 });
  watch.see({ slots: 0, tasks: 1, now: 28_000 });
  expect(told).toEqual([]);
});
