/** Relations between the answers to related questions. They hold whatever the answers are, so they also test the oracle. */
import { columnTypes } from '../support/generate/generate-tables.ts';
import type { GeneratedTable } from '../support/generate/generate-tables.ts';
import { splitCsv } from '../support/oracle/load-csv.ts';
import { parseTimestamp, timestampCsvText } from '../support/oracle/text.ts';
import type { DifferentialCase } from './case.ts';

/** Two questions, and which lines of both answers have to be the same. */
export interface Relation {
  readonly before: DifferentialCase;
  readonly after: DifferentialCase;
  readonly isCompared: (cells: readonly string[]) => boolean;
}

const TICK = /\b(minutely|hourly|daily|monthly|yearly|finished)\(/;
const OTHER_ENTITIES = /\b(lookup|with_key)\(/;

/**
 * Events after `cut` (ns) change no row at or before it. Null where that is not to be expected: ticks go on until the
 * last event, default subsorts and the order of files depend on all of their rows, and columns may get other types.
 */
export function laterEvents(testCase: DifferentialCase, cut: bigint): Relation | null {
  if (TICK.test(testCase.query)) return null;
  const after = withRows(testCase, (table, row) => parseTimestamp(row[timeColumn(table)]!)! <= cut);
  const last = timestampCsvText(cut);
  return after && { before: asHistory(testCase), after, isCompared: (cells) => cells[0]! <= last };
}

/** The events of entity `key` change no row of another one. Null where they may, or see `laterEvents`. */
export function otherEntity(testCase: DifferentialCase, key: string): Relation | null {
  if (TICK.test(testCase.query) || OTHER_ENTITIES.test(testCase.query)) return null;
  const after = withRows(testCase, (table, row) => row[table.header.indexOf(table.key)] !== key);
  return after && { before: asHistory(testCase), after, isCompared: (cells) => cells[3] !== key };
}

/** The lines of a CSV answer that a relation compares, with the header. */
export function comparedLines(relation: Relation, csv: string): string[] {
  const [header, ...rows] = splitCsv(csv);
  return [header!, ...rows.filter(relation.isCompared)].map((cells) => JSON.stringify(cells));
}

function asHistory(testCase: DifferentialCase): DifferentialCase {
  return { ...testCase, results: { kind: 'history' } };
}

function timeColumn(table: GeneratedTable): number {
  return table.header.indexOf(table.time);
}

function withRows(
  testCase: DifferentialCase,
  isKept: (table: GeneratedTable, row: readonly string[]) => boolean,
): DifferentialCase | null {
  const tables = testCase.tables.map((table) => ({
    ...table,
    files: table.files.map((rows) => rows.filter((row) => isKept(table, row))),
  }));
  const isSame = tables.every((table, i) => {
    const types = JSON.stringify([...columnTypes(table)]);
    return (
      table.subsort !== null &&
      table.files.length === 1 &&
      types === JSON.stringify([...columnTypes(testCase.tables[i]!)])
    );
  });
  return isSame ? { ...asHistory(testCase), tables } : null;
}
