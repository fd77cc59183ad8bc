/** partitioning.md, section 5.1, 5.2 and 5.6: states are the same however a run is cut, and what waits is written once. */
import { describe, expect, test } from 'vitest';
import type { Engine } from '../../../coordinator/engine.ts';
import { openEmbedded } from '../../../infra/embedded.ts';
import { StringPool } from '../../../shared/column/string-pool.ts';
import { columnValues } from '../../../shared/column/values.ts';
import { openMemoryStore } from '../../../shared/storage/memory-store.ts';
import type { ObjectStore } from '../../../shared/storage/object-store.ts';
import type { QueryRequest, Tuning } from '../../../shared/wire/query-request.ts';
import type { HeldSource } from '../../../worker/operator/held-log.ts';
import { openHeld } from '../../../worker/operator/held-log.ts';
import { openPending } from '../../../worker/operator/pending-log.ts';
import { loadState } from '../../../worker/operator/state.ts';
import { inlineTable } from '../../support/engine.ts';
import { csv } from './ask.ts';

interface Written {
  readonly key: string;
  readonly bytes: number;
}

/** A store in memory that notes what is put. */
function recordPuts(): { readonly store: ObjectStore; readonly puts: Written[] } {
  const inner = openMemoryStore();
  const puts: Written[] = [];
  const put: ObjectStore['put'] = (key, body) => {
    puts.push({ key, bytes: body.reduce((sum, bytes) => sum + bytes.length, 0) });
    return inner.put(key, body);
  };
  const store = new Proxy(inner, {
    get: (target, name) => {
      if (name === 'put') return put;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return { store, puts };
}

function open(store: ObjectStore): Promise<Engine> {
  return openEmbedded({ storePath: 'memory:', threads: 0, s3: null, store });
}

type Ask = Pick<QueryRequest, 'query'> &
  Partial<Pick<QueryRequest, 'results' | 'saveState' | 'resumeState' | 'changedSince' | 'tuning'>>;

/** The CSV of the answer; throws the engine's error. */
async function run(engine: Engine, texts: readonly string[], ask: Ask): Promise<string> {
  const request: QueryRequest = {
    views: [],
    results: 'final',
    ...ask,
    tables: [
      inlineTable({ name: 'T', time: 'at', key: 'who', subsort: 'seq', grouping: 'who', texts }),
    ],
    output: { path: null, format: 'csv', layout: 'file', overwrite: false, timestamps: 'ns' },
  };
  const reply = await engine.query(request, () => undefined, new AbortController().signal);
  if (reply.status === 'rejected') throw new Error(reply.diagnostics[0]!.message);
  let text = '';
  for (const key of reply.summary.files) {
    for await (const bytes of engine.readResult(key)) text += new TextDecoder().decode(bytes);
  }
  return text;
}

function lines(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, at) => {
    const n = from + at;
    const time = `1${Math.floor(n / 60)}:${String(n % 60).padStart(2, '0')}:${n % 4 === 0 ? '00' : '30'}`;
    return `${time},${n % 3},u${(n * 7) % 13},${n % 6 === 5 ? '' : n % 10},u${(n * 5) % 17}`;
  });
}

const FIRST = csv('x,peer', lines(0, 90));
const SECOND = csv('x,peer', lines(90, 150));

const QUERIES = [
  '{ n: count(T), s: sum(T.x), m: mean(T.x), v: variance(T.x), lo: min(T.x), f: first(T.peer), l: last(T.x) }',
  `{ since: sum(T.x, window = since(T.x > 7)), slide: mean(T.x, window = sliding(3, T.x > 4)),
     long: max(T.x, window = sliding(70, is_valid(T))), list: T.peer | collect(max = 3), all: T.x | collect(max = null), lag: lag(2, T.x) }`,
  '{ a: last(T.x | shift_by(seconds(1000))), b: T.x | shift_by(days(3)), h: T.peer | shift_until(T.x > 8) }',
  '{ l: lookup(T.peer, sum(T.x)), e: lookup(T.peer, T.x), r: last(T.x) }',
  'with_key(T.peer, T.x) | { s: sum($input), n: count($input, window = since(hourly())) }',
] as const;

/** What the states at the saved cut hold, whatever ranges and objects hold it. */
async function statesOf(store: ObjectStore, name: string): Promise<unknown> {
  const saved = JSON.parse(new TextDecoder().decode(await store.get(`states/${name}.json`))) as {
    cells: { name: string; state: string }[];
    cut: string;
  };
  const stages = new Map<string, Map<string, unknown[]>>();
  for (const { name: cell, state } of saved.cells) {
    const stage = cell.split('-')[0]!;
    const parts = stages.get(stage) ?? new Map<string, unknown[]>();
    stages.set(stage, parts);
    const add = (part: string, values: readonly unknown[]): void => {
      parts.set(part, [...(parts.get(part) ?? []), ...values]);
    };
    const pool = new StringPool();
    const snapshot = await loadState(store, state, pool);
    const { hashes, keys } = snapshot.entities;
    add('hash', [...hashes]);
    add('key', columnValues(keys));
    for (const [column, values] of snapshot.columns) add(column, columnValues(values));
    const held = new Map<bigint, unknown[]>();
    for (const { key, domain, lastTarget } of snapshot.pending) {
      if (lastTarget === null) {
        await addHeld(held, await openHeld(store, key, hashes, pool), hashes);
        continue;
      }
      const waiting = await (
        await openPending(store, key, hashes, pool)
      ).read(BigInt(saved.cut), null);
      if (waiting === null) continue;
      const columns = waiting.columns.map((column) => columnValues(column));
      add(
        `waiting ${domain}`,
        Array.from(waiting.target, (target, row) => [
          target,
          hashes[waiting.entity[row]!],
          ...columns.map((values) => values[row]),
        ]),
      );
    }
    for (const [column, counts] of snapshot.columns) {
      if (!/^h\d+$/.test(column)) continue;
      // The last rows of an entity in all objects are those it holds.
      const rows = columnValues(counts).map((count, entity) =>
        count === 0 ? [] : (held.get(hashes[entity]!) ?? []).slice(-Number(count)),
      );
      add(`rows of ${column}`, rows);
    }
  }
  const print = (value: unknown): string =>
    JSON.stringify(value, (_, each: unknown) => (typeof each === 'bigint' ? String(each) : each));
  return [...stages].map(([stage, parts]) => [
    stage,
    [...parts].map(([part, values]) => [
      part,
      part.startsWith('waiting') ? values.map(print).toSorted() : values.map(print),
    ]),
  ]);
}

async function addHeld(
  held: Map<bigint, unknown[]>,
  source: HeldSource,
  hashes: BigUint64Array,
): Promise<void> {
  const { entities, starts } = source;
  const columns = (await source.read()).map((column) => columnValues(column));
  for (const [at, entity] of entities.entries()) {
    const rows = held.get(hashes[entity]!) ?? [];
    held.set(hashes[entity]!, rows);
    for (let row = starts[at]!; row < starts[at + 1]!; row++) {
      rows.push(columns.map((values) => values[row]));
    }
  }
}

const CUTS: readonly Tuning[] = [
  { ranges: 4, slices: 1, batchRows: 4096 },
  { ranges: 1, slices: 6, batchRows: 1 },
  { ranges: 8, slices: 3, batchRows: 7 },
];

describe('states', () => {
  test.each(QUERIES)(
    'at one time are the same for any ranges, slices and batches: %s',
    async (query) => {
      const { store } = recordPuts();
      const engine = await open(store);
      await run(engine, [FIRST], { query, saveState: 'whole', tuning: { ranges: 1, slices: 1 } });
      const whole = await statesOf(store, 'whole');
      expect(JSON.stringify(whole)).toContain('hash');
      for (const tuning of CUTS) {
        await run(engine, [FIRST], { query, saveState: 'cut', tuning });
        expect(await statesOf(store, 'cut'), JSON.stringify(tuning)).toEqual(whole);
      }
      await engine.close();
    },
  );

  test.each(QUERIES)(
    'a run that goes on from one gives what computing it all gives: %s',
    async (query) => {
      const engine = await open(openMemoryStore());
      const whole = await run(engine, [FIRST, SECOND], { query });
      for (const tuning of CUTS) {
        await run(engine, [FIRST], { query, saveState: 'first', tuning });
        const onward = {
          query,
          resumeState: 'first',
          saveState: 'second',
          tuning: { slices: 2, batchRows: 7 },
        };
        expect(await run(engine, [FIRST, SECOND], onward)).toBe(whole);
        // Only the new file, and again without any.
        expect(await run(engine, [SECOND], { query, resumeState: 'first' })).toBe(whole);
        expect(await run(engine, [FIRST, SECOND], { query, resumeState: 'second' })).toBe(whole);
      }
      await engine.close();
    },
  );

  test.each([
    ['a whole number after decimals', '1.5', '2', '{ s: sum(T.x), n: count(T) }'],
    ['a number after text', 'some', '2', '{ l: last(T.x), n: count(T) }'],
    ['nothing after a number', '1', '', '{ s: sum(T.x), n: count(T) }'],
    ['nothing after a date', '2024-01-05', '', '{ l: last(T.x), n: count(T) }'],
  ])('the types are those of the state where a new file has %s', async (_, old, young, query) => {
    const engine = await open(openMemoryStore());
    const first = csv('x,peer', [`10:00:00,0,u1,${old},a`]);
    const second = csv('x,peer', [`10:00:05,0,u1,${young},b`]);
    const whole = await run(engine, [first, second], { query });
    await run(engine, [first], { query, saveState: 's' });
    expect(await run(engine, [second], { query, resumeState: 's' })).toBe(whole);
    // Without any file the table is as it was.
    const before = await run(engine, [first], { query });
    expect(await run(engine, [], { query, resumeState: 's' })).toBe(before);
    await engine.close();
  });

  test('a state is cut before anything that later events can still change: ticks over a shift', async () => {
    // Only the first row of `early` is shifted: its ticks end at 10:01, long before the last event. With `late` they go
    // on until 10:46, so that those before the end of `early` must still come. The sum counts them.
    const query = `let s = T.x | when(T.x == 0) | shift_by(seconds(60))
      in { ticks: sum(count(s, window = since(minutely())) + 1) }`;
    const engine = await open(openMemoryStore());
    const early = csv('x,peer', ['10:00:00,0,u1,0,a', '10:30:00,0,u1,5,a']);
    const late = csv('x,peer', ['10:45:00,0,u1,0,b', '10:50:00,0,u2,7,b']);
    const whole = await run(engine, [early, late], { query });
    await run(engine, [early], { query, saveState: 's' });
    expect(await run(engine, [early, late], { query, resumeState: 's' })).toBe(whole);
    await engine.close();
  });
});

describe('a state is refused', () => {
  const query = '{ s: sum(T.x) }';

  async function saved(): Promise<Engine> {
    const engine = await open(openMemoryStore());
    await run(engine, [FIRST], { query, saveState: 's' });
    return engine;
  }

  test('for another query, result kind or name', async () => {
    const engine = await saved();
    await expect(
      run(engine, [FIRST], { query: '{ s: max(T.x) }', resumeState: 's' }),
    ).rejects.toMatchObject({
      code: 'STATE_UNFIT',
      class: 'user',
    });
    await expect(run(engine, [FIRST], { query, resumeState: 'other' })).rejects.toMatchObject({
      code: 'STATE_UNKNOWN',
    });
    await expect(
      run(engine, [FIRST], { query, results: 'history', resumeState: 's' }),
    ).rejects.toMatchObject({
      code: 'STATE_UNFIT',
    });
    await expect(run(engine, [FIRST], { query, saveState: '../s' })).rejects.toMatchObject({
      code: 'STATE_NAME',
    });
    await engine.close();
  });

  test.each([
    ['lies on both sides of its end', ['11:00:00,0,u1,1,a', '12:45:00,0,u1,1,a']],
    ['lies before its end', ['11:00:00,0,u1,1,a']],
    ['begins exactly at its end', ['11:29:30,9,u1,1,a', '12:45:00,0,u1,1,a']],
  ])('where a new file %s', async (_, late) => {
    const engine = await saved();
    await expect(
      run(engine, [FIRST, csv('x,peer', late)], { query, resumeState: 's' }),
    ).rejects.toMatchObject({
      code: 'STATE_FILE_STRADDLES',
      class: 'user',
    });
    await engine.close();
  });
});

test('rows that wait over many slices are written once', async () => {
  const query = `{ x: T.x | shift_by(days(40)), p: T.peer | shift_to("2024-03-01T00:00:00"),
    h: T.x | shift_until(T.x > 100) }`;
  const bytesOf = async (slices: number): Promise<{ waiting: number; states: number }> => {
    const { store, puts } = recordPuts();
    const engine = await open(store);
    await run(engine, [FIRST, SECOND], {
      query,
      results: 'history',
      tuning: { ranges: 1, slices },
    });
    await engine.close();
    const total = (pattern: RegExp): number =>
      puts.filter(({ key }) => pattern.test(key)).reduce((sum, { bytes }) => sum + bytes, 0);
    expect(puts.filter(({ key }) => /-w\d+$/.test(key)).length).toBeLessThanOrEqual(3 * slices);
    return { waiting: total(/-w\d+$/), states: total(/-state-/) };
  };
  const few = await bytesOf(8);
  const many = await bytesOf(64);
  // 150 rows thrice, of 8 + 8 bytes and a value each: beyond that only a frame per object, of which no row is part.
  const perObject = 1_500;
  expect(many.waiting - few.waiting).toBeLessThan(3 * 56 * perObject);
  expect(many.waiting).toBeLessThan(150 * 3 * 40 + 3 * 64 * perObject);
});
