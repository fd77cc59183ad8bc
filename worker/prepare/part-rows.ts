/** The rows of a part as columns, with the times and subsorts that order them; bad rows are refused or left out. */
import { AppError } from '../../shared/base/app-error.ts';
import { assert } from '../../shared/base/assert.ts';
import type { Column } from '../../shared/column/column.ts';
import { joinBytes } from '../../shared/column/join-bytes.ts';
import { StringPool } from '../../shared/column/string-pool.ts';
import { concatColumns, takeColumn } from '../../shared/column/take.ts';
import { allNullColumn } from '../../shared/column/validity.ts';
import { keptRows } from './bad-rows.ts';
import type { Scratch } from '../scratch.ts';
import type { PrepareRequest } from './prepare-task.ts';
import { describeBadSubsort, describeBadTime, eventTimes, subsortValues } from './time-column.ts';

/** The rows of a part, a column at a time; bad rows can still be left out. */
export class PartRows {
  positions: Uint32Array;
  readonly skippedRows: number;
  readonly #columns: Map<string, Column>;

  constructor(columns: Map<string, Column>, positions: Uint32Array, skippedRows: number) {
    this.#columns = columns;
    this.positions = positions;
    this.skippedRows = skippedRows;
  }

  column(name: string): Column {
    const column = this.#columns.get(name);
    assert(column !== undefined, `prepare: no column ${name}`);
    return column;
  }

  release(name: string): Column {
    const column = this.column(name);
    this.#columns.delete(name);
    return column;
  }

  keep(kept: Int32Array): void {
    for (const [name, column] of this.#columns) this.#columns.set(name, takeColumn(column, kept));
    this.positions = take32(this.positions, kept);
  }
}

/** The columns `names` of the part, in arrays of `scratch` some of them; those that the file lacks are null. */
export async function readPart(
  request: PrepareRequest,
  names: ReadonlySet<string>,
  scratch: Scratch,
): Promise<PartRows> {
  const pool = new StringPool();
  const { file, format, part, table, fileSchema } = request;
  const present = new Set(fileSchema.fields.map((field) => field.name));
  const wanted = table.schema.fields.filter((field) => names.has(field.name));
  const fields = wanted.filter((field) => present.has(field.name));
  const batches: Column[][] = fields.map(() => []);
  const positions: Uint32Array[] = [];
  let rows = 0;
  let skippedRows = 0;
  const options = { pool, onBadRow: table.onBadRow, scratch };
  for await (const batch of format.read(file, part, fields, options)) {
    request.signal?.throwIfAborted();
    batch.columns.forEach((column, index) => batches[index]!.push(column));
    positions.push(batch.positions);
    rows += batch.length;
    skippedRows += batch.skippedRows;
    request.onProgress?.(rows);
  }
  const columns = new Map<string, Column>();
  for (const [index, field] of fields.entries()) {
    const pieces = batches[index]!;
    batches[index] = [];
    const whole =
      pieces.length === 0
        ? allNullColumn(field.type, 0, pool)
        : concatColumns(field.type, pieces, pool);
    columns.set(field.name, whole);
  }
  for (const field of wanted) {
    if (!columns.has(field.name)) columns.set(field.name, allNullColumn(field.type, rows, pool));
  }
  const { buffer, byteOffset } = joinBytes(positions);
  return new PartRows(columns, new Uint32Array(buffer, byteOffset, rows), skippedRows);
}

/** Times and subsorts of the rows that have usable ones; with the policy `skip` the others are left out of `rows`. */
export function orderKeys(
  request: PrepareRequest,
  rows: PartRows,
  scratch: Scratch,
): { times: BigInt64Array; subsort: BigUint64Array | null; skipped: number } {
  const { table } = request;
  const timeColumn = rows.column(table.time);
  const { times, bad: badTimes } = eventTimes(
    timeColumn,
    table.timeUnit,
    scratch.i64('times', timeColumn.length),
  );
  const subsort = table.subsort === null ? null : subsortValues(rows.column(table.subsort));
  const bad = new Set<number>();
  for (const flags of [badTimes, subsort?.bad ?? null]) {
    if (flags === null) continue;
    for (let row = 0; row < flags.length; row++) if (flags[row] === 1) bad.add(row);
  }
  if (bad.size === 0) return { times, subsort: subsort?.values ?? null, skipped: 0 };
  if (table.onBadRow === 'fail') throw badRowError(request, rows, Math.min(...bad), badTimes);
  const kept = keptRows(times.length, bad);
  rows.keep(kept);
  return {
    times: take64(times, kept),
    subsort: subsort === null ? null : BigUint64Array.from(kept, (row) => subsort.values[row]!),
    skipped: bad.size,
  };
}

function badRowError(
  { file, part, table }: PrepareRequest,
  rows: PartRows,
  row: number,
  badTimes: Uint8Array | null,
): AppError {
  const isTime = badTimes !== null && badTimes[row] === 1;
  const column = isTime ? table.time : table.subsort!;
  const values = rows.column(column);
  const position = part.firstRow + rows.positions[row]! + 1;
  const reason = isTime ? describeBadTime(values, row) : describeBadSubsort(values, row);
  const role = isTime ? 'time' : 'subsort';
  return new AppError(
    'data',
    isTime ? 'ROW_TIME' : 'ROW_SUBSORT',
    `${file.uri}: row ${position}, ${role} column '${column}': ${reason}`,
    { details: { file: file.uri, row: position, column } },
  );
}

/** The values of `rows`, in that order. */
function take64(values: BigInt64Array, rows: Int32Array): BigInt64Array {
  const out = new BigInt64Array(rows.length);
  for (let row = 0; row < rows.length; row++) out[row] = values[rows[row]!]!;
  return out;
}

function take32(values: Uint32Array, rows: Int32Array): Uint32Array {
  const out = new Uint32Array(rows.length);
  for (let row = 0; row < rows.length; row++) out[row] = values[rows[row]!]!;
  return out;
}
