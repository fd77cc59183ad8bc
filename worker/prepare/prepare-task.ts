/** Makes a segment from one part of a source file, and bundles of its columns beside it. */
import type { Column } from '../../shared/column/column.ts';
import { takeColumn } from '../../shared/column/take.ts';
import { openBundle } from '../../shared/storage/bundle-reader.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import { encodeSegment } from '../../shared/storage/segment.ts';
import { encodeSegmentColumns } from '../../shared/storage/segment-columns.ts';
import type { ColumnsInfo, SegmentInfo } from '../../shared/storage/table-manifest.ts';
import type { RecordType } from '../../shared/types/data-type.ts';
import type { TimeUnit } from '../../shared/wire/query-request.ts';
import { assignEntities } from './entities.ts';
import type { FileAccess } from './file-access.ts';
import { orderKeys, readPart } from './part-rows.ts';
import { Scratch } from '../scratch.ts';
import { placeRows } from './place-rows.ts';
import { place32, place64, placeColumn } from './scatter.ts';
import type { BadRowPolicy, Part, SourceFormat } from './source.ts';

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
  readonly format: SourceFormat;
  readonly file: FileAccess;
  /** As inspected: columns of the table that it lacks are null. */
  readonly fileSchema: RecordType;
  readonly part: Part;
  readonly table: PrepareTable;
  /** Subsort base of the file (`fileBase`, `inlineCsvBase`). */
  readonly fileBase: bigint;
  /** Names of stored columns (`columnOrigin`), and where their bundle goes. */
  readonly columns: readonly string[];
  readonly columnsKey: string;
  /** Called after each batch with the rows that were read so far. */
  readonly onProgress?: (rows: number) => void;
  readonly signal?: AbortSignal;
}

/** Writes the segment of `part` and its columns in one pass. Running it again writes the same bytes. */
export async function prepareSegment(
  request: PrepareRequest,
  segmentKey: string,
): Promise<{ readonly segment: SegmentInfo; readonly columns: ColumnsInfo }> {
  const { part, table, fileBase, store } = request;
  const wanted = [table.time, table.key, ...request.columns];
  if (table.subsort !== null) wanted.push(table.subsort);
  const scratch = new Scratch();
  const rows = await readPart(request, new Set(wanted), scratch);
  const { times, subsort, skipped } = orderKeys(request, rows, scratch);
  const { length } = times;
  const { entity, hashes, firstRows } = assignEntities(
    rows.column(table.key),
    scratch.i32('entity', length),
  );
  const slots = placeRows({ times, subsort, entity }, hashes, scratch.i32('slots', length));
  const encoded = encodeSegment({
    time: place64(times, slots, scratch.i64('placed time', length)),
    row: place32(rows.positions, slots, scratch.u32('placed row', length)),
    subsort:
      subsort === null ? null : place64(subsort, slots, scratch.u64('placed subsort', length)),
    entity: place32(entity, slots, scratch.u32('placed entity', length)),
    entityHash: hashes,
    keys: takeColumn(rows.column(table.key), firstRows),
  });
  await store.put(segmentKey, encoded.chunks);
  const columns = await putColumns(request, length, (name, index) =>
    placeColumn(rows.release(name), slots, scratch, `placed ${index}`),
  );
  // Not after a failure: a request that is under way may still write to these arrays.
  scratch.giveBack();
  const segment: SegmentInfo = {
    key: segmentKey,
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
  return { segment, columns };
}

/** Writes more columns for a segment that is there: its rows tell where in the part their values stand. */
export async function prepareColumns(
  request: PrepareRequest,
  segmentKey: string,
): Promise<ColumnsInfo> {
  const { part, store } = request;
  const segment = await openBundle(store, segmentKey);
  const stored = await segment.section('row', 'u32');
  const scratch = new Scratch();
  const rows = await readPart(request, new Set(request.columns), scratch);
  const order = rowsAt(rows.positions, stored, part.rows);
  const columns = await putColumns(request, order.length, (name) =>
    takeColumn(rows.release(name), order),
  );
  scratch.giveBack();
  return columns;
}

async function putColumns(
  { store, columns, columnsKey }: PrepareRequest,
  rows: number,
  columnOf: (name: string, index: number) => Column,
): Promise<ColumnsInfo> {
  const placed = columns.map((name, index) => ({ name, column: columnOf(name, index) }));
  const chunks = encodeSegmentColumns(rows, placed);
  await store.put(columnsKey, chunks);
  return { key: columnsKey, bytes: chunks.reduce((sum, chunk) => sum + chunk.length, 0) };
}

/** The index of each stored row among the rows that were read, whose positions in the part are `positions`. */
function rowsAt(positions: Uint32Array, stored: Uint32Array, partRows: number): Int32Array {
  const indexOf = new Int32Array(partRows);
  for (let row = 0; row < positions.length; row++) indexOf[positions[row]!] = row;
  const order = new Int32Array(stored.length);
  for (let slot = 0; slot < order.length; slot++) order[slot] = indexOf[stored[slot]!]!;
  return order;
}
