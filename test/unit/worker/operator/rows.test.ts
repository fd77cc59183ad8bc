import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  alignRows,
  compareRows,
  lowerBound,
  sliceRows,
  takeRows,
  uniteRows,
} from '../../../../worker/operator/rows.ts';
import { printRows, rowsOf } from './domain.ts';
import type { Row } from './domain.ts';

const UINT64_MAX = 2n ** 64n - 1n;

describe('compareRows', () => {
  test('by time signed, subsort unsigned, entity, ordinal', () => {
    const rows = rowsOf([
      [-5, 0],
      [0, 0],
      [0, 2n ** 63n],
      [0, UINT64_MAX, 0],
      [0, UINT64_MAX, 1, 0],
      [0, UINT64_MAX, 1, 1],
    ]);
    for (let i = 0; i < rows.length; i++) {
      for (let j = 0; j < rows.length; j++) {
        expect(compareRows(rows, i, rows, j)).toBe(Math.sign(i - j));
      }
    }
  });

  test('rows without ordinals have ordinal 0', () => {
    const without = rowsOf([[1, 1, 1]]);
    const ordinals = rowsOf([
      [1, 1, 1, 0],
      [1, 1, 1, 1],
    ]);
    expect(compareRows(without, 0, ordinals, 0)).toBe(0);
    expect(compareRows(without, 0, ordinals, 1)).toBe(-1);
    expect(compareRows(ordinals, 1, without, 0)).toBe(1);
  });
});

describe('uniteRows', () => {
  test('a row of both is one row; positions say where each went', () => {
    const { rows, positions } = uniteRows([
      rowsOf([
        [1, 0, 0],
        [2, 0, 0],
        [2, 0, 1],
      ]),
      rowsOf([
        [0, 0, 3],
        [2, 0, 0],
        [2, 1, 0],
      ]),
    ]);
    expect(printRows(rows)).toEqual(['0.0 3', '1.0 0', '2.0 0', '2.0 1', '2.1 0']);
    expect(positions.map((each) => [...each])).toEqual([
      [1, 2, 3],
      [0, 2, 4],
    ]);
  });

  test('rows of one order key pair by ordinal', () => {
    const { rows, positions } = uniteRows([
      rowsOf([
        [1, 0, 0, 0],
        [1, 0, 0, 1],
      ]),
      rowsOf([
        [1, 0, 0, 1],
        [1, 0, 0, 2],
      ]),
    ]);
    expect(printRows(rows)).toEqual(['1.0 0', '1.0 0#1', '1.0 0#2']);
    expect(positions.map((each) => [...each])).toEqual([
      [0, 1],
      [1, 2],
    ]);
  });

  test('of any inputs: the distinct rows in order, and positions lead to them', () => {
    const row = fc.tuple(
      fc.oneof(
        fc.integer({ min: -2, max: 2 }),
        // Times that are one as doubles, and the ends of time.
        fc.constantFrom(2n ** 60n, 2n ** 60n + 1n, -(2n ** 63n), 2n ** 63n - 1n, 2n ** 63n - 2n),
      ),
      fc.constantFrom(0n, 1n, UINT64_MAX),
      fc.nat({ max: 2 }),
      fc.nat({ max: 1 }),
    );
    const domain = fc.uniqueArray(row, { selector: String, maxLength: 20 });
    const compare = (left: Row, right: Row): number =>
      compareRows(rowsOf([left]), 0, rowsOf([right]), 0);
    fc.assert(
      fc.property(fc.array(domain, { minLength: 1, maxLength: 4 }), (domains) => {
        const inputs = domains.map((rows) => rowsOf(rows.toSorted(compare)));
        const { rows, positions } = uniteRows(inputs);
        const distinct = new Map(domains.flat().map((each) => [String(each), each as Row]));
        const all = rowsOf([...distinct.values()].toSorted(compare));
        expect(printRows(rows)).toEqual(printRows(all));
        for (const [at, input] of inputs.entries()) {
          expect(printRows(takeRows(rows, positions[at]!))).toEqual(printRows(input));
          expect([...alignRows(input, rows)]).toEqual([...positions[at]!]);
        }
      }),
    );
  });
});

test('alignRows refuses a row that the outer domain lacks', () => {
  expect(() => alignRows(rowsOf([[3, 0]]), rowsOf([[1, 0]]))).toThrow('align');
});

test('takeRows and sliceRows keep ordinals', () => {
  const rows = rowsOf([
    [1, 0, 0, 0],
    [1, 0, 0, 1],
    [2, 7, 3, 0],
  ]);
  expect(printRows(takeRows(rows, Int32Array.of(1, 2)))).toEqual(['1.0 0#1', '2.7 3']);
  expect(printRows(sliceRows(rows, 1, 2))).toEqual(['1.0 0#1']);
});

test('lowerBound finds the first row at or after a time', () => {
  const times = BigInt64Array.of(-4n, -4n, 0n, 9n);
  expect([-5n, -4n, -3n, 0n, 9n, 10n].map((time) => lowerBound(times, time))).toEqual([
    0, 0, 2, 2, 3, 4,
  ]);
});
