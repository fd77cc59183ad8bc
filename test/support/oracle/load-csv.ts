/** Reads inline CSV: cells, types inferred from all rows (language.md 10.4), values. */
import type { DataType, ScalarKind } from '../../../shared/types/data-type.ts';
import { DAY_NS } from './calendar.ts';
import { inlineCsvBase } from './hash.ts';
import type { SourceFile } from './load-table.ts';
import { parseFloatText, parseTimestamp } from './text.ts';
import { checkedInteger, isString, unitNs } from './value.ts';
import type { Value } from './value.ts';

/** The columns of a CSV text. Columns named in `types` have that type; the others one that fits all of their cells. */
export function loadCsv(
  text: string,
  types: ReadonlyMap<string, DataType> = new Map(),
): SourceFile {
  const [header, ...rows] = splitCsv(text);
  if (header === undefined) throw new Error('a CSV text needs a header');
  for (const row of rows) {
    if (row.length !== header.length) throw new Error(`a CSV row has ${row.length} cells`);
  }
  const columns = header.map((name, column) => {
    const cells = rows.map((row) => row[column]!);
    const type = types.get(name) ?? inferType(cells);
    return { name, type, values: cells.map((cell) => parseCell(cell, type)) };
  });
  return { columns, base: inlineCsvBase(text) };
}

/** The cells of all lines, unquoted; empty lines at the end are left out. */
export function splitCsv(text: string): string[][] {
  const lines: string[][] = [];
  let line: string[] = [];
  // A cell begins with a quoted part, where quotes are doubled, or not, and runs to the next separator.
  const cell = /(?:"((?:[^"]|"")*)"|(?!"))([^,\r\n]*)(,|\r?\n|$)/y;
  while (cell.lastIndex < text.length || line.length > 0) {
    const match = cell.exec(text);
    if (match === null) throw new Error('a CSV text has a stray quote or carriage return');
    line.push((match[1] ?? '').replaceAll('""', '"') + match[2]!);
    if (match[3] === ',') continue;
    lines.push(line);
    line = [];
  }
  while (lines.length > 0 && lines.at(-1)!.length === 1 && lines.at(-1)![0] === '') lines.pop();
  return lines;
}

const CLOCK = String.raw`\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}`;

/** The class of a cell is the first that matches; a cell beginning with a quote matches none. */
const CLASSES: readonly (readonly [ScalarKind, RegExp])[] = [
  ['bool', /^(true|false)$/i],
  ['i64', /^-?\d+$/],
  ['f64', /^-?((\d*\.\d+|\d+\.\d*)([eE][-+]?\d+)?|\d+[eE][-+]?\d+)$/],
  ['date', /^\d{4}-\d{2}-\d{2}$/],
  ['timestamp_s', new RegExp(`^${CLOCK}([^\\d.].*)?$`)],
  ['timestamp_ms', new RegExp(`^${CLOCK}\\.\\d{1,3}(\\D.*)?$`)],
  ['timestamp_us', new RegExp(`^${CLOCK}\\.\\d{4,6}(\\D.*)?$`)],
  ['timestamp_ns', new RegExp(`^${CLOCK}\\.\\d{7,9}(\\D.*)?$`)],
];

const TIMES: readonly string[] = [
  'date',
  'timestamp_s',
  'timestamp_ms',
  'timestamp_us',
  'timestamp_ns',
];

function inferType(cells: readonly string[]): DataType {
  const classOf = (cell: string): ScalarKind =>
    CLASSES.find(([, pattern]) => pattern.test(cell))?.[0] ?? 'string';
  const classes = [...new Set(cells.filter((cell) => cell !== '').map(classOf))];
  if (classes.length === 1) return { kind: classes[0]! };
  if (classes.length === 0) return { kind: 'string' };
  if (classes.every((kind) => kind === 'i64' || kind === 'f64')) return { kind: 'f64' };
  if (classes.every((kind) => TIMES.includes(kind))) {
    return {
      kind: TIMES.findLast((kind) => classes.some((other) => other === kind)) as ScalarKind,
    };
  }
  return { kind: 'string' };
}

function parseCell(cell: string, type: DataType): Value {
  if (isString(type)) return cell;
  if (cell === '') return null;
  const value = parseFilledCell(cell, type);
  if (value === null) throw new Error(`the CSV cell ${JSON.stringify(cell)} is no ${type.kind}`);
  return value;
}

function parseFilledCell(cell: string, type: DataType): Value {
  switch (type.kind) {
    case 'bool':
      return /^true$/i.test(cell) ? true : /^false$/i.test(cell) ? false : null;
    case 'i64':
      return /^-?\d+$/.test(cell) ? checkedInteger(type, BigInt(cell)) : null;
    case 'f64':
      return parseFloatText(cell);
    case 'date': {
      const time = parseTimestamp(cell);
      return time === null ? null : Number(time / DAY_NS);
    }
    default: {
      const time = parseTimestamp(cell);
      return time === null ? null : checkedInteger(type, time / unitNs(type));
    }
  }
}
