/** The command line and the spec file, joined. */
import { describe, expect, test } from 'vitest';
import type { QueryOptions } from '../../../../coordinator/cli/options.ts';
import {
  buildRequest,
  joinTables,
  misspeltQuery,
  resolveOutput,
  resolveQuery,
} from '../../../../coordinator/cli/request.ts';
import { parseSpecFile } from '../../../../coordinator/cli/spec-file.ts';

const SPEC = parseSpecFile(
  `
tables: { A: { files: a.csv, time: t, key: k }, B: { files: b.csv, time: t, key: k } }
views: { v: A.x }
queries:
  last: { query: sum(v), at: 2024-01-01, limit: 5, output: out/, overwrite: true }
  wrong: { query: v, at: 2024-01-01, results: history }
`,
  'millrace.yaml',
);

const OPTIONS: QueryOptions = {
  spec: null,
  tables: [],
  views: [],
  server: null,
  store: null,
  s3: {},
  threads: null,
  query: { kind: 'text', text: 'last' },
  tuning: {},
};
const OUTPUT = {
  path: null,
  format: 'csv',
  layout: 'file',
  overwrite: false,
  timestamps: 'ns',
} as const;

const request = (options: Partial<QueryOptions>, text = 'last') =>
  buildRequest({ ...OPTIONS, ...options }, SPEC, resolveQuery(text, SPEC), OUTPUT);

describe('requests', () => {
  test('a named query brings its own settings', () => {
    expect(request({})).toEqual({
      tables: SPEC.tables,
      views: SPEC.views,
      query: 'sum(v)',
      results: 'final',
      finalAt: '2024-01-01',
      limit: 5,
      output: OUTPUT,
    });
  });

  test('the command line goes first', () => {
    expect(request({ results: 'history', limit: 2 })).toMatchObject({
      results: 'history',
      limit: 2,
    });
    expect(request({ results: 'history' })).not.toHaveProperty('finalAt');
    expect(request({ results: 'final', at: '2025-01-01' })).toMatchObject({
      finalAt: '2025-01-01',
    });
  });

  test('text that is no name is the query, of all history', () => {
    expect(request({}, 'count(A)')).toMatchObject({ query: 'count(A)', results: 'history' });
  });

  test('a word that is nearly the name of a query', () => {
    expect(misspeltQuery('lasst', SPEC)).toBe(
      "millrace.yaml has no query 'lasst'; did you mean 'last'?",
    );
    expect(misspeltQuery('other', SPEC)).toBeNull();
    expect(misspeltQuery('{ lasst }', SPEC)).toBeNull();
  });

  test('a table of the command line stands in for that of the spec file', () => {
    const tables = joinTables({ ...OPTIONS, tables: [{ name: 'A', files: ['new.csv'] }] }, SPEC);
    expect(tables.map(({ name, files }) => [name, files])).toEqual([
      ['B', ['b.csv']],
      ['A', ['new.csv']],
    ]);
  });

  test('a table without a key is refused', () => {
    expect(() => request({ tables: [{ name: 'A', files: ['a.csv'], time: 't' }] })).toThrow(
      'A needs an entity key (--key)',
    );
  });

  test('a named query that contradicts itself is refused', () => {
    expect(() => request({}, 'wrong')).toThrow(
      "query 'wrong': 'at' asks for final results, but 'results' is history",
    );
  });
});

describe('output', () => {
  const output = (path: string | null, more = {}) =>
    resolveOutput({ path, overwrite: false, ...more }, null, 'csv');

  test('the form follows the name', () => {
    expect(output('x.parquet')).toMatchObject({ format: 'parquet', layout: 'file' });
    expect(output('s3://b/x.ndjson')).toMatchObject({ format: 'jsonl', layout: 'file' });
    expect(output('s3://b/x/')).toMatchObject({ format: 'parquet', layout: 'folder' });
    expect(output('x.csv', { format: 'arrow' })).toMatchObject({ format: 'arrow' });
    expect(output(null)).toMatchObject({ path: null, format: 'csv' });
  });

  test('a name that does not tell is refused', () => {
    expect(() => output('x.txt')).toThrow(
      '--output x.txt: end it with parquet, csv, jsonl, ndjson, arrow or /, or say the --format',
    );
  });

  test('a named query says where, unless the command line does', () => {
    const { named } = resolveQuery('last', SPEC);
    expect(resolveOutput({ path: null, overwrite: false }, named, 'csv')).toEqual({
      path: 'out/',
      format: 'parquet',
      layout: 'folder',
      overwrite: true,
      timestamps: 'ns',
    });
    expect(resolveOutput({ path: 'y.csv', overwrite: false }, named, 'csv')).toMatchObject({
      path: 'y.csv',
      layout: 'file',
    });
  });
});
