import { describe, expect, test } from 'vitest';
import { mergeRuns } from '../../../../worker/operator/merge-runs.ts';

type Key = readonly [time: bigint, subsort: bigint];

function merged(runs: readonly (readonly Key[])[], ties = (): number => 0): number[] | null {
  const all = runs.flat();
  const starts = [0];
  for (const run of runs) starts.push(starts.at(-1)! + run.length);
  const time = BigInt64Array.from(all.map(([each]) => each));
  const subsort = BigUint64Array.from(all.map(([, each]) => each));
  const order = mergeRuns(time, subsort, starts, ties);
  return order === null ? null : [...order];
}

describe('mergeRuns', () => {
  test('by time, signed, then subsort, unsigned', () => {
    const order = merged([
      [
        [-1n, 0n],
        [5n, 2n ** 63n],
      ],
      [
        [-(2n ** 62n), 0n],
        [5n, 1n],
      ],
      [
        [0n, 0n],
        [6n, 0n],
      ],
    ]);
    expect(order).toEqual([2, 0, 4, 3, 1, 5]);
  });

  test('times that differ by less than the precision of a double', () => {
    const time = 1_700_000_000_000_000_000n;
    expect(merged([[[time + 3n, 0n]], [[time + 1n, 9n]], [[time + 2n, 0n]]])).toEqual([1, 2, 0]);
  });

  test('equal rows keep their order unless the comparison of ties says otherwise', () => {
    const runs: Key[][] = [[[1n, 1n]], [[1n, 1n]], [[1n, 1n]]];
    expect(merged(runs)).toEqual([0, 1, 2]);
    const starts = [0, 1, 2, 3];
    const time = new BigInt64Array(3);
    const order = mergeRuns(time, new BigUint64Array(3), starts, (left, right) => right - left);
    expect([...order!]).toEqual([2, 1, 0]);
  });

  test('less than two runs with rows are in order as they stand', () => {
    expect(merged([])).toBeNull();
    expect(
      merged([
        [],
        [
          [2n, 0n],
          [3n, 0n],
        ],
        [],
      ]),
    ).toBeNull();
  });

  test('any number of runs gives the order of a sort', () => {
    for (const runs of [2, 3, 5, 8, 13]) {
      // Times collide within and between runs.
      const lists = Array.from({ length: runs }, (_, run) =>
        Array.from({ length: (run + 1) * 7 }, (_each, at): Key => [
          BigInt((at * (run + 3)) >> 2),
          BigInt(at),
        ]),
      );
      const all = lists.flat();
      const expected = [...all.keys()].toSorted((a, b) => {
        const [left, right] = [all[a]!, all[b]!];
        return Number(left[0] - right[0]) || Number(left[1] - right[1]) || a - b;
      });
      expect(merged(lists)).toEqual(expected);
    }
  });
});
