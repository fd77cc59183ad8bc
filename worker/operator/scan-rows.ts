/** Arrays of scanned row identities: a loop for each type of array. An order of null is the identity. */
import type { DomainRows } from './domain-rows.ts';
import type { Piece } from './scan-segment.ts';

export type RowArrays = Omit<DomainRows, 'ordinal'>;

export function mapEntities(
  stored: Uint32Array,
  first: number,
  map: Int32Array | null,
): Int32Array {
  const out = new Int32Array(stored.length);
  if (map === null) for (let row = 0; row < out.length; row++) out[row] = stored[row]! - first;
  else for (let row = 0; row < out.length; row++) out[row] = map[stored[row]! - first]!;
  return out;
}

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

function takeI64(values: BigInt64Array, order: Int32Array | null): BigInt64Array {
  if (order === null) return values;
  const out = new BigInt64Array(order.length);
  for (let row = 0; row < order.length; row++) out[row] = values[order[row]!]!;
  return out;
}

function takeU64(values: BigUint64Array, order: Int32Array | null): BigUint64Array {
  if (order === null) return values;
  const out = new BigUint64Array(order.length);
  for (let row = 0; row < order.length; row++) out[row] = values[order[row]!]!;
  return out;
}

function takeI32(values: Int32Array, order: Int32Array | null): Int32Array {
  if (order === null) return values;
  const out = new Int32Array(order.length);
  for (let row = 0; row < order.length; row++) out[row] = values[order[row]!]!;
  return out;
}

/** The rows of all pieces as they are stored, one after another. */
export function joinPieces(pieces: readonly Piece[]): RowArrays {
  const length = pieces.reduce((sum, { stored }) => sum + stored, 0);
  const [only] = pieces;
  const isOne = only !== undefined && pieces.length === 1;
  const time = isOne ? only.time : new BigInt64Array(length);
  const entity = isOne ? only.entity : new Int32Array(length);
  const subsort =
    isOne && only.subsort instanceof BigUint64Array ? only.subsort : new BigUint64Array(length);
  const subsortWords = new Int32Array(subsort.buffer, subsort.byteOffset, length * 2);
  let at = 0;
  for (const piece of pieces) {
    if (!isOne) {
      time.set(piece.time, at);
      entity.set(piece.entity, at);
    }
    if (piece.subsort instanceof Uint32Array) {
      const low = Number(BigInt.asIntN(32, piece.base));
      const high = Number(BigInt.asIntN(32, piece.base >> 32n));
      fillSubsorts(low, high, piece.subsort, subsortWords, at);
    } else if (!isOne) subsort.set(piece.subsort, at);
    at += piece.stored;
  }
  return { length, time, subsort, entity };
}

export function takeRows(rows: RowArrays, order: Int32Array | null): RowArrays {
  return {
    length: order === null ? rows.length : order.length,
    time: takeI64(rows.time, order),
    subsort: takeU64(rows.subsort, order),
    entity: takeI32(rows.entity, order),
  };
}

/** Occurrence of each row among those with its order key, given rows in order; null if all are the first. */
export function ordinalsOf({ length, time, subsort, entity }: RowArrays): Uint32Array | null {
  let ordinals: Uint32Array | null = null;
  for (let row = 1; row < length; row++) {
    if (entity[row] !== entity[row - 1]) continue;
    if (time[row]! !== time[row - 1]! || subsort[row]! !== subsort[row - 1]!) continue;
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
