/** Spec files: what they say, and what is said about mistakes in them. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseSpecFile } from '../../../../coordinator/cli/spec-file.ts';
import { specJsonSchema } from '../../../../coordinator/cli/spec-schema.ts';

const PATH = 'project/millrace.yaml';

function mistakes(text: string): readonly string[] {
  try {
    parseSpecFile(text, PATH);
  } catch (error) {
    expect(error).toMatchObject({ class: 'user', code: 'SPEC_INVALID' });
    return (error as Error).message.split('\n');
  }
  return [];
}

test('tables, views and queries, with paths from the folder of the file', () => {
  const spec = parseSpecFile(
    `
tables:
  Orders: { files: s3://lake/orders/*.parquet, time: created_at, key: customer_id, grouping: customer }
  Views:
    files: [views/, /abs/late.csv]
    time: at
    key: user
    time_unit: ms
    on_bad_row: skip
views:
  big_spender: sum(Orders.amount) > 1000
  small: { text: not big_spender, label: small spenders }
queries:
  all: count(Orders)
  training:
    query: "{ big_spender }"
    results: final
    at: 2024-06-30
    output: out/training.parquet
store: .millrace
s3: { endpoint: "http://127.0.0.1:9000" }
`,
    PATH,
  );
  expect(spec).toEqual({
    path: PATH,
    tables: [
      {
        name: 'Orders',
        files: ['s3://lake/orders/*.parquet'],
        time: 'created_at',
        key: 'customer_id',
        grouping: 'customer',
      },
      {
        name: 'Views',
        files: ['project/views/', '/abs/late.csv'],
        time: 'at',
        key: 'user',
        timeUnit: 'ms',
        onBadRow: 'skip',
      },
    ],
    views: [
      { name: 'big_spender', text: 'sum(Orders.amount) > 1000' },
      { name: 'small', text: 'not big_spender', label: 'small spenders' },
    ],
    queries: [
      { name: 'all', query: 'count(Orders)' },
      {
        name: 'training',
        query: '{ big_spender }',
        results: 'final',
        at: '2024-06-30',
        output: 'project/out/training.parquet',
      },
    ],
    store: 'project/.millrace',
    s3: { endpoint: 'http://127.0.0.1:9000' },
  });
});

test('an empty file has nothing in it', () => {
  expect(parseSpecFile('# later\n', PATH)).toMatchObject({ tables: [], views: [], queries: [] });
});

describe('mistakes', () => {
  test('all are told, each with its place, in the order of the file', () => {
    expect(
      mistakes(`tables:
  Orders: { file: a.csv, time: 1, key: k, time_unit: h }
  Views: 7
queries:
  all: { results: final }
stor: x
`),
    ).toEqual([
      `${PATH}:2:3: Orders needs a 'files'`,
      `${PATH}:2:13: unknown key 'file'; did you mean 'files'?`,
      `${PATH}:2:26: time: expected text, found 1`,
      `${PATH}:2:43: time_unit: expected one of s, ms, us, ns, found "h"`,
      `${PATH}:3:3: Views: expected keys with values, found 7`,
      `${PATH}:5:3: all needs a 'query'`,
      `${PATH}:6:1: unknown key 'stor'; did you mean 'store'?`,
    ]);
  });

  test('a name that is no identifier', () => {
    expect(mistakes('views: { 2x: "1" }')).toEqual([
      `${PATH}:1:10: '2x' is no name: letters, digits and _`,
    ]);
  });

  test('a name given twice, which YAML would let the later win', () => {
    expect(mistakes('views:\n  a: "1"\n  a: "2"\n')).toEqual([
      `${PATH}:3:3: Map keys must be unique`,
    ]);
  });

  test('text that is no YAML', () => {
    expect(mistakes('views: { a: [1 }')[0]).toMatch(/^project\/millrace\.yaml:1:\d+: /);
  });

  test('no more than ten, and how many more', () => {
    const lines = Array.from({ length: 12 }, (_, index) => `k${index}: 1\n`).join('');
    expect(mistakes(lines)).toHaveLength(11);
    expect(mistakes(lines).at(-1)).toBe('… and 2 more');
  });
});

test('the schema for editors is the one that is checked against', () => {
  const file = new URL('../../../../docs/millrace.schema.json', import.meta.url);
  // To renew it: print specJsonSchema() as JSON, indented by two.
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(specJsonSchema());
});
