import { describe, expect, test } from 'vitest';
import { StringPool } from '../../../../shared/column/string-pool.ts';
import type { Value } from '../../../../shared/column/values.ts';
import { STRING } from '../../../../shared/types/data-type.ts';
import type { EntityList } from '../../../../worker/operator/entities.ts';
import { findHash, indexHashes, uniteEntities } from '../../../../worker/operator/entities.ts';
import { wordsOf } from '../../../../shared/base/compare-words.ts';
import { column, plain } from './domain.ts';

const pool = new StringPool();
const HIGH = 2n ** 63n;

function list(...entries: readonly (readonly [bigint, Value])[]): EntityList {
  return {
    hashes: BigUint64Array.from(entries, ([hash]) => hash),
    keys: column(
      STRING,
      entries.map(([, key]) => key),
      pool,
    ),
  };
}

describe('uniteEntities', () => {
  test('indexes the entities of all sources in hash order, unsigned', () => {
    const { entities, indices } = uniteEntities(
      STRING,
      [list([5n, 'five'], [HIGH, 'high']), list([1n, 'one'], [5n, 'five']), list()],
      pool,
    );
    expect([...entities.hashes]).toEqual([1n, 5n, HIGH]);
    expect(plain(entities.keys)).toEqual(['one', 'five', 'high']);
    expect(indices.map((index) => [...index])).toEqual([[1, 2], [0, 1], []]);
  });

  test('of no source there are no entities', () => {
    expect(uniteEntities(STRING, [], pool).entities.count).toBe(0);
  });

  test('two keys with one hash are an error that names both', () => {
    const unite = (left: Value, right: Value): unknown =>
      uniteEntities(STRING, [list([7n, left]), list([7n, right])], pool);
    expect(() => unite('ann', 'bob')).toThrow('the same hash: "ann" and "bob"');
    expect(() => unite(null, pool.get(0))).toThrow('the same hash: null and');
    expect(() => unite(null, null)).not.toThrow();
  });
});

test('findHash finds a hash by its words, or −1', () => {
  const all = BigUint64Array.of(0n, 1n, 2n ** 32n, HIGH, 2n ** 64n - 1n);
  const asked = BigUint64Array.of(HIGH, 0n, 2n ** 32n + 1n, 2n ** 64n - 1n, 2n);
  const words = wordsOf(asked);
  expect([...asked.keys()].map((row) => findHash(all, words, row))).toEqual([3, 0, -1, 4, -1]);
  expect(findHash(new BigUint64Array(0), words, 0)).toBe(-1);
});

test('indexHashes refuses a hash that is not in the index', () => {
  expect([...indexHashes(BigUint64Array.of(1n, 3n), BigUint64Array.of(1n, 2n, 3n))]).toEqual([
    0, 2,
  ]);
  expect(() => indexHashes(BigUint64Array.of(2n), BigUint64Array.of(1n, 3n))).toThrow('entities');
});
