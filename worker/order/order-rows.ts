/** The order of rows by the order key: time, subsort, entity (partitioning.md, R1). */
import { isBelow, isSame, wordsOf } from '../../shared/base/compare-words.ts';
import { composeOrders, gatherKeys, sortOrder } from './radix-sort.ts';

/** Rows that tie in time are sorted by insertion up to this many. */
const INSERTION_ROWS_MAX = 32;

/**
 * The permutation from place to row; null if the rows are in order already. `entity` is dense and in hash order. Rows
 * that are alike in all three keep their order. `subsort` null: so do rows of one time; `entity` null: of one instant.
 */
export function orderRows(
  time: BigInt64Array,
  subsort: BigUint64Array | null,
  entity: Int32Array | null,
  out: Int32Array = new Int32Array(time.length),
): Int32Array | null {
  const order = orderByTime(time, out);
  if (subsort === null) return order;
  return orderTies(order, order === null ? time : timesOf(time, order), subsort, entity);
}

/** As `orderRows`, by time alone, and into `out`. */
export function orderByTime(time: BigInt64Array, out: Int32Array): Int32Array | null {
  return sortOrder(wordsOf(time), true, out);
}

function timesOf(time: BigInt64Array, order: Int32Array): BigInt64Array {
  const times = new BigInt64Array(order.length);
  for (let at = 0; at < order.length; at++) times[at] = time[order[at]!]!;
  return times;
}

/**
 * The order by all three keys from that by time, which is changed in place if there is one. `times` are those of the rows
 * in this order, the other keys are by row.
 */
export function orderTies(
  byTime: Int32Array | null,
  times: BigInt64Array,
  subsort: BigUint64Array,
  entity: Int32Array | null,
): Int32Array | null {
  let order = byTime;
  const subsortWords = wordsOf(subsort);
  for (let at = 1; at < times.length; at++) {
    if (times[at]! !== times[at - 1]!) continue;
    const from = at - 1;
    while (at < times.length && times[at]! === times[from]!) at++;
    if (areInOrder(order, from, at, subsortWords, entity)) continue;
    order ??= identityOrder(times.length);
    if (at - from <= INSERTION_ROWS_MAX) insertTies(order, from, at, subsortWords, entity);
    else sortTies(order.subarray(from, at), subsortWords, entity);
  }
  return order;
}

function areInOrder(
  order: Int32Array | null,
  from: number,
  to: number,
  subsort: Uint32Array,
  entity: Int32Array | null,
): boolean {
  for (let at = from + 1; at < to; at++) {
    const row = order === null ? at : order[at]!;
    const before = order === null ? at - 1 : order[at - 1]!;
    if (isBelow(subsort, row, subsort, before)) return false;
    if (entity === null || !isSame(subsort, row, subsort, before)) continue;
    if (entity[row]! < entity[before]!) return false;
  }
  return true;
}

function insertTies(
  order: Int32Array,
  from: number,
  to: number,
  subsort: Uint32Array,
  entity: Int32Array | null,
): void {
  for (let at = from + 1; at < to; at++) {
    const row = order[at]!;
    let before = at - 1;
    while (before >= from) {
      const other = order[before]!;
      if (isBelow(subsort, other, subsort, row)) break;
      if (isSame(subsort, other, subsort, row)) {
        if (entity === null || entity[other]! <= entity[row]!) break;
      }
      order[before + 1] = other;
      before--;
    }
    order[before + 1] = row;
  }
}

function sortTies(rows: Int32Array, subsort: Uint32Array, entity: Int32Array | null): void {
  let byEntity = rows;
  if (entity !== null) {
    const entities = new Uint32Array(rows.length * 2);
    for (let at = 0; at < rows.length; at++) entities[2 * at] = entity[rows[at]!]!;
    byEntity = composeOrders(rows, sortOrder(entities))!;
  }
  const bySubsort = sortOrder(gatherKeys(subsort, byEntity));
  rows.set(composeOrders(byEntity, bySubsort)!);
}

export function identityOrder(rows: number): Int32Array {
  const order = new Int32Array(rows);
  for (let row = 0; row < rows; row++) order[row] = row;
  return order;
}
