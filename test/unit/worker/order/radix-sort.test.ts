import { describe, expect, test } from 'vitest';
import { composeOrders, gatherKeys, sortOrder } from '../../../../worker/order/radix-sort.ts';

const ROWS = 5000;

/** xorshift32, so that a failure can be run again. */
function randomSource(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

function halves(values: readonly bigint[]): Uint32Array {
  return new Uint32Array(BigUint64Array.from(values, (value) => BigInt.asUintN(64, value)).buffer);
}

function stableOrder(values: readonly bigint[]): number[] {
  const compare = (a: number, b: number): number => {
    if (values[a] === values[b]) return a - b;
    return values[a]! < values[b]! ? -1 : 1;
  };
  return values.map((_, row) => row).toSorted(compare);
}

const random = randomSource(7);
const wide = (): bigint => (BigInt(random()) << 32n) | BigInt(random());

const SHAPES: readonly [string, boolean, readonly bigint[]][] = [
  ['all 64 bits', false, Array.from({ length: ROWS }, wide)],
  ['signed', true, Array.from({ length: ROWS }, () => BigInt.asIntN(64, wide()))],
  ['less than 32 bits apart', true, Array.from({ length: ROWS }, () => -5n + (wide() % 1000n))],
  ['exactly 33 bits', false, Array.from({ length: ROWS }, () => wide() >> 31n)],
  ['a few values', false, Array.from({ length: ROWS }, () => (wide() % 3n) << 61n)],
  [
    'days in nanoseconds',
    true,
    Array.from({ length: ROWS }, () => (wide() % 40n) * 864n * 10n ** 11n),
  ],
  [
    'one far from all others',
    true,
    Array.from({ length: ROWS }, (_, row) => (row === 1234 ? -(2n ** 62n) : wide() % 10n ** 9n)),
  ],
  ['descending', false, Array.from({ length: ROWS }, (_, row) => BigInt(ROWS - row) << 20n)],
  ['three rows', true, [3n, -1n, 3n]],
  ['the ends of the signed type', true, [5n, 2n ** 63n - 1n, -1n, -(2n ** 63n), 0n]],
  ['the ends of the unsigned type', false, [2n ** 63n, 2n ** 64n - 1n, 0n, 2n ** 32n, 1n]],
];

describe('radix sort', () => {
  test.each(SHAPES)('is a stable sort of keys: %s', (_name, isSigned, values) => {
    expect([...sortOrder(halves(values), isSigned)!]).toEqual(stableOrder(values));
  });

  test('tells that rows are in order', () => {
    expect(sortOrder(halves([1n, 1n, 2n]))).toBe(null);
    expect(sortOrder(halves([-2n, -1n, 0n]), true)).toBe(null);
    expect([...sortOrder(halves([-2n, 0n]))!]).toEqual([1, 0]);
    expect(sortOrder(new Uint32Array(0))).toBe(null);
  });

  test('writes to an array that is given', () => {
    const out = new Int32Array(3);
    expect(sortOrder(halves([30n, 10n, 20n]), false, out)).toBe(out);
    expect([...out]).toEqual([1, 2, 0]);
  });

  test('orders compose', () => {
    const keys = halves([30n, 10n, 20n]);
    const order = sortOrder(keys)!;
    expect(sortOrder(gatherKeys(keys, order))).toBe(null);
    expect([...composeOrders(Int32Array.of(2, 0, 1), Int32Array.of(1, 2, 0))!]).toEqual([0, 1, 2]);
  });
});
