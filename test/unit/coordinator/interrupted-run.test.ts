/** A run whose process is gone is gone on with by the next process that asks the same; finished cells are not redone. */
import { describe, expect, it } from 'vitest';
import { Engine } from '../../../coordinator/engine.ts';
import { createThreadPool } from '../../../infra/thread-pool.ts';
import { createMemoryQueue } from '../../../shared/queue/memory-queue.ts';
import type { Task } from '../../../shared/queue/task-queue.ts';
import { openMemoryStore } from '../../../shared/storage/memory-store.ts';
import type { ObjectStore } from '../../../shared/storage/object-store.ts';
import type { QueryRequest } from '../../../shared/wire/query-request.ts';

const CSV = `at,who,qty
2024-01-01T10:00:00Z,ann,2
2024-01-01T10:00:05Z,bob,7
2024-01-01T10:01:00Z,ann,5
2024-01-01T10:02:30Z,bob,1
`;

const REQUEST: QueryRequest = {
  tables: [{ name: 'Buy', files: [], inlineCsv: [CSV], time: 'at', key: 'who' }],
  views: [],
  query: '{ total: sum(Buy.qty) }',
  results: 'history',
  output: { path: null, format: 'csv', layout: 'file', overwrite: false, timestamps: 'ns' },
  tuning: { ranges: 2, slices: 3 },
};

/** An engine of a process `id`, where only the processes in `living` are alive; notes the cells that it ran. */
function openEngine(
  store: ObjectStore,
  id: string,
  living: readonly string[],
): { engine: Engine; cells: string[] } {
  const pool = createThreadPool({
    threads: 0,
    workerData: { store: { kind: 'memory' }, s3: null, engine: 'test' },
    store,
  });
  const cells: string[] = [];
  const queue = createMemoryQueue({
    run: async (task: Task, signal) => {
      await pool.run(task, signal);
      if (task.kind === 'cell') cells.push(task.name);
    },
    slots: 1,
  });
  let ids = 0;
  const engine = new Engine({
    store,
    queue,
    listObjects: () => Promise.resolve([]),
    clock: { now: () => 0 },
    newId: () => `${id}${ids++}`,
    version: 'test',
    allowedFolders: null,
    checkOutput: () => Promise.resolve(),
    log: () => undefined,
    owner: { id, isAlive: (other) => living.includes(other) },
  });
  return { engine, cells };
}

/** Runs the query and goes away once `cells` cells are done. */
async function interrupt(engine: Engine, cells: number): Promise<void> {
  const away = new AbortController();
  const run = engine.query(
    REQUEST,
    (progress) => {
      if (progress.phase === 'computing' && progress.cellsDone >= cells) away.abort();
    },
    away.signal,
  );
  await expect(run).rejects.toMatchObject({ code: 'CANCELLED' });
}

async function runToEnd(engine: Engine): Promise<{ runId: string; csv: string }> {
  const reply = await engine.query(REQUEST, () => undefined, new AbortController().signal);
  if (reply.status !== 'done') throw new Error('the query is right');
  const blocks: Uint8Array[] = [];
  for await (const block of engine.readResult(reply.summary.files[0]!)) blocks.push(block);
  return { runId: reply.summary.runId, csv: Buffer.concat(blocks).toString() };
}

describe('an interrupted run', () => {
  it('is gone on with when its process is dead, without redoing finished cells', async () => {
    const store = openMemoryStore();
    const first = openEngine(store, 'a', []);
    await interrupt(first.engine, 3);
    expect((await first.engine.runs()).map((run) => run.status)).toEqual(['interrupted']);
    const second = openEngine(store, 'b', []);
    const resumed = await runToEnd(second.engine);
    expect(resumed.runId).toMatch(/^ra/);
    expect(second.cells.filter((cell) => first.cells.includes(cell))).toEqual([]);
    expect(new Set([...first.cells, ...second.cells]).size).toBe(6);
    const fresh = await runToEnd(openEngine(openMemoryStore(), 'c', []).engine);
    expect(resumed.csv).toBe(fresh.csv);
  });

  it('is left alone while its process lives', async () => {
    const store = openMemoryStore();
    await interrupt(openEngine(store, 'a', []).engine, 3);
    const second = openEngine(store, 'b', ['a']);
    expect((await runToEnd(second.engine)).runId).toMatch(/^rb/);
    expect(second.cells.length).toBe(6);
  });

  it('is dropped by a cancel: what it wrote is gone, and the same query begins anew', async () => {
    const store = openMemoryStore();
    await interrupt(openEngine(store, 'a', []).engine, 3);
    const { engine } = openEngine(store, 'b', []);
    await engine.cancel('ra1');
    expect((await engine.runs()).map((run) => run.status)).toEqual(['cancelled']);
    const keys: string[] = [];
    for (const prefix of ['runs/', 'unfinished/']) {
      for await (const { key } of store.list(prefix)) keys.push(key);
    }
    expect(keys).toEqual(['request', 'spec', 'status'].map((name) => `runs/ra1/${name}.json`));
    expect((await runToEnd(engine)).runId).toMatch(/^rb/);
    await expect(engine.cancel('ra1')).rejects.toMatchObject({ code: 'RUN_UNKNOWN' });
  });

  it('cannot be dropped while its process lives, or another one goes on with it', async () => {
    const store = openMemoryStore();
    await interrupt(openEngine(store, 'a', []).engine, 3);
    const whileAlive = openEngine(store, 'b', ['a']).engine;
    await expect(whileAlive.cancel('ra1')).rejects.toMatchObject({ code: 'RUN_UNKNOWN' });
    // `b` goes on with it and is interrupted in turn, but lives.
    await interrupt(openEngine(store, 'b', []).engine, 4);
    const { engine } = openEngine(store, 'c', ['b']);
    expect((await engine.runs()).map(({ runId, status }) => [runId, status])).toEqual([
      ['ra1', 'running'],
    ]);
    await expect(engine.cancel('ra1')).rejects.toMatchObject({ code: 'RUN_UNKNOWN' });
  });

  it('leaves a later run of the same query as it is', async () => {
    const store = openMemoryStore();
    await interrupt(openEngine(store, 'a', []).engine, 3);
    await interrupt(openEngine(store, 'b', ['a']).engine, 3);
    const { engine, cells } = openEngine(store, 'c', []);
    await engine.cancel('ra1');
    expect((await runToEnd(engine)).runId).toMatch(/^rb/);
    expect(cells.length).toBeLessThan(6);
  });

  it('is not gone on with once it has ended', async () => {
    const store = openMemoryStore();
    await runToEnd(openEngine(store, 'a', []).engine);
    expect((await runToEnd(openEngine(store, 'b', []).engine)).runId).toMatch(/^rb/);
  });
});
