/** The first and last rows of a data file, its columns and how many rows it has, whatever its format. */
import { AppError } from '../../../shared/base/app-error.ts';
import type { FileFormat } from '../../../shared/wire/query-request.ts';
import type { DataFile } from '../context.ts';
import { EDGE_ROWS, SHOWN_ROWS_MAX } from '../print-table.ts';
import { edgesOf, readCsvEdges, TYPES_OF_RESULT_COLUMNS, type EdgeRows } from '../result-table.ts';
import { RecordEdges } from '../record-edges.ts';
import { cellOf } from './cell-text.ts';

const READ_BYTES = 4 * 1024 * 1024;

const FORMAT_OF_EXTENSION: Readonly<Record<string, FileFormat>> = {
  parquet: 'parquet',
  pq: 'parquet',
  csv: 'csv',
  jsonl: 'jsonl',
  ndjson: 'jsonl',
  json: 'jsonl',
  arrow: 'arrow',
  feather: 'arrow',
  ipc: 'arrow',
};

/** Which rows of a file are asked for: `count` of them from `start`. */
export interface RowRange {
  readonly start: number;
  readonly count: number;
}

/** A format that can jump to rows. Cells are texts, or null. */
export interface RowReader {
  readonly columns: EdgeRows['columns'];
  readonly rows: number;
  read(range: RowRange): Promise<EdgeRows['first']>;
}

/** By the name of the file. Throws an AppError `FORMAT_UNKNOWN`. */
export function dataFormatOf(uri: string): FileFormat {
  const extension = /\.([A-Za-z0-9]+)$/.exec(uri)?.[1]?.toLowerCase() ?? '';
  const format = FORMAT_OF_EXTENSION[extension];
  if (format !== undefined) return format;
  throw new AppError(
    'user',
    'FORMAT_UNKNOWN',
    `${uri}: the name does not tell the format; known are ${Object.keys(FORMAT_OF_EXTENSION)
      .map((name) => `.${name}`)
      .join(' ')}`,
  );
}

/** `limit`: so many first rows instead of the first and last. Throws an AppError `FILE_UNREADABLE` of class `data`. */
export async function readDataEdges(file: DataFile, limit: number | null): Promise<EdgeRows> {
  const format = dataFormatOf(file.uri);
  if (file.bytes === 0) throw new AppError('data', 'FILE_UNREADABLE', `${file.uri} is empty`);
  try {
    switch (format) {
      case 'csv':
        return await readCsvEdges(chunksOf(file), new Map(), limit);
      case 'jsonl':
        return await readJsonEdges(file, limit);
      case 'parquet': {
        const { openParquet } = await import('./parquet-rows.ts');
        return await readEdges(await openParquet(file), limit);
      }
      case 'arrow': {
        const { openArrow } = await import('./arrow-rows.ts');
        return await readEdges(await openArrow(file), limit);
      }
    }
  } catch (error) {
    if (error instanceof AppError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new AppError(
      'data',
      'FILE_UNREADABLE',
      `${file.uri} cannot be read as ${format}: ${reason}; is it whole?`,
    );
  }
}

async function* chunksOf(file: DataFile): AsyncIterable<Uint8Array> {
  for (let at = 0; at < file.bytes; at += READ_BYTES) {
    yield await file.readRange(at, Math.min(READ_BYTES, file.bytes - at));
  }
}

async function readEdges(reader: RowReader, limit: number | null): Promise<EdgeRows> {
  const { rows, columns } = reader;
  const count = Math.min(rows, limit ?? SHOWN_ROWS_MAX);
  const first = await reader.read({ start: 0, count });
  const lastStart = Math.max(count, rows - EDGE_ROWS);
  const last =
    limit !== null || lastStart >= rows
      ? []
      : await reader.read({ start: lastStart, count: rows - lastStart });
  return edgesOf(columns, first, last, rows, limit);
}

/** Columns are the keys of the objects that are shown, in the order in which they are met. */
async function readJsonEdges(file: DataFile, limit: number | null): Promise<EdgeRows> {
  const edges = new RecordEdges({
    firstMax: limit ?? SHOWN_ROWS_MAX,
    lastMax: limit === null ? EDGE_ROWS : 0,
    hasQuotes: false,
  });
  for await (const chunk of chunksOf(file)) edges.push(chunk);
  const { first, last, count } = edges.finish();
  const objects = [...first, ...last].map(parseLine);
  // Numbers stand at the right, with the digits that the file has.
  const types = new Map<string, string>();
  for (const object of objects) {
    for (const [name, value] of Object.entries(object)) {
      if (value !== null || !types.has(name))
        types.set(name, typeof value === 'number' ? 'i64' : '');
    }
  }
  const columns = [...types].map(([name, type]) => ({
    name,
    type: TYPES_OF_RESULT_COLUMNS[name] ?? type,
  }));
  const cells = objects.map((object) => columns.map(({ name }) => cellOf(object[name])));
  return edgesOf(columns, cells.slice(0, first.length), cells.slice(first.length), count, limit);
}

function parseLine(line: string): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(line);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error('a line is no JSON object');
  }
  return Object.fromEntries(Object.entries(value));
}
