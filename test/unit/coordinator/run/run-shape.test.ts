import { describe, expect, test } from 'vitest';
import type { CutOptions } from '../../../../coordinator/run/run-shape.ts';
import { BATCH_ROWS, SLICES_MAX, cutRun } from '../../../../coordinator/run/run-shape.ts';
import { buildTableManifest } from '../../../../shared/storage/table-manifest.ts';
import type { TableManifest } from '../../../../shared/storage/table-manifest.ts';
import { I64 } from '../../../../shared/types/data-type.ts';

function table(rows: number): TableManifest {
  const empty = buildTableManifest(
    {
      id: 't',
      table: 'T',
      schema: { kind: 'record', fields: [{ name: 'x', type: I64 }] },
      grouping: 'T',
      keyType: I64,
      timeColumn: 'x',
      keyColumn: 'x',
      subsortColumn: null,
      files: [],
    },
    [],
  );
  return { ...empty, rows };
}

function cut(
  options: Partial<CutOptions> & { readonly rows?: number } = {},
): ReturnType<typeof cutRun> {
  const { rows = 1_000, ...rest } = options;
  return cutRun({
    tables: [table(rows)],
    columns: 2,
    bounds: { low: 0n, high: 1_000n },
    slots: 4,
    isPreview: false,
    tuning: {},
    ...rest,
  });
}

describe('how a run is cut', () => {
  test('little is one cell, whatever the workers', () => {
    expect(cut({ slots: 64 })).toEqual({ ranges: 1, cuts: [], batchRows: BATCH_ROWS });
    expect(cut({ rows: 0, bounds: null }).ranges).toBe(1);
  });

  test('every slot has work where the pieces are worth it', () => {
    expect(cut({ rows: 1_000_000, slots: 4 }).ranges).toBe(4);
    expect(cut({ rows: 250_000, slots: 64 }).ranges).toBe(4);
  });

  test('ranges are a power of two that bounds the rows of a cell; more than the finest ranges hold is cut in time', () => {
    const large = cut({ rows: 100_000_000 });
    expect(Math.log2(large.ranges) % 1).toBe(0);
    expect(large.ranges).toBeGreaterThanOrEqual(32);
    expect(large.cuts).toEqual([]);
    const huge = cut({ rows: 10_000_000_000 });
    expect(huge.ranges).toBe(256);
    expect(huge.cuts.length).toBeGreaterThan(5);
    expect(cut({ rows: 1e14, bounds: { low: 0n, high: 10n ** 18n } }).cuts).toHaveLength(
      SLICES_MAX - 1,
    );
  });

  test('cuts part time evenly, ascending and within the bounds', () => {
    expect(cut({ tuning: { slices: 4 } }).cuts).toEqual([250n, 500n, 750n]);
    expect(cut({ tuning: { slices: 3 }, bounds: { low: -10n, high: 20n } }).cuts).toEqual([
      0n,
      10n,
    ]);
    expect(cut({ tuning: { slices: 1 } }).cuts).toEqual([]);
  });

  test('fewer where there are not so many instants, none without events', () => {
    expect(cut({ tuning: { slices: 64 }, bounds: { low: 5n, high: 7n } }).cuts).toEqual([6n]);
    expect(cut({ tuning: { slices: 8 }, bounds: { low: 5n, high: 5n } }).cuts).toEqual([]);
    expect(cut({ tuning: { slices: 8 }, bounds: null }).cuts).toEqual([]);
  });

  test('a preview of much has slices to stop after', () => {
    expect(cut({ isPreview: true }).cuts).toEqual([]);
    expect(cut({ isPreview: true, rows: 50_000_000 }).cuts.length).toBeGreaterThanOrEqual(7);
  });

  test.each([0, 3, -1, 512, 1.5])('%d ranges are refused', (ranges) => {
    expect(() => cut({ tuning: { ranges } })).toThrow('ranges must be a power of two');
  });

  test.each([
    { slices: 0 },
    { slices: 1e9 },
    { slices: 2.5 },
    { batchRows: 0 },
    { batchRows: Number.NaN },
  ])('%j is refused', (tuning) => {
    expect(() => cut({ tuning })).toThrow('must be a whole number from 1 to');
  });
});
