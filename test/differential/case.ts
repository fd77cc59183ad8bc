/** One random comparison: tables, a query and a kind of result, all made from a seed. */
import { parseTimestamp, timestampCsvText } from '../support/oracle/text.ts';
import { loadTable } from '../support/oracle/load-table.ts';
import type { OracleTable } from '../support/oracle/load-table.ts';
import { evaluateQuery, toCsv } from '../support/oracle/results.ts';
import { check } from '../support/check.ts';
import {
  csvText,
  generateDataset,
  hasOneSchema,
  loadGenerated,
} from '../support/generate/generate-tables.ts';
import type { Dataset, GeneratedTable } from '../support/generate/generate-tables.ts';
import { generateQuery } from '../support/generate/generate-query.ts';
import { Rng } from '../support/generate/rng.ts';

export interface CaseResults {
  readonly kind: 'history' | 'final';
  /** ISO text, as are all times here. */
  readonly finalAt?: string;
  readonly changedSince?: string;
  readonly limit?: number;
}

export interface DifferentialCase {
  readonly tables: readonly GeneratedTable[];
  readonly query: string;
  readonly results: CaseResults;
}

/** A run of many cases gives each a seed of its own, so that one can be repeated alone. */
export function caseSeed(seed: number, index: number): number {
  return seed * 1_000_003 + index;
}

export function makeCase(seed: number): DifferentialCase {
  const rng = new Rng(seed);
  const dataset = generateDataset(rng);
  const query = generateQuery(rng, dataset);
  return { tables: dataset.tables, query, results: makeResults(rng, dataset) };
}

function makeResults(rng: Rng, dataset: Dataset): CaseResults {
  const time = (): string => timestampCsvText(rng.pick(dataset.times) + BigInt(rng.int(-1, 1)));
  const results = rng.weighted<() => CaseResults>([
    [6, () => ({ kind: 'history' })],
    [2, () => ({ kind: 'final' })],
    [1, () => ({ kind: 'final', finalAt: time() })],
  ])();
  return {
    ...results,
    ...(rng.chance(0.15) ? { changedSince: time() } : {}),
    ...(rng.chance(0.1) ? { limit: rng.int(1, 5) } : {}),
  };
}

/** Throws where files of one table disagree about a type: that is no question about queries. */
export function oracleTables(tables: readonly GeneratedTable[]): OracleTable[] {
  return tables.map((table) => {
    if (!hasOneSchema(table)) throw new Error(`the files of ${table.name} differ in types`);
    return loadTable(
      table,
      table.files.map((_, file) => loadGenerated(table, file)),
    );
  });
}

/** What the language says of a case: its result as CSV, or the codes of the errors that the front end finds. */
export type Expected =
  | { readonly kind: 'csv'; readonly csv: string }
  | { readonly kind: 'rejected'; readonly messages: readonly string[] };

export function expectedOf(testCase: DifferentialCase): Expected {
  const tables = oracleTables(testCase.tables);
  const { expr, diagnostics } = check({ query: testCase.query, tables });
  if (expr === null) {
    const errors = diagnostics.filter((diagnostic) => diagnostic.severity === 'error');
    return { kind: 'rejected', messages: errors.map((error) => `${error.code} ${error.message}`) };
  }
  const { kind, finalAt, changedSince, limit } = testCase.results;
  const result = evaluateQuery({
    expr,
    tables,
    results: {
      kind,
      ...(finalAt === undefined ? {} : { finalAt: parseTimestamp(finalAt)! }),
      ...(changedSince === undefined ? {} : { changedSince: parseTimestamp(changedSince)! }),
      ...(limit === undefined ? {} : { limit }),
    },
  });
  return { kind: 'csv', csv: toCsv(result) };
}

/** The case as text that shows all there is to know about it. */
export function describeCase(testCase: DifferentialCase): string {
  const tables = testCase.tables.flatMap((table) =>
    table.files.map((_, file) => {
      const { name, grouping, key, subsort } = table;
      const subsortText = subsort === null ? '' : `, subsort ${subsort}`;
      return `table ${name} (key ${key}${subsortText}, grouping ${grouping})\n${csvText(table, file)}`;
    }),
  );
  return [...tables, `query ${JSON.stringify(testCase.results)}\n${testCase.query}`].join('\n');
}
