/** Compares the engine with the oracle: the same text for every way of cutting the work. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TableSpec, Tuning } from '../../shared/wire/query-request.ts';
import { csvText, hasMaps, loadGenerated } from '../support/generate/generate-tables.ts';
import type { GeneratedTable } from '../support/generate/generate-tables.ts';
import { arrowFile } from '../support/generate/map-column.ts';
import { Rng } from '../support/generate/rng.ts';
import { askEngine, inlineTable, openTestEngine } from '../support/engine.ts';
import type { Engine } from '../../coordinator/engine.ts';
import { expectedOf } from './case.ts';
import type { DifferentialCase } from './case.ts';

/** Every way of cutting the work that is compared. */
export const MATRIX: readonly Tuning[] = [1, 2, 16].flatMap((ranges) =>
  [1, 3, 8].flatMap((slices) =>
    [1, 7, 4096].flatMap((batchRows) =>
      [[], ['all']].map((disableRules) => ({ ranges, slices, batchRows, disableRules })),
    ),
  ),
);

/** `count` different tunings, always with one in a single piece; all of them if there are no more. */
export function someTunings(seed: number, count: number): readonly Tuning[] {
  if (count >= MATRIX.length) return MATRIX;
  const [first, ...rest] = MATRIX;
  return [first!, ...new Rng(seed).shuffled(rest).slice(0, count - 1)];
}

export type Comparison =
  | { readonly kind: 'equal'; readonly rows: number }
  /** The front end rejects the query; on both sides it is the same one. */
  | { readonly kind: 'rejected'; readonly messages: readonly string[] }
  | {
      readonly kind: 'different';
      readonly tuning: Tuning;
      readonly expected: string;
      readonly actual: string;
    };

export async function compareCase(
  testCase: DifferentialCase,
  tunings: readonly Tuning[],
): Promise<Comparison> {
  const expected = expectedOf(testCase);
  if (expected.kind === 'rejected') return expected;
  const engine = await openTestEngine();
  try {
    for (const tuning of tunings) {
      const actual = await engineText(engine, testCase, tuning);
      if (actual !== expected.csv) {
        return { kind: 'different', tuning, expected: expected.csv, actual };
      }
    }
  } finally {
    await engine.close();
  }
  return { kind: 'equal', rows: expected.csv.split('\n').length - 2 };
}

/** The engine's result, or what it fails with: a failure is a difference like any other. */
export async function engineText(
  engine: Engine,
  testCase: DifferentialCase,
  tuning: Tuning,
): Promise<string> {
  const { kind, ...bounds } = testCase.results;
  const folder = testCase.tables.some(hasMaps)
    ? await mkdtemp(join(tmpdir(), 'millrace-differential-'))
    : null;
  try {
    const tables = await Promise.all(testCase.tables.map((table) => tableSpec(table, folder)));
    const answer = await askEngine(engine, {
      tables,
      query: testCase.query,
      results: kind,
      ...bounds,
      tuning,
    });
    if (answer.kind === 'csv') return answer.csv;
    return `rejected: ${answer.diagnostics.map(({ code, message }) => `${code} ${message}`).join('; ')}`;
  } catch (error) {
    return `failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
  } finally {
    if (folder !== null) await rm(folder, { recursive: true, force: true });
  }
}

/** A table as the engine reads it: inline CSV, or an Arrow file in `folder` where it has maps. */
async function tableSpec(table: GeneratedTable, folder: string | null): Promise<TableSpec> {
  if (!hasMaps(table) || folder === null) {
    const texts = table.files.map((_, file) => csvText(table, file));
    return inlineTable({ ...table, texts });
  }
  const path = join(folder, `${table.name}.arrow`);
  await writeFile(path, arrowFile(loadGenerated(table, 0)));
  const { inlineCsv: _, ...spec } = inlineTable({ ...table, texts: [] });
  return { ...spec, files: [path] };
}

/** The lines that differ, first those expected. */
export function printDifference(expected: string, actual: string): string {
  const [left, right] = [expected.split('\n'), actual.split('\n')];
  let start = 0;
  while (start < left.length && left[start] === right[start]) start++;
  const shown = (lines: readonly string[], mark: string): string[] =>
    lines.slice(start, start + 12).map((line) => `${mark} ${line}`);
  return [`  ${left[0]}`, ...shown(left, '-'), ...shown(right, '+')].join('\n');
}
