/** Command lines and what they ask for. */
import { describe, expect, test } from 'vitest';
import { AppError } from '../../../../shared/base/app-error.ts';
import { parseArguments } from '../../../../coordinator/cli/program.ts';

const parse = (...words: string[]) => parseArguments(words, '1.2.3');

function refusal(...words: string[]): string {
  try {
    parse(...words);
  } catch (error) {
    if (error instanceof AppError && error.class === 'user' && error.code === 'USAGE') {
      return error.message;
    }
    throw error;
  }
  throw new Error('the command line was accepted');
}

const tablesOf = (...words: string[]) => {
  const invocation = parse('query', ...words);
  return invocation.command === 'query' ? invocation.tables : null;
};

describe('tables', () => {
  test('options after a table belong to it', () => {
    expect(
      tablesOf(
        ...['--table', 'Orders=o.csv', '--time', 'at', '--key', 'user', '--subsort', 'n'],
        ...['--table', 'Views=views/', '--time', 'seen', '--key', 'who', '--time-unit', 'ms'],
        'count(Orders)',
      ),
    ).toEqual([
      { name: 'Orders', files: ['o.csv'], time: 'at', key: 'user', subsort: 'n' },
      { name: 'Views', files: ['views/'], time: 'seen', key: 'who', timeUnit: 'ms' },
    ]);
  });

  test('options before the first table hold for all that do not say otherwise', () => {
    expect(
      tablesOf(
        '--time',
        'at',
        '--key',
        'k',
        '-t',
        'A=a.csv',
        '-t',
        'B=b.csv',
        '--key',
        'id',
        'A.x',
      ),
    ).toEqual([
      { name: 'A', files: ['a.csv'], time: 'at', key: 'k' },
      { name: 'B', files: ['b.csv'], time: 'at', key: 'id' },
    ]);
  });

  test('files that the shell puts after a table are its files, and the query is not one', () => {
    const invocation = parse('query', '--table=A=1.parquet', 'd/2.parquet', '3.csv.gz', 'sum(A.x)');
    expect(invocation).toMatchObject({
      tables: [{ name: 'A', files: ['1.parquet', 'd/2.parquet', '3.csv.gz'] }],
      query: { kind: 'text', text: 'sum(A.x)' },
    });
  });

  test('a file name may hold an equals sign', () => {
    expect(tablesOf('-t', 'A=year=2024/x.csv', 'A.x')).toEqual([
      { name: 'A', files: ['year=2024/x.csv'] },
    ]);
  });

  test.each([
    [
      ['-t', 'a.csv', 'q'],
      '--table a.csv: write a name and files, as in --table Orders=orders/*.parquet',
    ],
    [
      ['-t', '2A=a.csv', 'q'],
      "--table 2A=a.csv: '2A' is no name for a table: letters, digits and _, not beginning with a digit",
    ],
    [
      ['-t', 'A=a.csv', '-t', 'A=b.csv', 'q'],
      '--table A is given twice; name all its files after one: --table A=FILE FILE',
    ],
    [['-t', 'A=a.csv', '--key', 'a', '--key', 'b', 'q'], '--key is given twice for A'],
    [['--input-format', 'csv', 'q'], '--input-format describes a table, but there is no --table'],
    [
      ['-t', 'A=a.csv', '--time-unit', 'hours', 'q'],
      '--time-unit hours: one of s, ms, us, ns is expected',
    ],
  ])('%j is refused', (words, message) => {
    expect(refusal('query', ...words)).toBe(message);
  });
});

describe('queries', () => {
  test('a time asks for final results', () => {
    expect(parse('query', '--at', '2024-06-30', 'q')).toMatchObject({
      results: 'final',
      at: '2024-06-30',
    });
  });

  test('a part of the entities: so many percent, or those that are named', () => {
    expect(parse('query', '--sample', '5', 'q')).toMatchObject({ sample: { percent: 5 } });
    expect(parse('query', '--sample', '0.5%', 'q')).toMatchObject({ sample: { percent: 0.5 } });
    expect(parse('explain', '--entity', 'ann', '--entity', '-1', 'q')).toMatchObject({
      sample: { keys: ['ann', '-1'] },
    });
    expect(refusal('query', '--sample', 'some', 'q')).toBe(
      '--sample some: a percentage like 5 is expected',
    );
    expect(refusal('query', '--sample', '5', '--entity', 'ann', 'q')).toBe(
      '--sample and --entity exclude each other',
    );
  });

  test('what is not said is not there, so that a named query can say it', () => {
    const invocation = parse('query', 'training');
    expect(invocation).toEqual({
      command: 'query',
      spec: null,
      server: null,
      store: null,
      s3: {},
      threads: null,
      tables: [],
      views: [],
      query: { kind: 'text', text: 'training' },
      tuning: {},
      output: { path: null, overwrite: false },
    });
  });

  test('a query that begins with a minus stands after --', () => {
    expect(parse('query', '-t', 'A=a.csv', '--', '-A.x')).toMatchObject({
      query: { kind: 'text', text: '-A.x' },
    });
  });

  test('views and tuning are collected', () => {
    expect(
      parse(
        'explain',
        '--view',
        'a=1 = 1',
        '--view',
        'b=2',
        '--ranges',
        '8',
        '--disable-rule',
        'x',
        'q',
        '--physical',
      ),
    ).toMatchObject({
      command: 'explain',
      level: 'physical',
      views: [
        { name: 'a', text: '1 = 1' },
        { name: 'b', text: '2' },
      ],
      tuning: { ranges: 8, disableRules: ['x'] },
    });
  });

  test.each([
    [
      ['query'],
      "no query was given: write it as the last word, in quotes, as in '{ n: count(Orders) }', " +
        'or read it with --file PATH, from standard input with --file -',
    ],
    [
      ['query', '--results', 'all', 'q'],
      "option '--results <which>' argument 'all' is invalid. Allowed choices are history, final; see millrace query --help",
    ],
    [
      ['query', 'a', '+', 'b'],
      'a query is one word to the shell: write it in quotes, after the options',
    ],
    [['query', 'q', '--file', 'q.fenl'], 'a query is given twice: as text and by --file q.fenl'],
    [
      ['query', '--at', 'yesterday', 'q'],
      '--at yesterday: a time like 2024-06-30 or 2024-06-30T12:00:00Z is expected',
    ],
    [
      ['query', '--at', '2024-01-01', '--results', 'history', 'q'],
      '--at asks for final results: leave out --results history',
    ],
    [['query', '--limit', '0', 'q'], '--limit 0: a whole number of at least 1 is expected'],
    [['query', '--ranges', '6', 'q'], '--ranges 6: a power of two is expected (1, 2, 4, 8, …)'],
    [
      ['query', '--server', 'here', 'q'],
      '--server here: a URL like http://127.0.0.1:7800 is expected',
    ],
    [
      ['query', '--server', 'http://u:hush@host:1', 'q'],
      '--server: a URL like http://127.0.0.1:7800 without user and password is expected',
    ],
    [
      ['runs', '--server', 'ftp://host', 'cancel', 'r1'],
      '--server ftp://host: a URL like http://127.0.0.1:7800 is expected',
    ],
    [
      ['worker', '--redis', 'http://:hush@127.0.0.1:16379'],
      '--redis: a URL like redis://127.0.0.1:6379 is expected',
    ],
    [
      ['coordinator', '--redis', 'redis:///hush@host'],
      '--redis: a URL like redis://127.0.0.1:6379 is expected',
    ],
    [
      ['worker', '--redis', 'redis://hush:12#3@host'],
      '--redis: a password with its /, ? and # written as %2F, %3F and %23 is expected',
    ],
    [
      ['query', '--view', 'a', 'q'],
      "--view a: write a name and an expression, as in --view 'big=Orders.amount > 100'",
    ],
    [['query', '--folder', 'q'], '--folder needs --output with the path of the folder'],
    [['explain', '--physical', '--verbose', 'q'], 'choose one of --verbose, --physical'],
    [
      ['query', '--s3-endpoint', 'here', 'q'],
      '--s3-endpoint here: a URL like http://127.0.0.1:9000 is expected',
    ],
    [
      ['query', '--limt', '3', 'q'],
      "unknown option '--limt' (Did you mean --limit?); see millrace query --help",
    ],
    [['qury'], "unknown command 'qury' (Did you mean query?); see millrace --help"],
  ])('%j is refused', (words, message) => {
    expect(refusal(...words)).toBe(message);
  });
});

test('a run is named after its command, and the server may stand before it', () => {
  expect(parse('runs', '--server', 'http://x:1', 'cancel', 'r1')).toEqual({
    command: 'cancel',
    runId: 'r1',
    server: 'http://x:1',
    store: null,
    s3: {},
  });
});

test('the store, a file to show, files to look into', () => {
  expect(parse('store', '--store', 'lake', 'clean', '--all')).toEqual({
    command: 'clean',
    spec: null,
    store: 'lake',
    all: true,
  });
  expect(parse('show', 's3://b/x.parquet', '-n', '5', '--no-s3-path-style')).toEqual({
    command: 'show',
    file: 's3://b/x.parquet',
    limit: 5,
    s3: { forcePathStyle: false },
  });
  expect(parse('tables', 'inspect', 'a.csv', 'b.csv', '--s3-region', 'r')).toMatchObject({
    command: 'inspect',
    files: ['a.csv', 'b.csv'],
    s3: { region: 'r' },
  });
});

test('help of a command, of the program and of a topic', () => {
  const own = parse('query', '--help');
  expect(own).toEqual(parse('help', 'query'));
  expect(own).toMatchObject({ command: 'print' });
  expect(own.command === 'print' && own.text).toContain('--changed-since <time>');
  expect(parse()).toEqual(parse('--help'));
  expect(parse('help', 'E0006')).toEqual({ command: 'help', topic: 'E0006' });
  expect(parse('--version')).toEqual({ command: 'print', text: '1.2.3\n' });
});
