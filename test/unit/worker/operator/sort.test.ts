import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  identityOrder,
  sortByInt32,
  sortByInt64,
  sortByUint64,
} from '../../../../worker/operator/sort.ts';

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;
const UINT64_MAX = 2n ** 64n - 1n;

/** What a stable sort of row numbers gives. */
function expected<T extends bigint | number>(values: ArrayLike<T>, order: Int32Array): number[] {
  return [...order].toSorted((left, right) =>
    values[left]! < values[right]! ? -1 : values[left]! > values[right]! ? 1 : 0,
  );
}

/** Few distinct values in all digits, so that ties and far-apart values both occur. */
const word = fc.oneof(
  fc.bigInt({ min: INT64_MIN, max: INT64_MAX }),
  fc.bigInt({ min: -3n, max: 3n }),
  fc.constantFrom(INT64_MIN, INT64_MAX, 0n, -1n, 2n ** 32n, -(2n ** 32n), 2n ** 31n, 2047n, 2048n),
);
/** Both the insertion sort of few rows and the radix sort of many. */
const words = fc.oneof(
  fc.array(word, { maxLength: 60 }),
  fc.array(word, { minLength: 60, maxLength: 400 }),
);

describe('sortByInt64', () => {
  test('sorts negative before positive, to the ends of the type', () => {
    const values = BigInt64Array.of(5n, INT64_MAX, -1n, INT64_MIN, 0n);
    expect([...sortByInt64(values, identityOrder(5))]).toEqual([3, 2, 4, 0, 1]);
  });

  test('keeps the order of equal values, also when the order it is given is not that of the rows', () => {
    const values = BigInt64Array.of(7n, 7n, -7n, 7n);
    expect([...sortByInt64(values, Int32Array.of(3, 1, 2, 0))]).toEqual([2, 3, 1, 0]);
  });

  test('sorts only the rows that the order names', () => {
    const values = BigInt64Array.of(9n, 1n, 5n, 3n);
    expect([...sortByInt64(values, Int32Array.of(0, 2, 3))]).toEqual([3, 2, 0]);
  });

  test('reads a view of a larger buffer', () => {
    const values = BigInt64Array.of(100n, 2n, 1n).subarray(1);
    expect([...sortByInt64(values, identityOrder(2))]).toEqual([1, 0]);
  });

  test('is what a stable Array sort gives', () => {
    fc.assert(
      fc.property(words, (values) => {
        const array = BigInt64Array.from(values);
        const order = identityOrder(array.length).reverse();
        const before = [...order];
        expect([...sortByInt64(array, order)]).toEqual(expected(array, order));
        expect([...order]).toEqual(before);
      }),
    );
  });
});

describe('sortByUint64', () => {
  test('takes the highest bit as a number, not as a sign', () => {
    const values = BigUint64Array.of(UINT64_MAX, 0n, 2n ** 63n, 2n ** 63n - 1n);
    expect([...sortByUint64(values, identityOrder(4))]).toEqual([1, 3, 2, 0]);
  });

  test('is what a stable Array sort gives', () => {
    fc.assert(
      fc.property(words, (values) => {
        const array = BigUint64Array.from(values, (value) => BigInt.asUintN(64, value));
        const order = identityOrder(array.length);
        expect([...sortByUint64(array, order)]).toEqual(expected(array, order));
      }),
    );
  });
});

test('sortByInt32 is what a stable Array sort gives', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 5_000 }), { maxLength: 300 }), (values) => {
      const array = Int32Array.from(values);
      const order = identityOrder(array.length);
      expect([...sortByInt32(array, order)]).toEqual(expected(array, order));
    }),
  );
});

test('by several keys: least significant first', () => {
  const time = BigInt64Array.of(2n, 1n, 2n, 1n);
  const subsort = BigUint64Array.of(0n, 9n, 0n, 3n);
  const entity = Int32Array.of(5, 0, 4, 0);
  const order = sortByInt64(time, sortByUint64(subsort, sortByInt32(entity, identityOrder(4))));
  expect([...order]).toEqual([3, 1, 2, 0]);
});
