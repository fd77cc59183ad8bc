/** The commands that only tell something: explain, check, tables, runs, help, show, store. */
import { mkdir, mkdtemp, readdir, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { tableFromArrays, tableToIPC } from 'apache-arrow';
import { describe, expect, test } from 'vitest';
import { F64, scalar } from '../../../../../shared/types/data-type.ts';
import type { Client, Explanation, RunInfo } from '../../../../../shared/wire/client.ts';
import { RUNS_LISTED } from '../../../../../shared/wire/client.ts';
import { unknownRun } from '../../../../../shared/wire/run-id.ts';
import { run, SUMMARY } from '../fake-context.ts';

const TABLE = ['--table', 'A=a.csv', '--time', 't', '--key', 'k'];

const temporaryFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'millrace-'));

describe('explain and check', () => {
  const explanation: Explanation = {
    logical: {
      version: 1,
      domains: [],
      columns: [],
      root: { domain: 0, fields: [], isNew: null, grouping: 'A', keyType: F64 },
    },
    sections: [
      { title: 'logical plan', text: 'd0 scan A\n' },
      { title: 'after share-columns', text: 'd0 scan A' },
      { title: 'stages', text: 'stage 0\n  scan\n' },
    ],
  };
  const client = { explain: async () => ({ diagnostics: [], explanation }) };

  test('each level shows its sections', async () => {
    const shown = async (...flags: string[]) =>
      (await run(['explain', ...TABLE, ...flags, 'q'], { client })).stdout;
    expect(await shown()).toBe('logical plan\n  d0 scan A\n\nstages\n  stage 0\n    scan\n');
    expect(await shown('--verbose')).toContain('\nafter share-columns\n  d0 scan A\n');
    expect(await shown('--physical')).toBe('stages\n  stage 0\n    scan\n');
    expect(JSON.parse(await shown('--json'))).toEqual(explanation.logical);
  });

  test('check goes through every query of the spec file', async () => {
    const folder = await temporaryFolder();
    const spec = join(folder, 'millrace.yaml');
    await writeFile(
      spec,
      'tables: { A: { files: a.csv, time: t, key: k } }\nqueries: { good: "{ x: A.x }", bad: A.y }\n',
    );
    const uses = { freeNames: ['A'], missingNames: [], reads: [], isResumable: false };
    const result = await run(['check', '--spec', spec], {
      client: {
        check: async ({ query }) =>
          query === 'A.y'
            ? {
                ...uses,
                type: null,
                diagnostics: [
                  {
                    severity: 'error',
                    code: 'E0013',
                    message: 'm',
                    formatted: 'error[E0013]: Invalid output type\n',
                    location: null,
                  },
                ],
              }
            : {
                ...uses,
                type: { kind: 'record', fields: [{ name: 'x', type: scalar('i64') }] },
                diagnostics: [],
              },
      },
    });
    expect(result).toMatchObject({ status: 2, stdout: 'good: {x: i64}\n', isClosed: true });
    expect(result.stderr).toContain('bad:\nerror[E0013]: Invalid output type\n');
    expect((await run(['check'])).stderr).toContain('there is nothing to check');
  });
});

test('tables are listed with what is prepared', async () => {
  const report = {
    name: 'A',
    grouping: 'user',
    time: 't',
    key: 'k',
    files: 12,
    bytes: 38_000_000,
    columns: null,
  };
  const { stdout } = await run(['tables', ...TABLE], {
    client: {
      tables: async () => [
        { ...report, rows: null, minTime: null, maxTime: null },
        {
          ...report,
          name: 'B',
          rows: 48_100_000,
          minTime: '1704067200000000000',
          maxTime: '1735689599000000000',
        },
      ],
    },
  });
  expect(stdout).toContain('not prepared');
  expect(stdout).toContain('48,100,000  2024-01-01  2024-12-31');
});

describe('runs', () => {
  const info: RunInfo = {
    runId: 'r10',
    query: '{ n:\n  count(A) }',
    status: 'done',
    startedAt: '2026-01-02T03:04:05.678Z',
    endedAt: '2026-01-02T03:04:06.000Z',
    progress: null,
    summary: SUMMARY,
    error: null,
    diagnostics: [],
  };
  const all = [info, { ...info, runId: 'r11' }];
  const client: Partial<Client> = {
    runs: async (limit = RUNS_LISTED) => all.slice(0, limit),
    run: async (runId) => {
      const found = all.find((each) => each.runId === runId);
      if (found === undefined) throw unknownRun(runId);
      return found;
    },
  };

  test('a list, and one of them by the beginning of its id', async () => {
    const list = await run(['runs'], { client });
    expect(list.stdout).toContain('r10  done    2026-01-02 03:04:05  0.1 s     2  { n: count(A) }');
    expect((await run(['runs', 'show', 'r11'], { client })).stdout).toContain('rows      2 from 2');
    const vague = await run(['runs', 'show', 'r1'], { client });
    expect(vague).toMatchObject({ status: 2, stderr: expect.stringContaining('more than one') });
    const none = await run(['runs', 'show', 'x'], { client });
    expect(none).toMatchObject({ status: 2, stderr: expect.stringContaining('no run x') });
    const ended = await run(['runs', 'cancel', 'r10'], { client });
    expect(ended.stderr).toContain('run r10 is not running: it is done');
  });

  test('the newest only, and where the others are', async () => {
    const list = await run(['runs', '-n', '1'], { client });
    expect(list.stdout).not.toContain('r11');
    expect(list.stderr).toBe('the newest 1; more with --limit\n');
    expect((await run(['runs'], { client })).stderr).toBe('');
  });

  test('an interrupted one can be dropped', async () => {
    const cancelled: string[] = [];
    const left = {
      run: async () => ({ ...info, status: 'interrupted', summary: null }) as const,
      cancel: async (runId: string): Promise<void> => void cancelled.push(runId),
    };
    const { status, stderr } = await run(['runs', 'cancel', 'r10'], { client: left });
    expect({ status, cancelled }).toEqual({ status: 0, cancelled: ['r10'] });
    expect(stderr).toContain('run r10 is dropped, with what it had written.');
  });

  test('none', async () => {
    expect((await run(['runs'], { client: { runs: async () => [] } })).stdout).toBe(
      'No runs yet.\n',
    );
  });
});

describe('help', () => {
  test('codes and functions, with an example', async () => {
    expect((await run(['help', 'e0006'])).stdout).toContain('error[E0006]: Unbound reference\n');
    const { stdout } = await run(['help', 'sum']);
    expect(stdout).toContain('sum<N: number>(input: N, window: window = null) -> N\n');
    expect(stdout).toContain('  sum(Buy.qty)\n  gives 2, 7, 2, 7, 8\n');
    expect((await run(['help', 'functions'])).stdout).toContain(
      'aggregation:\n  count count_if sum',
    );
    expect((await run(['help', 'codes'])).stdout).toContain('E0013  Invalid output type\n');
  });

  test('a slip of the pen', async () => {
    const { status, stderr } = await run(['help', 'lokup']);
    expect(status).toBe(2);
    expect(stderr).toContain("did you mean 'lookup'?");
  });
});

describe('show', () => {
  test('Parquet of another writer: types, times to the nanosecond, first and last rows', async () => {
    const path = join(await temporaryFolder(), 'x.parquet');
    const connection = await (await DuckDBInstance.create()).connect();
    await connection.run(`copy (
        select i as n, timestamp_ns '2024-01-01 00:00:00.000000001' as at, i / 4 as quarter,
               case when i = 3 then null else 'k' || i end as k, [i, i + 1] as l, date '2024-02-29' as d
        from range(25) t(i)
      ) to '${path}' (format parquet, compression zstd)`);
    const { stdout, status } = await run(['show', path]);
    const lines = stdout.split('\n');
    expect(status).toBe(0);
    expect(lines[0]).toBe(' n  at                             quarter  k    l        d');
    expect(lines[2]).toBe(' 1  2024-01-01 00:00:00.000000001     0.25  k1   [1,2]    2024-02-29');
    expect(lines[4]).toBe(' 3  2024-01-01 00:00:00.000000001     0.75       [3,4]    2024-02-29');
    expect(lines[11]).toMatch(/^ … {2}…/);
    expect(lines[12]).toMatch(/^15 /);
    expect(lines[21]).toMatch(/^24 /);
    expect(lines[23]).toMatch(/x\.parquet · parquet · 25 rows · /);
    expect(lines[24]).toBe(
      '6 columns: n i64, at timestamp_ns, quarter f64, k string, l list, d date',
    );
    const limited = (await run(['show', path, '-n', '2'])).stdout.split('\n');
    expect(limited.slice(1, 4).map((line) => line.slice(0, 3))).toEqual(['0  ', '1  ', '']);
  });

  test('CSV, JSON lines and Arrow', async () => {
    const folder = await temporaryFolder();
    const csv = join(folder, 'x.csv');
    await writeFile(csv, 'a,b\r\n1,"x\ny"\r\n2,"say ""hi"""\r\n');
    expect((await run(['show', csv])).stdout.split('\n').slice(0, 4)).toEqual([
      'a  b',
      '1  x\\ny',
      '2  say "hi"',
      '',
    ]);
    const json = join(folder, 'x.jsonl');
    await writeFile(json, '{"a":1}\n\n{"b":{"c":null},"a":10}\n');
    expect((await run(['show', json])).stdout.split('\n').slice(0, 3)).toEqual([
      ' a  b',
      ' 1',
      '10  {"c":null}',
    ]);
    const arrow = join(folder, 'x.arrow');
    const table = tableFromArrays({ n: Int32Array.of(1, 2, 3), f: Float64Array.of(0.5, 1, 100) });
    await writeFile(arrow, tableToIPC(table, 'file'));
    expect((await run(['show', arrow])).stdout).toContain('3  100.0\n\n');
    expect((await run(['show', arrow])).stdout).toContain('2 columns: n i32, f f64\n');
  });

  test('a folder of parts is one table', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, '_manifest.json'), '{}');
    const rows = (from: number): string =>
      Array.from({ length: 15 }, (_, at) => `${from + at}\n`).join('');
    await writeFile(join(folder, 'part-0.csv'), `n\n${rows(0)}`);
    await writeFile(join(folder, 'part-1.csv'), `n\n${rows(15)}`);
    const lines = (await run(['show', folder])).stdout.split('\n');
    expect(lines.slice(1, 22)).toEqual([
      ...Array.from({ length: 10 }, (_, at) => String(at)),
      '…',
      ...Array.from({ length: 10 }, (_, at) => String(at + 20)),
    ]);
    expect(lines[23]).toContain('30 rows in 2 files');
  });

  test('what cannot be read', async () => {
    const folder = await temporaryFolder();
    const broken = join(folder, 'x.parquet');
    await writeFile(broken, 'PAR1 and no more');
    expect(await run(['show', broken])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('x.parquet cannot be read as parquet'),
    });
    const empty = join(folder, 'x.csv');
    await writeFile(empty, '');
    expect((await run(['show', empty])).stderr).toContain('x.csv is empty');
    expect((await run(['show', join(folder, 'none.csv')])).status).toBe(2);
    const odd = join(folder, 'x.txt');
    await writeFile(odd, 'x');
    expect((await run(['show', odd])).stderr).toContain('the name does not tell the format');
  });
});

test('the store: where, how large, and cleaning that spares what goes on', async () => {
  const store = await temporaryFolder();
  const write = async (path: string, bytes: number): Promise<string> => {
    const full = join(store, path);
    await mkdir(join(full, '..'), { recursive: true });
    await writeFile(full, 'x'.repeat(bytes));
    return full;
  };
  await write('tables/t1/segment', 2_000);
  await write('runs/ended/status.json', 10);
  await write('runs/ended/result/part', 990);
  await write('runs/going/request.json', 10);
  const old = new Date(Date.now() - 7_200_000);
  await utimes(await write('runs/dead/request.json', 10), old, old);
  await utimes(join(store, 'runs/dead'), old, old);
  await write('runs/kept/status.json', 10);
  await writeFile(await write('states/s.json', 0), '{"cells":[{"state":"runs/kept/data/x"}]}');
  await write('not-ours.txt', 5);

  const { stdout } = await run(['store'], { store });
  expect(stdout).toContain(`${store}\n   2.00 kB  tables/  prepared tables\n   1.03 kB  runs/`);
  const cleaned = await run(['store', 'clean'], { store });
  expect(stdout).toContain('\n20 B of 2 runs that have not ended; `millrace runs` lists them,');
  expect(cleaned.stdout).toBe(
    `1.01 kB freed (3 files) in ${store}\nKept: 10 B of 1 run that has not ended; ` +
      '`millrace runs` lists them, and `millrace runs cancel ID` drops one that was interrupted.\n',
  );
  expect(await readdir(join(store, 'runs'))).toEqual(['going', 'kept']);
  await run(['store', 'clean', '--all'], { store });
  expect(await readdir(store)).toEqual(['not-ours.txt']);
  expect((await run(['store', '--store', 's3://lake/x'])).status).toBe(2);
  expect((await run(['store', '--store', join(store, 'none')])).stdout).toContain('not there yet');
  const file = join(store, 'not-ours.txt');
  expect(await run(['store', '--store', file])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining(`${file} is a file; name a folder`),
  });
});

test('a server says at once what it lacks', async () => {
  const { status, stderr } = await run(['worker']);
  expect(status).toBe(2);
  expect(stderr).toContain('worker needs --redis (or MILLRACE_REDIS)');
  expect(stderr).toContain('--store (or MILLRACE_STORE)');
});
