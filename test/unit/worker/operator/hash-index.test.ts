import { describe, expect, test } from 'vitest';
import { HashIndex, distinctHashes } from '../../../../worker/operator/hash-index.ts';
import { wordsOf } from '../../../../shared/base/compare-words.ts';

/** Spread over all 64 bits: multiples of an odd constant, modulo 2^64. */
function spread(count: number): BigUint64Array {
  return BigUint64Array.from({ length: count }, (_, at) => BigInt(at) * 0x9e37_79b9_7f4a_7c15n);
}

describe('HashIndex', () => {
  test('finds the place of a hash, or −1', () => {
    const known = BigUint64Array.of(0n, 1n, 2n ** 32n, 2n ** 63n, 2n ** 64n - 1n);
    const index = new HashIndex(known);
    const asked = BigUint64Array.of(...known, 2n, 2n ** 32n + 1n, 2n ** 63n - 1n, 2n ** 64n - 2n);
    const found = [...asked.keys()].map((row) => index.find(wordsOf(asked), row));
    expect(found).toEqual([0, 1, 2, 3, 4, -1, -1, -1, -1]);
  });

  test('hashes outside of a narrow list, or with an empty one, have no place', () => {
    const asked = BigUint64Array.of(0n, 5n, 7n, 2n ** 64n - 1n);
    const places = (known: BigUint64Array): number[] => {
      const index = new HashIndex(known);
      return [...asked.keys()].map((row) => index.find(wordsOf(asked), row));
    };
    expect(places(BigUint64Array.of(5n, 6n, 7n))).toEqual([-1, 0, 2, -1]);
    expect(places(BigUint64Array.of(2n ** 40n))).toEqual([-1, -1, -1, -1]);
    expect(places(new BigUint64Array(0))).toEqual([-1, -1, -1, -1]);
  });

  test('every one of many', () => {
    const known = spread(10_000).toSorted();
    const index = new HashIndex(known);
    for (let row = 0; row < known.length; row++) expect(index.find(wordsOf(known), row)).toBe(row);
  });
});

describe('distinctHashes', () => {
  test('ascend, unsigned, each with its first row; every row knows its place', () => {
    const { hashes, firstRow, place } = distinctHashes(
      BigUint64Array.of(2n ** 63n, 7n, 0n, 7n, 2n ** 63n, 7n + 2n ** 32n),
    );
    expect([...hashes]).toEqual([0n, 7n, 7n + 2n ** 32n, 2n ** 63n]);
    expect([...firstRow]).toEqual([2, 1, 5, 0]);
    expect([...place]).toEqual([3, 1, 0, 1, 3, 2]);
    expect(distinctHashes(new BigUint64Array(0)).hashes).toHaveLength(0);
  });

  test('more than fit a first table', () => {
    const once = spread(5000);
    const twice = BigUint64Array.of(...once, ...once);
    const { hashes, firstRow, place } = distinctHashes(twice);
    expect(hashes).toEqual(once.toSorted());
    for (let row = 0; row < twice.length; row++) {
      expect(hashes[place[row]!]).toBe(twice[row]);
      expect(firstRow[place[row]!]).toBe(row % once.length);
    }
  });
});
