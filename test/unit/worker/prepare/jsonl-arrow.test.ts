/** JSON lines and Arrow IPC as sources. */
import { zstdCompressSync } from 'node:zlib';
import * as arrow from 'apache-arrow';
import { describe, expect, test } from 'vitest';
import { StringPool } from '../../../../shared/column/string-pool.ts';
import type { Value } from '../../../../shared/column/values.ts';
import { columnValues } from '../../../../shared/column/values.ts';
import { printType } from '../../../../shared/types/data-type.ts';
import type { FileFormat } from '../../../../shared/wire/query-request.ts';
import { decodeLz4Frame } from '../../../../worker/prepare/arrow/lz4-frame.ts';
import { memoryFile } from '../../../../worker/prepare/file-access.ts';
import type { BadRowPolicy, Part } from '../../../../worker/prepare/source.ts';
import { openSourceFormat } from '../../../../worker/prepare/source-formats.ts';
import { Scratch } from '../../../../worker/scratch.ts';

interface Read {
  readonly type: string;
  readonly rows: number;
  readonly values: Record<string, Value[]>;
  readonly positions: number[];
}

async function readSource(
  format: FileFormat,
  content: string | Uint8Array,
  onBadRow: BadRowPolicy = 'fail',
  only?: Part,
): Promise<Read> {
  const source = await openSourceFormat(format);
  const file = memoryFile('data', content);
  const { schema, parts, rows } = await source.inspect(file, { onBadRow });
  const values: Record<string, Value[]> = {};
  const positions: number[] = [];
  for (const { name } of schema.fields) values[name] = [];
  for (const part of only === undefined ? parts : [only]) {
    const batches = source.read(file, part, schema.fields, {
      pool: new StringPool(),
      onBadRow,
      scratch: new Scratch(),
    });
    for await (const batch of batches) {
      schema.fields.forEach(({ name }, index) =>
        values[name]!.push(...columnValues(batch.columns[index]!)),
      );
      positions.push(...batch.positions);
    }
  }
  return { type: printType(schema), rows, values, positions };
}

describe('jsonl', () => {
  test('infers types from all rows', async () => {
    const read = await readSource(
      'jsonl',
      '{"i":1,"f":1,"s":"x","b":true,"l":[1,null],"r":{"a":1},"n":null}\n' +
        '\n' +
        '{"i":9007199254740993,"f":0.5,"s":null,"l":[],"r":{"a":2,"z":"q"},"later":"y"}',
    );
    expect(read.type).toBe(
      '{i: i64, f: f64, s: string, b: bool, l: list<i64>, r: {a: i64, z: string}, n: string, later: string}',
    );
    expect(read.values).toEqual({
      i: [1n, 9007199254740993n],
      f: [1, 0.5],
      s: ['x', null],
      b: [true, null],
      l: [[1n, null], []],
      r: [
        { a: 1n, z: null },
        { a: 2n, z: 'q' },
      ],
      n: [null, null],
      later: [null, 'y'],
    });
  });

  test('bad rows fail with their number, or are skipped', async () => {
    const text = '{"a":1}\n{"a":\n[1]\n{"a":4}\n';
    await expect(readSource('jsonl', text)).rejects.toThrow(/^data: row 2: is not JSON/);
    await expect(readSource('jsonl', '{"a":1}\n[1]\n')).rejects.toThrow(
      'data: row 2: each line must hold one object, found [1]',
    );
    // A file that is one list, as many writers of `.json` make.
    await expect(readSource('jsonl', '[\n{"a":1}\n]\n')).rejects.toThrow(
      /^data: row 1: is not JSON \(.+\); each line must hold one object$/,
    );
    const read = await readSource('jsonl', text, 'skip');
    expect(read.values).toEqual({ a: [1n, 4n] });
    expect(read.positions).toEqual([0, 3]);
    expect(read.rows).toBe(4);
  });

  test('a column of mixed types names its path', async () => {
    await expect(readSource('jsonl', '{"a":{"b":[1]}}\n{"a":{"b":["x"]}}\n')).rejects.toThrow(
      "data: column 'a.b[]' holds values of different types",
    );
    await expect(readSource('jsonl', '\n')).rejects.toThrow('data: the file has no rows');
  });
});

describe('arrow', () => {
  const time = arrow.vectorFromArray([1, null, 3], new arrow.TimestampMicrosecond());
  const table = new arrow.Table({
    flag: arrow.vectorFromArray([true, null, false], new arrow.Bool()),
    small: arrow.vectorFromArray([1, -2, null], new arrow.Int16()),
    big: arrow.vectorFromArray([1n, null, 2n ** 64n - 1n], new arrow.Uint64()),
    half: arrow.vectorFromArray([1.5, null, -0.25], new arrow.Float16()),
    real: arrow.vectorFromArray([0.1, null, 3], new arrow.Float64()),
    text: arrow.vectorFromArray(['ä', null, ''], new arrow.Utf8()),
    large: arrow.vectorFromArray(['x', null, 'y'], new arrow.LargeUtf8()),
    coded: arrow.vectorFromArray(
      ['p', null, 'p'],
      new arrow.Dictionary(new arrow.Utf8(), new arrow.Int32()),
    ),
    time,
    list: arrow.vectorFromArray(
      [[1, 2], null, []],
      new arrow.List(new arrow.Field('item', new arrow.Int32(), true)),
    ),
    pair: arrow.vectorFromArray(
      [{ a: 1, b: 'x' }, null, { a: null, b: 'z' }],
      new arrow.Struct([
        new arrow.Field('a', new arrow.Int32(), true),
        new arrow.Field('b', new arrow.Utf8(), true),
      ]),
    ),
  });
  const expected = {
    flag: [true, null, false],
    small: [1, -2, null],
    big: [1n, null, 2n ** 64n - 1n],
    half: [1.5, null, -0.25],
    real: [0.1, null, 3],
    text: ['ä', null, ''],
    large: ['x', null, 'y'],
    coded: ['p', null, 'p'],
    time: [1000n, null, 3000n],
    list: [[1, 2], null, []],
    pair: [{ a: 1, b: 'x' }, null, { a: null, b: 'z' }],
  };

  test.each(['file', 'stream'] as const)('reads every type from a %s', async (kind) => {
    const read = await readSource('arrow', arrow.tableToIPC(table, kind));
    expect(read.type).toBe(
      '{flag: bool, small: i16, big: u64, half: f16, real: f64, text: string, large: large_string, coded: string, ' +
        'time: timestamp_us, list: list<i32>, pair: {a: i32, b: string}}',
    );
    expect(read.values).toEqual(expected);
    expect(read.positions).toEqual([0, 1, 2]);
  });

  test('reads a part across batches', async () => {
    const many = table.concat(table).concat(table);
    const read = await readSource('arrow', arrow.tableToIPC(many, 'file'), 'fail', {
      firstRow: 2,
      rows: 5,
      byteStart: 0,
      byteEnd: 0,
    });
    expect(read.rows).toBe(9);
    expect(read.values['small']).toEqual([null, 1, -2, null, 1]);
    expect(read.positions).toEqual([0, 1, 2, 3, 4]);
  });

  test('reads zstd bodies', async () => {
    arrow.compressionRegistry.set(arrow.CompressionType.ZSTD, {
      encode: (bytes) => zstdCompressSync(bytes),
    }); // The reader adds its half.
    const writer = new arrow.RecordBatchStreamWriter({
      compressionType: arrow.CompressionType.ZSTD,
    });
    writer.writeAll(table.select(['small', 'real', 'text']).batches);
    const bytes = await writer.toUint8Array();
    const read = await readSource('arrow', bytes);
    expect(read.values).toEqual({
      small: expected.small,
      real: expected.real,
      text: expected.text,
    });
  });

  test('damage is an error of class data that names the file', async () => {
    const bytes = arrow.tableToIPC(table, 'file');
    await expect(readSource('arrow', new Uint8Array(0))).rejects.toThrow(
      /^data: not a readable Arrow IPC file/,
    );
    await expect(readSource('arrow', bytes.slice(0, 300))).rejects.toMatchObject({ class: 'data' });
    await expect(readSource('arrow', 'time,key\n1,2\n'.repeat(20))).rejects.toMatchObject({
      class: 'data',
    });
  });
});

describe('LZ4 frames', () => {
  test('literals, overlapping matches and stored blocks', () => {
    // Block 1: 3 literals 'abc', then a match of 6 at distance 3; then the last literals 'z'.
    const block = [0x32, 0x61, 0x62, 0x63, 0x03, 0x00, 0x10, 0x7a];
    const frame = Uint8Array.of(
      ...[0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x00],
      ...[block.length, 0, 0, 0],
      ...block,
      ...[2, 0, 0, 0x80, 0x21, 0x3f],
      ...[0, 0, 0, 0],
    );
    expect(new TextDecoder().decode(decodeLz4Frame(frame))).toBe('abcabcabcz!?');
    expect(() => decodeLz4Frame(frame.slice(0, 14))).toThrow(/cut short/);
  });
});
