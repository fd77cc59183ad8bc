import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeByTree } from '../../../../worker/merge/loser-tree.ts';
import { mergeSources } from '../../../../worker/merge/merge-sources.ts';
import { rankTimes } from '../../../../worker/merge/rank-times.ts';
import { selectSplit } from '../../../../worker/merge/select-split.ts';
import { compareRow, rowsArbitrary, spread } from './sources.ts';
import type { Row } from './sources.ts';

function joined(sources: readonly (readonly Row[])[]) {
  const all = sources.flat();
  const ends = new Int32Array(sources.length);
  const starts = new Int32Array(sources.length);
  let at = 0;
  sources.forEach((source, index) => {
    starts[index] = at;
    at += source.length;
    ends[index] = at;
  });
  const keys = {
    time: BigInt64Array.from(all, (row) => row.time),
    subsort: BigUint64Array.from(all, (row) => row.subsort),
    entity: Int32Array.from(all, (_, index) => index),
    hash: BigUint64Array.from(all, (row) => row.hash),
  };
  return { all, keys, starts, ends };
}

type Merge = typeof mergeSources;

/** The loser tree by itself, which `mergeSources` leaves out where times are spread. */
const byTree: Merge = (keys, starts, ends, out) => {
  const rank = new Int32Array(keys.time.length);
  rankTimes(keys.time, starts, ends, rank);
  mergeByTree(keys, rank, starts, ends, out);
};

function merged(sources: readonly (readonly Row[])[], merge: Merge = mergeSources): Row[] {
  const { all, keys, starts, ends } = joined(sources);
  const out = new Int32Array(all.length);
  merge(keys, starts, ends, out);
  return Array.from(out, (row) => all[row]!);
}

function row(time: bigint, subsort: bigint, hash: bigint): Row {
  return { time, subsort, hash, ordinal: 0 };
}

describe.each([
  ['mergeSources', mergeSources],
  ['mergeByTree', byTree],
])('%s', (_, merge) => {
  it('is a sort by order key that keeps the order of rows that tie', () => {
    fc.assert(
      fc.property(rowsArbitrary, fc.integer({ min: 1, max: 12 }), (rows, count) => {
        expect(merged(spread(rows, count), merge)).toEqual(rows.toSorted(compareRow));
      }),
    );
  });

  it('compares times signed, subsorts and hashes unsigned', () => {
    const top = 2n ** 63n;
    const sources = [[row(-1n, 0n, 5n)], [row(0n, top, 1n)], [row(0n, 1n, top)], [row(0n, 1n, 9n)]];
    expect(merged(sources, merge)).toEqual([
      row(-1n, 0n, 5n),
      row(0n, 1n, 9n),
      row(0n, 1n, top),
      row(0n, top, 1n),
    ]);
  });

  it('tells apart times that are one number as doubles', () => {
    const late = 1_700_000_000_000_000_000n;
    const first = Array.from({ length: 50 }, (_, index) => row(late + BigInt(2 * index), 0n, 1n));
    const second = first.map((one) => row(one.time + 1n, 0n, 2n));
    const times = merged([first, second], merge).map((one) => one.time - late);
    expect(times).toEqual(Array.from({ length: 100 }, (_, index) => BigInt(index)));
  });

  it('concatenates long stretches', () => {
    const sources = [3, 1, 2, 0].map((source) =>
      Array.from({ length: 100 }, (_, index) =>
        row(4n, 2n ** 64n - 1n, BigInt(source * 100 + index)),
      ),
    );
    expect(merged(sources, merge).map((one) => Number(one.hash))).toEqual([...Array(400).keys()]);
  });

  it('refuses two sources that hold one order key', () => {
    expect(() => merged([[row(1n, 2n, 3n)], [row(1n, 2n, 3n)]], merge)).toThrow(
      'merge: two sources hold rows of one order key',
    );
  });

  it('takes no sources and empty ones', () => {
    expect(merged([], merge)).toEqual([]);
    expect(merged([[], [row(1n, 0n, 0n)], []], merge)).toEqual([row(1n, 0n, 0n)]);
  });
});

describe('mergeSources over many windows', () => {
  /** Times in order: `rows` at any instant, then as many in whole hundreds, then one instant. */
  function longSource(source: number, rows: number): Row[] {
    // A linear congruence, so that the sources interleave without a pattern that buckets share.
    let state = source + 1;
    const times = Array.from({ length: 3 * rows }, (_, index) => {
      state = (state * 48_271) % 0x7fff_ffff;
      if (index < rows) return BigInt(state % 1_000_000);
      return index < 2 * rows ? 1_000_000n + BigInt(state % 50) * 100n : 2_000_000n;
    });
    times.sort((left, right) => (left < right ? -1 : left > right ? 1 : 0));
    return times.map((time, index) => row(time, BigInt(index), BigInt(source)));
  }

  it('is a sort where rows are spread, where they crowd, and between', () => {
    const sources = [0, 1, 2, 3, 4].map((source) => longSource(source, 8000));
    const rows = merged(sources);
    const sorted = sources.flat().sort(compareRow);
    // Compared by index of the first difference: a diff of so many rows takes seconds.
    expect(rows.findIndex((one, index) => one !== sorted[index])).toBe(-1);
    expect(rows).toHaveLength(sorted.length);
  });

  it('refuses two sources that hold one order key among many rows', () => {
    const first = longSource(0, 8000);
    const clash = { ...first[4000]! };
    expect(() => merged([first, [clash]])).toThrow('merge: two sources hold rows of one order key');
  });
});

describe('selectSplit', () => {
  it('puts exactly the first rows of the total order before the split', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(rowsArbitrary, fc.integer({ min: 1, max: 12 }), share, (rows, count, part) => {
        const { all, keys, starts, ends } = joined(spread(rows, count));
        const wanted = Math.round(part * rows.length);
        const split = selectSplit(keys, starts, ends, wanted);
        const before = all.filter((_, index) =>
          split.some((end, source) => index >= starts[source]! && index < end),
        );
        expect(before.sort(compareRow)).toEqual(rows.toSorted(compareRow).slice(0, wanted));
      }),
    );
  });

  it('may split rows that tie within one source', () => {
    const { keys, starts, ends } = joined([
      Array.from({ length: 9 }, () => row(1n, 1n, 1n)),
      [row(0n, 0n, 2n)],
    ]);
    expect([...selectSplit(keys, starts, ends, 5)]).toEqual([4, 10]);
  });
});
