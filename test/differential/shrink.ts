/** Makes a failing case smaller while it keeps failing: fewer rows, fewer tables, a smaller part of the query. */
import { childrenOf } from '../../coordinator/check/children.ts';
import type { TypedExpr } from '../../coordinator/check/typed-expr.ts';
import { check } from '../support/check.ts';
import type { GeneratedTable } from '../support/generate/generate-tables.ts';
import { oracleTables } from './case.ts';
import type { DifferentialCase } from './case.ts';

/** Cases tried per failing case: each costs an evaluation on both sides. */
const TRIES_MAX = 2000;

type Step = (testCase: DifferentialCase) => Iterable<DifferentialCase>;

/** In this order: each is repeated until it finds nothing smaller, as a small query makes all else cheap. */
const STEPS: readonly Step[] = [smallerQueries, withoutOptions, withoutTable, withoutSomeRows];

/** The smallest case found for which `fails` still holds. */
export async function shrink(
  testCase: DifferentialCase,
  fails: (candidate: DifferentialCase) => Promise<boolean>,
): Promise<DifferentialCase> {
  let best = testCase;
  let tries = 0;
  const shrinkBy = async (step: Step): Promise<boolean> => {
    for (const candidate of step(best)) {
      if (tries++ >= TRIES_MAX) return false;
      if (!(await fails(candidate))) continue;
      best = candidate;
      return true;
    }
    return false;
  };
  for (let before: DifferentialCase | null = null; before !== best;) {
    before = best;
    for (const step of STEPS) while (await shrinkBy(step));
  }
  return best;
}

function* withoutOptions(testCase: DifferentialCase): Iterable<DifferentialCase> {
  if (Object.keys(testCase.results).length > 1) {
    yield { ...testCase, results: { kind: testCase.results.kind } };
  }
}

function* withoutTable(testCase: DifferentialCase): Iterable<DifferentialCase> {
  if (testCase.tables.length === 1) return;
  for (const table of testCase.tables) {
    yield { ...testCase, tables: testCase.tables.filter((other) => other !== table) };
  }
}

function* withoutSomeRows(testCase: DifferentialCase): Iterable<DifferentialCase> {
  for (const [index, table] of testCase.tables.entries()) {
    const withFiles = (files: GeneratedTable['files']): DifferentialCase => ({
      ...testCase,
      tables: testCase.tables.with(index, { ...table, files }),
    });
    for (const [file, rows] of table.files.entries()) {
      if (table.files.length > 1) yield withFiles(table.files.toSpliced(file, 1));
      for (let size = rows.length; size >= 1; size = Math.floor(size / 2)) {
        for (let start = 0; start < rows.length; start += size) {
          yield withFiles(table.files.with(file, rows.toSpliced(start, size)));
        }
      }
    }
  }
}

/** Parts of the query as queries of their own, the shortest first, with and without the bindings before it. */
function smallerQueries(testCase: DifferentialCase): DifferentialCase[] {
  const { query } = testCase;
  const { expr } = check({ query, tables: oracleTables(testCase.tables) });
  if (expr === null) return [];
  const binding = /^let .* in (?=\{|\(|\w+\()/.exec(query)?.[0] ?? '';
  const texts = new Set<string>();
  visit(expr, new Set(), (part) => {
    if (part.grouping === null || part.span.source.kind !== 'query') return;
    texts.add(query.slice(part.span.start, part.span.end));
  });
  const wrapped = [...texts].flatMap((text) => [text, `{ q: ${text} }`]);
  const queries = wrapped.flatMap((text) => [text, binding + text]);
  return [...new Set(queries)]
    .filter((text) => text.length < query.length)
    .sort((a, b) => a.length - b.length)
    .map((text) => ({ ...testCase, query: text }));
}

function visit(expr: TypedExpr, seen: Set<TypedExpr>, found: (part: TypedExpr) => void): void {
  if (seen.has(expr)) return;
  seen.add(expr);
  found(expr);
  for (const part of childrenOf(expr)) visit(part, seen, found);
}
