/** A table whose time or key was not said: the answer is in the error, so that nobody has to open a file to learn its columns. */
import { AppError } from '../../shared/base/app-error.ts';
import type { Client, FileReport } from '../../shared/wire/client.ts';
import { exactCount, roundCount } from './amounts.ts';
import { incompleteTables } from './request.ts';
import type { DraftTable } from './table-arguments.ts';
import { printable } from './text-width.ts';

/** Columns that are named when none could be the time or the key. */
const NAMED_COLUMNS_MAX = 12;

/** Throws an AppError `TABLE_INCOMPLETE` with what could be meant, if a table lacks its time or key. */
export async function requireTimeAndKey(
  tables: readonly DraftTable[],
  client: Client,
): Promise<void> {
  const incomplete = incompleteTables(tables);
  if (incomplete.length === 0) return;
  const texts: string[] = [];
  for (const table of incomplete) {
    texts.push(describeMissing(table, await client.inspectFiles(table.files)));
  }
  throw new AppError('user', 'TABLE_INCOMPLETE', texts.join('\n\n'));
}

export function describeMissing(table: DraftTable, files: readonly FileReport[]): string {
  const missing = [
    ...(table.time === undefined ? ['a time column'] : []),
    ...(table.key === undefined ? ['an entity key'] : []),
  ];
  const example = [`--table ${table.name}=${table.files.join(' ')}`];
  const lines = [
    `${table.name} needs ${missing.join(' and ')}`,
    '',
    `  ${printable(filesLine(files))}`,
  ];
  const candidates = (role: string, names: readonly string[]): void => {
    lines.push(`    ${`could be ${role}`.padEnd(20)}  ${namesLine(names, files)}`);
  };
  const times = common(files, (file) => file.timeCandidates);
  const keys = common(files, (file) => file.keyCandidates).filter((name) => name !== table.time);
  if (table.time === undefined) candidates('the time', times);
  if (table.key === undefined) candidates('the key', keys);
  const time = table.time ?? times[0];
  const key =
    table.key ??
    likelyKey(
      keys.filter((name) => name !== time),
      files,
    );
  example.push(`--time ${time ?? 'COLUMN'}`, `--key ${key ?? 'COLUMN'}`);
  lines.push('', '  Say which, for example:', `    ${printable(example.join(' '))}`);
  return lines.join('\n');
}

/** For an example that runs: whole numbers are often the ids of the events themselves, texts rarely. */
function likelyKey(keys: readonly string[], files: readonly FileReport[]): string | undefined {
  const columns = files[0]?.columns ?? [];
  const isText = (key: string): boolean =>
    columns.some(({ name, type }) => name === key && type === 'string');
  return keys.find(isText) ?? keys[0];
}

function filesLine(files: readonly FileReport[]): string {
  const rows = files.reduce((sum, file) => sum + file.rows, 0);
  const first = files[0]?.uri ?? 'no file';
  const last = files.at(-1)?.uri;
  return files.length < 2
    ? `${first} (${rowText(rows)})`
    : `${first} … ${last?.split('/').at(-1)} (${exactCount(files.length)} files, ${rowText(rows)})`;
}

function rowText(rows: number): string {
  return rows === 1 ? '1 row' : `${roundCount(rows)} rows`;
}

function namesLine(names: readonly string[], files: readonly FileReport[]): string {
  const columns = files[0]?.columns ?? [];
  if (names.length > 0) {
    const typeOf = new Map(columns.map(({ name, type }) => [name, type]));
    return names
      .map((name) => printable(`${name} (${typeOf.get(name) ?? 'of several types'})`))
      .join(', ');
  }
  const all = columns.map(({ name, type }) => printable(`${name} (${type})`));
  const more = all.length - NAMED_COLUMNS_MAX;
  return `none of ${all.slice(0, NAMED_COLUMNS_MAX).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** Names that every file offers, in the order of the first. */
function common(
  files: readonly FileReport[],
  namesOf: (file: FileReport) => readonly string[],
): readonly string[] {
  const [first, ...rest] = files;
  if (first === undefined) return [];
  return namesOf(first).filter((name) => rest.every((file) => namesOf(file).includes(name)));
}
