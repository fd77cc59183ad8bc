/** From a file to a segment: order keys, bad rows, missing columns, entities. */
import { describe, expect, test } from 'vitest';
import { StringPool } from '../../../../shared/column/string-pool.ts';
import { columnFromValues, columnValues } from '../../../../shared/column/values.ts';
import { hashValue } from '../../../../shared/kernel/hash.ts';
import { openSegment } from '../../../../shared/storage/segment.ts';
import { inlineCsvBase } from '../../../../shared/storage/table-manifest.ts';
import { I64, STRING, U64, scalar } from '../../../../shared/types/data-type.ts';
import { openTableScan } from '../../../../worker/operator/table-scan.ts';
import { assignEntities } from '../../../../worker/prepare/entities.ts';
import { eventTimes } from '../../../../worker/prepare/time-column.ts';
import type { TableFiles } from '../../../support/prepared-table.ts';
import { prepareTable } from '../../../support/prepared-table.ts';

async function rowsOf(definition: TableFiles, columns: readonly string[]): Promise<unknown[][]> {
  const { store, manifest } = await prepareTable(definition);
  const pool = new StringPool();
  const scan = await openTableScan({
    store,
    manifest,
    bucketLow: 0,
    bucketHigh: 256,
    columns,
    pool,
  });
  const found = await scan.read(null, null);
  const values = columns.map((name) => columnValues(found.columns.get(name)!));
  return [...found.rows.time].map((time, row) => [time, ...values.map((column) => column[row])]);
}

describe('prepare', () => {
  test('the default subsort of inline CSV follows the published vector', () => {
    // language.md 10.3 gives the base of this text.
    const text =
      'time,key,m,n\n' +
      '1996-12-19T16:39:57-08:00,A,5,10\n' +
      '1996-12-19T16:39:58-08:00,B,24,3\n' +
      '1996-12-19T16:39:59-08:00,A,17,6\n' +
      '1996-12-19T16:40:00-08:00,A,,9\n' +
      '1996-12-19T16:40:01-08:00,A,12,\n' +
      '1996-12-19T16:40:02-08:00,A,,\n';
    expect(inlineCsvBase(text)).toBe(14798209437330752939n);
  });

  test('bases of files are at least 2^62 and depend on the content alone', async () => {
    const text = 'time,key\n1,a\n';
    const { bases } = await prepareTable({ files: [text, text, `${text}2,b\n`] });
    expect(bases[0]).toBe(bases[1]);
    expect(bases[0]).not.toBe(bases[2]);
    for (const base of bases) expect(base >= 2n ** 62n && base < 2n ** 63n).toBe(true);
  });

  test('a segment is the same bytes however often it is made', async () => {
    const files = ['time,key,v\n3,a,1\n1,b,\n2,a,x\n'];
    const [one, two] = [await prepareTable({ files }), await prepareTable({ files })];
    const { key } = one.manifest.segments[0]!;
    expect(await two.store.get(key)).toEqual(await one.store.get(key));
  });

  test('reports rows, bounds and buckets', async () => {
    const { segments, manifest } = await prepareTable({ files: ['time,key\n30,a\n-10,b\n20,a\n'] });
    expect(segments[0]).toMatchObject({
      rows: 3,
      entities: 2,
      minTime: '-10',
      maxTime: '30',
      skippedRows: 0,
    });
    const bucket = Number(hashValue(STRING, 'a') >> 56n);
    expect(segments[0]!.bucketRows[bucket]).toBe(2);
    expect(manifest).toMatchObject({ rows: 3, minTime: '-10', maxTime: '30' });
  });

  test('columns that a later file lacks are null, others of it are not read', async () => {
    const files = ['time,key,a,b\n1,x,10,p\n', 'key,extra,time\ny,9,2\n'];
    expect(await rowsOf({ files }, ['a', 'b', 'key'])).toEqual([
      [1n, 10n, 'p', 'x'],
      [2n, null, null, 'y'],
    ]);
  });

  test('the time column keeps its type and value', async () => {
    const files = ['time,key\n1970-01-01T00:00:01.5Z,x\n'];
    const { manifest } = await prepareTable({ files });
    expect(manifest.schema.fields[0]!.type).toEqual(scalar('timestamp_ms'));
    expect(await rowsOf({ files }, ['time'])).toEqual([[1_500_000_000n, 1500n]]);
  });

  test('null and unreadable times fail with file, row and column', async () => {
    await expect(prepareTable({ files: ['time,key\n1,a\n,b\n'] })).rejects.toThrow(
      "file-0: row 2, time column 'time': is null",
    );
    await expect(
      prepareTable({ files: ['time,key\n2024-01-01,a\nyesterday,b\n'] }),
    ).rejects.toThrow(
      "file-0: row 2, time column 'time': 'yesterday' is not a timestamp like 2024-01-31T09:30:00",
    );
    await expect(prepareTable({ files: ['time,key\n9999-01-01T00:00:00,a\n'] })).rejects.toThrow(
      /row 1, time column 'time': .* outside of the range of nanoseconds/,
    );
  });

  test('negative and null subsorts fail, or are skipped', async () => {
    const negative = 'time,key,seq\n1,a,0\n2,b,-1\n';
    await expect(prepareTable({ files: [negative], subsort: 'seq' })).rejects.toThrow(
      "file-0: row 2, subsort column 'seq': -1 is not a number from 0 to 2^64 - 1",
    );
    const missing = 'time,key,seq\n1,a,\n2,b,1\n';
    await expect(prepareTable({ files: [missing], subsort: 'seq' })).rejects.toThrow(
      "file-0: row 1, subsort column 'seq': is null",
    );
    const { manifest } = await prepareTable({
      files: ['time,key,seq\n,a,0\n2,b,-1\n3,c\n4,d,7\n'],
      subsort: 'seq',
      table: { onBadRow: 'skip' },
    });
    expect(manifest).toMatchObject({ rows: 1, skippedRows: 3, minTime: '4' });
  });

  test('a subsort is cast: floats, and the text of a file without rows', async () => {
    const floats = await prepareTable({
      files: ['time,key,seq\n1,a,2.0\n1,a,1.5\n'],
      subsort: 'seq',
    });
    const segment = await openSegment(floats.store, floats.segments[0]!.key);
    expect([...(await segment.bundle.section('subsort', 'u64'))]).toEqual([1n, 2n]);
    const none = await prepareTable({ files: ['time,key,seq\n'], subsort: 'seq' });
    expect(none.manifest.rows).toBe(0);
    const text = 'time,key,seq\n1,a,first\n';
    await expect(prepareTable({ files: [text], subsort: 'seq' })).rejects.toThrow(
      "file-0: row 1, subsort column 'seq': 'first' is not a number from 0 to 2^64 - 1",
    );
  });

  test('skipped rows keep their numbers in the default subsort', async () => {
    const { store, manifest, bases } = await prepareTable({
      files: ['time,key\n1,a\n,b\n3,c\n'],
      table: { onBadRow: 'skip' },
    });
    const pool = new StringPool();
    const scan = await openTableScan({
      store,
      manifest,
      bucketLow: 0,
      bucketHigh: 256,
      columns: [],
      pool,
    });
    const { rows } = await scan.read(null, null);
    expect([...rows.subsort]).toEqual([bases[0], bases[0]! + 2n]);
  });
});

describe('event times', () => {
  const pool = new StringPool();
  const timesOf = (
    kind: Parameters<typeof scalar>[0],
    values: (bigint | number | string | null)[],
  ): unknown => {
    const { times, bad } = eventTimes(columnFromValues(scalar(kind), values, pool), 'ms');
    return [...times].map((time, row) => (bad !== null && bad[row] === 1 ? null : time));
  };

  test('convert by type; numbers by the unit of the table', () => {
    expect(timesOf('timestamp_s', [2n, -1n])).toEqual([2_000_000_000n, -1_000_000_000n]);
    expect(timesOf('timestamp_us', [2n])).toEqual([2_000n]);
    expect(timesOf('date', [1, -1])).toEqual([86_400_000_000_000n, -86_400_000_000_000n]);
    expect(timesOf('i32', [5])).toEqual([5_000_000n]);
    expect(timesOf('f64', [1.5, -0.0000015])).toEqual([1_500_000n, -1n]);
    expect(timesOf('string', ['1970-01-01', 'no'])).toEqual([0n, null]);
  });

  test('that do not fit are bad', () => {
    expect(timesOf('timestamp_s', [9_223_372_036n, 9_223_372_037n, null])).toEqual([
      9_223_372_036_000_000_000n,
      null,
      null,
    ]);
    expect(timesOf('timestamp_s', [-9_223_372_036n, -9_223_372_037n])).toEqual([
      -9_223_372_036_000_000_000n,
      null,
    ]);
    expect(timesOf('timestamp_us', [2n ** 62n, 0n, -(2n ** 62n)])).toEqual([null, 0n, null]);
    expect(timesOf('f64', [Infinity, NaN])).toEqual([null, null]);
    expect(timesOf('u64', [2n ** 63n])).toEqual([null]);
  });
});

describe('entities', () => {
  test('are dense in the unsigned order of their hashes', () => {
    const keys = Array.from({ length: 5000 }, (_, index) => BigInt((index * 31) % 1234));
    for (const type of [I64, U64]) {
      const { entity, hashes, firstRows } = assignEntities(
        columnFromValues(type, keys, new StringPool()),
      );
      expect(hashes.length).toBe(1234);
      for (let index = 1; index < hashes.length; index++)
        expect(hashes[index - 1]! < hashes[index]!).toBe(true);
      for (const [row, key] of keys.entries()) {
        expect(hashes[entity[row]!]).toBe(hashValue(type, key));
        expect(keys[firstRows[entity[row]!]!]).toBe(key);
      }
    }
  });

  test('two keys of one hash are an error that names both', () => {
    // The hash of a record whose fields are all null is 0, like that of a null record (Appendix A).
    const type = { kind: 'record', fields: [{ name: 'a', type: I64 }] } as const;
    const keys = columnFromValues(type, [{ a: null }, null], new StringPool());
    expect(() => assignEntities(keys)).toThrow(
      /the keys null and \{"a":null\} have the same hash 0/,
    );
  });
});
