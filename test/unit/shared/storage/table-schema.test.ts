/** Schemas of several files, and the columns that a table needs. */
import { describe, expect, test } from 'vitest';
import { buildTableManifest, fileBase } from '../../../../shared/storage/table-manifest.ts';
import type { SegmentInfo } from '../../../../shared/storage/table-manifest.ts';
import { checkTableColumns, mergeSchemas } from '../../../../shared/storage/table-schema.ts';
import type { FileSchema } from '../../../../shared/storage/table-schema.ts';
import type { DataType, ScalarKind } from '../../../../shared/types/data-type.ts';
import { STRING, scalar } from '../../../../shared/types/data-type.ts';

function fileOf(
  uri: string,
  columns: Record<string, ScalarKind | DataType>,
  empty: readonly string[] = [],
): FileSchema {
  const fields = Object.entries(columns).map(([name, type]) => ({
    name,
    type: typeof type === 'string' ? scalar(type) : type,
  }));
  const isUntyped = uri.endsWith('.csv');
  return { uri, schema: { kind: 'record', fields }, unsupported: [], empty, isUntyped };
}

describe('merged schemas', () => {
  test('are fixed by the first file; narrower columns and missing ones are fine', () => {
    const first = fileOf('1.csv', { time: 'timestamp_us', n: 'f64' });
    const { schema, ignored } = mergeSchemas([
      first,
      fileOf('2.csv', { n: 'i64', time: 'timestamp_ms', more: 'bool' }),
      fileOf('3.csv', { time: 'timestamp_us' }),
    ]);
    expect(schema).toEqual(first.schema);
    expect(ignored).toEqual([{ uri: '2.csv', column: 'more' }]);
  });

  test('a column without values has the type of the first file with some', () => {
    const { schema } = mergeSchemas([
      fileOf('1.csv', { time: 'date', n: 'string', note: 'string' }, ['n', 'note']),
      fileOf('2.csv', { time: 'date', n: 'f64', note: 'string' }, ['note']),
      fileOf('3.csv', { time: 'string', n: 'i64' }, ['time']),
    ]);
    expect(schema).toEqual(fileOf('', { time: 'date', n: 'f64', note: 'string' }).schema);
  });

  test('what a later CSV file holds is read as the type of the first file where its cells are that', () => {
    const first = fileOf('1.parquet', { time: 'timestamp_ms', key: 'string', note: 'string' });
    const csv = fileOf('2.csv', { time: 'date', key: 'i64', note: 'bool' });
    expect(mergeSchemas([first, csv]).schema).toEqual(first.schema);
    const jsonl = fileOf('2.jsonl', { time: 'timestamp_ms', key: 'i64' });
    expect(() => mergeSchemas([first, jsonl])).toThrow(
      "column 'key' is string in 1.parquet but i64 in 2.jsonl",
    );
  });

  test('CSV files together have the types that their cells would have in one file', () => {
    const { schema } = mergeSchemas([
      fileOf('1.csv', { at: 'timestamp_s', n: 'i64', id: 'i64', day: 'date', flag: 'bool' }),
      fileOf('2.csv', { at: 'timestamp_ms', n: 'f64', id: 'string', day: 'timestamp_us' }),
      fileOf('3.csv', { at: 'date', n: 'i64', flag: 'i64' }, ['at']),
    ]);
    expect(schema.fields.map(({ type }) => type.kind)).toEqual([
      'timestamp_ms',
      'f64',
      'string',
      'timestamp_us',
      'string',
    ]);
  });

  test('conflicts name column, types and files', () => {
    const files = [fileOf('1.jsonl', { n: 'i64' }), fileOf('2.csv', { n: 'string' })];
    expect(() => mergeSchemas(files)).toThrow("column 'n' is i64 in 1.jsonl but string in 2.csv");
    expect(() =>
      mergeSchemas([fileOf('1.parquet', { n: 'i64' }), fileOf('2.parquet', { n: 'f64' })]),
    ).toThrow(/n/);
    expect(() => mergeSchemas([])).toThrow('a table needs at least one file');
  });
});

describe('columns of a table', () => {
  const file = {
    ...fileOf('orders.csv', {
      created_at: 'timestamp_us',
      customer: 'string',
      amount: 'f64',
      tags: { kind: 'list', element: STRING },
    }),
    unsupported: [{ name: 'hour', type: 'time of day' }],
  };
  const check = (columns: Record<string, string>) => (): void =>
    checkTableColumns({ name: 'Orders', time: 'created_at', key: 'customer', ...columns }, file);

  test('that exist and fit are accepted', () => {
    expect(check({})).not.toThrow();
  });

  test('that are missing come with what would do', () => {
    expect(check({ time: '', key: 'user' })).toThrow(
      [
        "Orders: it needs a time column; it has no column 'user' for its key",
        '',
        '  orders.csv',
        '    could be the time   created_at (timestamp_us)',
        '    could be the key    customer (string)',
        '    other columns       amount (f64), tags (list<string>)',
      ].join('\n'),
    );
  });

  test('of unusable types are named with their type', () => {
    expect(check({ key: 'tags' })).toThrow(
      "the key column 'tags' is list<string>; it must be anything but a list or a map",
    );
    expect(check({ time: 'hour' })).toThrow(
      "the time column 'hour' is time of day, which cannot be read",
    );
    expect(check({ subsort: 'created_at' })).toThrow(
      "the subsort column 'created_at' is timestamp_us; it must be a number",
    );
  });
});

describe('manifests', () => {
  const parts = {
    id: 'v',
    table: 'T',
    schema: { kind: 'record', fields: [] },
    grouping: 'T',
    keyType: STRING,
    timeColumn: 't',
    keyColumn: 'k',
    subsortColumn: null,
    files: [],
  } as const;
  const segment = (key: string, base: bigint, firstRow: number, rows: number): SegmentInfo => ({
    key,
    rows,
    entities: 1,
    bytes: 1,
    base: String(base),
    fileBase: String(base),
    firstRow,
    minTime: rows === 0 ? null : '-5',
    maxTime: rows === 0 ? null : '10',
    skippedRows: 1,
    bucketRows: [rows, 0],
  });

  test('do not depend on the order in which segments were finished', () => {
    const segments = [
      segment('b', 9n, 0, 2),
      segment('a', 10n, 5, 3),
      segment('c', 10n, 0, 4),
      segment('d', 1n, 0, 0),
    ];
    const manifest = buildTableManifest(parts, segments);
    expect(manifest.segments.map(({ key }) => key)).toEqual(['b', 'c', 'a']);
    expect(manifest).toMatchObject({
      rows: 9,
      skippedRows: 4,
      minTime: '-5',
      maxTime: '10',
      bucketRows: [9, 0],
    });
    expect(buildTableManifest(parts, segments.toReversed())).toEqual(manifest);
  });

  test('the base of a file is 2^62 and 62 bits of its digest', () => {
    expect(fileBase(`ffffffffffffffff${'0'.repeat(48)}`)).toBe(2n ** 63n - 1n);
    expect(fileBase(`0000000000000005${'f'.repeat(48)}`)).toBe(2n ** 62n + 5n);
  });
});
