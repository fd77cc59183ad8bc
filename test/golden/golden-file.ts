/**
 * Golden files: tables, queries and their answers as text, one feature per file.
 *
 *   # What the file pins, in a sentence.
 *
 *   table Buy(who: entity, at: time, qty: i64) by person
 *     ann  10:00  2
 *     bob  10:05  -
 *
 *   query final
 *   { sum: sum(Buy.qty) }
 *   ----
 *   at                  who  sum
 *   10:05:00.000000001  ann    2
 *
 * A cell is a word or a "quoted text"; `-` is null. Times without a date are on 2024-01-01. A query may be `query`,
 * `query final`, `query final at <time>`, and have `changed since <time>` or `limit <n>` after that. `error` blocks have
 * diagnostics for an answer. `view <name>` defines a formula. Tables and views hold for all queries of the file.
 */

export interface GoldenColumn {
  readonly name: string;
  readonly type: string;
  readonly role: 'entity' | 'time' | 'subsort' | 'value';
}

export interface GoldenTable {
  readonly name: string;
  readonly grouping: string;
  readonly columns: readonly GoldenColumn[];
  /** Null cells are `null`; times are complete. */
  readonly rows: readonly (readonly (string | null)[])[];
}

export interface GoldenQuery {
  readonly kind: 'query' | 'error';
  /** Line of the file, from 1. */
  readonly line: number;
  readonly text: string;
  readonly results: 'history' | 'final';
  readonly finalAt?: string;
  readonly changedSince?: string;
  readonly limit?: number;
  readonly answer: readonly string[];
  /** Where the answer stands: indexes of lines, end exclusive. */
  readonly answerStart: number;
  readonly answerEnd: number;
}

export interface GoldenFile {
  readonly lines: readonly string[];
  readonly tables: readonly GoldenTable[];
  readonly views: readonly { readonly name: string; readonly text: string }[];
  readonly queries: readonly GoldenQuery[];
}

const DATE = '2024-01-01';

/** Parses a file; throws with the line number where it does not fit the format. */
export function parseGoldenFile(text: string): GoldenFile {
  const lines = text.replace(/\n+$/, '').split('\n');
  const tables: GoldenTable[] = [];
  const views: { name: string; text: string }[] = [];
  const queries: GoldenQuery[] = [];
  let at = 0;
  const until = (isEnd: (line: string) => boolean): string[] => {
    const start = at;
    while (at < lines.length && !isEnd(lines[at]!)) at++;
    return lines.slice(start, at);
  };
  const isBlank = (line: string): boolean => line.trim() === '';
  while (at < lines.length) {
    const line = lines[at++]!;
    if (isBlank(line) || line.startsWith('#')) continue;
    const view = /^view (\w+)$/.exec(line);
    if (line.startsWith('table ')) tables.push(parseTable(line, until(isBlank)));
    else if (view !== null) views.push({ name: view[1]!, text: until(isBlank).join('\n') });
    else if (/^(query|error)\b/.test(line)) {
      const start = at;
      const query = until((other) => other === '----');
      const answerStart = ++at;
      const answer = until(isBlank);
      queries.push({
        ...parseHeader(line),
        line: start,
        text: query.join('\n'),
        answer,
        answerStart,
        answerEnd: answerStart + answer.length,
      });
    } else throw new Error(`line ${at}: not a table, view, query or error: ${line}`);
  }
  return { lines, tables, views, queries };
}

type Header = Pick<GoldenQuery, 'kind' | 'results' | 'finalAt' | 'changedSince' | 'limit'>;

function parseHeader(line: string): Header {
  const match =
    /^(query|error)( final(?: at (\S+))?)?(?: changed since (\S+))?(?: limit (\d+))?$/.exec(line);
  if (match === null) throw new Error(`not a query header: ${line}`);
  return {
    kind: match[1] as 'query' | 'error',
    results: match[2] === undefined ? 'history' : 'final',
    ...(match[3] === undefined ? {} : { finalAt: completeTime(match[3]) }),
    ...(match[4] === undefined ? {} : { changedSince: completeTime(match[4]) }),
    ...(match[5] === undefined ? {} : { limit: Number(match[5]) }),
  };
}

function parseTable(header: string, lines: readonly string[]): GoldenTable {
  const match = /^table (\w+)\((.*)\)(?: by (\w+))?$/.exec(header);
  if (match === null) throw new Error(`not a table: ${header}`);
  const columns = match[2]!.split(',').map((part): GoldenColumn => {
    const [name, type] = part.split(':').map((word) => word.trim()) as [string, string];
    if (type === 'time') return { name, type: 'timestamp_s', role: 'time' };
    if (type === 'subsort') return { name, type: 'i64', role: 'subsort' };
    const entity = /^entity(?:<(\w+)>)?$/.exec(type);
    return entity === null
      ? { name, type, role: 'value' }
      : { name, type: entity[1] ?? 'string', role: 'entity' };
  });
  const rows = lines.map((line) => {
    const cells = splitCells(line);
    if (cells.length !== columns.length) throw new Error(`${cells.length} cells: ${line}`);
    return cells.map((cell, i) =>
      cell !== null && columns[i]!.type.startsWith('timestamp') ? completeTime(cell) : cell,
    );
  });
  return { name: match[1]!, grouping: match[3] ?? match[1]!, columns, rows };
}

function splitCells(line: string): (string | null)[] {
  const words = line.trim().match(/"(?:[^"]|"")*"|\S+/g) ?? [];
  return words.map((word) => {
    if (word === '-') return null;
    return word.startsWith('"') ? word.slice(1, -1).replaceAll('""', '"') : word;
  });
}

function completeTime(text: string): string {
  const clock = /^\d{2}:\d{2}$/.test(text) ? `${text}:00` : text;
  return /^\d{2}:\d{2}:\d{2}/.test(clock) ? `${DATE}T${clock}` : clock;
}

/** The table as inline CSV from which the declared types are inferred. */
export function goldenCsv(table: GoldenTable): string {
  const lines = table.rows.map((row) =>
    row.map((cell, i) => {
      if (cell === null) return '';
      const text = table.columns[i]!.type === 'f64' && /^-?\d+$/.test(cell) ? `${cell}.0` : cell;
      return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
    }),
  );
  return [table.columns.map((column) => column.name), ...lines]
    .map((cells) => `${cells.join(',')}\n`)
    .join('');
}

/** The lines of an answer: cells in columns, numbers to the right. */
export function printAnswer(
  header: readonly string[],
  rows: readonly (readonly string[])[],
): string[] {
  const cells = [header, ...rows.map((row) => row.map(printCell))];
  const isNumeric = header.map((_, column) =>
    rows.every((row) => row[column] === '' || /^(-?\d[\d.e-]*|NaN|-?inf)$/.test(row[column]!)),
  );
  const widths = header.map((_, column) => Math.max(...cells.map((line) => line[column]!.length)));
  return cells.map((line) =>
    line
      .map((cell, i) => (isNumeric[i] ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join('  ')
      .trimEnd(),
  );
}

function printCell(cell: string): string {
  if (cell === '') return '-';
  const time = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}):(\d{2})\.(\d{9})$/.exec(cell);
  if (time !== null) {
    const fraction = time[4]!.replace(/0+$/, '');
    const seconds = fraction === '' ? time[3]! : `${time[3]}.${fraction}`;
    const clock = seconds === '00' ? time[2]! : `${time[2]}:${seconds}`;
    return time[1] === DATE ? clock : `${time[1]}T${clock}`;
  }
  return /[\s"]|^-$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
