import { tableFromIPC } from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { F64, I64, STRING, TIMESTAMP_NS, U64, scalar } from '../../../../shared/types/data-type.ts';
import type { DataType } from '../../../../shared/types/data-type.ts';
import { arrowFormat } from '../../../../worker/output/arrow-file.ts';
import { fileOf, groupOf, schemaOf } from '../merge/format/row-groups.ts';
import type { TestField, TestResult } from '../merge/format/row-groups.ts';

const record: DataType = {
  kind: 'record',
  fields: [
    { name: 'a', type: I64 },
    { name: 'tags', type: { kind: 'list', element: STRING } },
  ],
};

function read(result: TestResult, times = 1) {
  const groups = Array.from({ length: times }, () => groupOf(result));
  return tableFromIPC(fileOf(arrowFormat(schemaOf(result)), groups));
}

/** A field's values as plain data, and the name of its Arrow type. */
function field(type: DataType, values: TestField['values'], timestamps: 'ns' | 'us' = 'ns') {
  const fields = [{ name: 'f', type, values }];
  const column = read({ time: values.map(() => 0n), fields, timestamps }).getChild('f')!;
  const plain = JSON.parse(
    JSON.stringify([...column], (_, value: unknown) =>
      typeof value === 'bigint' ? String(value) : value,
    ),
  ) as unknown;
  return { type: String(column.type), plain, words: column.data[0]!.values as unknown };
}

describe('the Arrow writer', () => {
  const result: TestResult = {
    time: [-1n, 5n],
    subsort: [2n ** 64n - 1n, 3n],
    entity: [1, 0],
    hashes: [0n, 9n],
    keys: [null, 'ann'],
    fields: [{ name: 'x', type: F64, values: [null, 2.5] }],
  };

  it('writes a file with one batch per row group', () => {
    const table = read(result, 3);
    expect(table.batches.length).toBe(3);
    expect(table.numRows).toBe(6);
    expect(
      table.schema.fields.map((one) => `${one.name} ${one.type}${one.nullable ? '' : ' not null'}`),
    ).toEqual([
      '_time Timestamp<NANOSECOND> not null',
      '_subsort Uint64 not null',
      '_key_hash Uint64 not null',
      '_key Utf8',
      'x Float64',
    ]);
    const batch = table.batches[2]!;
    expect(batch.getChildAt(0)!.data[0]!.values).toEqual(BigInt64Array.of(-1n, 5n));
    expect([...batch.getChildAt(1)!]).toEqual([2n ** 64n - 1n, 3n]);
    expect([...batch.getChildAt(2)!]).toEqual([9n, 0n]);
    expect([...batch.getChildAt(3)!]).toEqual(['ann', null]);
    expect([...batch.getChildAt(4)!]).toEqual([null, 2.5]);
  });

  it('writes a file without rows', () => {
    const table = read(result, 0);
    expect(table.numRows).toBe(0);
    expect(table.schema.fields.map((one) => one.name)).toEqual([
      '_time',
      '_subsort',
      '_key_hash',
      '_key',
      'x',
    ]);
  });

  it('keeps every type', () => {
    const cases: readonly (readonly [DataType, TestField['values'], string, unknown])[] = [
      [scalar('bool'), [true, null, false], 'Bool', [true, null, false]],
      [scalar('i8'), [-1, 2], 'Int8', [-1, 2]],
      [scalar('u16'), [65535, null], 'Uint16', [65535, null]],
      [I64, [-(2n ** 63n), null], 'Int64', ['-9223372036854775808', null]],
      [U64, [2n ** 64n - 1n], 'Uint64', ['18446744073709551615']],
      [scalar('f32'), [0.5, null], 'Float32', [0.5, null]],
      [STRING, ['', null, 'ü'], 'Utf8', ['', null, 'ü']],
      [scalar('large_string'), ['x', null, 'yz'], 'LargeUtf8', ['x', null, 'yz']],
      [scalar('timestamp_s'), [1n, null], 'Timestamp<SECOND>', [1000, null]],
      [scalar('date'), [1, null], 'Date32<DAY>', [86_400_000, null]],
      [scalar('null'), [null], 'Null', [null]],
      [
        { kind: 'list', element: I64 },
        [[1n, null], null, []],
        'List<Int64>',
        [['1', null], null, []],
      ],
      [
        record,
        [{ a: 1n, tags: ['x'] }, null],
        'Struct<{a:Int64, tags:List<Utf8>}>',
        [{ a: '1', tags: ['x'] }, null],
      ],
      [
        { kind: 'map', key: STRING, value: F64 },
        [
          [
            ['k', 1.5],
            ['n', null],
          ],
          [],
        ],
        'Map<{key:Utf8, value:Float64}>',
        [{ k: 1.5, n: null }, {}],
      ],
    ];
    for (const [type, values, arrow, plain] of cases) {
      const found = field(type, values);
      expect({ of: type.kind, type: found.type, plain: found.plain }).toEqual({
        of: type.kind,
        type: arrow,
        plain,
      });
    }
  });

  it('writes microseconds where they are exact and refuses others', () => {
    const found = field(TIMESTAMP_NS, [5000n, null], 'us');
    expect([found.type, (found.words as BigInt64Array)[0]]).toEqual(['Timestamp<MICROSECOND>', 5n]);
    expect(() => field(TIMESTAMP_NS, [1n], 'us')).toThrow(
      'column `f` holds 1970-01-01T00:00:00.000000001, which microseconds cannot express',
    );
  });
});
