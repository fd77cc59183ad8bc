/** Parquet files of other writers, against what DuckDB reads of them. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { StringPool } from '../../../../shared/column/string-pool.ts';
import type { Value } from '../../../../shared/column/values.ts';
import { columnValues } from '../../../../shared/column/values.ts';
import { printType } from '../../../../shared/types/data-type.ts';
import type { FileAccess } from '../../../../worker/prepare/file-access.ts';
import { memoryFile, openLocalFile } from '../../../../worker/prepare/file-access.ts';
import { parquetSource } from '../../../../worker/prepare/parquet/parquet-source.ts';
import type { Part } from '../../../../worker/prepare/source.ts';
import { Scratch } from '../../../../worker/scratch.ts';

let folder = '';
let duckdb: Awaited<ReturnType<DuckDBInstance['connect']>>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parquet-'));
  duckdb = await (await DuckDBInstance.create(':memory:')).connect();
});

afterAll(async () => {
  duckdb.closeSync();
  await rm(folder, { recursive: true });
});

async function writeParquet(name: string, query: string, options: string): Promise<string> {
  const path = join(folder, `${name}.parquet`);
  await duckdb.run(`COPY (${query}) TO '${path}' (FORMAT parquet, ${options})`);
  return path;
}

/** Runs `use` on an opened file. */
async function withFile<T>(path: string, use: (file: FileAccess) => Promise<T>): Promise<T> {
  const file = await openLocalFile(path);
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

/** All values by column, in rows of `part` (all rows if absent). */
function readParquet(path: string, part?: Part): Promise<Map<string, Value[]>> {
  return withFile(path, async (file) => {
    const { schema, parts, rows } = await parquetSource.inspect(file, { onBadRow: 'fail' });
    const values = new Map<string, Value[]>(schema.fields.map((field) => [field.name, []]));
    const pool = new StringPool();
    let position = 0;
    for (const span of part === undefined ? parts : [part]) {
      const options = { pool, onBadRow: 'fail', scratch: new Scratch() } as const;
      for await (const batch of parquetSource.read(file, span, schema.fields, options)) {
        for (const [index, field] of schema.fields.entries()) {
          expect(batch.columns[index]!.type).toEqual(field.type);
          values.get(field.name)!.push(...columnValues(batch.columns[index]!));
        }
        expect(batch.positions[0]).toBe(position);
        position += batch.length;
      }
    }
    expect(position).toBe(part?.rows ?? rows);
    return values;
  });
}

/** Every type with nulls, runs, and low and high cardinality. */
const MIXED = `
  SELECT
    CASE WHEN i % 7 = 0 THEN NULL ELSE i % 3 = 0 END AS flag,
    (i % 100)::TINYINT AS i8, (i % 200)::UTINYINT AS u8,
    (i * 3 - 5000)::SMALLINT AS i16, (i % 60000)::USMALLINT AS u16,
    CASE WHEN i % 5 = 0 THEN NULL ELSE (i * 7919 % 1000003)::INTEGER END AS i32,
    (i * 400000 % 4294967296)::UINTEGER AS u32,
    (i * 1234567890123 - 99)::BIGINT AS i64,
    (9223372036854775808 + i)::UBIGINT AS u64,
    (i / 3)::FLOAT AS f32, CASE WHEN i % 11 = 0 THEN NULL ELSE i / 7.0 END::DOUBLE AS f64,
    CASE WHEN i % 4 = 0 THEN NULL ELSE 'name-' || (i % 20) END AS few,
    'unique-' || i || '-é' AS many,
    make_date(2000, 1, 1) + (i % 5000)::INTEGER AS day,
    make_timestamp(1700000000000000 + i * 999) AS us,
    make_timestamp(1700000000000000 + i * 999)::TIMESTAMP_NS AS ns,
    make_timestamp(1700000000000000 + i * 1000)::TIMESTAMP_MS AS ms,
    make_timestamp(1700000000000000 + i)::TIMESTAMPTZ AS tz,
    CASE WHEN i % 6 = 0 THEN NULL WHEN i % 6 = 1 THEN [] ELSE [i, NULL, i + 1] END AS numbers,
    [['a' || i], NULL, []] AS nested,
    CASE WHEN i % 5 = 0 THEN NULL ELSE {'x': i, 'y': {'z': CASE WHEN i % 3 = 0 THEN NULL ELSE 's' || i END}} END AS pair,
    MAP {'a': i, 'b': NULL} AS dict
  FROM range(ROWS) t(i)`;

function mixedRow(i: number): Record<string, Value> {
  const us = 1_700_000_000_000_000n + BigInt(i) * 999n;
  return {
    flag: i % 7 === 0 ? null : i % 3 === 0,
    i8: i % 100,
    u8: i % 200,
    i16: i * 3 - 5000,
    u16: i % 60_000,
    i32: i % 5 === 0 ? null : (i * 7919) % 1_000_003,
    u32: (i * 400_000) % 2 ** 32,
    i64: BigInt(i) * 1_234_567_890_123n - 99n,
    u64: 9_223_372_036_854_775_808n + BigInt(i),
    f32: Math.fround(i / 3),
    f64: i % 11 === 0 ? null : i / 7,
    few: i % 4 === 0 ? null : `name-${i % 20}`,
    many: `unique-${i}-é`,
    day: 10_957 + (i % 5000),
    us,
    ns: us * 1000n,
    ms: 1_700_000_000_000n + BigInt(i),
    tz: 1_700_000_000_000_000n + BigInt(i),
    numbers: i % 6 === 0 ? null : i % 6 === 1 ? [] : [BigInt(i), null, BigInt(i + 1)],
    nested: [[`a${i}`], null, []],
    pair: i % 5 === 0 ? null : { x: BigInt(i), y: { z: i % 3 === 0 ? null : `s${i}` } },
    dict: [
      ['a', BigInt(i)],
      ['b', null],
    ],
  };
}

describe('parquet', () => {
  const ROWS = 9000;
  test.each([
    ['snappy', 'COMPRESSION snappy, PARQUET_VERSION v1'],
    ['zstd-small-groups', 'COMPRESSION zstd, ROW_GROUP_SIZE 2048'],
    ['gzip', 'COMPRESSION gzip'],
    ['lz4-v2', 'COMPRESSION lz4_raw, PARQUET_VERSION v2'],
    ['brotli', 'COMPRESSION brotli'],
    ['plain-v2', 'COMPRESSION uncompressed, PARQUET_VERSION v2, DICTIONARY_SIZE_LIMIT 1'],
  ])('reads every type: %s', async (name, options) => {
    const path = await writeParquet(name, MIXED.replace('ROWS', String(ROWS)), options);
    const found = await readParquet(path);
    const rows = Array.from({ length: ROWS }, (_, i) => mixedRow(i));
    for (const [column, values] of found) {
      expect({ column, values }).toEqual({ column, values: rows.map((row) => row[column]) });
    }
    expect(found.size).toBe(22);
  });

  test('maps types', async () => {
    const path = await writeParquet('types', MIXED.replace('ROWS', '10'), 'COMPRESSION snappy');
    const { schema } = await withFile(path, (file) =>
      parquetSource.inspect(file, { onBadRow: 'fail' }),
    );
    expect(printType(schema)).toBe(
      '{flag: bool, i8: i8, u8: u8, i16: i16, u16: u16, i32: i32, u32: u32, i64: i64, u64: u64, f32: f32, f64: f64, ' +
        'few: string, many: string, day: date, us: timestamp_us, ns: timestamp_ns, ms: timestamp_ms, tz: timestamp_us, ' +
        'numbers: list<i64>, nested: list<list<string>>, pair: {x: i64, y: {z: string}}, dict: map<string, i64>}',
    );
  });

  test('reads a range of rows within row groups and pages', async () => {
    const path = await writeParquet(
      'ranges',
      MIXED.replace('ROWS', String(ROWS)),
      'COMPRESSION snappy, ROW_GROUP_SIZE 4096',
    );
    const part = { firstRow: 3000, rows: 2500, byteStart: 0, byteEnd: 0 };
    for (const [column, values] of await readParquet(path, part)) {
      for (const at of [0, 1, 1095, 1096, 2499]) {
        expect([column, at, values[at]]).toEqual([column, at, mixedRow(3000 + at)[column]]);
      }
    }
  });

  test('equal content has one digest, other content another', async () => {
    const digest = async (name: string, query: string): Promise<string> =>
      withFile(await writeParquet(name, query, 'COMPRESSION snappy'), async (file) => {
        return (await parquetSource.inspect(file, { onBadRow: 'fail' })).contentDigest;
      });
    const one = await digest('digest-1', 'SELECT 1 AS a');
    expect(await digest('digest-2', 'SELECT 1 AS a')).toBe(one);
    expect(await digest('digest-3', 'SELECT 2 AS a')).not.toBe(one);
  });

  test('a decimal fails the file and names the column', async () => {
    const path = await writeParquet(
      'decimal',
      'SELECT 1 AS a, 2.5::DECIMAL(9, 2) AS price',
      'COMPRESSION snappy',
    );
    await expect(
      withFile(path, (file) => parquetSource.inspect(file, { onBadRow: 'fail' })),
    ).rejects.toThrow(/invalid schema: column 'price' is a decimal\(9, 2\)/);
  });

  test('other types without a counterpart are set aside', async () => {
    const path = await writeParquet(
      'time',
      "SELECT 1 AS a, TIME '10:00:00' AS hour",
      'COMPRESSION snappy',
    );
    const inspection = await withFile(path, (file) =>
      parquetSource.inspect(file, { onBadRow: 'fail' }),
    );
    expect(inspection.schema.fields.map(({ name }) => name)).toEqual(['a']);
    expect(inspection.unsupported).toEqual([{ name: 'hour', type: 'time of day' }]);
  });

  test('damage is an error that names the file, never a wrong value', async () => {
    const path = await writeParquet('damage', MIXED.replace('ROWS', '500'), 'COMPRESSION snappy');
    const bytes = new Uint8Array(await readFile(path));
    const inspect = (content: Uint8Array): Promise<unknown> =>
      parquetSource.inspect(memoryFile('bad.parquet', content), { onBadRow: 'fail' });
    await expect(inspect(new Uint8Array(0))).rejects.toThrow(
      'bad.parquet: not a readable Parquet file: the file is empty',
    );
    await expect(inspect(bytes.slice(0, bytes.length - 9))).rejects.toThrow(
      /bad.parquet: .* cut short/,
    );
    for (let at = 4; at < bytes.length - 2000; at += 397) {
      const broken = bytes.slice();
      broken.fill(0xff, at, at + 16);
      const file = memoryFile('bad.parquet', broken);
      try {
        const { schema, parts } = await parquetSource.inspect(file, { onBadRow: 'fail' });
        const options = {
          pool: new StringPool(),
          onBadRow: 'fail',
          scratch: new Scratch(),
        } as const;
        for await (const batch of parquetSource.read(file, parts[0]!, schema.fields, options)) {
          expect(batch.length).toBe(500);
        }
      } catch (error) {
        expect(error).toMatchObject({ name: 'AppError', class: 'data' });
      }
    }
  });
});
