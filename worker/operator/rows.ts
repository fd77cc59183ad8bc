/** Sets of row identities: taking, uniting and aligning them. Every function keeps the order of `DomainRows`. */
import { assert } from '../../shared/base/assert.ts';
import type { DomainRows } from './domain-rows.ts';
import { identityOrder } from '../order/order-rows.ts';
import type { RoughScale } from './rough-times.ts';
import { roughScale, roughTimes } from './rough-times.ts';

export const EMPTY_ROWS: DomainRows = {
  length: 0,
  time: new BigInt64Array(0),
  subsort: new BigUint64Array(0),
  entity: new Int32Array(0),
  ordinal: null,
};

/** The rows at ascending indices. */
export function takeRows(rows: DomainRows, indices: Int32Array): DomainRows {
  const { length } = indices;
  const time = new BigInt64Array(length);
  const subsort = new BigUint64Array(length);
  const entity = new Int32Array(length);
  for (let at = 0; at < length; at++) time[at] = rows.time[indices[at]!]!;
  for (let at = 0; at < length; at++) subsort[at] = rows.subsort[indices[at]!]!;
  for (let at = 0; at < length; at++) entity[at] = rows.entity[indices[at]!]!;
  let ordinal: Uint32Array | null = null;
  if (rows.ordinal !== null) {
    ordinal = new Uint32Array(length);
    for (let at = 0; at < length; at++) ordinal[at] = rows.ordinal[indices[at]!]!;
  }
  return { length, time, subsort, entity, ordinal };
}

/** Rows start … end − 1 as views. */
export function sliceRows(rows: DomainRows, start: number, end: number): DomainRows {
  return {
    length: end - start,
    time: rows.time.subarray(start, end),
    subsort: rows.subsort.subarray(start, end),
    entity: rows.entity.subarray(start, end),
    ordinal: rows.ordinal === null ? null : rows.ordinal.subarray(start, end),
  };
}

/** The first row with time ≥ `time`. */
export function lowerBound(time: BigInt64Array, at: bigint): number {
  let low = 0;
  let high = time.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (time[middle]! < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** −1, 0, 1 as row `i` of `left` stands before, at or after row `j` of `right`. */
export function compareRows(left: DomainRows, i: number, right: DomainRows, j: number): number {
  if (left.time[i]! !== right.time[j]!) return left.time[i]! < right.time[j]! ? -1 : 1;
  if (left.subsort[i]! !== right.subsort[j]!) return left.subsort[i]! < right.subsort[j]! ? -1 : 1;
  if (left.entity[i]! !== right.entity[j]!) return left.entity[i]! < right.entity[j]! ? -1 : 1;
  const leftOrdinal = left.ordinal === null ? 0 : left.ordinal[i]!;
  const rightOrdinal = right.ordinal === null ? 0 : right.ordinal[j]!;
  return leftOrdinal === rightOrdinal ? 0 : leftOrdinal < rightOrdinal ? -1 : 1;
}

export interface Union {
  readonly rows: DomainRows;
  /** Per input: the row of the union that each of its rows is. */
  readonly positions: readonly Int32Array[];
}

/** The rows that are in any input, once. Inputs are united pairwise: domains of a query are few. */
export function uniteRows(inputs: readonly DomainRows[]): Union {
  const [first, ...others] = inputs;
  let rows = first!;
  const positions: Int32Array[] = [];
  for (const [at, next] of others.entries()) {
    const { left, right, rows: united } = uniteTwo(rows, next);
    if (at === 0) positions.push(left);
    else
      for (const [input, before] of positions.entries()) positions[input] = compose(before, left);
    positions.push(right);
    rows = united;
  }
  return { rows, positions: others.length === 0 ? [identityOrder(rows.length)] : positions };
}

interface TwoUnion {
  readonly rows: DomainRows;
  readonly left: Int32Array;
  readonly right: Int32Array;
}

function uniteTwo(left: DomainRows, right: DomainRows): TwoUnion {
  const leftAt = new Int32Array(left.length);
  const rightAt = new Int32Array(right.length);
  const scale = scaleOf(left.time, right.time);
  const leftKeys = roughTimes(left.time, scale);
  const rightKeys = roughTimes(right.time, scale);
  let i = 0;
  let j = 0;
  let length = 0;
  while (i < left.length && j < right.length) {
    // Rows of two tables come in no pattern: who is first is computed, not branched on. The other's place is written
    // again when its turn comes.
    const difference = leftKeys[i]! - rightKeys[j]!;
    leftAt[i] = length;
    rightAt[j] = length;
    length++;
    if (difference === 0) {
      const order = compareRows(left, i, right, j);
      if (order <= 0) i++;
      if (order >= 0) j++;
    } else {
      const isLeft = difference >>> 31;
      i += isLeft;
      j += 1 - isLeft;
    }
  }
  while (i < left.length) leftAt[i++] = length++;
  while (j < right.length) rightAt[j++] = length++;
  const time = new BigInt64Array(length);
  const subsort = new BigUint64Array(length);
  const entity = new Int32Array(length);
  const ordinal = left.ordinal === null && right.ordinal === null ? null : new Uint32Array(length);
  for (const [rows, at] of [
    [left, leftAt],
    [right, rightAt],
  ] as const) {
    for (let row = 0; row < rows.length; row++) time[at[row]!] = rows.time[row]!;
    for (let row = 0; row < rows.length; row++) subsort[at[row]!] = rows.subsort[row]!;
    for (let row = 0; row < rows.length; row++) entity[at[row]!] = rows.entity[row]!;
    if (ordinal !== null && rows.ordinal !== null) {
      for (let row = 0; row < rows.length; row++) ordinal[at[row]!] = rows.ordinal[row]!;
    }
  }
  return { rows: { length, time, subsort, entity, ordinal }, left: leftAt, right: rightAt };
}

/** For the ascending times of both; any, where nothing is to be compared. */
function scaleOf(left: BigInt64Array, right: BigInt64Array): RoughScale {
  if (left.length === 0 || right.length === 0) return roughScale(0n, 0n);
  const [leftHigh, rightHigh] = [left[left.length - 1]!, right[right.length - 1]!];
  return roughScale(
    left[0]! < right[0]! ? left[0]! : right[0]!,
    leftHigh > rightHigh ? leftHigh : rightHigh,
  );
}

/** For each row of `inner`, its place in `outer`, which has all rows of `inner`. */
export function alignRows(inner: DomainRows, outer: DomainRows): Int32Array {
  const out = new Int32Array(inner.length);
  let at = 0;
  for (let row = 0; row < inner.length; row++) {
    while (at < outer.length && compareRows(outer, at, inner, row) < 0) at++;
    assert(at < outer.length, 'align: every row of the inner domain is in the outer one');
    out[row] = at;
  }
  return out;
}

function compose(first: Int32Array, second: Int32Array): Int32Array {
  const out = new Int32Array(first.length);
  for (let at = 0; at < first.length; at++) out[at] = second[first[at]!]!;
  return out;
}
