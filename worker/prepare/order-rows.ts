/** The rows of a segment in order of the order key (time, subsort, entity hash), then of their position in the file. */
import { composeOrders, gatherKeys, sortOrder } from './radix-sort.ts';

/**
 * The permutation from rank to row; null if the rows are in order already.
 * `subsort` null: the row's position, so that a stable sort by time is all. `entity` is dense and in hash order.
 */
export function orderRows(
  time: BigInt64Array,
  subsort: BigUint64Array | null,
  entity: Int32Array,
): Int32Array | null {
  if (subsort === null) return isAscending(time) ? null : sortOrder(signedKeys(time));
  const timeKeys = signedKeys(time);
  const subsortKeys = new Uint32Array(subsort.buffer, subsort.byteOffset, subsort.length * 2);
  const order = sortBy(null, [subsortKeys, timeKeys]);
  if (!hasTies(time, subsort, order)) return order;
  return sortBy(null, [entityKeys(entity), subsortKeys, timeKeys]);
}

function isAscending(time: BigInt64Array): boolean {
  for (let row = 1; row < time.length; row++) if (time[row]! < time[row - 1]!) return false;
  return true;
}

/** Stable sorts by each key in turn: the last one is the most significant. */
function sortBy(order: Int32Array | null, keys: readonly Uint32Array[]): Int32Array | null {
  let result = order;
  for (const key of keys) {
    result = composeOrders(result, sortOrder(result === null ? key : gatherKeys(key, result)));
  }
  return result;
}

/** Int64 as unsigned halves that sort alike: the sign bit is flipped. */
function signedKeys(time: BigInt64Array): Uint32Array {
  const keys = new Uint32Array(time.slice().buffer);
  for (let at = 1; at < keys.length; at += 2) keys[at] = keys[at]! ^ 0x8000_0000;
  return keys;
}

function entityKeys(entity: Int32Array): Uint32Array {
  const keys = new Uint32Array(entity.length * 2);
  for (let row = 0; row < entity.length; row++) keys[2 * row] = entity[row]!;
  return keys;
}

function hasTies(time: BigInt64Array, subsort: BigUint64Array, order: Int32Array | null): boolean {
  for (let rank = 1; rank < time.length; rank++) {
    const row = order === null ? rank : order[rank]!;
    const before = order === null ? rank - 1 : order[rank - 1]!;
    if (time[row]! === time[before]! && subsort[row]! === subsort[before]!) return true;
  }
  return false;
}
