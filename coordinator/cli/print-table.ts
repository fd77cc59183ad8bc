/** Prints rows for a person: a table of the first and last ones, no wider than the terminal. */
import { cutText, padText, printable, textWidth } from './text-width.ts';

/** Rows that are shown: all of so many, else the first and the last `EDGE_ROWS`. */
export const SHOWN_ROWS_MAX = 20;
export const EDGE_ROWS = 10;

const CELL_COLUMNS_MAX = 40;
const GAP = '  ';
const NULL_TEXT = '';

export interface TableColumn {
  readonly name: string;
  /** As in `RunSummary.columns`: `i64`, `string`, `timestamp_ns`, … Numbers stand at the right. */
  readonly type: string;
}

export interface TableText {
  readonly columns: readonly TableColumn[];
  /** Cells as text, one array per row as long as `columns`; null for null. */
  readonly first: readonly (readonly (string | null)[])[];
  /** The last rows, if there are more than `first`; a line of dots stands between. */
  readonly last: readonly (readonly (string | null)[])[];
}

/**
 * The table as lines, each ended by a line feed. Columns that do not fit in `width` terminal columns are named
 * in a last line instead; the first column is always shown.
 */
export function printTable({ columns, first, last }: TableText, width: number): string {
  const rows = [...first, ...last].map((row) =>
    columns.map((_, index) => printable(row[index] ?? NULL_TEXT)),
  );
  const names = columns.map((column) => printable(column.name));
  const wanted = names.map((name, index) =>
    Math.min(
      CELL_COLUMNS_MAX,
      rows.reduce((most, row) => Math.max(most, textWidth(row[index]!)), textWidth(name)),
    ),
  );
  const shown = fitting(wanted, width);
  const widths = wanted.slice(0, shown).map((most) => Math.min(most, Math.max(1, width)));

  const line = (cells: readonly string[]): string =>
    widths
      .map((cellWidth, index) =>
        padText(cutText(cells[index]!, cellWidth), cellWidth, alignOf(columns[index]!.type)),
      )
      .join(GAP)
      .trimEnd();

  const lines = [line(names), ...rows.slice(0, first.length).map(line)];
  if (last.length > 0)
    lines.push(line(columns.map(() => '…')), ...rows.slice(first.length).map(line));
  if (shown < columns.length) {
    const hidden = names.slice(shown);
    lines.push(
      '',
      cutText(`${hidden.length} more columns: ${hidden.join(', ')}`, Math.max(20, width)),
    );
  }
  return lines.map((text) => `${text}\n`).join('');
}

/** How many columns from the left fit. */
function fitting(widths: readonly number[], width: number): number {
  let used = 0;
  for (const [index, columnWidth] of widths.entries()) {
    used += (index > 0 ? GAP.length : 0) + columnWidth;
    if (used > width && index > 0) return index;
  }
  return widths.length;
}

function alignOf(type: string): 'left' | 'right' {
  return /^([iuf]\d+|duration_|interval_)/.test(type) ? 'right' : 'left';
}
