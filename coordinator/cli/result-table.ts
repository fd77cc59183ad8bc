/** Rows of a result or a data file as a table for a person, from the texts that the files hold. */
import { displayColumn } from './display-values.ts';
import {
  EDGE_ROWS,
  printTable,
  SHOWN_ROWS_MAX,
  type TableColumn,
  type TableText,
} from './print-table.ts';
import { RecordEdges, splitCsvRecord } from './record-edges.ts';

/** They order rows and tell entities apart; a person looks at the time and the key. */
const HIDDEN_COLUMNS = ['_subsort', '_key_hash'];
const RESULT_COLUMNS = ['_time', '_subsort', '_key_hash', '_key'];

/** Of the columns that every result has, where a format has no types. */
export const TYPES_OF_RESULT_COLUMNS: Readonly<Record<string, string>> = {
  _time: 'timestamp_ns',
  _subsort: 'u64',
  _key_hash: 'u64',
};

export interface EdgeRows extends TableText {
  readonly rows: number;
}

/**
 * The first and last rows of CSV with a header. `types` by column name; a column without one is text. Empty cells are
 * null: on a screen they look the same.
 */
export async function readCsvEdges(
  chunks: AsyncIterable<Uint8Array>,
  types: ReadonlyMap<string, string>,
  limit: number | null = null,
): Promise<EdgeRows> {
  const edges = new RecordEdges({
    firstMax: 1 + (limit ?? SHOWN_ROWS_MAX),
    lastMax: limit === null ? EDGE_ROWS : 0,
    hasQuotes: true,
  });
  for await (const chunk of chunks) edges.push(chunk);
  const { first, last, count } = edges.finish();
  const cells = (record: string): (string | null)[] =>
    splitCsvRecord(record).map((cell) => (cell === '' ? null : cell));
  const names = splitCsvRecord((first[0] ?? '').replace(/^\uFEFF/, ''));
  return edgesOf(
    names.map((name) => ({ name, type: types.get(name) ?? TYPES_OF_RESULT_COLUMNS[name] ?? '' })),
    first.slice(1).map(cells),
    last.map(cells),
    Math.max(0, count - 1),
    limit,
  );
}

/**
 * Cuts what was read to what is shown: `first` has at least the first SHOWN_ROWS_MAX rows (or `limit`), `last` the last
 * EDGE_ROWS of those that follow.
 */
export function edgesOf(
  columns: readonly TableColumn[],
  first: TableText['first'],
  last: TableText['last'],
  rows: number,
  limit: number | null,
): EdgeRows {
  if (limit !== null) return { columns, first: first.slice(0, limit), last: [], rows };
  if (rows <= SHOWN_ROWS_MAX) return { columns, first, last: [], rows };
  return {
    columns,
    first: first.slice(0, EDGE_ROWS),
    last: [...first, ...last].slice(-EDGE_ROWS),
    rows,
  };
}

/** The table as text, no wider than `width`. Of a result, the columns that only order rows are left out. */
export function printRows({ columns, first, last }: TableText, width: number): string {
  const isResult = RESULT_COLUMNS.every((name, index) => columns[index]?.name === name);
  const shown = [...columns.keys()].filter(
    (index) => !isResult || !HIDDEN_COLUMNS.includes(columns[index]!.name),
  );
  const display = shown.map((index) =>
    displayColumn(
      columns[index]!.type,
      [...first, ...last].map((row) => row[index] ?? null),
    ),
  );
  const rowAt = (row: number): (string | null)[] => display.map((texts) => texts[row] ?? null);
  return printTable(
    {
      columns: shown.map((index) => columns[index]!),
      first: first.map((_, row) => rowAt(row)),
      last: last.map((_, row) => rowAt(first.length + row)),
    },
    width,
  );
}
