/** The command as a process: streams, exit statuses, signals, on real files and the real engine. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';

const MAIN = fileURLToPath(new URL('../../../infra/main.ts', import.meta.url));
const FLIGHTS = fileURLToPath(
  new URL('../../../node_modules/vega-datasets/data/flights-3m.parquet', import.meta.url),
);
const ORDERS = ['--table', 'Orders=orders.csv', '--time', 'at', '--key', 'who'];
const ROWS = 20_000;

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-'));
  const rows = Array.from(
    { length: ROWS },
    (_, at) => `${new Date(1_700_000_000_000 + at * 1_000).toISOString()},w${at % 7},${at}\n`,
  );
  await writeFile(join(folder, 'orders.csv'), `at,who,amount\n${rows.join('')}`);
});

function start(words: readonly string[], environment: Record<string, string> = {}): ChildProcess {
  return spawn(process.execPath, [MAIN, ...words], {
    cwd: folder,
    env: { PATH: process.env['PATH'], MILLRACE_STORE: join(folder, 'store'), ...environment },
  });
}

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function toEnd(child: ChildProcess, stdin = ''): Promise<Ended> {
  let stdout = '';
  let stderr = '';
  child.stdout!.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr!.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdin!.end(stdin);
  await once(child, 'close');
  return { status: child.exitCode, stdout, stderr };
}

const command = (...words: string[]): Promise<Ended> => toEnd(start(words));

describe('query', () => {
  test('rows on stdout and nothing else, from standard input', async () => {
    const child = start(['query', ...ORDERS, '--results', 'final', '-']);
    const { status, stdout, stderr } = await toEnd(child, '{ n: count(Orders) }');
    expect(stderr).toMatch(/^7 rows · \d/);
    expect(status).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toBe('_time,_subsort,_key_hash,_key,n');
    const counts = lines.slice(1).map((line) => Number(line.split(',').at(-1)));
    expect(counts.reduce((sum, count) => sum + count)).toBe(ROWS);
  });

  test('a reader that goes away is no error', async () => {
    const child = start(['query', ...ORDERS, '{ n: count(Orders) }']);
    let stderr = '';
    child.stderr!.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.stdout!.once('data', () => child.stdout!.destroy());
    await once(child, 'exit');
    expect(stderr).toBe('');
    expect(child.exitCode).toBe(0);
  });

  test('a mistake in the query ends with 2, in the data with 1', async () => {
    const query = await command('query', ...ORDERS, '{ n: count(Order) }');
    expect(query).toMatchObject({ status: 2, stdout: '' });
    expect(query.stderr).toContain("did you mean 'Orders'?");
    await writeFile(join(folder, 'bad.csv'), 'at,who\nnever,x\n');
    const data = await command(
      ...['query', '--table', 'A=bad.csv', '--time', 'at', '--key', 'who', '{ n: count(A) }'],
    );
    expect(data).toMatchObject({ status: 1, stdout: '' });
    expect(data.stderr).toContain("'never' is not a timestamp");
  });

  test('a query of 10 MB is told to be too large', async () => {
    await writeFile(join(folder, 'big.fenl'), `{ n: count(Orders) }${' + 1'.repeat(2_500_000)}`);
    const { status, stderr } = await command('query', ...ORDERS, '--file', 'big.fenl');
    expect(status).toBe(2);
    expect(stderr.length).toBeLessThan(1_000);
    expect(stderr).toContain('QUERY_TOO_LARGE');
  });
});

test.skipIf(process.platform === 'win32')(
  'Ctrl-C ends in order and says what is kept',
  async () => {
    const store = join(folder, 'interrupted');
    const child = start(
      ['query', '--table', `F=${FLIGHTS}`, '--time', 'date', '--key', 'origin', '{ n: count(F) }'],
      { MILLRACE_STORE: store },
    );
    const ended = toEnd(child);
    while (!existsSync(join(store, 'tables')) && child.exitCode === null) await sleep(10);
    child.kill('SIGINT');
    const { status, stdout, stderr } = await ended;
    expect(stderr).toContain('stopping … (Ctrl-C again stops at once)\n');
    expect(stderr).toMatch(/error\[CANCELLED\]: stopped\. What was .* is kept/);
    expect({ status, stdout }).toEqual({ status: 130, stdout: '' });
  },
);

test('usage, help and version', async () => {
  const [usage, help, version] = await Promise.all([
    command('qury'),
    command('query', '--help'),
    command('--version'),
  ]);
  expect(usage).toMatchObject({ status: 2, stdout: '' });
  expect(usage.stderr).toContain('(Did you mean query?)');
  expect(help).toMatchObject({ status: 0, stderr: '' });
  expect(help.stdout).toContain('--changed-since <time>');
  expect(version.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});
