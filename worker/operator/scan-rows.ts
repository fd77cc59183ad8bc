/** Arrays of scanned rows: a loop for each type of array. An order of null is the identity. */
import type { Column, FixedColumn } from '../../shared/column/column.ts';
import { physicalOf } from '../../shared/column/column.ts';
import type { StringPool } from '../../shared/column/string-pool.ts';
import { concatColumns, takeColumn } from '../../shared/column/take.ts';
import { elementBytesOf, viewAs } from '../../shared/storage/bundle.ts';
import type { DataType } from '../../shared/types/data-type.ts';
import { Scratch } from '../scratch.ts';
import type { DomainRows } from './domain-rows.ts';
import type { Piece } from './scan-segment.ts';

export type RowArrays = Omit<DomainRows, 'ordinal'>;

/** Rows as they are stored live here until they are taken in order, which is done before anything else runs. */
const scratch = new Scratch();

/** The order without rows of filtered entities (index −1). */
export function withoutDropped(order: Int32Array | null, entity: Int32Array): Int32Array {
  const kept = new Int32Array(entity.length);
  let count = 0;
  for (let at = 0; at < entity.length; at++) {
    const row = order === null ? at : order[at]!;
    if (entity[row]! >= 0) kept[count++] = row;
  }
  return kept.subarray(0, count);
}

export function takeI64(values: BigInt64Array, order: Int32Array | null): BigInt64Array {
  if (order === null) return values.slice();
  const out = new BigInt64Array(order.length);
  for (let row = 0; row < order.length; row++) out[row] = values[order[row]!]!;
  return out;
}

export function takeU64(values: BigUint64Array, order: Int32Array | null): BigUint64Array {
  if (order === null) return values.slice();
  const out = new BigUint64Array(order.length);
  for (let row = 0; row < order.length; row++) out[row] = values[order[row]!]!;
  return out;
}

export function takeI32(values: Int32Array, order: Int32Array | null): Int32Array {
  if (order === null) return values.slice();
  const out = new Int32Array(order.length);
  for (let row = 0; row < order.length; row++) out[row] = values[order[row]!]!;
  return out;
}

/** The rows of all pieces as they are stored, one after another: valid until the next call. */
export function joinPieces(pieces: readonly Piece[]): RowArrays {
  const length = pieces.reduce((sum, { stored }) => sum + stored, 0);
  const time = scratch.i64('time', length);
  const subsort = scratch.u64('subsort', length);
  const entity = scratch.i32('entity', length);
  const subsortWords = new Int32Array(subsort.buffer, subsort.byteOffset, length * 2);
  let at = 0;
  for (const piece of pieces) {
    time.set(piece.time, at);
    mapEntities(piece, entity, at);
    if (piece.subsort instanceof Uint32Array) {
      const low = Number(BigInt.asIntN(32, piece.base));
      const high = Number(BigInt.asIntN(32, piece.base >> 32n));
      fillSubsorts(low, high, piece.subsort, subsortWords, at);
    } else subsort.set(piece.subsort, at);
    at += piece.stored;
  }
  return { length, time, subsort, entity };
}

function mapEntities(
  { entities, firstEntity, entityMap }: Piece,
  out: Int32Array,
  at: number,
): void {
  if (entityMap === null) {
    for (let row = 0; row < entities.length; row++) out[at + row] = entities[row]! - firstEntity;
  } else {
    for (let row = 0; row < entities.length; row++) {
      out[at + row] = entityMap[entities[row]! - firstEntity]!;
    }
  }
}

/** The values of all pieces, one after another as they are stored, in `order`. */
export function takeJoined(
  type: DataType,
  columns: readonly Column[],
  order: Int32Array | null,
  pool: StringPool,
): Column {
  if (order === null) return concatColumns(type, columns, pool);
  return takeColumn(joinFixed(type, columns) ?? concatColumns(type, columns, pool), order);
}

/** Two or more columns of fixed width without nulls, one after another: valid until the next call. Null for others. */
function joinFixed(type: DataType, columns: readonly Column[]): Column | null {
  const physical = physicalOf(type);
  if (physical === null || columns.length < 2) return null;
  let length = 0;
  for (const column of columns) {
    if (column.physical !== 'fixed' || column.validity !== null) return null;
    length += column.length;
  }
  const bytes = scratch.u8('column', length * elementBytesOf(physical));
  let at = 0;
  for (const { values } of columns as readonly FixedColumn[]) {
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    at += values.byteLength;
  }
  return { ...(columns[0] as FixedColumn), length, values: viewAs(physical, bytes) };
}

/** Occurrence of each row among those with its order key, given rows in order; null if all are the first. */
export function ordinalsOf({ length, time, subsort, entity }: RowArrays): Uint32Array | null {
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

/** base + rows[i], wrapping like u64, as words into slots from `at`. `base` is given by its words as int32. */
function fillSubsorts(
  baseLow: number,
  baseHigh: number,
  rows: Uint32Array,
  out: Int32Array,
  at: number,
): void {
  const unsignedLow = baseLow >>> 0;
  let slot = 2 * at;
  for (let index = 0; index < rows.length; index++) {
    const low = (baseLow + rows[index]!) | 0;
    out[slot] = low;
    // The sum is below the base exactly if it carried.
    out[slot + 1] = low >>> 0 < unsignedLow ? baseHigh + 1 : baseHigh;
    slot += 2;
  }
}
