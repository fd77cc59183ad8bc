/** What watchers of runs are told, and when. */
import { expect, test } from 'vitest';
import { RunHub } from '../../../../coordinator/server/run-hub.ts';
import type { RunEvent } from '../../../../shared/wire/run-event.ts';
import {
  anyRequest,
  cancelledError,
  FakeEngine,
  infoOf,
  progressOf,
  summaryOf,
} from '../../../support/fake-engine.ts';

function openHub(engine: FakeEngine = new FakeEngine()): RunHub {
  return new RunHub(engine, () => performance.now());
}

const never = (): AbortSignal => new AbortController().signal;

async function next(events: AsyncGenerator<RunEvent>): Promise<RunEvent | 'over'> {
  const result = await events.next();
  return result.done === true ? 'over' : result.value;
}

test('the first word comes at once, even if nothing has happened', async () => {
  const hub = openHub();
  const runId = await hub.start(anyRequest());
  expect(await next(hub.events(runId, never()))).toEqual({ type: 'heartbeat' });
});

test('a watcher that comes late is told the last progress, then the end, then no more', async () => {
  const engine = new FakeEngine();
  const hub = openHub(engine);
  const runId = await hub.start(anyRequest());
  engine.started[0]!.progress(2);
  engine.started[0]!.progress(5);
  const events = hub.events(runId, never());
  expect(await next(events)).toEqual({ type: 'progress', progress: progressOf(runId, 5) });
  const reply = { status: 'done', diagnostics: [], summary: summaryOf(runId) } as const;
  engine.started[0]!.end(reply);
  expect(await next(events)).toEqual({ type: 'end', end: { status: 'replied', reply } });
  expect(await next(events)).toBe('over');
});

test('what happens while a watcher is busy is not missed', async () => {
  const engine = new FakeEngine();
  const hub = openHub(engine);
  const runId = await hub.start(anyRequest());
  const events = hub.events(runId, never());
  await next(events);
  engine.started[0]!.fail(cancelledError());
  await new Promise((resolve) => setTimeout(resolve, 20));
  // Well before the next heartbeat.
  const from = performance.now();
  expect(await next(events)).toMatchObject({ type: 'end', end: { error: { code: 'CANCELLED' } } });
  expect(performance.now() - from).toBeLessThan(2_000);
});

test('closing interrupts watchers; a watcher that leaves ends without a word', async () => {
  const hub = openHub();
  const runId = await hub.start(anyRequest());
  const staying = hub.events(runId, never());
  const leaving = new AbortController();
  const left = hub.events(runId, leaving.signal);
  await next(staying);
  await next(left);
  leaving.abort();
  expect(await next(left)).toBe('over');
  hub.close();
  expect(await next(staying)).toEqual({ type: 'interrupted' });
  expect(await next(staying)).toBe('over');
});

test('a run of an earlier process that is gone on with is watched and counted as any', async () => {
  const engine = new FakeEngine();
  engine.ledger = [infoOf('r7'), infoOf('r8')];
  engine.resumable.push('r7', 'r8');
  const hub = openHub(engine);
  await hub.resume();
  expect(hub.counts).toMatchObject({ resumed: 2, started: 0, running: 2, done: 0, failed: 0 });
  const events = hub.events('r7', never());
  expect(await next(events)).toEqual({ type: 'progress', progress: progressOf('r7', 0) });
  const reply = { status: 'done', diagnostics: [], summary: summaryOf('r7') } as const;
  engine.resumed[0]!.end(reply);
  expect(await next(events)).toEqual({ type: 'end', end: { status: 'replied', reply } });
  engine.resumed[1]!.fail(cancelledError());
  await expect.poll(() => hub.counts).toMatchObject({ running: 0, done: 1, failed: 1 });
  expect(await hub.end('r8')).toMatchObject({ status: 'failed', error: { code: 'CANCELLED' } });
});

test('a watcher that is back before its run is gone on with hears of it', async () => {
  const engine = new FakeEngine();
  engine.ledger = [infoOf('r7')];
  engine.resumable.push('r7');
  const hub = openHub(engine);
  const events = hub.events('r7', never());
  expect(await next(events)).toEqual({ type: 'heartbeat' });
  await hub.resume();
  expect(await next(events)).toEqual({ type: 'progress', progress: progressOf('r7', 0) });
});

test('a run of another process is watched through the ledger', async () => {
  const engine = new FakeEngine();
  engine.ledger = [infoOf('r7')];
  const hub = openHub(engine);
  const events = hub.events('r7', never());
  expect(await next(events)).toEqual({ type: 'heartbeat' });
  const summary = summaryOf('r7');
  engine.ledger = [infoOf('r7', { status: 'done', summary })];
  expect(await next(events)).toEqual({
    type: 'end',
    end: { status: 'replied', reply: { status: 'done', diagnostics: [], summary } },
  });
  expect(hub.counts).toMatchObject({ resumed: 0, started: 0, running: 0, done: 0 });
});

test('an unknown run has no events', async () => {
  const hub = openHub();
  await expect(next(hub.events('none', never()))).rejects.toMatchObject({ code: 'RUN_UNKNOWN' });
});
