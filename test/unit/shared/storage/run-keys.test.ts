import { describe, expect, it } from 'vitest';
import {
  BLOCK_ROWS,
  backHalves,
  backPart,
  blockOf,
  blocksOf,
  packEntities,
  packSubsorts,
  packTimes,
  unpackEntities,
  unpackSubsorts,
  unpackTimes,
} from '../../../../shared/storage/run-keys.ts';

const SECOND = 1_000_000_000n;

interface Packed {
  readonly unit: number | null;
  readonly distances: Uint32Array;
  readonly bases: BigInt64Array;
}

function pack(parts: readonly bigint[][]): Packed {
  const count = parts.flat().length;
  const distances = new Uint32Array(count);
  const bases = new BigInt64Array(blocksOf(count));
  const unit = packTimes(
    parts.map((part) => BigInt64Array.from(part)),
    distances,
    bases,
  );
  return { unit, distances, bases };
}

/** Rows from … to − 1 as a reader gets them. */
function unpack({ unit, distances, bases }: Packed, from: number, to: number): bigint[] {
  const time = new BigInt64Array(to - from);
  backPart(time).set(distances.subarray(from, to));
  unpackTimes(time, from, bases.subarray(blockOf(from), blockOf(to - 1) + 1), unit!);
  return [...time];
}

describe('packed times', () => {
  it('are distances from the first of their block, in the longest unit that divides them', () => {
    const unitOf = (step: bigint): number | null => pack([[5n, 5n + step]]).unit;
    expect([7n, 7_000n, 7_000_000n, 7n * SECOND].map(unitOf)).toEqual([1, 1e3, 1e6, 1e9]);
    const { unit, distances, bases } = pack([[-3n, SECOND - 3n, 2n * SECOND + 1_000_000n - 3n]]);
    expect([unit, [...distances], [...bases]]).toEqual([1e6, [0, 1000, 2001], [-3n]]);
  });

  it('start again with every block, wherever parts end', () => {
    const times = Array.from({ length: 2 * BLOCK_ROWS + 2 }, (_, row) => BigInt(row) * SECOND);
    const whole = pack([times]);
    expect([...whole.bases]).toEqual([0n, times[BLOCK_ROWS], times[2 * BLOCK_ROWS]]);
    expect([...whole.distances.slice(BLOCK_ROWS - 1, BLOCK_ROWS + 2)]).toEqual([
      BLOCK_ROWS - 1,
      0,
      1,
    ]);
    expect(pack([times.slice(0, 5), [], times.slice(5)])).toEqual(whole);
  });

  it('come back for any range of rows', () => {
    // Across zero and across the words of an int64: 2^33 ns a row.
    const times = Array.from(
      { length: 3 * BLOCK_ROWS },
      (_, row) => (BigInt(row) - 40n) * 2n ** 33n,
    );
    const slow = pack([times.map((time) => time / 64n)]);
    for (const [from, to] of [
      [0, 96],
      [31, 33],
      [32, 64],
      [40, 41],
      [33, 95],
    ] as const) {
      expect(unpack(slow, from, to)).toEqual(times.slice(from, to).map((time) => time / 64n));
    }
    expect(slow.unit).toBe(1);
  });

  it('hold up to 2^32 − 1 units, exactly', () => {
    const most = 2n ** 32n - 1n;
    for (const unit of [1n, 1000n, 1_000_000n]) {
      const times = [-5n, unit - 5n, most * unit - 5n];
      expect(unpack(pack([times]), 0, 3)).toEqual(times);
    }
    expect(pack([[0n, most + 1n]]).unit).toBe(null);
    // Too far in µs, and no longer unit divides it.
    expect(pack([[0n, (most + 2n) * 1000n]]).unit).toBe(null);
  });

  it('are refused where a distance is not exact as a double', () => {
    expect(pack([[0n, 2n ** 53n]]).unit).toBe(null);
    expect(pack([[-(2n ** 63n), 2n ** 63n - 1n]]).unit).toBe(null);
    // Just below: 9,007,199 seconds.
    expect(pack([[0n, 9_007_199n * SECOND]]).unit).toBe(1e9);
    expect(pack([[0n, 9_007_199n * SECOND + 1n]]).unit).toBe(null);
  });
});

describe('packed subsorts', () => {
  const high = 0xffff_fffen;

  it('are low words where all rows have one high word', () => {
    const parts = [[high * 2n ** 32n, high * 2n ** 32n + 7n], [], [(high + 1n) * 2n ** 32n - 1n]];
    const lowWords = new Uint32Array(3);
    const arrays = parts.map((part) => BigUint64Array.from(part));
    expect(packSubsorts(arrays, lowWords)).toBe(Number(high));
    expect([...lowWords]).toEqual([0, 7, 2 ** 32 - 1]);
    const subsort = new BigUint64Array(3);
    backPart(subsort).set(lowWords);
    unpackSubsorts(subsort, Number(high));
    expect([...subsort]).toEqual(parts.flat());
  });

  it('are refused where rows or parts differ in it', () => {
    const refused = (...parts: bigint[][]): boolean =>
      packSubsorts(
        parts.map((part) => BigUint64Array.from(part)),
        new Uint32Array(4),
      ) === null;
    expect(refused([1n, 2n ** 32n])).toBe(true);
    expect(refused([1n, 2n], [2n ** 32n])).toBe(true);
    expect(refused([1n, 2n], [2n ** 32n - 1n])).toBe(false);
  });
});

describe('packed entities', () => {
  it('come back from 16 bits', () => {
    const packed = new Uint16Array(3);
    packEntities([Int32Array.of(65_535), Int32Array.of(0, 9)], packed);
    const entity = new Int32Array(3);
    backHalves(entity).set(packed);
    unpackEntities(entity);
    expect([...entity]).toEqual([65_535, 0, 9]);
  });
});
