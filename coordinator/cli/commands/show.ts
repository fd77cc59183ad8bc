/** `millrace show`: what is in a result or a data file, or in a folder of parts. */
import { byteCount, exactCount } from '../amounts.ts';
import type { CommandContext, DataFile, ExitStatus } from '../context.ts';
import type { Invocation } from '../options.ts';
import { s3Access } from '../place.ts';
import { EDGE_ROWS, SHOWN_ROWS_MAX } from '../print-table.ts';
import { edgesOf, printRows, type EdgeRows } from '../result-table.ts';
import { dataFormatOf, readDataEdges } from '../show/data-edges.ts';
import { printable } from '../text-width.ts';
import { rowCount } from './query.ts';

export async function runShow(
  { file: uri, limit, s3 }: Extract<Invocation, { command: 'show' }>,
  context: CommandContext,
): Promise<ExitStatus> {
  const files = await context.openFiles(uri, s3Access(s3, null, context.surroundings));
  try {
    const parts: EdgeRows[] = [];
    for (const file of files) parts.push(await readDataEdges(file, limit));
    const edges = joinParts(parts, limit);
    await context.stdout.write(
      `${printRows(edges, context.stdout.columns())}\n${describeFiles(uri, files, edges)}\n`,
    );
    return 0;
  } finally {
    await Promise.all(files.map((file) => file.close()));
  }
}

/** Parts follow each other in the order of their names. */
function joinParts(parts: readonly EdgeRows[], limit: number | null): EdgeRows {
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return only;
  const rows = parts.reduce((sum, part) => sum + part.rows, 0);
  // Each part brings its own first and last rows: enough for those of the whole.
  const all = parts.flatMap(({ first, last }) => [...first, ...last]);
  const columns = only?.columns ?? [];
  if (limit !== null) return edgesOf(columns, all, [], rows, limit);
  const first = all.slice(0, rows <= SHOWN_ROWS_MAX ? rows : EDGE_ROWS);
  return edgesOf(columns, first, all.slice(first.length), rows, null);
}

function describeFiles(uri: string, files: readonly DataFile[], edges: EdgeRows): string {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const count = files.length === 1 ? '' : ` in ${exactCount(files.length)} files`;
  const columns = edges.columns.map(({ name, type }) =>
    printable(type === '' ? name : `${name} ${type}`),
  );
  return [
    `${printable(uri)} · ${dataFormatOf(files[0]!.uri)} · ${rowCount(edges.rows)}${count} · ${byteCount(bytes)}`,
    `${exactCount(columns.length)} columns: ${columns.join(', ')}`,
  ].join('\n');
}
