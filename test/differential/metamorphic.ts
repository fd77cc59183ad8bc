/** Relations between the answers to related questions. They hold whatever the answers are, so they also test the oracle. */
import { childrenOf } from '../../coordinator/check/children.ts';
import type { TypedExpr } from '../../coordinator/check/typed-expr.ts';
import type { DataType } from '../../shared/types/data-type.ts';
import { check } from '../support/check.ts';
import { columnTypes } from '../support/generate/generate-tables.ts';
import type { GeneratedTable } from '../support/generate/generate-tables.ts';
import { SECOND_NS } from '../support/oracle/calendar.ts';
import { splitCsv } from '../support/oracle/load-csv.ts';
import { parseTimestamp, timestampCsvText } from '../support/oracle/text.ts';
import { oracleTables } from './case.ts';
import type { DifferentialCase } from './case.ts';

/** Two questions, and which lines of both answers have to be the same. */
export interface Relation {
  readonly before: DifferentialCase;
  readonly after: DifferentialCase;
  readonly isCompared: (cells: readonly string[]) => boolean;
  /** What a row of `before` is in `after`, where it is not the same. */
  readonly becomes?: (cells: readonly string[]) => readonly string[];
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

/**
 * All times `days` days later give the same rows as many days later. Null where the calendar or an instant in the query
 * plays a part, or a time becomes something else, such as a number or a key; and where the order of files does. Days are
 * whole, so that ticks of a day and less stay what they are.
 */
export function shiftedTimes(testCase: DifferentialCase, days: number): Relation | null {
  const tables = oracleTables(testCase.tables);
  const { expr } = check({ query: testCase.query, tables });
  if (expr === null || !isTimeless(expr) || !testCase.tables.every(hasOwnOrder)) return null;
  const later = (text: string): string => laterTimes(text, days);
  const { finalAt, changedSince } = testCase.results;
  const results = {
    ...testCase.results,
    ...(finalAt === undefined ? {} : { finalAt: later(finalAt) }),
    ...(changedSince === undefined ? {} : { changedSince: later(changedSince) }),
  };
  const moved = testCase.tables.map((table) => ({
    ...table,
    files: table.files.map((rows) => rows.map((row) => row.map(later))),
  }));
  return {
    before: testCase,
    after: { ...testCase, tables: moved, results },
    isCompared: () => true,
    becomes: (cells) => cells.map(later),
  };
}

const CALENDAR_FUNCTIONS: ReadonlySet<string> = new Set([
  'year',
  'month_of_year',
  'month_of_year0',
  'day_of_month',
  'day_of_month0',
  'day_of_year',
  'day_of_year0',
  'months_between',
  'months',
  'hash',
]);

/** Whether nothing in the query knows which year it is. */
function isTimeless(expr: TypedExpr): boolean {
  switch (expr.op) {
    case 'literal':
      // Intervals count months.
      if (isTime(expr.type) || expr.type.kind === 'interval_months') return expr.value === null;
      break;
    case 'cast':
      if (isTime(expr.type) !== isTime(expr.input.type)) return false;
      break;
    case 'call':
      if (CALENDAR_FUNCTIONS.has(expr.fn)) return false;
      break;
    case 'tick':
      if (expr.tick === 'monthly' || expr.tick === 'yearly') return false;
      break;
    case 'with_key':
    case 'lookup':
      if (isTime(expr.key.type)) return false;
      break;
    default:
  }
  return childrenOf(expr).every(isTimeless);
}

function isTime({ kind }: DataType): boolean {
  return kind.startsWith('timestamp_') || kind.startsWith('date');
}

/** Every instant in a text, with the digits that it has. */
function laterTimes(text: string, days: number): string {
  return text.replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/g, (instant) => {
    const time = parseTimestamp(instant)! + BigInt(days) * 86_400n * SECOND_NS;
    return timestampCsvText(time).slice(0, instant.length);
  });
}

/** The lines of the answer to `after` that a relation compares, with the header. */
export function comparedLines(relation: Relation, csv: string): string[] {
  const [header, ...rows] = splitCsv(csv);
  return [header!, ...rows.filter(relation.isCompared)].map((cells) => JSON.stringify(cells));
}

/** What the answer to `before` says that they have to be. */
export function expectedLines(relation: Relation, csv: string): string[] {
  const [header, ...rows] = splitCsv(csv);
  const { isCompared, becomes } = relation;
  const compared = rows.filter(isCompared).map((cells) => becomes?.(cells) ?? cells);
  return [header!, ...compared].map((cells) => JSON.stringify(cells));
}

function asHistory(testCase: DifferentialCase): DifferentialCase {
  return { ...testCase, results: { kind: 'history' } };
}

function timeColumn(table: GeneratedTable): number {
  return table.header.indexOf(table.time);
}

/** Whether the order of its rows is in the rows, rather than in the contents of files. */
function hasOwnOrder(table: GeneratedTable): boolean {
  return table.subsort !== null && table.files.length === 1;
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
    return hasOwnOrder(table) && types === JSON.stringify([...columnTypes(testCase.tables[i]!)]);
  });
  return isSame ? { ...asHistory(testCase), tables } : null;
}
