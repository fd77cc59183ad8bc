/** Arrays of scanned row identities: a loop for each type of array. An order of null is the identity. */
import type { DomainRows } from './domain-rows.ts';
import { fillSubsorts } from './scan-order.ts';

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

export function defaultSubsorts(base: bigint, rows: Uint32Array): BigUint64Array {
  const out = new BigUint64Array(rows.length);
  const low = Number(BigInt.asIntN(32, base));
  const high = Number(BigInt.asIntN(32, base >> 32n));
  fillSubsorts(low, high, rows, new Int32Array(out.buffer), 0);
  return out;
}

export function takeI64(values: BigInt64Array, order: Int32Array | null): BigInt64Array {
  if (order === null) return values;
  const out = new BigInt64Array(order.length);
  for (let row = 0; row < order.length; row++) out[row] = values[order[row]!]!;
  return out;
}

export function takeU64(values: BigUint64Array, order: Int32Array | null): BigUint64Array {
  if (order === null) return values;
  const out = new BigUint64Array(order.length);
  for (let row = 0; row < order.length; row++) out[row] = values[order[row]!]!;
  return out;
}

export function takeI32(values: Int32Array, order: Int32Array | null): Int32Array {
  if (order === null) return values;
  const out = new Int32Array(order.length);
  for (let row = 0; row < order.length; row++) out[row] = values[order[row]!]!;
  return out;
}

export function takeU32(values: Uint32Array, order: Int32Array | null): Uint32Array {
  if (order === null) return values;
  const out = new Uint32Array(order.length);
  for (let row = 0; row < order.length; row++) out[row] = values[order[row]!]!;
  return out;
}

export function joinRows(pieces: readonly RowArrays[], length: number): RowArrays {
  const time = new BigInt64Array(length);
  const subsort = new BigUint64Array(length);
  const entity = new Int32Array(length);
  let at = 0;
  for (const piece of pieces) {
    time.set(piece.time, at);
    subsort.set(piece.subsort, at);
    entity.set(piece.entity, at);
    at += piece.length;
  }
  return { length, time, subsort, entity };
}

export function takeRows(rows: RowArrays, order: Int32Array): RowArrays {
  return {
    length: order.length,
    time: takeI64(rows.time, order),
    subsort: takeU64(rows.subsort, order),
    entity: takeI32(rows.entity, order),
  };
}
