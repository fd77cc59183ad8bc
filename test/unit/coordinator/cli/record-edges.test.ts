/** First and last records, however the bytes arrive. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { displayColumn } from '../../../../coordinator/cli/display-values.ts';
import { RecordEdges, splitCsvRecord } from '../../../../coordinator/cli/record-edges.ts';

const quote = (cell: string): string =>
  /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;

test('any rows in any chunks: the first, the last and the count', () => {
  // A record of one empty cell is a blank line, which does not count.
  const cell = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', 'é', '日'), maxLength: 6 });
  const row = fc.array(cell, { minLength: 2, maxLength: 3 });
  fc.assert(
    fc.property(fc.array(row, { maxLength: 30 }), fc.integer({ min: 1, max: 50 }), (rows, size) => {
      const bytes = Buffer.from(rows.map((cells) => `${cells.map(quote).join(',')}\n`).join(''));
      const edges = new RecordEdges({ firstMax: 4, lastMax: 3, hasQuotes: true });
      for (let at = 0; at < bytes.length; at += size) edges.push(bytes.subarray(at, at + size));
      const { first, last, count } = edges.finish();
      expect(count).toBe(rows.length);
      expect(first.map(splitCsvRecord)).toEqual(rows.slice(0, 4));
      expect(last.map(splitCsvRecord)).toEqual(rows.slice(4).slice(-3));
    }),
  );
});

test('a last record without a line end counts, blank lines do not', () => {
  const edges = new RecordEdges({ firstMax: 9, lastMax: 0, hasQuotes: false });
  edges.push(Buffer.from('a\r\n\r\n\n"b\nc'));
  expect(edges.finish()).toEqual({ first: ['a', '"b', 'c'], last: [], count: 3 });
});

test('times lose the decimals that none has, floats keep four at most', () => {
  const times = ['2024-01-01T00:00:00.000000000', null, '2024-01-01T00:00:00.250000000'];
  expect(displayColumn('timestamp_ns', times)).toEqual([
    '2024-01-01 00:00:00.00',
    null,
    '2024-01-01 00:00:00.25',
  ]);
  expect(displayColumn('timestamp_ns', times.slice(0, 1))).toEqual(['2024-01-01 00:00:00']);
  expect(displayColumn('f64', ['1.0', '0.3333333333', 'NaN', '1e300', '1e-7', null])).toEqual([
    '1.0000',
    '0.3333',
    'NaN',
    '1.00000e+300',
    '1.00000e-7',
    null,
  ]);
  expect(displayColumn('f64', ['5.0', '-3.0'])).toEqual(['5.0', '-3.0']);
  expect(displayColumn('i64', ['9007199254740993'])).toEqual(['9007199254740993']);
});
