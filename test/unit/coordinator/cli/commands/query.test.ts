/** `millrace query` against a client that answers what the test says. */
import { mkdtemp, readFile, writeFile, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { AppError } from '../../../../../shared/base/app-error.ts';
import type { Client } from '../../../../../shared/wire/client.ts';
import type { QueryRequest } from '../../../../../shared/wire/query-request.ts';
import { run, SUMMARY } from '../fake-context.ts';

const TABLE = ['--table', 'A=a.csv', '--time', 't', '--key', 'k'];
const CSV = `_time,_subsort,_key_hash,_key,n,mean
2024-01-01T10:00:00.000000000,1,2,ann,1,5.5
2024-01-02T10:00:00.500000000,2,3,"b,o",2,10.125
`;

/** A client that gives `CSV` and keeps what it was asked. */
function answering(summary = SUMMARY): Partial<Client> & { readonly requests: QueryRequest[] } {
  const requests: QueryRequest[] = [];
  return {
    requests,
    query: async (request) => {
      requests.push(request);
      return { status: 'done', diagnostics: [], summary };
    },
    readResult: async function* (key) {
      expect(key).toBe('runs/r1/result/part');
      yield Buffer.from(CSV.slice(0, 60));
      yield Buffer.from(CSV.slice(60));
    },
  };
}

const ERROR = {
  severity: 'error',
  code: 'E0006',
  message: 'Unbound reference',
  formatted: 'error[E0006]: Unbound reference\n --> Query:1:1\n\n',
  location: null,
} as const;

describe('rows', () => {
  test('in a pipe: the bytes and nothing else on stdout, the rest on stderr', async () => {
    const result = await run(['query', ...TABLE, '{ n: count(A) }'], { client: answering() });
    expect(result).toMatchObject({ status: 0, stdout: CSV, isClosed: true });
    expect(result.stderr).toBe('2 rows · 0.0 s\n');
  });

  test('on a terminal: a table without the columns that only order rows', async () => {
    const result = await run(['query', ...TABLE, 'q'], { client: answering(), isTerminal: true });
    expect(result.stdout).toBe(
      [
        '_time                  _key  n    mean',
        '2024-01-01 10:00:00.0  ann   1   5.500',
        '2024-01-02 10:00:00.5  b,o   2  10.125',
        '',
        '',
      ].join('\n'),
    );
  });

  test('on a terminal with a format: all rows in that format; a binary one is refused', async () => {
    const asked = await run(['query', ...TABLE, '--format', 'csv', 'q'], {
      client: answering(),
      isTerminal: true,
    });
    expect(asked.stdout).toBe(CSV);
    const binary = await run(['query', ...TABLE, '--format', 'arrow', 'q'], { isTerminal: true });
    expect(binary).toMatchObject({ status: 2, places: [] });
  });

  test('what was left out is told, of one row as of many', async () => {
    const one = { ...SUMMARY, skippedRows: 1, droppedByShift: 1 };
    expect((await run(['query', ...TABLE, 'q'], { client: answering(one) })).stderr).toBe(
      '2 rows · 0.0 s\n1 row could not be read and was skipped, as asked\n' +
        '1 row would move to before its own time and was dropped (shift_by, shift_to)\n',
    );

    const summary = {
      ...SUMMARY,
      rows: 1,
      skippedRows: 3,
      droppedByShift: 17_427,
      prepareSeconds: 2,
    };
    const { stderr } = await run(['query', ...TABLE, 'q'], { client: answering(summary) });
    expect(stderr.split('\n')).toEqual([
      '1 row · 0.0 s, of which 2.0 s preparing (kept: the next query starts at once)',
      '3 rows could not be read and were skipped, as asked',
      '17,427 rows would move to before their own time and were dropped (shift_by, shift_to)',
      '',
    ]);
  });
});

test('an empty result of single entities says so', async () => {
  const ask = async (rows: number, ...flags: string[]) =>
    (await run(['query', ...TABLE, ...flags, 'q'], { client: answering({ ...SUMMARY, rows }) }))
      .stderr;
  expect(await ask(0, '--entity', 'nope')).toBe(
    "0 rows · 0.0 s\nno row of the result is of the entity 'nope'\n",
  );
  expect(await ask(0, '--entity', 'a', '--entity', 'b')).toContain(
    "no row of the result is of the entities 'a', 'b'\n",
  );
  expect(await ask(0)).toBe('0 rows · 0.0 s\n');
  expect(await ask(1, '--entity', 'ann')).toBe('1 row · 0.0 s\n');
});

describe('mistakes', () => {
  test('every diagnostic is told, and nothing on stdout', async () => {
    const query = async () =>
      ({ status: 'rejected', diagnostics: [ERROR, { ...ERROR, code: 'E0007' }] }) as const;
    const result = await run(['query', ...TABLE, 'x'], { client: { query } });
    expect(result).toMatchObject({ status: 2, stdout: '', isClosed: true });
    expect(result.stderr).toContain('error[E0006]: Unbound reference\n --> Query:1:1\n');
    expect(result.stderr).toContain('2 mistakes; millrace help E0006 says more');
  });

  test('a failure keeps its class: 1 where the user has nothing to change', async () => {
    const query = async (): Promise<never> => {
      throw new AppError('data', 'CSV_ROW', 'a.csv, row 7: 3 fields, but the header has 5');
    };
    const result = await run(['query', ...TABLE, 'x'], { client: { query } });
    expect(result).toMatchObject({ status: 1, stdout: '', isClosed: true });
    expect(result.stderr).toBe('error[CSV_ROW]: a.csv, row 7: 3 fields, but the header has 5\n');
  });

  test('a table without time and key is answered with the columns that could be them', async () => {
    const inspectFiles: Client['inspectFiles'] = async (files) =>
      files.map((uri) => ({
        uri,
        bytes: 9,
        rows: 48_100_000,
        columns: [
          { name: 'id', type: 'i64' },
          { name: 'at', type: 'timestamp_us' },
          { name: 'who', type: 'string' },
        ],
        unsupported: [],
        timeCandidates: ['at'],
        keyCandidates: ['id', 'who'],
      }));
    const result = await run(['query', '--table', 'A=a.csv', 'x'], { client: { inspectFiles } });
    expect(result.status).toBe(2);
    expect(result.stderr).toBe(`error[TABLE_INCOMPLETE]: A needs a time column and an entity key

  a.csv (48.1 M rows)
    could be the time     at (timestamp_us)
    could be the key      id (i64), who (string)

  Say which, for example:
    --table A=a.csv --time at --key who
`);
    const half = await run(['query', '--table', 'A=a.csv', '--time', 'at', 'x'], {
      client: { inspectFiles },
    });
    expect(half.stderr).toContain('A needs an entity key\n');
    expect(half.stderr).not.toContain('could be the time');
  });

  test('no table at all', async () => {
    const result = await run(['query', '--spec', 'none.yaml', 'x']);
    expect(result.stderr).toBe('error[SPEC_UNREADABLE]: --spec none.yaml: no such file\n');
    expect((await run(['query', 'x'])).stderr).toContain('error[NO_TABLES]');
  });

  test('Ctrl-C: what is kept is told', async () => {
    const stopped = async (server?: string): Promise<string> => {
      const abort = new AbortController();
      const query: Client['query'] = async (_, onProgress) => {
        onProgress({
          runId: 'r1',
          phase: 'computing',
          cellsDone: 41,
          cellsTotal: 64,
          rows: 9,
          rowsTotal: null,
          frontier: null,
        });
        abort.abort();
        throw new AppError('user', 'CANCELLED', 'the run was cancelled');
      };
      const result = await run(['query', ...TABLE, 'x'], {
        client: { query },
        signal: abort.signal,
        ...(server === undefined ? {} : { server }),
      });
      expect(result).toMatchObject({ stdout: '', isClosed: true });
      return result.stderr;
    };
    expect(await stopped()).toBe(
      'error[CANCELLED]: stopped. What was done (41 of 64 cells) is kept: the same command again goes on from there; `millrace runs cancel r1` drops it\n',
    );
    expect(await stopped('http://x:1')).toContain('the run cancelled');
  });
});

describe('where the query comes from', () => {
  test('standard input and files', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'millrace-'));
    await writeFile(join(folder, 'q.fenl'), '\uFEFF{ n: count(A) }\n');
    const client = answering();
    await run(['query', ...TABLE, '-'], { client, stdin: '{ from: stdin }' });
    await run(['query', ...TABLE, '--file', join(folder, 'q.fenl')], { client });
    expect(client.requests.map(({ query }) => query)).toEqual([
      '{ from: stdin }',
      '{ n: count(A) }\n',
    ]);
    const missing = await run(['query', ...TABLE, '--file', join(folder, 'none')]);
    expect(missing).toMatchObject({ status: 2, places: [] });
    expect(missing.stderr).toContain('none: no such file');
  });
});

test('a file that is given as the query is told to be one', async () => {
  const path = join(await mkdtemp(join(tmpdir(), 'millrace-')), 'q.fenl');
  await writeFile(path, '{ n: count(A) }');
  const rejected = { status: 'rejected', diagnostics: [ERROR] } as const;
  const client: Partial<Client> = {
    query: async () => rejected,
    explain: async () => ({ diagnostics: [ERROR], explanation: null }),
    check: async () => ({
      ...{ diagnostics: [ERROR], type: null, freeNames: [], missingNames: [], reads: [] },
      isResumable: false,
    }),
  };
  const hint = `${path} is a file; to read the query from it: --file ${path}\n`;
  for (const command of ['query', 'explain', 'check']) {
    const given = await run([command, ...TABLE, path], { client });
    expect(given).toMatchObject({ status: 2, stderr: expect.stringContaining(hint) });
    expect((await run([command, ...TABLE, 'x'], { client })).stderr).not.toContain('is a file');
  }
});

describe('output', () => {
  test('what exists is refused before anything is opened', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'millrace-'));
    const path = join(folder, 'x.parquet');
    await writeFile(path, 'old');
    await mkdir(join(folder, 'parts'));
    await writeFile(join(folder, 'parts', 'a'), 'old');
    const refused = async (output: string) => run(['query', ...TABLE, '-o', output, 'q']);
    expect(await refused(path)).toMatchObject({
      status: 2,
      places: [],
      stderr: `error[RESULT_EXISTS]: ${path} exists; say --overwrite to replace it. Nothing was run\n`,
    });
    expect(await refused(join(folder, 'parts/'))).toMatchObject({ status: 2, places: [] });
    expect((await refused(join(folder, 'parts.parquet', '..', 'parts'))).status).toBe(2);

    expect((await refused(join(path, 'y.csv'))).stderr).toContain('a part of the path is a file');
    expect(await refused(`${path}/`)).toMatchObject({
      status: 2,
      places: [],
      stderr: expect.stringContaining(`--output ${path}/: is a file, not a folder`),
    });

    const client = answering();
    const done = await run(['query', ...TABLE, '-o', path, '--overwrite', 'q'], { client });
    expect(done).toMatchObject({ status: 0, stdout: '' });
    expect(done.stderr).toBe(`2 rows → ${path} (1.23 kB) · 0.0 s\n`);
    expect(client.requests[0]?.output).toMatchObject({ path, overwrite: true, format: 'parquet' });
  });

  test.skipIf(process.platform === 'win32')(
    'a device is never replaced by a file: standard output is the place for rows',
    async () => {
      const words = ['query', ...TABLE, '-o', '/dev/null', '--format', 'csv', '--overwrite', 'q'];
      expect(await run(words)).toMatchObject({
        status: 2,
        places: [],
        stderr: expect.stringContaining('for standard output write --output -'),
      });
    },
  );

  test('a part of the rows is not written to the output of the spec file, unless --output says so', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'millrace-'));
    const spec = join(folder, 'millrace.yaml');
    const path = join(folder, 'x.parquet');
    await writeFile(
      spec,
      'tables: { A: { files: a.csv, time: t, key: k } }\n' +
        'queries: { training: { query: count(A), output: x.parquet, overwrite: true } }\n',
    );
    const ask = async (...flags: string[]) => {
      const client = answering();
      const result = await run(['query', '--spec', spec, ...flags, 'training'], { client });
      return { ...result, output: client.requests[0]?.output };
    };
    for (const flags of [
      ['--limit', '5'],
      ['--sample', '5'],
      ['--entity', 'ann'],
    ]) {
      const preview = await ask(...flags);
      expect(preview).toMatchObject({ status: 0, stdout: CSV });
      expect(preview.output).toMatchObject({ path: null, format: 'csv', overwrite: false });
      expect(preview.stderr).toContain(`a part of the rows: ${path} was not written\n`);
    }
    expect((await ask()).output).toMatchObject({ path, format: 'parquet', overwrite: true });
    const other = join(folder, 'y.csv');
    expect((await ask('--limit', '5', '-o', other)).output).toMatchObject({ path: other });
  });

  test('- is standard output: the rows as data, on a terminal too', async () => {
    const ask = async (...flags: string[]) => {
      const client = answering();
      const words = ['query', ...TABLE, '--output', '-', ...flags, 'q'];
      const result = await run(words, { client, isTerminal: true });
      return { ...result, output: client.requests[0]?.output };
    };
    expect(await ask()).toMatchObject({ stdout: CSV, output: { path: null, format: 'csv' } });
    expect(await ask('--format', 'jsonl')).toMatchObject({
      output: { path: null, format: 'jsonl' },
    });
    expect((await ask('--folder')).stderr).toContain('--folder needs --output with the path');
  });

  test('from a coordinator a local result is fetched, and files are named from the root', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'millrace-'));
    const path = join(folder, 'new', 'x.csv');
    const client = answering();
    const result = await run(['query', ...TABLE, '-o', path, 'q'], {
      client,
      server: 'http://127.0.0.1:7800',
    });
    expect(result).toMatchObject({
      status: 0,
      places: [{ kind: 'server', url: 'http://127.0.0.1:7800' }],
    });
    expect(client.requests[0]).toMatchObject({
      tables: [{ files: [join(process.cwd(), 'a.csv')] }],
      output: { path: null, format: 'csv' },
    });
    expect(await readFile(path, 'utf8')).toBe(CSV);
  });

  test('a store on the command line goes before a server of the environment', async () => {
    const { places } = await run(
      ['query', ...TABLE, '--store', 'lake', '--threads', '3', '--s3-endpoint', 'http://x:1', 'q'],
      { client: answering(), server: 'http://127.0.0.1:7800' },
    );
    expect(places).toEqual([
      { kind: 'embedded', store: 'lake', s3: { endpoint: 'http://x:1' }, threads: 3 },
    ]);
  });
});
