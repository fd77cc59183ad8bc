/** The scan of a table against a plain sort of all its rows. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { StringPool } from '../../../../shared/column/string-pool.ts';
import { columnValues } from '../../../../shared/column/values.ts';
import { hashValue } from '../../../../shared/kernel/hash.ts';
import { I64, STRING } from '../../../../shared/types/data-type.ts';
import type { TableScan } from '../../../../worker/operator/table-scan.ts';
import { openTableScan } from '../../../../worker/operator/table-scan.ts';
import type { PreparedTable } from '../../../support/prepared-table.ts';
import { prepareTable } from '../../../support/prepared-table.ts';

interface Row {
  readonly time: number;
  readonly key: string;
  readonly seq: number;
  readonly v: number;
}

interface Expected {
  readonly time: bigint;
  readonly subsort: bigint;
  readonly hash: bigint;
  readonly ordinal: number;
  readonly key: string;
  readonly v: bigint;
}

function csvOf(rows: readonly Row[]): string {
  return [
    'time,key,seq,v',
    ...rows.map((row) => `${row.time},${row.key},${row.seq},${row.v}`),
    '',
  ].join('\n');
}

/** Rows of all files by (time, subsort, hash), then file base and position: partitioning.md, R1 and R2. */
function expectedRows(
  files: readonly (readonly Row[])[],
  bases: readonly bigint[],
  hasSubsort: boolean,
): Expected[] {
  const order = files
    .map((_, index) => index)
    .toSorted((a, b) => (bases[a]! < bases[b]! ? -1 : bases[a]! > bases[b]! ? 1 : a - b));
  const rows = order.flatMap((file) =>
    files[file]!.map((row, position) => ({
      time: BigInt(row.time),
      subsort: hasSubsort ? BigInt(row.seq) : bases[file]! + BigInt(position),
      hash: hashValue(STRING, row.key),
      key: row.key,
      v: BigInt(row.v),
    })),
  );
  const compare = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);
  const sorted = rows.toSorted(
    (a, b) => compare(a.time, b.time) || compare(a.subsort, b.subsort) || compare(a.hash, b.hash),
  );
  const seen = new Map<string, number>();
  return sorted.map((row) => {
    const id = `${row.time} ${row.subsort} ${row.hash}`;
    const ordinal = seen.get(id) ?? 0;
    seen.set(id, ordinal + 1);
    return { ...row, ordinal };
  });
}

async function readRows(
  scan: TableScan,
  low: bigint | null,
  high: bigint | null,
): Promise<Expected[]> {
  const { rows, columns } = await scan.read(low, high);
  const keys = columnValues(columns.get('key')!) as string[];
  const values = columnValues(columns.get('v')!) as bigint[];
  return keys.map((key, row) => ({
    time: rows.time[row]!,
    subsort: rows.subsort[row]!,
    hash: scan.entityHash[rows.entity[row]!]!,
    ordinal: rows.ordinal === null ? 0 : rows.ordinal[row]!,
    key,
    v: values[row]!,
  }));
}

function scanOf(table: PreparedTable, low = 0, high = 256): Promise<TableScan> {
  return openTableScan({
    store: table.store,
    manifest: table.manifest,
    bucketLow: low,
    bucketHigh: high,
    columns: ['v', 'key'],
    pool: new StringPool(),
  });
}

const rowArbitrary = fc.record({
  time: fc.oneof(fc.integer({ min: -5, max: 5 }), fc.integer({ min: -1e9, max: 1e9 })),
  key: fc.integer({ min: 0, max: 40 }).map((n) => `k${n}`),
  seq: fc.integer({ min: 0, max: 2 }),
  v: fc.integer(),
});

describe('table scan', () => {
  test('reads the rows of any bucket range and time range in order-key order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(rowArbitrary, { minLength: 1, maxLength: 60 }), {
          minLength: 1,
          maxLength: 5,
        }),
        fc.boolean(),
        fc.constantFrom(1, 2, 16, 256),
        fc.integer({ min: 1, max: 40 }),
        async (files, hasSubsort, ranges, batchRows) => {
          const table = await prepareTable({
            files: files.map(csvOf),
            subsort: hasSubsort ? 'seq' : null,
          });
          const expected = expectedRows(files, table.bases, hasSubsort);
          const found: Expected[] = [];
          for (let range = 0; range < ranges; range++) {
            const width = 256 / ranges;
            const scan = await scanOf(table, range * width, (range + 1) * width);
            const own = expected.filter(({ hash }) => {
              const bucket = Number(hash >> 56n);
              return bucket >= range * width && bucket < (range + 1) * width;
            });
            expect(scan.rowsEstimate).toBe(own.length);
            expect([...scan.entityHash]).toEqual(
              [...new Set(own.map(({ hash }) => hash))].toSorted((a, b) => (a < b ? -1 : 1)),
            );
            const cuts = scan.cuts(null, null, batchRows);
            for (const [index, cut] of cuts.entries())
              if (index > 0) expect(cut > cuts[index - 1]!).toBe(true);
            let low: bigint | null = null;
            const pieces: Expected[] = [];
            for (const high of [...cuts, null]) {
              pieces.push(...(await readRows(scan, low, high)));
              low = high;
            }
            expect(pieces).toEqual(own);
            found.push(...pieces);
          }
          expect(found.length).toBe(expected.length);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('small windows and long buckets give the same rows', async () => {
    // Three keys: buckets of thousands of rows, so that their time index has several blocks.
    const files = [0, 1].map((file) =>
      Array.from({ length: 9000 }, (_, index) => ({
        time: (index * 7919 + file * 13) % 5000,
        key: `k${index % 3}`,
        seq: index % 5,
        v: index,
      })),
    );
    const table = await prepareTable({ files: files.map(csvOf), subsort: 'seq' });
    const expected = expectedRows(files, table.bases, true);
    for (const windowBytes of [1, 40_000, 200_000]) {
      const scan = await openTableScan({
        store: table.store,
        manifest: table.manifest,
        bucketLow: 0,
        bucketHigh: 256,
        columns: ['v', 'key'],
        pool: new StringPool(),
        windowBytes,
      });
      const found: Expected[] = [];
      let low: bigint | null = null;
      for (const high of [...scan.cuts(null, null, 700), null]) {
        found.push(...(await readRows(scan, low, high)));
        low = high;
      }
      expect(found).toEqual(expected);
      // Backwards too: a window is loaded again.
      expect(await readRows(scan, 100n, 103n)).toEqual(
        expected.filter(({ time }) => time >= 100n && time < 103n),
      );
    }
    // A few rows of one bucket, sparse among the ranks.
    const rare = [
      ...files[0]!,
      { time: 2500, key: 'rare', seq: 1, v: -1 },
      { time: 17, key: 'rare', seq: 1, v: -2 },
    ];
    const sparse = await prepareTable({ files: [csvOf(rare)] });
    const bucket = Number(hashValue(STRING, 'rare') >> 56n);
    const scan = await scanOf(sparse, bucket, bucket + 1);
    expect(
      (await readRows(scan, null, null)).filter(({ key }) => key === 'rare').map(({ v }) => v),
    ).toEqual([-2n, -1n]);
  });

  test('cuts a time range without splitting an instant', async () => {
    const rows = Array.from({ length: 300 }, (_, index) => ({
      time: Math.floor(index / 3),
      key: `k${index % 7}`,
      seq: 0,
      v: index,
    }));
    const scan = await scanOf(await prepareTable({ files: [csvOf(rows)] }));
    const cuts = scan.cuts(10n, 20n, 6);
    // 30 rows, three of each instant: a cut after every second instant.
    expect(cuts).toEqual([12n, 14n, 16n, 18n]);
    expect((await scan.read(12n, 14n)).rows.length).toBe(6);
    expect((await scan.read(14n, 14n)).rows.length).toBe(0);
    expect((await scan.read(1000n, null)).rows.length).toBe(0);
  });

  test('copies of a file have rows of equal order key, told apart by ordinals', async () => {
    const rows = [{ time: 7, key: 'ann', seq: 0, v: 1 }];
    const scan = await scanOf(await prepareTable({ files: [csvOf(rows), csvOf(rows)] }));
    expect((await readRows(scan, null, null)).map(({ ordinal, v }) => [ordinal, v])).toEqual([
      [0, 1n],
      [1, 1n],
    ]);
  });

  test('timeMax hides later rows, keepEntity hides entities', async () => {
    const rows = Array.from({ length: 20 }, (_, index) => ({
      time: index,
      key: index % 2 === 0 ? 'A' : 'B',
      seq: 0,
      v: index,
    }));
    const table = await prepareTable({ files: [csvOf(rows)] });
    const wanted = hashValue(STRING, 'B');
    const scan = await openTableScan({
      store: table.store,
      manifest: table.manifest,
      bucketLow: 0,
      bucketHigh: 256,
      columns: ['v', 'key', 'time', 'seq'],
      pool: new StringPool(),
      timeMax: 5n,
      keepEntity: (low, high) => (BigInt(high) << 32n) + BigInt(low) === wanted,
    });
    expect([...scan.entityHash]).toEqual([wanted]);
    expect(columnValues(scan.entityKeys)).toEqual(['B']);
    expect((await readRows(scan, null, null)).map(({ v }) => v)).toEqual([1n, 3n, 5n]);
    expect((await scan.read(6n, 20n)).rows.length).toBe(0);
    const { columns } = await scan.read(2n, 4n);
    expect(columnValues(columns.get('time')!)).toEqual([3n]);
  });

  test('a table without rows has typed columns', async () => {
    const table = await prepareTable({ files: ['time,key,seq,v\n'] });
    expect(table.manifest.segments).toEqual([]);
    const scan = await scanOf({
      ...table,
      manifest: {
        ...table.manifest,
        schema: {
          kind: 'record',
          fields: [
            { name: 'key', type: STRING },
            { name: 'v', type: I64 },
          ],
        },
      },
    });
    const { rows, columns } = await scan.read(null, null);
    expect(rows.length).toBe(0);
    expect(columns.get('v')!.type).toEqual(I64);
    expect(scan.cuts(null, null, 10)).toEqual([]);
  });

  test('null and typed keys come back as they were', async () => {
    const text = 'time,key,seq,v\n1,5,0,1\n2,,0,2\n3,-7,0,3\n';
    const scan = await scanOf(await prepareTable({ files: [text, text] }));
    const { columns } = await scan.read(null, null);
    expect(columnValues(columns.get('key')!)).toEqual([5n, 5n, null, null, -7n, -7n]);
    expect(scan.entityHash[0]).toBe(0n);
    expect(columnValues(scan.entityKeys)[0]).toBe(null);
  });
});
