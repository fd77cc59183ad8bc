/** Queries and their results (language.md, section 8): which rows come out, and their CSV text. */
import type { TypedExpr } from '../../../coordinator/check/typed-expr.ts';
import type { DataType, RecordType } from '../../../shared/types/data-type.ts';
import { Evaluator } from './evaluate.ts';
import type { OracleTable } from './load-table.ts';
import { MAX_SUBSORT } from './reshape-rows.ts';
import { dateText, floatText, timestampCsvText } from './text.ts';
import { makeRow } from './timeline.ts';
import type { Row, Timeline } from './timeline.ts';
import { isFloat, unitNs } from './value.ts';
import type { Value } from './value.ts';

export interface ResultOptions {
  readonly kind: 'history' | 'final';
  /** In ns, of `final` only. */
  readonly finalAt?: bigint;
  readonly changedSince?: bigint;
  readonly limit?: number;
}

export interface ResultRow extends Row {
  readonly key: Value;
  readonly record: readonly Value[];
}

export interface QueryResult {
  readonly type: RecordType;
  readonly keyType: DataType;
  readonly rows: readonly ResultRow[];
}

export interface OracleQuery {
  /** What the checker made of the query: a record that depends on a table. */
  readonly expr: TypedExpr;
  readonly tables: readonly OracleTable[];
  readonly results: ResultOptions;
}

export function evaluateQuery({ expr, tables, results }: OracleQuery): QueryResult {
  const evaluator = new Evaluator(tables, results.finalAt ?? null);
  const timeline = evaluator.evaluate(expr, null);
  if (timeline.domain === null || expr.type.kind !== 'record' || expr.grouping === null) {
    throw new Error('oracle: the query is no record of a table');
  }
  const entity = evaluator.entities.get(expr.grouping)!;
  const chosen =
    results.kind === 'final' ? finalRows(timeline, results) : historyRows(timeline, results);
  const limited = results.limit === undefined ? chosen : chosen.slice(0, results.limit);
  const nulls = expr.type.fields.map(() => null);
  return {
    type: expr.type,
    keyType: entity.type,
    rows: limited.map(({ row, value }) => ({
      ...row,
      key: entity.keys.get(row.hash) ?? null,
      record: (value as readonly Value[] | null) ?? nulls,
    })),
  };
}

interface ChosenRow {
  readonly row: Row;
  readonly value: Value;
}

function historyRows({ domain, values }: Timeline, { changedSince }: ResultOptions): ChosenRow[] {
  return domain!.rows
    .map((row, i) => ({ row, value: values[i]! }))
    .filter(({ row }) => changedSince === undefined || row.time >= changedSince);
}

/** The last new row of each entity, at one instant after the end, in order of hash. */
function finalRows(timeline: Timeline, { finalAt, changedSince }: ResultOptions): ChosenRow[] {
  const { rows, bounds } = timeline.domain!;
  const latest = new Map<bigint, number>();
  for (const [i, row] of rows.entries()) {
    if (timeline.isNew[i]) latest.set(row.hash, i);
  }
  const time = (finalAt ?? bounds?.last ?? 0n) + 1n;
  return [...latest]
    .filter(([, i]) => changedSince === undefined || rows[i]!.time >= changedSince)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([hash, i]) => ({
      row: makeRow(time, MAX_SUBSORT, hash, 0),
      value: timeline.values[i]!,
    }));
}

/** The result as CSV with a header; every line ends with a line feed. */
export function toCsv({ type, keyType, rows }: QueryResult): string {
  const header = [
    '_time',
    '_subsort',
    '_key_hash',
    '_key',
    ...type.fields.map((field) => field.name),
  ];
  const lines = rows.map((row) => [
    timestampCsvText(row.time),
    String(row.subsort),
    String(row.hash),
    cellText(row.key, keyType),
    ...type.fields.map((field, i) => cellText(row.record[i]!, field.type)),
  ]);
  return [header, ...lines].map((cells) => `${cells.map(quoted).join(',')}\n`).join('');
}

function quoted(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

/** The text of a value before quoting; nested values as JSON. */
export function cellText(value: Value, type: DataType): string {
  if (value === null) return '';
  if (isFloat(type)) return floatText(value as number, type.kind !== 'f64');
  if (type.kind.startsWith('timestamp_')) return timestampCsvText((value as bigint) * unitNs(type));
  if (type.kind === 'date') return dateText(value as number);
  if (Array.isArray(value)) return jsonText(value, type);
  return String(value);
}

function jsonText(value: Value, type: DataType): string {
  if (value === null) return 'null';
  const items = value as readonly Value[];
  switch (type.kind) {
    case 'record': {
      const fields = type.fields.map(
        (f, i) => `${JSON.stringify(f.name)}:${jsonText(items[i]!, f.type)}`,
      );
      return `{${fields.join(',')}}`;
    }
    case 'list':
      return `[${items.map((item) => jsonText(item, type.element)).join(',')}]`;
    case 'map': {
      const entries = items.map((entry) => {
        const [key, item] = entry as readonly [Value, Value];
        return `${JSON.stringify(cellText(key, type.key))}:${jsonText(item, type.value)}`;
      });
      return `{${entries.join(',')}}`;
    }
    default: {
      const text = cellText(value, type);
      const isBare = /^(-?\d.*|true|false)$/.test(text) && typeof value !== 'string';
      return isBare && !type.kind.startsWith('timestamp_') && type.kind !== 'date'
        ? text
        : JSON.stringify(text);
    }
  }
}
