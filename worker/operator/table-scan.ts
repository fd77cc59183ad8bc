/**
 * Reads the rows of a table for a range of buckets, in order-key order, by ranges of time.
 *
 *   segments (each stored by bucket, then by time)      window                         read(low, high)
 *   s0 │ b0 ▇▇▇▇ │ b1 ▇▇▇▇ │ …      ranged reads   rows of all segments        views of the window's
 *   s1 │ b0 ▇▇▇▇ │ b1 ▇▇▇▇ │ …    ──────────────>  in order of the key    ──>  arrays, no copy
 *
 * A window is loaded when a read leaves the last one, so reads should ascend in time. Its size is bounded by bytes and
 * not by the table's size. Cost of a row: its bytes read once, a radix sort by time, one gather per column.
 */
import { assert, AssertionError } from '../../shared/base/assert.ts';
import type { Column } from '../../shared/column/column.ts';
import { fixedColumn } from '../../shared/column/column.ts';
import type { StringPool } from '../../shared/column/string-pool.ts';
import { concatColumns, sliceColumn } from '../../shared/column/take.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import { openSegment } from '../../shared/storage/segment.ts';
import type { ColumnOrigin } from '../../shared/storage/segment-columns.ts';
import { columnOrigin, openSegmentColumns } from '../../shared/storage/segment-columns.ts';
import type { TableManifest } from '../../shared/storage/table-manifest.ts';
import { compareSegments } from '../../shared/storage/table-manifest.ts';
import type { DataType, Field } from '../../shared/types/data-type.ts';
import type { DomainRows } from './domain-rows.ts';
import { lowerBound } from './lower-bound.ts';
import { cutTimes } from './scan-cuts.ts';
import type { EntityFilter, ScanEntities } from './scan-entities.ts';
import { readEntities } from './scan-entities.ts';
import { EMPTY_ROWS } from './rows.ts';
import type { LocatedRows, ScanPart } from './scan-segment.ts';
import { locateRows, readRows } from './scan-segment.ts';
import type { RowsInOrder, StoredPart } from './stored-rows.ts';
import {
  readStoredColumn,
  slotsOf,
  storedArrays,
  takeFlatColumn,
  takeInOrder,
} from './stored-rows.ts';
import { Scratch } from '../scratch.ts';

/** Bytes of a window's rows, about; loading needs some three times as much for a moment. */
const WINDOW_BYTES_DEFAULT = 96 * 1024 * 1024;

export interface TableScanOptions {
  readonly store: ObjectStore;
  readonly manifest: TableManifest;
  /** Half-open range of buckets, within 0 … 256. */
  readonly bucketLow: number;
  readonly bucketHigh: number;
  /** Names of table columns; any order, no repeats. */
  readonly columns: readonly string[];
  readonly pool: StringPool;
  /** Rows later than this do not exist (`final_at`). */
  readonly timeMax?: bigint;
  /** Entities that it refuses do not exist (samples). */
  readonly keepEntity?: EntityFilter;
  /** Bytes of rows held decoded, about. */
  readonly windowBytes?: number;
}

export interface ScannedRows {
  readonly rows: DomainRows;
  readonly columns: ReadonlyMap<string, Column>;
}

export interface TableScan {
  /** Ascending (unsigned): all entities of the table in the bucket range. */
  readonly entityHash: BigUint64Array;
  readonly entityKeys: Column;
  /** Rows in the bucket range; an upper bound if `timeMax` or `keepEntity` is given. */
  readonly rowsEstimate: number;
  /**
   * All rows with low <= time < high, in order-key order with ordinals (partitioning.md, R1). A null bound is open.
   * Arrays are views of a window that further reads do not change. Calls must not overlap.
   */
  read(low: bigint | null, high: bigint | null): Promise<ScannedRows>;
  /**
   * Strictly ascending times in (low, high) that cut the rows into batches of about `rows` rows: each batch holds the
   * rows from one cut up to but without the next. An instant is never split, however many rows it has.
   */
  cuts(low: bigint | null, high: bigint | null, rows: number): bigint[];
  /** When nobody needs what was read any more: the next scan overwrites it. Nothing is read afterwards. */
  close(): void;
}

export async function openTableScan(options: TableScanOptions): Promise<TableScan> {
  const { store, manifest, bucketLow, bucketHigh, pool, columns } = options;
  const fields = columns.map((name): Field => {
    const field = manifest.schema.fields.find((candidate) => candidate.name === name);
    assert(field !== undefined, `scan: table ${manifest.table} has no column ${name}`);
    return field;
  });
  const entries = manifest.segments.toSorted(compareSegments);
  const isStored = fields.map((field) => originIn(manifest, field) === 'stored');
  const opened = await Promise.all(
    entries.map(async (entry): Promise<ScanPart> => {
      const [segment, found] = await Promise.all([
        openSegment(store, entry.key),
        openSegmentColumns(store, isStored.includes(true) ? entry.columnKeys : []),
      ]);
      for (const [index, { name }] of fields.entries()) {
        assert(!isStored[index]! || found.has(name), `scan: ${entry.key} has no column ${name}`);
      }
      return { segment, entry, columns: found };
    }),
  );
  const parts = opened.filter(
    ({ segment }) => segment.bucketRows[bucketLow]! < segment.bucketRows[bucketHigh]!,
  );
  const entities = await readEntities(
    parts.map(({ segment }) => segment),
    bucketLow,
    bucketHigh,
    manifest.keyType,
    pool,
    options.keepEntity ?? null,
  );
  return new SegmentScan(options, fields, parts, entities);
}

function originIn(manifest: TableManifest, field: Field): ColumnOrigin {
  const { timeColumn: time, keyColumn: key, subsortColumn: subsort } = manifest;
  return columnOrigin(field, { time, key, subsort });
}

interface Window {
  readonly low: bigint | null;
  readonly high: bigint | null;
  readonly rows: DomainRows;
  readonly columns: ReadonlyMap<string, Column>;
  /** Null: there are no rows. */
  readonly held: RowsInOrder | null;
}

interface PlacedRows extends LocatedRows, StoredPart {
  /** As in `ScanEntities.maps`. */
  readonly map: Int32Array | null;
}

class SegmentScan implements TableScan {
  readonly entityHash: BigUint64Array;
  readonly entityKeys: Column;
  readonly rowsEstimate: number;
  readonly #options: TableScanOptions;
  readonly #fields: readonly Field[];
  readonly #parts: readonly ScanPart[];
  readonly #entities: ScanEntities;
  readonly #windowRows: number;
  readonly #end: bigint | null;
  #window: Window | null = null;

  constructor(
    options: TableScanOptions,
    fields: readonly Field[],
    parts: readonly ScanPart[],
    entities: ScanEntities,
  ) {
    this.entityHash = entities.hashes;
    this.entityKeys = entities.keys;
    this.#options = options;
    this.#fields = fields;
    this.#parts = parts;
    this.#entities = entities;
    this.#end = options.timeMax === undefined ? null : options.timeMax + 1n;
    const { bucketLow, bucketHigh } = options;
    this.rowsEstimate = parts.reduce(
      (sum, { segment }) => sum + segment.bucketRows[bucketHigh]! - segment.bucketRows[bucketLow]!,
      0,
    );
    const rowBytes = 20 + fields.reduce((sum, field) => sum + widthOf(field.type), 0);
    const windowBytes = options.windowBytes ?? WINDOW_BYTES_DEFAULT;
    this.#windowRows = Math.max(1, Math.floor(windowBytes / rowBytes));
  }

  async read(low: bigint | null, high: bigint | null): Promise<ScannedRows> {
    const end = earlier(high, this.#end);
    if (low !== null && end !== null && low >= end) return this.#emptyWindow(low, end);
    if (this.#window === null || !covers(this.#window, low, end)) {
      // The old window goes before the new one comes. Somebody may still hold its arrays: they are not used again.
      this.#window = null;
      this.#window = await this.#load(low, this.#windowEnd(low, end));
    }
    return sliceWindow(this.#window, low, end);
  }

  close(): void {
    const held = this.#window?.held ?? null;
    held?.scratch.giveBack();
    this.#window = null;
  }

  cuts(low: bigint | null, high: bigint | null, rows: number): bigint[] {
    const { bucketLow, bucketHigh } = this.#options;
    const sources = this.#parts.map(({ segment }) => {
      const chosen = segment.bucketRows[bucketHigh]! - segment.bucketRows[bucketLow]!;
      return {
        times: segment.sampleTime,
        weight: (segment.meta.sampleStep * chosen) / segment.meta.rows,
      };
    });
    return cutTimes(sources, low, earlier(high, this.#end), rows);
  }

  /** A window of about `#windowRows` rows that at least reaches `end`. */
  #windowEnd(low: bigint | null, end: bigint | null): bigint | null {
    if (end === null || this.rowsEstimate <= this.#windowRows) return this.#end;
    const [cut] = this.cuts(low, null, this.#windowRows);
    if (cut === undefined) return this.#end;
    return cut > end ? cut : end;
  }

  async #load(low: bigint | null, high: bigint | null): Promise<Window> {
    const { bucketLow, bucketHigh, keepEntity } = this.#options;
    const range = { bucketLow, bucketHigh, low, high };
    const located = await Promise.all(this.#parts.map((part) => locateRows(part, range)));
    const parts = this.#placed(located);
    if (parts.length === 0) return this.#emptyWindow(low, high);
    const asStored = new Scratch();
    const stored = storedArrays(parts, asStored);
    const [columns] = await Promise.all([
      Promise.all(
        this.#fields.map(async (field, index) =>
          this.#isDerived(field) ? null : this.#readColumn(parts, field, index, asStored),
        ),
      ),
      ...parts.map((part) =>
        readRows(
          part,
          part.part.segment.bucketEntities[bucketLow]!,
          part.map,
          slotsOf(stored, part),
        ),
      ),
    ]);
    const isFiltered = keepEntity !== undefined;
    // Rows of one file have distinct default subsorts; those of two copies of a file have not.
    const canTie = this.#options.manifest.subsortColumn !== null || parts.length > 1;
    const taken = takeInOrder({ stored, columns, asStored, isFiltered, canTie });
    return { low, high, rows: taken.rows, columns: this.#named(taken), held: taken };
  }

  /** The parts that have rows, one after another. */
  #placed(located: readonly LocatedRows[]): PlacedRows[] {
    let end = 0;
    const placed = located.map((rows, index) => {
      const start = end;
      end += rows.rows;
      return { ...rows, start, map: this.#entities.maps[index]! };
    });
    return placed.filter(({ rows }) => rows > 0);
  }

  #readColumn(
    parts: readonly PlacedRows[],
    { name, type }: Field,
    index: number,
    scratch: Scratch,
  ): Promise<Column> {
    const stored = parts.map(({ part }) => part.columns.get(name)!);
    return readStoredColumn(type, stored, parts, this.#options.pool, scratch, index);
  }

  #emptyWindow(low: bigint | null, high: bigint | null): Window {
    const columns = this.#fields.map(
      (field) => [field.name, concatColumns(field.type, [], this.#options.pool)] as const,
    );
    return { low, high, rows: EMPTY_ROWS, columns: new Map(columns), held: null };
  }

  #isDerived(field: Field): boolean {
    return originIn(this.#options.manifest, field) !== 'stored';
  }

  #named({ rows, columns, scratch }: RowsInOrder): ReadonlyMap<string, Column> {
    const named = new Map<string, Column>();
    for (const [index, field] of this.#fields.entries()) {
      named.set(field.name, columns[index] ?? this.#derive(field, rows, scratch, index));
    }
    return named;
  }

  #derive(field: Field, rows: DomainRows, scratch: Scratch, index: number): Column {
    const type = { kind: field.type.kind } as Parameters<typeof fixedColumn>[0];
    switch (originIn(this.#options.manifest, field)) {
      case 'key':
        return takeFlatColumn(this.entityKeys, rows.entity, scratch, index);
      case 'time':
        return fixedColumn(type, rows.time);
      case 'subsort': {
        const { buffer, byteOffset, length } = rows.subsort;
        const isSigned = field.type.kind === 'i64';
        return fixedColumn(
          type,
          isSigned ? new BigInt64Array(buffer, byteOffset, length) : rows.subsort,
        );
      }
      case 'stored':
        throw new AssertionError(`scan: column ${field.name} was read`);
    }
  }
}

function covers(window: Window, low: bigint | null, high: bigint | null): boolean {
  const reachesLow = window.low === null || (low !== null && window.low <= low);
  return reachesLow && (window.high === null || (high !== null && high <= window.high));
}

function sliceWindow(
  { rows, columns }: Window,
  low: bigint | null,
  high: bigint | null,
): ScannedRows {
  const from = low === null ? 0 : lowerBound(rows.time, low, 0, rows.length);
  const to = high === null ? rows.length : lowerBound(rows.time, high, from, rows.length);
  if (from === 0 && to === rows.length) return { rows, columns };
  const sliced = new Map<string, Column>();
  for (const [name, column] of columns) sliced.set(name, sliceColumn(column, from, to));
  return {
    rows: {
      length: to - from,
      time: rows.time.subarray(from, to),
      subsort: rows.subsort.subarray(from, to),
      entity: rows.entity.subarray(from, to),
      ordinal: rows.ordinal === null ? null : rows.ordinal.subarray(from, to),
    },
    columns: sliced,
  };
}

/** The lesser of two upper bounds; null is open. */
function earlier(left: bigint | null, right: bigint | null): bigint | null {
  if (left === null || right === null) return left ?? right;
  return left < right ? left : right;
}

/** Bytes of a value in memory, about. */
function widthOf(type: DataType): number {
  return type.kind === 'record' || type.kind === 'list' || type.kind === 'map' ? 64 : 8;
}
