/** Answers the queries of golden files, with the oracle and with the engine. */
import type { Diagnostic } from '../../coordinator/language/diagnostics/diagnostic.ts';
import { CODES } from '../../coordinator/language/diagnostics/codes.ts';
import type { Engine } from '../../coordinator/engine.ts';
import type { WireDiagnostic } from '../../shared/wire/client.ts';
import type { Tuning } from '../../shared/wire/query-request.ts';
import { check } from '../support/check.ts';
import { askEngine, inlineTable } from '../support/engine.ts';
import { loadCsv, splitCsv } from '../support/oracle/load-csv.ts';
import { loadTable } from '../support/oracle/load-table.ts';
import type { OracleTable } from '../support/oracle/load-table.ts';
import { evaluateQuery, toCsv } from '../support/oracle/results.ts';
import type { ResultOptions } from '../support/oracle/results.ts';
import { parseTimestamp } from '../support/oracle/text.ts';
import { goldenCsv, printAnswer } from './golden-file.ts';
import type { GoldenFile, GoldenQuery, GoldenTable } from './golden-file.ts';

export interface OracleAnswer {
  readonly lines: readonly string[];
  /** The whole result as CSV, which the engine has to give too; null where the query has errors. */
  readonly csv: string | null;
}

/** The tables of a file for the oracle; throws if a column does not get the type it is declared with. */
export function goldenTables(file: GoldenFile): OracleTable[] {
  return file.tables.map((table) => {
    const loaded = loadTable(
      {
        name: table.name,
        grouping: table.grouping,
        time: columnOf(table, 'time')!,
        key: columnOf(table, 'entity')!,
        subsort: columnOf(table, 'subsort'),
      },
      [loadCsv(goldenCsv(table))],
    );
    for (const [i, { name, type }] of table.columns.entries()) {
      const found = loaded.type.fields[i]!.type.kind;
      if (found !== type && !(type.startsWith('timestamp') && found.startsWith('timestamp'))) {
        throw new Error(`table ${table.name}: the cells of ${name} are ${found}, not ${type}`);
      }
    }
    return loaded;
  });
}

export function columnOf(table: GoldenTable, role: string): string | null {
  return table.columns.find((column) => column.role === role)?.name ?? null;
}

export function answerQuery(file: GoldenFile, query: GoldenQuery): OracleAnswer {
  const tables = goldenTables(file);
  const { expr, diagnostics } = check({ query: query.text, formulas: file.views, tables });
  if (expr === null) return { lines: diagnostics.map(printDiagnostic), csv: null };
  const csv = toCsv(evaluateQuery({ expr, tables, results: resultsOf(query) }));
  const [header, ...rows] = splitCsv(csv);
  const home = file.tables.find((table) => table.grouping === expr.grouping);
  const entity = home === undefined ? 'key' : columnOf(home, 'entity')!;
  const shown = rows.map((row) => [row[0]!, ...row.slice(3)]);
  return { lines: printAnswer(['at', entity, ...header!.slice(4)], shown), csv };
}

export function resultsOf(query: GoldenQuery): ResultOptions {
  const { results: kind, finalAt, changedSince, limit } = query;
  return {
    kind,
    ...(finalAt === undefined ? {} : { finalAt: parseTimestamp(finalAt)! }),
    ...(changedSince === undefined ? {} : { changedSince: parseTimestamp(changedSince)! }),
    ...(limit === undefined ? {} : { limit }),
  };
}

/** The engine's result as CSV text, or the lines that tell what is wrong with the query. */
export async function engineResult(
  engine: Engine,
  file: GoldenFile,
  query: GoldenQuery,
  tuning: Tuning,
): Promise<string | readonly string[]> {
  const { results, finalAt, changedSince, limit } = query;
  const answer = await askEngine(engine, {
    tables: file.tables.map((table) =>
      inlineTable({
        name: table.name,
        grouping: table.grouping,
        time: columnOf(table, 'time')!,
        key: columnOf(table, 'entity')!,
        subsort: columnOf(table, 'subsort'),
        texts: [goldenCsv(table)],
      }),
    ),
    views: file.views,
    query: query.text,
    results,
    ...(finalAt === undefined ? {} : { finalAt }),
    ...(changedSince === undefined ? {} : { changedSince }),
    ...(limit === undefined ? {} : { limit }),
    tuning,
  });
  return answer.kind === 'csv' ? answer.csv : answer.diagnostics.map(printWireDiagnostic);
}

function printDiagnostic({ code, title, labels }: Diagnostic): string {
  const span = labels.find((label) => label.primary)?.span;
  const location = span === undefined ? null : span.source.position(span.start);
  return diagnosticLine(code, title, location);
}

function printWireDiagnostic({ code, location }: WireDiagnostic): string {
  return diagnosticLine(code, CODES[code as keyof typeof CODES].title, location);
}

/** `E0001 at 1:10: Illegal field reference`: the wording of messages is pinned where they are made. */
function diagnosticLine(
  code: string,
  title: string,
  location: { readonly line: number; readonly column: number } | null,
): string {
  return location === null
    ? `${code}: ${title}`
    : `${code} at ${location.line}:${location.column}: ${title}`;
}
