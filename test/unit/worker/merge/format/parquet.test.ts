import { DuckDBInstance } from '@duckdb/node-api';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { DEFAULT_PARSERS } from 'hyparquet/src/convert.js';
import { compressors } from 'hyparquet-compressors';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  F64,
  I32,
  I64,
  STRING,
  TIMESTAMP_NS,
  U64,
  scalar,
} from '../../../../../shared/types/data-type.ts';
import type { DataType } from '../../../../../shared/types/data-type.ts';
import type { Compression } from '../../../../../worker/merge/format/compression.ts';
import { parquetFormat } from '../../../../../worker/merge/format/parquet.ts';
import { fileOf, groupOf, schemaOf } from './row-groups.ts';
import type { TestField, TestResult } from './row-groups.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parquet-'));
});
afterAll(() => rm(folder, { recursive: true }));

function encode(result: TestResult, compression?: Compression): Buffer {
  return fileOf(parquetFormat(schemaOf(result), compression), [groupOf(result)]);
}

let files = 0;
/** What DuckDB says to a query over the file, `FILE` in its text, as rows of JSON values. */
async function query(file: Buffer, sql: string): Promise<unknown[][]> {
  const path = join(folder, `f${files++}.parquet`);
  await writeFile(path, file);
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  try {
    const reader = await connection.runAndReadAll(sql.replaceAll('FILE', `'${path}'`));
    return reader.getRowsJson() as unknown[][];
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** One field as DuckDB's text of it, and its type there. */
async function fieldTexts(field: TestField, timestamps: 'ns' | 'us' = 'ns') {
  const time = field.values.map((_, row) => BigInt(row) * 1000n);
  const file = encode({ time, fields: [field], timestamps });
  const rows = await query(
    file,
    `select "${field.name}"::varchar, typeof("${field.name}") from FILE`,
  );
  return { texts: rows.map((row) => row[0]), type: rows[0]?.[1] };
}

const HOUR = 3_600_000_000_000n;

const small: TestResult = {
  time: [-1n, 10n * HOUR, 10n * HOUR, 11n * HOUR + 1n],
  subsort: [2n ** 64n - 1n, 0n, 2n ** 63n, 5n],
  entity: [0, 1, 2, 1],
  hashes: [0n, 42n, 2n ** 64n - 1n],
  keys: [null, 'ann', 'bob'],
  fields: [{ name: 'amount', type: F64, values: [1.5, null, -0.25, 3] }],
};

describe('the Parquet writer', () => {
  it.each(['none', 'snappy', 'zstd'] as const)(
    'is read by DuckDB, compressed by %s',
    async (how) => {
      const rows = await query(
        encode(small, how),
        'select _time::varchar, typeof(_time), _subsort::varchar, _key_hash::varchar, _key, amount from FILE',
      );
      expect(rows).toEqual([
        ['1969-12-31 23:59:59.999999999', 'TIMESTAMP_NS', '18446744073709551615', '0', null, 1.5],
        ['1970-01-01 10:00:00', 'TIMESTAMP_NS', '0', '42', 'ann', null],
        [
          '1970-01-01 10:00:00',
          'TIMESTAMP_NS',
          '9223372036854775808',
          '18446744073709551615',
          'bob',
          -0.25,
        ],
        ['1970-01-01 11:00:00.000000001', 'TIMESTAMP_NS', '5', '42', 'ann', 3],
      ]);
    },
  );

  it.each(['none', 'snappy', 'zstd'] as const)(
    'is read by hyparquet, compressed by %s',
    async (how) => {
      const file = new Uint8Array(encode(small, how)).buffer;
      const parsers = { ...DEFAULT_PARSERS, timestampFromNanoseconds: (value: bigint) => value };
      const rows = await parquetReadObjects({ file, compressors, parsers });
      expect(rows).toEqual([
        { _time: -1n, _subsort: 2n ** 64n - 1n, _key_hash: 0n, _key: null, amount: 1.5 },
        { _time: 10n * HOUR, _subsort: 0n, _key_hash: 42n, _key: 'ann', amount: null },
        {
          _time: 10n * HOUR,
          _subsort: 2n ** 63n,
          _key_hash: 2n ** 64n - 1n,
          _key: 'bob',
          amount: -0.25,
        },
        { _time: 11n * HOUR + 1n, _subsort: 5n, _key_hash: 42n, _key: 'ann', amount: 3 },
      ]);
    },
  );

  it('keeps every type', async () => {
    const cases: readonly (readonly [DataType, TestField['values'], string, readonly unknown[]])[] =
      [
        [scalar('bool'), [true, null, false, true], 'BOOLEAN', ['true', null, 'false', 'true']],
        [scalar('i8'), [-128, 127, null], 'TINYINT', ['-128', '127', null]],
        [scalar('i16'), [-32768, 32767], 'SMALLINT', ['-32768', '32767']],
        [I32, [-(2 ** 31), 2 ** 31 - 1, null], 'INTEGER', ['-2147483648', '2147483647', null]],
        [
          I64,
          [-(2n ** 63n), 2n ** 63n - 1n],
          'BIGINT',
          ['-9223372036854775808', '9223372036854775807'],
        ],
        [scalar('u8'), [0, 255], 'UTINYINT', ['0', '255']],
        [scalar('u16'), [0, 65535], 'USMALLINT', ['0', '65535']],
        [scalar('u32'), [0, 2 ** 32 - 1], 'UINTEGER', ['0', '4294967295']],
        [U64, [0n, 2n ** 64n - 1n], 'UBIGINT', ['0', '18446744073709551615']],
        [scalar('f32'), [0.5, null, -Infinity], 'FLOAT', ['0.5', null, '-inf']],
        [F64, [0.1, Number.NaN, null], 'DOUBLE', ['0.1', 'nan', null]],
        [STRING, ['', null, 'häß', 'a,"b'], 'VARCHAR', ['', null, 'häß', 'a,"b']],
        [scalar('large_string'), ['x', null], 'VARCHAR', ['x', null]],
        [scalar('json'), ['{"a":1}'], 'VARCHAR', ['{"a":1}']],
        [
          scalar('date'),
          [0, -1, null, 19_782],
          'DATE',
          ['1970-01-01', '1969-12-31', null, '2024-02-29'],
        ],
        [scalar('timestamp_s'), [1n, null], 'TIMESTAMP', ['1970-01-01 00:00:01', null]],
        [
          scalar('timestamp_ms'),
          [1n, -1n],
          'TIMESTAMP',
          ['1970-01-01 00:00:00.001', '1969-12-31 23:59:59.999'],
        ],
        [scalar('timestamp_us'), [1n], 'TIMESTAMP', ['1970-01-01 00:00:00.000001']],
        [TIMESTAMP_NS, [1n, null], 'TIMESTAMP_NS', ['1970-01-01 00:00:00.000000001', null]],
        [scalar('duration_ms'), [90_000n, null], 'BIGINT', ['90000', null]],
        [scalar('interval_days'), [3, null], 'INTEGER', ['3', null]],
        [scalar('null'), [null, null], '"NULL"', [null, null]],
      ];
    for (const [type, values, duckType, texts] of cases) {
      const found = await fieldTexts({ name: 'f', type, values });
      expect({ of: type.kind, ...found }).toEqual({ of: type.kind, texts, type: duckType });
    }
  });

  it('keeps nulls, empty lists and null elements apart at every depth', async () => {
    const list = (element: DataType): DataType => ({ kind: 'list', element });
    const record: DataType = {
      kind: 'record',
      fields: [
        { name: 'a', type: I64 },
        { name: 'tags', type: list(STRING) },
      ],
    };
    const map: DataType = { kind: 'map', key: STRING, value: F64 };
    const cases: readonly (readonly [DataType, TestField['values'], readonly unknown[]])[] = [
      [list(I64), [[1n, null], null, [], [3n]], ['[1, NULL]', null, '[]', '[3]']],
      [
        list(list(STRING)),
        [[['a'], null, [], ['b', null]], [], null],
        ['[[a], NULL, [], [b, NULL]]', '[]', null],
      ],
      [
        record,
        [{ a: 1n, tags: ['x', 'y'] }, { a: null, tags: null }, null, { a: 2n, tags: [] }],
        ["{'a': 1, 'tags': [x, y]}", "{'a': NULL, 'tags': NULL}", null, "{'a': 2, 'tags': []}"],
      ],
      [
        map,
        [
          [
            ['x', 1],
            ['y', null],
          ],
          null,
          [],
        ],
        ['{x=1.0, y=NULL}', null, '{}'],
      ],
      [list(record), [[{ a: 1n, tags: null }, null], []], ["[{'a': 1, 'tags': NULL}, NULL]", '[]']],
    ];
    for (const [type, values, texts] of cases) {
      expect((await fieldTexts({ name: 'f', type, values })).texts).toEqual(texts);
    }
  });

  it('writes microseconds where they are exact', async () => {
    const { texts, type } = await fieldTexts(
      { name: 'f', type: TIMESTAMP_NS, values: [-5000n, null] },
      'us',
    );
    expect({ texts, type }).toEqual({
      texts: ['1969-12-31 23:59:59.999995', null],
      type: 'TIMESTAMP',
    });
  });

  it('refuses microseconds that would lose nanoseconds, and names column and value', () => {
    const field = { name: 'seen', type: TIMESTAMP_NS, values: [1000n, 1001n] };
    const write = (): Buffer => encode({ time: [0n, 0n], fields: [field], timestamps: 'us' });
    expect(write).toThrow('column `seen` holds 1970-01-01T00:00:00.000001001');
    const late = (): Buffer => encode({ time: [7n], fields: [], timestamps: 'us' });
    expect(late).toThrow('column `_time` holds 1970-01-01T00:00:00.000000007');
  });

  it('refuses a record without fields', () => {
    const field: TestField = { name: 'r', type: { kind: 'record', fields: [] }, values: [{}] };
    expect(() => encode({ time: [0n], fields: [field] })).toThrow(
      'column `r` is a record without fields',
    );
  });

  it('reads back numbers of every width through delta blocks', async () => {
    const count = 1000;
    const steps = [0, 1, 7, 31, 32, 33, 40, 62].map((bits) => ({
      name: `w${bits}`,
      type: I64,
      values: Array.from({ length: count }, (_, row) =>
        BigInt.asIntN(64, BigInt(row) * 3n + (row % 5 === 0 ? 2n ** BigInt(bits) : 0n)),
      ),
    }));
    const narrow = {
      name: 'i',
      type: I32,
      values: Array.from({ length: count }, (_, row) =>
        row % 97 === 0 ? -(2 ** 31) + row : row * 2,
      ),
    };
    const fields = [...steps, narrow];
    const file = encode({ time: Array.from({ length: count }, (_, row) => BigInt(row)), fields });
    const names = fields.map(({ name }) => `${name}::varchar`).join();
    const rows = await query(file, `select ${names} from FILE`);
    expect(rows).toEqual(
      Array.from({ length: count }, (_, row) => fields.map(({ values }) => String(values[row]))),
    );
    const objects = await parquetReadObjects({ file: new Uint8Array(file).buffer, compressors });
    expect(objects.map((row) => row['w40'])).toEqual(steps[6]!.values);
    expect(objects.map((row) => row['i'])).toEqual(narrow.values);
  });

  it('takes an empty result', async () => {
    const schema = schemaOf(small);
    const file = fileOf(parquetFormat(schema), []);
    expect(await query(file, 'select count(*)::int, count(_key)::int from FILE')).toEqual([[0, 0]]);
  });

  it('says how rows are sorted, and the bounds and nulls of each column', () => {
    const file = new Uint8Array(encode(small)).buffer;
    const [group] = parquetMetadata(file).row_groups;
    expect(group!.sorting_columns).toEqual(
      [0, 1, 2].map((column_idx) => ({ column_idx, descending: false, nulls_first: false })),
    );
    const stats = group!.columns.map((column) => column.meta_data!.statistics!);
    expect(stats.map(({ null_count }) => Number(null_count))).toEqual([0, 0, 0, 1, 1]);
    expect([stats[1]!.min_value, stats[1]!.max_value]).toEqual([0n, 2n ** 64n - 1n]);
    expect([stats[3]!.min_value, stats[3]!.max_value]).toEqual(['ann', 'bob']);
    expect([stats[4]!.min_value, stats[4]!.max_value]).toEqual([-0.25, 3]);
  });

  it('lets DuckDB prune row groups by time without losing rows', async () => {
    const result = (from: bigint): TestResult => ({
      time: Array.from({ length: 100 }, (_, row) => from + BigInt(row)),
      fields: [],
    });
    const format = parquetFormat(schemaOf(result(0n)));
    const file = fileOf(format, [groupOf(result(0n)), groupOf(result(1000n))]);
    const filter = "_time >= '1970-01-01 00:00:00.000001050'::timestamp_ns";
    expect(await query(file, `select count(*)::int from FILE where ${filter}`)).toEqual([[50]]);
  });

  it('falls back to plain pages where every string is new, and splits large ones', async () => {
    const count = 3000;
    const values = Array.from({ length: count }, (_, row) => `${row}-`.padEnd(8000, 'x'));
    const tags: TestField['values'] = Array.from({ length: count }, (_, row) =>
      Array.from({ length: row % 3 }, (_unused, at) => `${row}/${at}`.padEnd(5000, 'y')),
    );
    const time = Array.from({ length: count }, (_, row) => BigInt(row));
    const fields: TestField[] = [
      { name: 's', type: STRING, values },
      { name: 'l', type: { kind: 'list', element: STRING }, values: tags },
    ];
    const rows = await query(
      encode({ time, fields }),
      'select sum(length(s))::int, count(distinct s)::int, sum(len(l))::int, max(l[2][1:6]), min(l[1][1:3]) from FILE',
    );
    expect(rows).toEqual([[count * 8000, count, count, '998/1y', '1/0']]);
  });
});
