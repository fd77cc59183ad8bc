import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Engine } from '../../../coordinator/engine.ts';
import { openTaskRunner } from '../../../infra/task-runner.ts';
import { createMemoryQueue } from '../../../shared/queue/memory-queue.ts';
import type { Task } from '../../../shared/queue/task-queue.ts';
import { openMemoryStore } from '../../../shared/storage/memory-store.ts';
import type { ObjectStore } from '../../../shared/storage/object-store.ts';
import type { QueryRequest } from '../../../shared/wire/query-request.ts';

let folder: string;
let file: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-engine-'));
  file = join(folder, 'events.csv');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function events(count: number): string {
  const lines = Array.from(
    { length: count },
    (_, at) => `2024-01-01T10:${String(at).padStart(2, '0')}:00Z,u${at % 5},${at},u${(at * 3) % 5}`,
  );
  return `at,who,x,peer\n${lines.join('\n')}\n`;
}

function request(change: Partial<QueryRequest> = {}): QueryRequest {
  return {
    tables: [{ name: 'T', files: [file], time: 'at', key: 'who' }],
    views: [],
    query:
      '{ s: sum(T.x), l: lookup(T.peer, last(T.x)), d: T.x | shift_by(seconds(600)) } | when(is_valid(T) or hourly())',
    results: 'history',
    output: { path: null, format: 'csv', layout: 'file', overwrite: false, timestamps: 'ns' },
    tuning: { ranges: 2, slices: 3 },
    ...change,
  };
}

interface EngineParts {
  readonly store: ObjectStore;
  readonly slots?: number;
  readonly id?: string;
  readonly version?: string;
  readonly allowedFolders?: readonly string[];
  /** Runs before each task; what never resolves is a worker that hangs. */
  readonly before?: (task: Task) => Promise<void>;
  readonly log?: string[];
}

/** An engine with a worker in this thread, as one process of many on a store. */
function openEngine({
  store,
  slots = 1,
  id = 'a',
  version = 'build1',
  allowedFolders,
  before,
  log,
}: EngineParts): Engine {
  let ids = 0;
  const queue = createMemoryQueue({
    slots,
    run: async (task) => {
      await before?.(task);
      const data = { store: { kind: 'file', folder: '' }, s3: null, engine: version } as never;
      const runner = await openTaskRunner(data, () => undefined, store);
      await runner.run(task);
    },
  });
  return new Engine({
    store,
    queue,
    listObjects: async () => [],
    clock: { now: () => 0 },
    newId: () => `${id}${ids++}`,
    version,
    allowedFolders: allowedFolders ?? null,
    checkOutput: async () => undefined,
    log: (message) => log?.push(message),
  });
}

async function ask(engine: Engine, asked = request()): Promise<string> {
  const reply = await engine.query(asked, () => undefined, new AbortController().signal);
  if (reply.status !== 'done') throw new Error(reply.diagnostics[0]!.message);
  return read(engine, reply.summary.files);
}

async function read(engine: Engine, files: readonly string[]): Promise<string> {
  let text = '';
  for (const key of files) {
    for await (const bytes of engine.readResult(key)) text += new TextDecoder().decode(bytes);
  }
  return text;
}

/** Goes on with the unfinished run of a store and gives its result. */
async function resume(engine: Engine): Promise<string> {
  await engine.resumeRuns();
  for (;;) {
    const [run] = await engine.runs();
    if (run!.status === 'running') await new Promise((wake) => setTimeout(wake, 2));
    else if (run!.summary === null) throw new Error(run!.error!.message);
    else return read(engine, run!.summary.files);
  }
}

class Died extends Error {}

/** The store as a process sees it that dies at its `count`-th write: that one and all later ones never happen. */
function dyingAt(
  store: ObjectStore,
  count: number,
): { store: ObjectStore; readonly hasDied: () => boolean } {
  let writes = 0;
  const writers = new Set(['put', 'putIfAbsent', 'compareAndSwap', 'delete', 'openWriter']);
  const dying = new Proxy(store, {
    get: (target, name) => {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== 'function') return method;
      return (...args: unknown[]): unknown => {
        if (writers.has(String(name))) writes++;
        if (writes < count) return method.apply(target, args);
        if (name === 'list') throw new Died('dead');
        return Promise.reject(new Died('dead'));
      };
    },
  });
  return { store: dying, hasDied: () => writes >= count };
}

describe('a coordinator that dies', () => {
  test('at any write: another goes on, and the result is the same', async () => {
    await writeFile(file, events(20));
    const whole = await ask(openEngine({ store: openMemoryStore() }));
    expect(whole.split('\n').length).toBeGreaterThan(20);
    let points = 0;
    // Write 1 is the request: before it there is no run.
    for (let count = 2; ; count++) {
      const store = openMemoryStore();
      const dying = dyingAt(store, count);
      const first = await ask(openEngine({ store: dying.store })).catch(() => null);
      if (!dying.hasDied()) {
        expect(first).toBe(whole);
        break;
      }
      points++;
      expect(await resume(openEngine({ store, slots: 3, id: 'b' })), `dies at write ${count}`).toBe(
        whole,
      );
    }
    // Tables, cells of two stages, exchanges, states, parts and the result.
    expect(points).toBeGreaterThan(40);
  });

  test('finished cells are not run again', async () => {
    await writeFile(file, events(20));
    const store = openMemoryStore();
    const ran: string[] = [];
    const first = openEngine({
      store,
      before: async (task) => {
        if (task.kind !== 'cell') return;
        if (ran.length === 5) await new Promise(() => undefined);
        ran.push(task.name);
      },
    });
    void first.start(request());
    while (ran.length < 5) await new Promise((wake) => setTimeout(wake, 2));
    const again: string[] = [];
    const second = openEngine({
      store,
      id: 'b',
      before: async (task) => void (task.kind === 'cell' && again.push(task.name)),
    });
    await resume(second);
    expect(again.filter((name) => ran.includes(name))).toEqual([]);
    expect(new Set([...ran, ...again]).size).toBe((await second.runs())[0]!.summary!.cells);
  });

  test('the files may change meanwhile: the run keeps to the version that it was planned on', async () => {
    await writeFile(file, events(20));
    const whole = await ask(openEngine({ store: openMemoryStore() }));
    const store = openMemoryStore();
    let cells = 0;
    const first = openEngine({
      store,
      before: async (task) => {
        if (task.kind === 'cell' && cells++ === 4) await new Promise(() => undefined);
      },
    });
    void first.start(request());
    while (cells < 5) await new Promise((wake) => setTimeout(wake, 2));
    await writeFile(file, events(59));
    expect(await resume(openEngine({ store, id: 'b', slots: 8 }))).toBe(whole);
    await rm(file);
  });

  test('another build does not go on with a run', async () => {
    await writeFile(file, events(20));
    const store = openMemoryStore();
    let cells = 0;
    const first = openEngine({
      store,
      before: async (task) => {
        if (task.kind === 'cell' && cells++ === 1) await new Promise(() => undefined);
      },
    });
    void first.start(request());
    while (cells < 2) await new Promise((wake) => setTimeout(wake, 2));
    await expect(resume(openEngine({ store, id: 'b', version: 'build2' }))).rejects.toThrow(
      'was planned by engine build1, this is build2',
    );
  });
});

test('entries that cannot be read stop neither the list nor the runs that are gone on with', async () => {
  await writeFile(file, events(20));
  const whole = await ask(openEngine({ store: openMemoryStore() }));
  const store = openMemoryStore();
  await ask(openEngine({ store: dyingAt(store, 25).store })).catch(() => null);
  const entries = [
    '{',
    '7',
    '"text"',
    '[]',
    '{}',
    '{"runId":"r5"}',
    '{"runId":"r0","startedAt":"x"}',
  ];
  for (const [at, text] of entries.entries()) {
    await store.put(`runs/r${at}/request.json`, [Buffer.from(text)]);
  }
  const log: string[] = [];
  const engine = openEngine({ store, id: 'b', log });
  expect(await resume(engine)).toBe(whole);
  expect(await engine.runs()).toHaveLength(1);
  // Each is told of once, however often it is met.
  expect(log).toHaveLength(entries.length);
  expect(log.toSorted()[0]).toBe('run r0 is left out: runs/r0/request.json in memory is not JSON');
  await expect(engine.run('r1')).rejects.toMatchObject({ class: 'data', code: 'STORE_CORRUPT' });
});

describe('two engines on one store', () => {
  test('the same query at once: both have the result, and the table is one', async () => {
    await writeFile(file, events(20));
    const whole = await ask(openEngine({ store: openMemoryStore() }));
    const store = openMemoryStore();
    const answers = await Promise.all([
      ask(openEngine({ store, id: 'a' })),
      ask(openEngine({ store, id: 'b' })),
      ask(openEngine({ store, id: 'c' }), request({ tuning: { ranges: 4, slices: 2 } })),
    ]);
    expect(answers).toEqual([whole, whole, whole]);
  });

  test('both going on with one run: it ends once, with the same bytes', async () => {
    await writeFile(file, events(20));
    const whole = await ask(openEngine({ store: openMemoryStore() }));
    const store = openMemoryStore();
    await ask(openEngine({ store: dyingAt(store, 25).store })).catch(() => null);
    const both = [openEngine({ store, id: 'b' }), openEngine({ store, id: 'c' })];
    expect(await Promise.all(both.map(resume))).toEqual([whole, whole]);
  });
});

test('files that are not allowed are refused by every question, before anything is read', async () => {
  const engine = openEngine({ store: openMemoryStore(), allowedFolders: [] });
  const local = request();
  const output = { ...local.output, path: 'ab://../../out.csv' };
  const inline = { name: 'T', files: [], inlineCsv: [events(3)], time: 'at', key: 'who' };
  const forbidden = { class: 'user', code: 'LOCAL_FILE_FORBIDDEN' };
  await expect(engine.check(local)).rejects.toMatchObject(forbidden);
  await expect(engine.explain(local)).rejects.toMatchObject(forbidden);
  await expect(ask(engine, local)).rejects.toMatchObject(forbidden);
  await expect(engine.start(local)).rejects.toMatchObject(forbidden);
  await expect(engine.tables(local.tables)).rejects.toMatchObject(forbidden);
  await expect(engine.inspectFiles([file])).rejects.toMatchObject(forbidden);
  await expect(engine.start(request({ tables: [inline], output }))).rejects.toMatchObject({
    code: 'SCHEME_UNKNOWN',
  });
  expect(await ask(engine, request({ tables: [inline] }))).toContain('_time');
});

test('final results are dated by the first instant after the end that their files can tell', async () => {
  const engine = openEngine({ store: openMemoryStore() });
  const timesOf = async (timestamps: 'ns' | 'us', finalAt: string): Promise<string[]> => {
    const output = { ...request().output, timestamps };
    const query = '{ n: count(T) }';
    const text = await ask(engine, request({ query, results: 'final', finalAt, output }));
    const lines = text.trimEnd().split('\n').slice(1);
    return [...new Set(lines.map((line) => line.slice(0, line.indexOf(','))))];
  };
  const day = '2024-01-02T00:00:00';
  expect(await timesOf('ns', `${day}Z`)).toEqual([`${day}.000000001`]);
  expect(await timesOf('us', `${day}Z`)).toEqual([`${day}.000001000`]);
  expect(await timesOf('us', `${day}.000000999Z`)).toEqual([`${day}.000001000`]);
  expect(await timesOf('us', `${day}.000001Z`)).toEqual([`${day}.000002000`]);
});

test('what was wrong with a query is known to the next coordinator too', async () => {
  await writeFile(file, events(20));
  const store = openMemoryStore();
  const first = openEngine({ store });
  const { runId, ended } = await first.start(request({ query: 'T.nothing' }));
  const reply = await ended;
  expect(reply.status).toBe('rejected');
  const info = await openEngine({ store, id: 'b' }).run(runId);
  expect(info).toMatchObject({ status: 'failed', error: { code: 'QUERY_REJECTED' } });
  expect(info.diagnostics).toEqual(reply.diagnostics);
  expect(info.diagnostics[0]!.formatted).toContain('^');
});

test('a query that is given up while it prepares leaves the table to the others', async () => {
  await writeFile(file, events(20));
  const store = openMemoryStore();
  let go: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => (go = resolve));
  const engine = openEngine({
    store,
    slots: 2,
    before: async (task) => {
      if (task.kind === 'inspect') await gate;
    },
  });
  const abort = new AbortController();
  const given = engine.query(request(), () => undefined, abort.signal);
  const kept = ask(engine);
  setTimeout(() => abort.abort(), 5);
  await expect(given).rejects.toMatchObject({ code: 'CANCELLED' });
  go();
  expect(await kept).toContain('u1');
  expect((await engine.runs()).map(({ status }) => status).toSorted()).toEqual([
    'cancelled',
    'done',
  ]);
});

test('explain counts one as one', async () => {
  await writeFile(file, events(1));
  const engine = openEngine({ store: openMemoryStore() });
  const single = request({ query: '{ x: T.x }', tuning: { ranges: 1, slices: 1 } });
  await engine.query(single, () => undefined, new AbortController().signal);
  const { explanation } = await engine.explain(single);
  const textOf = (title: string) => explanation?.sections.find((one) => one.title === title)?.text;
  expect(textOf('reads')).toContain('T, 1 row (prepared as 1 segment), ');
  expect(textOf('estimate')).toBe('1 cell: 1 stage x 1 bucket range x 1 slice');
  await engine.close();
});
