/** Makes one segment from one part of a source file: times, entities, order, columns, one object. */
import { AppError } from '../../shared/base/app-error.ts';
import { assert } from '../../shared/base/assert.ts';
import type { Column } from '../../shared/column/column.ts';
import { StringPool } from '../../shared/column/string-pool.ts';
import { concatColumns, takeColumn } from '../../shared/column/take.ts';
import { allNullColumn } from '../../shared/column/validity.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import type { ColumnOrigin, SegmentContent } from '../../shared/storage/segment.ts';
import { encodeSegment } from '../../shared/storage/segment.ts';
import type { SegmentInfo } from '../../shared/storage/table-manifest.ts';
import type { Field, RecordType } from '../../shared/types/data-type.ts';
import type { TimeUnit } from '../../shared/wire/query-request.ts';
import { keptRows } from './bad-rows.ts';
import { assignEntities } from './entities.ts';
import type { FileAccess } from './file-access.ts';
import { orderRows } from './order-rows.ts';
import { placeByBucket } from './place-by-bucket.ts';
import { place32, place64, placeColumn } from './scatter.ts';
import type { BadRowPolicy, Part, SourceFormat } from './source.ts';
import { describeBadTime, eventTimes, subsortValues } from './time-column.ts';

/** What prepare needs of a table's definition. The columns exist and have usable types (`checkTableColumns`). */
export interface PrepareTable {
  readonly schema: RecordType;
  readonly time: string;
  readonly key: string;
  readonly subsort: string | null;
  /** Of a numeric time column. */
  readonly timeUnit: TimeUnit;
  readonly onBadRow: BadRowPolicy;
}

export interface PrepareRequest {
  readonly store: ObjectStore;
  /** Where the segment goes. */
  readonly segmentKey: string;
  readonly format: SourceFormat;
  readonly file: FileAccess;
  /** As inspected: columns of the table that it lacks are null. */
  readonly fileSchema: RecordType;
  readonly part: Part;
  readonly table: PrepareTable;
  /** Subsort base of the file (`fileBase`, `inlineCsvBase`). */
  readonly fileBase: bigint;
  /** Called after each batch with the rows that were read so far. */
  readonly onProgress?: (rows: number) => void;
  readonly signal?: AbortSignal;
}

/** Writes the segment of `part`. Running it again writes the same bytes. */
export async function prepareSegment(request: PrepareRequest): Promise<SegmentInfo> {
  const { part, table, fileBase } = request;
  const pool = new StringPool();
  const rows = await readPart(request, pool);
  const { times, subsort, skipped } = orderKeys(request, rows);
  const { entity, hashes, firstRows } = assignEntities(rows.column(table.key));
  const rankToRow = orderRows(times, subsort, entity);
  const { slots, rank } = placeByBucket(rankToRow, entity, hashes);
  const keys = takeColumn(rows.column(table.key), firstRows);
  const content: SegmentContent = {
    time: place64(times, slots),
    row: subsort === null ? placeU32(rows.positions, slots) : null,
    subsort: subsort === null ? null : placeU64(subsort, slots),
    rank,
    entity: new Uint32Array(place32(entity, slots).buffer),
    entityHash: hashes,
    keys,
    columns: table.schema.fields.map((field) => {
      const origin = originOf(field, table);
      // Each column is dropped as soon as it is in its new order: at most one is held twice.
      const column = rows.release(field.name);
      return {
        name: field.name,
        type: field.type,
        origin,
        column: origin === 'stored' ? placeColumn(column, slots) : null,
      };
    }),
  };
  const encoded = encodeSegment(content);
  await request.store.put(request.segmentKey, encoded.chunks);
  return {
    key: request.segmentKey,
    rows: encoded.meta.rows,
    entities: encoded.meta.entities,
    bytes: encoded.bytes,
    base: String(BigInt.asUintN(64, fileBase + BigInt(part.firstRow))),
    fileBase: String(fileBase),
    firstRow: part.firstRow,
    minTime: encoded.meta.minTime,
    maxTime: encoded.meta.maxTime,
    skippedRows: rows.skippedRows + skipped,
    bucketRows: encoded.bucketRows,
  };
}

/** The rows of a part, a column at a time; bad rows can still be left out. */
class PartRows {
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

async function readPart(request: PrepareRequest, pool: StringPool): Promise<PartRows> {
  const { file, format, part, table, fileSchema } = request;
  const present = new Set(fileSchema.fields.map((field) => field.name));
  const fields = table.schema.fields.filter((field) => present.has(field.name));
  const batches: Column[][] = fields.map(() => []);
  const positions: Uint32Array[] = [];
  let rows = 0;
  let skippedRows = 0;
  const options = { pool, onBadRow: table.onBadRow };
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
  for (const field of table.schema.fields) {
    if (!columns.has(field.name)) columns.set(field.name, allNullColumn(field.type, rows, pool));
  }
  const [only] = positions;
  if (only !== undefined && positions.length === 1) return new PartRows(columns, only, skippedRows);
  const all = new Uint32Array(rows);
  let at = 0;
  for (const piece of positions) {
    all.set(piece, at);
    at += piece.length;
  }
  return new PartRows(columns, all, skippedRows);
}

/** Times and subsorts of the rows that have usable ones; with the policy `skip` the others are left out of `rows`. */
function orderKeys(
  request: PrepareRequest,
  rows: PartRows,
): { times: BigInt64Array; subsort: BigUint64Array | null; skipped: number } {
  const { table } = request;
  const timeColumn = rows.column(table.time);
  const { times, bad: badTimes } = eventTimes(timeColumn, table.timeUnit);
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
  const isNull = values.validity !== null && values.validity[row] === 0;
  let reason: string;
  if (isTime) reason = describeBadTime(values, row);
  else
    reason = isNull
      ? 'is null'
      : `${String(values.physical === 'fixed' ? values.values[row] : '')} is negative`;
  const role = isTime ? 'time' : 'subsort';
  return new AppError(
    'data',
    isTime ? 'ROW_TIME' : 'ROW_SUBSORT',
    `${file.uri}: row ${position}, ${role} column '${column}': ${reason}`,
    { details: { file: file.uri, row: position, column } },
  );
}

function originOf(field: Field, table: PrepareTable): ColumnOrigin {
  if (field.name === table.key) return 'key';
  if (field.name === table.time && field.type.kind === 'timestamp_ns') return 'time';
  if (field.name === table.subsort && (field.type.kind === 'u64' || field.type.kind === 'i64')) {
    return 'subsort';
  }
  return 'stored';
}

function placeU32(values: Uint32Array, slots: Int32Array): Uint32Array {
  const { buffer, byteOffset, length } = values;
  return new Uint32Array(place32(new Int32Array(buffer, byteOffset, length), slots).buffer);
}

function placeU64(values: BigUint64Array, slots: Int32Array): BigUint64Array {
  const { buffer, byteOffset, length } = values;
  return new BigUint64Array(place64(new BigInt64Array(buffer, byteOffset, length), slots).buffer);
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
