/** Queries over small CSV tables on the engine in memory, cut in any way: for the tests of partitioning.md, section 5. */
import { afterAll, expect } from 'vitest';
import type { Engine } from '../../../coordinator/engine.ts';
import { splitCsv } from '../../support/oracle/load-csv.ts';
import type { Tuning } from '../../../shared/wire/query-request.ts';
import type { EngineRequest } from '../../support/engine.ts';
import { askEngine, inlineTable, openTestEngine } from '../../support/engine.ts';

export interface TestTable {
  readonly name: string;
  readonly grouping?: string;
  readonly subsort?: string | null;
  /** CSV texts with columns `at` and `who`; more than one are files. */
  readonly files: readonly string[];
}

export type Question = Omit<EngineRequest, 'tables' | 'results'> & {
  readonly tables: readonly TestTable[];
  readonly results?: EngineRequest['results'];
};

let shared: Promise<Engine> | null = null;

/** One engine for all tests of a file: tables are prepared once. */
function engine(): Promise<Engine> {
  shared ??= openTestEngine();
  return shared;
}

afterAll(async () => {
  if (shared !== null) await (await shared).close();
});

export async function ask(question: Question): Promise<string> {
  const { tables, results = 'history', ...rest } = question;
  const answer = await askEngine(await engine(), {
    ...rest,
    results,
    tables: tables.map(({ name, grouping = 'who', subsort = 'seq', files }) =>
      inlineTable({ name, time: 'at', key: 'who', subsort, grouping, texts: files }),
    ),
  });
  if (answer.kind === 'rejected') {
    throw new Error(answer.diagnostics.map(({ message }) => message).join('; '));
  }
  return answer.csv;
}

/** `time subsort key | field, …` per row; times of 2024-01-01 without the date, MAX for the largest subsort. */
export async function rows(question: Question): Promise<string[]> {
  const [, ...lines] = splitCsv(await ask(question));
  return lines.map(([time, subsort, , key, ...fields]) => {
    const short = time!.replace(/^2024-01-01T/, '').replace(/(\.0+)?Z?$/, '');
    const place = subsort === '18446744073709551615' ? 'MAX' : subsort!;
    return `${short} ${place} ${key} | ${fields.join(', ')}`;
  });
}

/** Asserts that every cutting gives the bytes of the uncut query, and returns these. */
export async function sameForAll(question: Question, tunings: readonly Tuning[]): Promise<string> {
  const whole = await ask({ ...question, tuning: { ranges: 1, slices: 1 } });
  for (const tuning of tunings) {
    expect(await ask({ ...question, tuning }), JSON.stringify(tuning)).toBe(whole);
  }
  return whole;
}

/** A CSV text of (at, seq, who, …fields): times are of 2024-01-01 if they have no date. */
export function csv(header: string, lines: readonly string[]): string {
  const full = lines.map((line) => (/^\d\d:/.test(line) ? `2024-01-01T${line}` : line));
  return `${['at,seq,who', header].filter(Boolean).join(',')}\n${full.join('\n')}\n`;
}
