/** Tables of the oracle: rows with identities, in row order, from the columns of one or more files (language.md, section 10). */
import type { DataType, RecordType } from '../../../shared/types/data-type.ts';
import { DAY_NS } from './calendar.ts';
import { hashValue } from './hash.ts';
import { parseTimestamp } from './text.ts';
import { compareRows, makeRow } from './timeline.ts';
import type { Row } from './timeline.ts';
import { isFloat, isInteger, isString, unitNs } from './value.ts';
import type { Value } from './value.ts';

export interface SourceColumn {
  readonly name: string;
  readonly type: DataType;
  readonly values: readonly Value[];
}

export interface SourceFile {
  readonly columns: readonly SourceColumn[];
  /** The default subsort of the first row, and the place of the file among the others. */
  readonly base: bigint;
}

export interface TableOptions {
  readonly name: string;
  readonly time: string;
  readonly key: string;
  readonly subsort?: string | null;
  /** The table's name if empty or absent. */
  readonly grouping?: string;
  /** Nanoseconds per unit of an integer time column. */
  readonly timeUnitNs?: bigint;
}

export interface TableRow extends Row {
  readonly key: Value;
  readonly record: readonly Value[];
}

export interface OracleTable {
  readonly name: string;
  readonly grouping: string;
  readonly keyColumn: string;
  readonly keyType: DataType;
  readonly type: RecordType;
  readonly rows: readonly TableRow[];
}

/** The table of all rows of the files; the first file decides which columns there are. Throws on unusable columns. */
export function loadTable(options: TableOptions, files: readonly SourceFile[]): OracleTable {
  const first = files[0];
  if (first === undefined) throw new Error(`table ${options.name} has no files`);
  const fields = first.columns.map(({ name, type }) => ({ name, type }));
  const typeOf = (name: string): DataType => {
    const field = fields.find((other) => other.name === name);
    if (field === undefined) throw new Error(`table ${options.name} has no column ${name}`);
    return field.type;
  };
  const timeType = typeOf(options.time);
  const keyType = typeOf(options.key);
  if (options.subsort && !isInteger(typeOf(options.subsort))) {
    throw new Error(`table ${options.name}: the subsort column ${options.subsort} is no integer`);
  }
  const rows: { -readonly [K in keyof TableRow]: TableRow[K] }[] = [];
  const ordered = [...files].sort((a, b) => (a.base < b.base ? -1 : a.base > b.base ? 1 : 0));
  for (const file of ordered) {
    const columns = fields.map((field) => file.columns.find((c) => c.name === field.name)?.values);
    const columnOf = (name: string): readonly Value[] =>
      columns[fields.findIndex((field) => field.name === name)] ?? [];
    const count = file.columns[0]?.values.length ?? 0;
    for (let row = 0; row < count; row++) {
      const time = timeOf(columnOf(options.time)[row] ?? null, timeType, options.timeUnitNs ?? 1n);
      if (time === null)
        throw new Error(`table ${options.name}: a time in ${options.time} is null`);
      const key = columnOf(options.key)[row] ?? null;
      const subsort = options.subsort
        ? subsortOf(columnOf(options.subsort)[row] ?? null)
        : BigInt.asUintN(64, file.base + BigInt(row));
      const identity = makeRow(time, subsort, hashValue(key, keyType), 0);
      rows.push({ ...identity, key, record: columns.map((values) => values?.[row] ?? null) });
    }
  }
  rows.sort(compareRows);
  for (const [i, row] of rows.entries()) {
    const previous = rows[i - 1];
    if (previous === undefined || compareRows({ ...previous, ordinal: 0 }, row) !== 0) continue;
    Object.assign(row, makeRow(row.time, row.subsort, row.hash, previous.ordinal + 1));
  }
  return {
    name: options.name,
    grouping: options.grouping || options.name,
    keyColumn: options.key,
    keyType,
    type: { kind: 'record', fields },
    rows,
  };
}

function timeOf(value: Value, type: DataType, timeUnitNs: bigint): bigint | null {
  if (value === null) return null;
  if (type.kind.startsWith('timestamp_')) return (value as bigint) * unitNs(type);
  if (type.kind === 'date') return BigInt(value as number) * DAY_NS;
  if (isString(type)) return parseTimestamp(value as string);
  if (isInteger(type)) return BigInt(value as number | bigint) * timeUnitNs;
  if (isFloat(type)) return BigInt(Math.trunc(value as number));
  throw new Error(`a column of type ${type.kind} is no time`);
}

function subsortOf(value: Value): bigint {
  if (typeof value !== 'number' && typeof value !== 'bigint') {
    throw new Error('a subsort is null or not a number');
  }
  const subsort = BigInt(value);
  if (subsort < 0n) throw new Error('a subsort is negative');
  return subsort;
}
