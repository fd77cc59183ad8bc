/**
 * Rows of several objects, read one after another into arrays that are there, and taken in order into others.
 *
 *   asStored   part 0 │ part 1 │ …    ── order of (time, subsort, entity) ──>    inOrder
 */
import { hasNullRowsIn, readColumn, readFlat } from '../../shared/column/codec.ts';
import type { ColumnMeta } from '../../shared/column/codec.ts';
import type { Column } from '../../shared/column/column.ts';
import { flatColumn, isFlatType } from '../../shared/column/column.ts';
import type { StringPool } from '../../shared/column/string-pool.ts';
import { concatColumns, takeColumn, takeFlat } from '../../shared/column/take.ts';
import type { BundleReader, Range } from '../../shared/storage/bundle-reader.ts';
import type { DataType } from '../../shared/types/data-type.ts';
import { orderByTime, orderTies } from '../order/order-rows.ts';
import { Scratch } from '../scratch.ts';
import type { DomainRows } from './domain-rows.ts';

export type RowArrays = Omit<DomainRows, 'ordinal'>;

/** Rows of one object, and the place of the first of them among those of all objects. */
export interface StoredPart {
  readonly ranges: readonly Range[];
  readonly rows: number;
  readonly start: number;
}

export interface StoredColumnPart {
  readonly bundle: BundleReader;
  readonly meta: ColumnMeta;
}

/** Arrays with a slot for each row of all parts, to be filled. */
export function storedArrays(parts: readonly StoredPart[], scratch: Scratch): RowArrays {
  const length = rowsOf(parts);
  return {
    length,
    time: scratch.i64('time', length),
    subsort: scratch.u64('subsort', length),
    entity: scratch.i32('entity', length),
  };
}

/** The slots of one part. */
export function slotsOf(all: RowArrays, { start, rows }: StoredPart): RowArrays {
  return {
    length: rows,
    time: all.time.subarray(start, start + rows),
    subsort: all.subsort.subarray(start, start + rows),
    entity: all.entity.subarray(start, start + rows),
  };
}

/** The values of column number `index`, whose parts are `stored`; in arrays of `scratch` if they are flat. */
export async function readStoredColumn(
  type: DataType,
  stored: readonly StoredColumnPart[],
  parts: readonly StoredPart[],
  pool: StringPool,
  scratch: Scratch,
  index: number,
): Promise<Column> {
  if (!isFlatType(type)) {
    const pieces = stored.map(({ bundle, meta }, at) =>
      readColumn(bundle, meta, parts[at]!.ranges, pool),
    );
    return concatColumns(type, await Promise.all(pieces), pool);
  }
  const hasNulls = stored.some(({ meta }) => hasNullRowsIn(meta));
  const all = scratch.flat(`column ${index}`, type, rowsOf(parts), hasNulls);
  await Promise.all(
    stored.map(({ bundle, meta }, at) => {
      const { ranges, start, rows } = parts[at]!;
      const values = all.values.subarray(start, start + rows);
      const validity = all.validity?.subarray(start, start + rows) ?? null;
      return readFlat(bundle, meta, ranges, { values, validity }, pool);
    }),
  );
  return flatColumn(type, all, pool);
}

function rowsOf(parts: readonly StoredPart[]): number {
  return parts.reduce((sum, { rows }) => sum + rows, 0);
}

export interface InOrderOptions {
  readonly stored: RowArrays;
  /** Null: not stored, and left out. */
  readonly columns: readonly (Column | null)[];
  /** Holds the arrays of both. */
  readonly asStored: Scratch;
  /** Rows of entity −1 are left out. */
  readonly isFiltered: boolean;
  /** Rows may be alike in all three keys: their ordinals tell them apart. */
  readonly canTie: boolean;
}

export interface RowsInOrder {
  readonly rows: DomainRows;
  readonly columns: readonly (Column | null)[];
  readonly scratch: Scratch;
}

/** In order-key order with ordinals (partitioning.md, R1). `asStored` is given back, or is the scratch of the result. */
export function takeInOrder(options: InOrderOptions): RowsInOrder {
  const { stored, columns, asStored, isFiltered, canTie } = options;
  const inOrder = new Scratch();
  const byTime = orderByTime(stored.time, asStored.i32('order', stored.length));
  const times = byTime === null ? stored.time : inOrder.i64('time', stored.length);
  if (byTime !== null) takeI64(stored.time, byTime, times);
  let order = orderTies(byTime, times, stored.subsort, stored.entity);
  if (isFiltered) order = withoutDropped(order, stored.entity);
  if (order === null) {
    inOrder.giveBack();
    const ordinal = canTie ? ordinalsOf(stored) : null;
    return { rows: { ...stored, ordinal }, columns, scratch: asStored };
  }
  const { length } = order;
  const rows = {
    length,
    time: inOrder.i64('time', length),
    subsort: inOrder.u64('subsort', length),
    entity: inOrder.i32('entity', length),
  };
  // Ordering what ties in time does not change the times.
  if (isFiltered || byTime === null) takeI64(stored.time, order, rows.time);
  takeU64(stored.subsort, order, rows.subsort);
  takeI32(stored.entity, order, rows.entity);
  const taken = columns.map((column, index) =>
    column === null ? null : takeFlatColumn(column, order, inOrder, index),
  );
  asStored.giveBack();
  return {
    rows: { ...rows, ordinal: canTie ? ordinalsOf(rows) : null },
    columns: taken,
    scratch: inOrder,
  };
}

/** The rows of column number `index` at `indices`; in arrays of `scratch` if it is flat. */
export function takeFlatColumn(
  column: Column,
  indices: Int32Array,
  scratch: Scratch,
  index: number,
): Column {
  if (column.physical !== 'fixed' && column.physical !== 'string') {
    return takeColumn(column, indices);
  }
  const { type, validity } = column;
  const target = scratch.flat(`column ${index}`, type, indices.length, validity !== null);
  return takeFlat(column, indices, target);
}

function takeI64(values: BigInt64Array, order: Int32Array, out: BigInt64Array): void {
  for (let row = 0; row < order.length; row++) out[row] = values[order[row]!]!;
}

function takeU64(values: BigUint64Array, order: Int32Array, out: BigUint64Array): void {
  for (let row = 0; row < order.length; row++) out[row] = values[order[row]!]!;
}

function takeI32(values: Int32Array, order: Int32Array, out: Int32Array): void {
  for (let row = 0; row < order.length; row++) out[row] = values[order[row]!]!;
}

/** The order without rows of entity −1. */
function withoutDropped(order: Int32Array | null, entity: Int32Array): Int32Array {
  const kept = new Int32Array(entity.length);
  let count = 0;
  for (let at = 0; at < entity.length; at++) {
    const row = order === null ? at : order[at]!;
    if (entity[row]! >= 0) kept[count++] = row;
  }
  return kept.subarray(0, count);
}

/** Occurrence of each row among those with its order key, given rows in order; null if all are the first. */
function ordinalsOf({ length, time, subsort, entity }: RowArrays): Uint32Array | null {
  let ordinals: Uint32Array | null = null;
  // Signed, so that V8 compares numbers (see compare-words.ts).
  const bits = new BigInt64Array(subsort.buffer, subsort.byteOffset, length);
  for (let row = 1; row < length; row++) {
    if (entity[row] !== entity[row - 1]) continue;
    if (time[row]! !== time[row - 1]! || bits[row]! !== bits[row - 1]!) continue;
    ordinals ??= new Uint32Array(length);
    ordinals[row] = ordinals[row - 1]! + 1;
  }
  return ordinals;
}
