import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { f64Text } from '../../../../../shared/kernel/float-text.ts';
import { printTimestamp } from '../../../../../shared/time/print-timestamp.ts';
import {
  F64,
  I64,
  STRING,
  TIMESTAMP_NS,
  U64,
  scalar,
} from '../../../../../shared/types/data-type.ts';
import type { DataType } from '../../../../../shared/types/data-type.ts';
import { csvFormat } from '../../../../../worker/merge/format/csv.ts';
import { jsonlFormat } from '../../../../../worker/merge/format/jsonl.ts';
import { TextSink } from '../../../../../worker/merge/format/text-sink.ts';
import { fileOf, groupOf, schemaOf } from './row-groups.ts';
import type { TestField, TestResult } from './row-groups.ts';

const HOUR = 3_600_000_000_000n;

function csvLines(result: TestResult): string[] {
  return fileOf(csvFormat(schemaOf(result)), [groupOf(result)])
    .toString()
    .split('\n');
}

function jsonLines(result: TestResult): string[] {
  return fileOf(jsonlFormat(schemaOf(result)), [groupOf(result)])
    .toString()
    .split('\n');
}

/** The text of one field's cells in both formats. */
function cells(type: DataType, values: TestField['values']): { csv: string[]; json: string[] } {
  const result = { time: values.map(() => 0n), fields: [{ name: 'f', type, values }] };
  const csv = csvLines(result).slice(1, -1);
  const json = jsonLines(result).slice(0, -1);
  return {
    csv: csv.map((line) => line.split(',').slice(4).join()),
    json: json.map((line) => line.slice(line.indexOf('"f":') + 4, -1)),
  };
}

const record: DataType = {
  kind: 'record',
  fields: [
    { name: 'a', type: I64 },
    { name: 's', type: STRING },
  ],
};

describe('the CSV writer', () => {
  it('writes a header, the order key, the entity key and the fields', () => {
    const lines = csvLines({
      time: [-1n, 10n * HOUR],
      subsort: [2n ** 64n - 1n, 0n],
      entity: [0, 1],
      hashes: [0n, 5_663_277_146_615_294_718n],
      keys: [null, ''],
      fields: [{ name: 'a,b', type: F64, values: [1, null] }],
    });
    expect(lines).toEqual([
      '_time,_subsort,_key_hash,_key,"a,b"',
      '1969-12-31T23:59:59.999999999,18446744073709551615,0,,1.0',
      '1970-01-01T10:00:00.000000000,0,5663277146615294718,,',
      '',
    ]);
  });

  it('quotes text only where it must', () => {
    const cell = (text: string): string => {
      const fields = [{ name: 'f', type: STRING, values: [text] }];
      return csvLines({ time: [0n], fields })
        .slice(1)
        .join('\n')
        .split(',ann,')[1]!;
    };
    const texts = ['plain', 'a,b', 'say "hi"', 'two\nlines', 'cr\r', '', 'ü'];
    expect(texts.map(cell)).toEqual([
      'plain\n',
      '"a,b"\n',
      '"say ""hi"""\n',
      '"two\nlines"\n',
      '"cr\r"\n',
      '\n',
      'ü\n',
    ]);
  });
});

describe('the JSON lines writer', () => {
  it('writes one object per row with every column', () => {
    const lines = jsonLines({
      time: [10n * HOUR],
      subsort: [2n ** 53n],
      entity: [1],
      hashes: [0n, 42n],
      keys: [null, 'a"b\\\n\t'],
      fields: [{ name: 'x "y"', type: F64, values: [null] }],
    });
    expect(lines).toEqual([
      '{"_time":"1970-01-01T10:00:00.000000000","_subsort":"9007199254740992","_key_hash":42,' +
        '"_key":"a\\"b\\\\\\n\\u0009","x \\"y\\"":null}',
      '',
    ]);
  });

  it('writes integers beyond 2^53 − 1 as strings, at every depth', () => {
    const safe = 2n ** 53n - 1n;
    expect(cells(I64, [safe, -safe, safe + 1n, -safe - 1n, -1n, 0n]).json).toEqual([
      '9007199254740991',
      '-9007199254740991',
      '"9007199254740992"',
      '"-9007199254740992"',
      '-1',
      '0',
    ]);
    expect(cells({ kind: 'list', element: U64 }, [[1n, 2n ** 64n - 1n, null], []]).json).toEqual([
      '[1,"18446744073709551615",null]',
      '[]',
    ]);
    expect(cells(record, [{ a: 2n ** 60n, s: 'x' }, null, { a: null, s: null }]).json).toEqual([
      '{"a":"1152921504606846976","s":"x"}',
      'null',
      '{"a":null,"s":null}',
    ]);
  });

  it('writes maps as objects, and words for what JSON has no number for', () => {
    const map: DataType = { kind: 'map', key: I64, value: F64 };
    expect(cells(map, [[[-3n, 1.5]], []]).json).toEqual(['{"-3":1.5}', '{}']);
    expect(cells(F64, [Number.NaN, Infinity, -Infinity, 1e21]).json).toEqual([
      '"NaN"',
      '"inf"',
      '"-inf"',
      '1.0e21',
    ]);
  });
});

describe('both text writers', () => {
  const cases: readonly (readonly [DataType, TestField['values'], string[]])[] = [
    [scalar('bool'), [true, false, null], ['true', 'false', '']],
    [scalar('i8'), [-128, 0], ['-128', '0']],
    [scalar('u16'), [65535], ['65535']],
    [scalar('i32'), [-(2 ** 31), 2 ** 31 - 1, 10], ['-2147483648', '2147483647', '10']],
    [scalar('u32'), [2 ** 32 - 1, 1_000_000_000], ['4294967295', '1000000000']],
    [scalar('f32'), [0.1, 1e10], ['0.1', '1.0e10']],
  ];
  it.each(cases)('write %o', (type, values, texts) => {
    expect(cells(type, values).csv).toEqual(texts);
    expect(cells(type, values).json).toEqual(texts.map((text) => text || 'null'));
  });

  it('write times of any unit with nine digits, and dates', () => {
    const timed: readonly (readonly [DataType, bigint, string])[] = [
      [TIMESTAMP_NS, 1n, '1970-01-01T00:00:00.000000001'],
      [scalar('timestamp_us'), -1n, '1969-12-31T23:59:59.999999000'],
      [scalar('timestamp_ms'), 1n, '1970-01-01T00:00:00.001000000'],
      [scalar('timestamp_s'), 951_782_400n, '2000-02-29T00:00:00.000000000'],
      [scalar('date'), 19_782n, '2024-02-29'],
    ];
    for (const [type, value, text] of timed) {
      expect(cells(type, [value])).toEqual({ csv: [text], json: [`"${text}"`] });
    }
  });
});

describe('TextSink', () => {
  function written(write: (sink: TextSink) => void): string {
    const sink = new TextSink();
    write(sink);
    return Buffer.from(sink.written()).toString();
  }

  it('writes every 64-bit number as BigInt does', () => {
    const edges = [
      0n,
      999_999_999n,
      10n ** 9n,
      10n ** 18n - 1n,
      10n ** 18n,
      2n ** 32n,
      2n ** 63n - 1n,
    ];
    const number = fc.oneof(
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
      fc.constantFrom(...edges),
    );
    fc.assert(
      fc.property(number, (value) => {
        const halves = new Int32Array(BigInt64Array.of(value).buffer);
        const [low, high] = [halves[0]!, halves[1]!];
        expect(written((sink) => sink.uint64(low, high))).toBe(String(BigInt.asUintN(64, value)));
        expect(written((sink) => sink.int64(low, high))).toBe(String(BigInt.asIntN(64, value)));
      }),
      { numRuns: 2000 },
    );
  });

  it('writes every instant, in any order, as its text', () => {
    const day = 86_400_000_000_000n;
    const near = fc.tuple(fc.integer({ min: -2, max: 2 }), fc.bigInt({ min: -3n, max: 3n }));
    const time = fc.oneof(
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      near.map(([days, rest]) => BigInt(days) * day + rest),
      fc.bigInt({ min: 0n, max: 3n * day }),
    );
    fc.assert(
      fc.property(fc.array(time, { maxLength: 20 }), (times) => {
        const halves = new Int32Array(BigInt64Array.from(times).buffer);
        const text = written((sink) => {
          times.forEach((_, row) => sink.timestampNs(halves[2 * row]!, halves[2 * row + 1]!));
        });
        expect(text).toBe(times.map((at) => printTimestamp(at, 'ns', 'fixed')).join(''));
      }),
      { numRuns: 1000 },
    );
  });

  it('writes every float as the language says', () => {
    const decimal = fc
      .tuple(fc.integer({ min: -(10 ** 9), max: 10 ** 9 }), fc.integer({ min: 0, max: 9 }))
      .map(([digits, places]) => digits / 10 ** places);
    fc.assert(
      fc.property(fc.oneof(fc.double(), decimal, fc.float()), (value) => {
        expect(written((sink) => sink.float64(value))).toBe(f64Text(value));
      }),
      { numRuns: 5000 },
    );
  });
});
