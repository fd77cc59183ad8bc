/** Runs conformance cases against the oracle: `node <suite>/run.mjs test/conformance/oracle-executor.ts`. */
import { check } from '../support/check.ts';
import { evaluateQuery, toCsv } from '../support/oracle/results.ts';
import type { ResultOptions } from '../support/oracle/results.ts';
import type { OracleTable } from '../support/oracle/load-table.ts';
import { parseTimestamp } from '../support/oracle/text.ts';
import type { CaseResult, CaseTable, ConformanceCase } from './case.ts';
import { toCaseDiagnostic } from './case-diagnostic.ts';
import { arrowType, loadCaseTable } from './load-case-tables.ts';
import { tablesOfRun } from './snapshots.ts';

export async function execute(request: ConformanceCase, dataFolder: string): Promise<CaseResult> {
  try {
    return await run(request, dataFolder);
  } catch (error) {
    return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

async function run(request: ConformanceCase, dataFolder: string): Promise<CaseResult> {
  const tables: OracleTable[] = [];
  for (const table of tablesOfRun(request)) {
    tables.push(
      table.files.length === 0 && table.schemaOnly !== undefined
        ? emptyTable(table)
        : await loadCaseTable(table, dataFolder),
    );
  }
  if (request.query === null) return {};
  const { expr, diagnostics } = check({
    query: request.query,
    formulas: request.formulas.map(({ name, formula }) => ({ name, text: formula })),
    tables,
  });
  if (expr === null) return { diagnostics: diagnostics.map(toCaseDiagnostic), error: 'not run' };
  return { csv: toCsv(evaluateQuery({ expr, tables, results: resultOptions(request) })) };
}

function emptyTable(table: CaseTable): OracleTable {
  const fields = (table.schemaOnly ?? []).map(({ name, type }) => ({
    name,
    type: arrowType(type),
  }));
  const key = fields.find((field) => field.name === table.key);
  for (const name of [table.key, table.time, ...(table.subsort === null ? [] : [table.subsort])]) {
    if (!fields.some((field) => field.name === name)) {
      throw new Error(`table ${table.name} has no column ${name}`);
    }
  }
  return {
    name: table.name,
    grouping: table.grouping || table.name,
    keyColumn: table.key,
    keyType: key!.type,
    type: { kind: 'record', fields },
    rows: [],
  };
}

function resultOptions({ options }: ConformanceCase): ResultOptions {
  return {
    kind: options.results === 'history' ? 'history' : 'final',
    ...(options.results === 'final_at' ? { finalAt: time(options.finalAt) } : {}),
    ...(options.changedSince === undefined ? {} : { changedSince: time(options.changedSince) }),
    ...(options.limit === undefined || options.limit === 0 ? {} : { limit: options.limit }),
  };
}

function time(text: string | undefined): bigint {
  const parsed = text === undefined ? null : parseTimestamp(text);
  if (parsed === null) throw new Error(`not a time: ${String(text)}`);
  return parsed;
}
