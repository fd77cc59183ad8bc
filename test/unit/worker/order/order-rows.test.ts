import { describe, expect, test } from 'vitest';
import { orderRows } from '../../../../worker/order/order-rows.ts';

/** The order by (time, subsort, entity, position), by comparison. */
function expected(time: BigInt64Array, subsort: BigUint64Array, entity: Int32Array): number[] {
  const compare = (a: number, b: number): number => {
    if (time[a] !== time[b]) return time[a]! < time[b]! ? -1 : 1;
    if (subsort[a] !== subsort[b]) return subsort[a]! < subsort[b]! ? -1 : 1;
    return entity[a]! - entity[b]! || a - b;
  };
  return Array.from(time, (_, row) => row).toSorted(compare);
}

describe('order of rows', () => {
  // Few times: ties of a handful of rows; very few: ties that are sorted by radix.
  test.each([
    [2000, 700],
    [2000, 3],
    [1, 1],
  ])('%i rows at %i times', (rows, times) => {
    const next = (row: number, seed: number): number => ((row + seed) * 2654435761) >>> 3;
    const time = BigInt64Array.from(
      { length: rows },
      (_, row) => BigInt(next(row, 1) % times) - 2n,
    );
    const subsort = BigUint64Array.from(
      { length: rows },
      (_, row) => BigInt(next(row, 7) % 4) << 62n,
    );
    const entity = Int32Array.from({ length: rows }, (_, row) => next(row, 13) % 5);
    const order = orderRows(time, subsort, entity);
    expect(order === null ? [0] : [...order]).toEqual(expected(time, subsort, entity));
  });

  test('is null for rows in order', () => {
    const time = BigInt64Array.of(-1n, 5n, 5n, 5n);
    expect(orderRows(time, BigUint64Array.of(9n, 1n, 1n, 2n), Int32Array.of(0, 0, 1, 0))).toBe(
      null,
    );
    expect([
      ...orderRows(time, BigUint64Array.of(9n, 1n, 1n, 2n), Int32Array.of(0, 1, 0, 0))!,
    ]).toEqual([0, 2, 1, 3]);
  });

  test('without a subsort, rows of one time stay as they are', () => {
    const time = BigInt64Array.of(5n, 3n, 5n, 3n);
    expect([...orderRows(time, null, Int32Array.of(3, 2, 1, 0))!]).toEqual([1, 3, 0, 2]);
  });
});
