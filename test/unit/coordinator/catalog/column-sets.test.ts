/** Parquet tables of which queries read some columns: each column is prepared once, and none that nobody asked for. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Engine } from '../../../../coordinator/engine.ts';
import { openEmbedded } from '../../../../infra/embedded.ts';
import type { ObjectStore } from '../../../../shared/storage/object-store.ts';
import { openMemoryStore } from '../../../../shared/storage/memory-store.ts';
import type { PreparedColumnSet } from '../../../../shared/storage/prepare-records.ts';
import { getJson } from '../../../../shared/storage/json-object.ts';
import type { TableSpec } from '../../../../shared/wire/query-request.ts';
import { askEngine, inlineTable, openTestEngine } from '../../../support/engine.ts';

const ROWS = 400;
let folder: string;
let files: string[];

/** Two files; the second one has no column `note`. Rows are in no order, times tie, there are nulls. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-column-sets-'));
  const engine = await openTestEngine();
  files = [];
  for (const [part, fields] of [
    '{ x: T.x, y: T.y, seq: T.seq, note: T.note }',
    '{ x: T.x, y: T.y, seq: T.seq }',
  ].entries()) {
    const lines = ['at,who,x,y,seq,note'];
    for (let row = 0; row < ROWS; row++) {
      const at = 1000 + ((row * 7919 + part * 13) % 60);
      const x = row % 5 === 0 ? '' : String((row * 31) % 17);
      lines.push(`${at},w${(row * 37) % 11},${x},${row / 4},${(row * 53) % 9},n${row % 3}`);
    }
    const table = inlineTable({
      name: 'T',
      time: 'at',
      key: 'who',
      subsort: null,
      grouping: 'who',
      texts: [lines.join('\n')],
    });
    const path = join(folder, `part-${part}.parquet`);
    files.push(path);
    const output = {
      path,
      format: 'parquet',
      layout: 'file',
      overwrite: true,
      timestamps: 'ns',
    } as const;
    await engine.query(
      { tables: [table], views: [], query: fields, results: 'history', output },
      () => undefined,
      new AbortController().signal,
    );
  }
  await engine.close();
});

afterAll(() => rm(folder, { recursive: true }));

async function openWith(store: ObjectStore): Promise<Engine> {
  return openEmbedded({ storePath: 'memory:', threads: 0, s3: null, store });
}

async function ask(engine: Engine, query: string, more: Partial<TableSpec> = {}): Promise<string> {
  const table: TableSpec = {
    name: 'T',
    files,
    time: '_time',
    key: '_key',
    grouping: 'who',
    ...more,
  };
  const answer = await askEngine(engine, { tables: [table], query, results: 'history' });
  if (answer.kind !== 'csv') throw new Error('rejected');
  return answer.csv;
}

async function setsIn(store: ObjectStore): Promise<string[]> {
  const sets: string[] = [];
  for await (const { key } of store.list('tables/')) {
    if (!/^tables\/[0-9a-f]+\/columns\//.test(key)) continue;
    const { columns } = await getJson<PreparedColumnSet>(store, key);
    sets.push(columns.join(' '));
  }
  return sets.toSorted();
}

describe('columns of a Parquet table', () => {
  const queries = [
    '{ n: count(T) }',
    '{ total: sum(T.x) }',
    '{ total: sum(T.x), last: last(T.y) }',
    '{ last: last(T.note), most: max(T.y) }',
    '{ all: T }',
  ];

  test.each([{}, { subsort: 'seq' }])(
    'prepared one after another are those prepared at once %j',
    async (more) => {
      const store = openMemoryStore();
      const engine = await openWith(store);
      for (const query of queries) {
        const fresh = await openWith(openMemoryStore());
        expect(await ask(engine, query, more)).toBe(await ask(fresh, query, more));
        await fresh.close();
      }
      const rest = 'subsort' in more ? '_subsort _key_hash' : '_subsort _key_hash seq';
      expect(await setsIn(store)).toEqual(['', 'note', rest, 'x', 'y'].toSorted());
      await engine.close();
    },
  );

  test('are read from the fewest sets that hold them', async () => {
    const store = openMemoryStore();
    const engine = await openWith(store);
    await ask(engine, '{ a: sum(T.x), b: max(T.y) }');
    await ask(engine, '{ a: sum(T.x), b: max(T.y), c: last(T.note) }');
    await ask(engine, '{ b: max(T.y), c: last(T.note) }');
    expect(await setsIn(store)).toEqual(['note', 'x y']);
    await engine.close();
  });

  test('of a table that is not read are not prepared', async () => {
    const store = openMemoryStore();
    const engine = await openWith(store);
    const [one, two] = ['A', 'B'].map((name): TableSpec => ({
      name,
      files,
      time: '_time',
      key: '_key',
      grouping: 'who',
    }));
    const answer = await askEngine(engine, {
      tables: [one!, two!],
      query: '{ n: count(A) }',
      results: 'final',
    });
    expect(answer.kind).toBe('csv');
    expect(await setsIn(store)).toEqual(['']);
    await engine.close();
  });
});

test('a column that is empty in one text has the type of the others', async () => {
  const engine = await openTestEngine();
  const texts = ['at,who,x,note\n1,a,,\n', 'at,who,x,note\n2,a,1.5,\n', 'at,who,x,note\n3,a,,\n'];
  const table = inlineTable({
    name: 'T',
    time: 'at',
    key: 'who',
    subsort: null,
    grouping: 'who',
    texts,
  });
  const query = '{ total: sum(T.x), isEmpty: T.note == "" }';
  const answer = await askEngine(engine, { tables: [table], query, results: 'history' });
  const rows = answer.kind === 'csv' ? answer.csv.trimEnd().split('\n').slice(1) : [];
  expect(rows.map((row) => row.split(',').slice(-2).join())).toEqual([
    ',true',
    '1.5,true',
    '1.5,true',
  ]);
  await engine.close();
});
