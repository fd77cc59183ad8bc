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
  if (subsort === null) return sortOrder(halvesOf(time), true);
  const bySubsort = sortOrder(halvesOf(subsort));
  const order = thenByTime(bySubsort, time);
  if (!hasTies(time, subsort, order)) return order;
  const byEntity = sortOrder(entityKeys(entity));
  const subsorts = halvesOf(subsort);
  const inner = byEntity === null ? subsorts : gatherKeys(subsorts, byEntity);
  return thenByTime(composeOrders(byEntity, sortOrder(inner)), time);
}

/** The rows of `order`, stably sorted by time. */
function thenByTime(order: Int32Array | null, time: BigInt64Array): Int32Array | null {
  const keys = halvesOf(time);
  return composeOrders(order, sortOrder(order === null ? keys : gatherKeys(keys, order), true));
}

function halvesOf({ buffer, byteOffset, length }: BigInt64Array | BigUint64Array): Uint32Array {
  return new Uint32Array(buffer, byteOffset, length * 2);
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
