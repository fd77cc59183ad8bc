import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EXAMPLE_TABLES } from '../../../coordinator/functions/example-tables.ts';
import { FUNCTIONS } from '../../../coordinator/functions/registry.ts';
import type { Engine } from '../../../coordinator/engine.ts';
import type { DataType } from '../../../shared/types/data-type.ts';
import type { TableSpec } from '../../../shared/wire/query-request.ts';
import { askEngine, inlineTable, openTestEngine } from '../../support/engine.ts';
import { splitCsv } from '../../support/oracle/load-csv.ts';

/** A table of one row for expressions that read none, and for lists and maps, which have no literals. */
const ONE = `select timestamp '2024-01-01 10:00:00' as at, 'x' as who,
  map {'f1': 0::bigint, 'f2': 22::bigint} as m, [[1::bigint, 2], null, [3]] as l,
  [1::bigint, 2] as a, [2::bigint, 3] as b`;
const VIEWS = ['m', 'l', 'a', 'b'].map((name) => ({ name, text: `One.${name}` }));

let engine: Engine;
let folder: string;
let tables: readonly TableSpec[];

beforeAll(async () => {
  engine = await openTestEngine();
  folder = await mkdtemp(join(tmpdir(), 'millrace-docs-'));
  const path = join(folder, 'one.parquet');
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(`copy (${ONE}) to '${path}' (format parquet)`);
  connection.closeSync();
  instance.closeSync();
  tables = [
    ...EXAMPLE_TABLES.map(({ csv, ...table }) => inlineTable({ ...table, texts: [csv] })),
    { name: 'One', files: [path], time: 'at', key: 'who' },
  ];
});

afterAll(async () => {
  await engine.close();
  await rm(folder, { recursive: true, force: true });
});

describe('the engine gives what the examples of the functions say', () => {
  test.each([...FUNCTIONS.values()].map(({ name, entry }) => [name, entry.example] as const))(
    '%s',
    async (_, { expression, result }) => {
      const rows = await rowsOf(expression);
      const values = rows.map(({ value }) => value).join(', ');
      const placed = rows.map(({ time, key, value }) => `${value} at ${time} of ${key}`).join(', ');
      expect([values, placed]).toContain(result);
    },
  );
});

interface ResultRow {
  readonly time: string;
  readonly key: string;
  readonly value: string;
}

async function rowsOf(expression: string): Promise<readonly ResultRow[]> {
  const { query, type } = await queryOf(expression);
  const answer = await askEngine(engine, { tables, views: VIEWS, query, results: 'history' });
  if (answer.kind === 'rejected') throw new Error(answer.diagnostics[0]!.formatted);
  const [, ...rows] = splitCsv(answer.csv);
  const names = type.kind === 'record' ? type.fields.map((field) => field.name) : null;
  return rows.map((cells) => {
    const values = cells.slice(4).map(valueText);
    return {
      time: timeText(cells[0]!),
      key: cells[3]!,
      value:
        names === null
          ? values[0]!
          : `{${names.map((name, at) => `${name}: ${values[at]!}`).join(', ')}}`,
    };
  });
}

/** A query around the expression; around a constant, a field of a table gives it the row to stand on. */
async function queryOf(expression: string): Promise<{ query: string; type: DataType }> {
  const wrapped = `{ x: ${expression}, on: One.who }`;
  const type = await typeOf(`{ x: ${expression} }`);
  if (type !== null && type.kind === 'record') {
    const field = type.fields[0]!.type;
    if (field.kind !== 'record') return { query: `{ x: ${expression} }`, type: field };
  }
  const constant = await typeOf(wrapped);
  if (constant === null || constant.kind !== 'record') throw new Error(`not valid: ${expression}`);
  const field = constant.fields[0]!.type;
  if (field.kind !== 'record') return { query: wrapped, type: field };
  const parts = field.fields.map(({ name }) => `${name}: (${expression}).${name}`);
  return { query: `{ ${parts.join(', ')}, on: One.who }`, type: field };
}

/** Null where the query has errors: a constant alone stands on no row. */
async function typeOf(query: string): Promise<DataType | null> {
  const reply = await engine.check({
    tables,
    views: VIEWS,
    query,
    results: 'history',
    output: { path: null, format: 'csv', layout: 'file', overwrite: false, timestamps: 'ns' },
  });
  return reply.type;
}

function valueText(cell: string): string {
  if (cell === '') return '(null)';
  return cell.replace(/(T\d\d:\d\d:\d\d)\.0{9}$/, '$1').replaceAll(',', ', ');
}

/** The time of a row without what goes without saying: the date of the example tables, midnight, zeros of a fraction. */
function timeText(cell: string): string {
  const [date, nanoseconds] = cell.split('T') as [string, string];
  const clock = nanoseconds.replace(/\.0{9}$/, '');
  if (clock === '00:00:00') return date;
  return date === '2024-01-01' ? clock : `${date}T${clock}`;
}
