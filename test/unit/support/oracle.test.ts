/** The oracle's own value functions against the vectors that the language publishes. */
import { describe, expect, test } from 'vitest';
import { scalar } from '../../../shared/types/data-type.ts';
import type { ScalarKind } from '../../../shared/types/data-type.ts';
import { boundaryFrom } from '../../support/oracle/calendar.ts';
import { castValue } from '../../support/oracle/cast.ts';
import { applyFunction } from '../../support/oracle/functions.ts';
import { hashValue } from '../../support/oracle/hash.ts';
import { jsonField } from '../../support/oracle/json.ts';
import { loadCsv } from '../../support/oracle/load-csv.ts';
import { loadTable } from '../../support/oracle/load-table.ts';
import { floatText, parseTimestamp, timestampCsvText } from '../../support/oracle/text.ts';
import type { Value } from '../../support/oracle/value.ts';

function call(fn: string, args: readonly Value[], result: ScalarKind, arg: ScalarKind): Value {
  return applyFunction(fn, args, { args: args.map(() => scalar(arg)), result: scalar(result) });
}

describe('hash', () => {
  test.each([
    ['string', 'hello', 1472103086483932002n],
    ['string', '', 5663277146615294718n],
    ['string', 'hi', 2460612554838835252n],
    ['string', 'patrick', 14576041771120212628n],
    ['string', '8a16beda-c07a-4625-a805-2d28f5934107', 17552223493047837804n],
    ['i64', 0n, 11832085162654999889n],
    ['bool', false, 11832085162654999889n],
    ['i64', 9n, 15653042715643359010n],
    ['i64', -1n, 7568928930862199662n],
    ['i64', null, 0n],
  ] as const)('of the %s %s', (kind, value, expected) => {
    expect(hashValue(value, scalar(kind))).toBe(expected);
  });

  test('of a record', () => {
    const type = { kind: 'record', fields: [{ name: 'm', type: scalar('i64') }] } as const;
    expect(hashValue([5n], type)).toBe(328624516884178922n);
    expect(hashValue([null], type)).toBe(0n);
  });
});

describe('text', () => {
  test.each([
    [10, '10.0'],
    [0.00012, '0.00012'],
    [2.5e10, '2.5e10'],
    [1e-6, '1.0e-6'],
    [-3.25e300, '-3.25e300'],
    [9999999999.5, '9999999999.5'],
    [-0, '-0.0'],
    [NaN, 'NaN'],
    [-Infinity, '-inf'],
  ])('of the float %d', (value, expected) => {
    expect(floatText(value, false)).toBe(expected);
  });

  test('of an f32 has the digits of an f32', () => {
    expect(floatText(Math.fround(0.1), true)).toBe('0.1');
  });

  test.each([
    ['1996-12-19T16:39:57-08:00', '1996-12-20T00:39:57.000000000'],
    ['2024-02-29', '2024-02-29T00:00:00.000000000'],
    ['1969-12-31 235959.9999999999 +00', '1969-12-31T23:59:59.999999999'],
    ['0001-01-01t00:00:00z', '0001-01-01T00:00:00.000000000'],
  ])('the timestamp %s', (text, expected) => {
    expect(timestampCsvText(parseTimestamp(text)!)).toBe(expected);
  });

  test.each(['2004-12-1', '2024-02-30', '2024-01-01T25:00:00', '2024-01-01T10:00', 'noon'])(
    '%s is no timestamp',
    (text) => {
      expect(parseTimestamp(text)).toBeNull();
    },
  );
});

describe('functions', () => {
  test('half rounds away from zero', () => {
    const round = (x: number): Value => call('round', [x], 'f64', 'f64');
    expect([2.5, -0.5, 0.49999999999999994].map(round)).toEqual([3, -1, 0]);
  });

  test('integers wrap, truncate and give null for a division by zero', () => {
    expect(call('add', [9223372036854775807n, 1n], 'i64', 'i64')).toBe(-9223372036854775808n);
    expect(call('mul', [200, 2], 'u8', 'u8')).toBe(144);
    expect(call('div', [-7n, 2n], 'i64', 'i64')).toBe(-3n);
    expect(call('div', [7n, 0n], 'i64', 'i64')).toBeNull();
  });

  test('periods between instants are truncated, months ignore the day', () => {
    const at = (text: string): Value => parseTimestamp(text);
    const between = (fn: string, from: string, to: string): Value =>
      call(fn, [at(from), at(to)], 'i32', 'timestamp_ns');
    expect(between('days_between', '1996-06-21', '1996-06-19T05:00:00')).toBe(-1);
    expect(between('months_between', '1996-05-21', '1996-06-20')).toBe(1);
    expect(between('seconds_between', '1996-05-21T23:00:00', '1996-06-20')).toBe(2509200n);
  });

  test('comparisons are of the total order', () => {
    expect(call('eq', [NaN, NaN], 'bool', 'f64')).toBe(true);
    expect(call('lt', [-0, 0], 'bool', 'f64')).toBe(true);
    expect(call('gt', [NaN, Infinity], 'bool', 'f64')).toBe(true);
  });

  test('json keeps the digits and the order of the source', () => {
    expect(jsonField('{"b": {"z": 1.50, "1": [ ]}, "a": "x"}', 'b')).toBe('{"z":1.50,"1":[]}');
    expect(jsonField('{"a": 1, "a": "two"}', 'a')).toBe('two');
    expect(jsonField('{"a": null}', 'a')).toBeNull();
    expect(jsonField('{a: 1}', 'a')).toBeNull();
  });
});

describe('casts', () => {
  test.each([
    ['07', 'string', 'i64', 7n],
    ['1.5', 'string', 'i64', null],
    [300n, 'i64', 'u8', null],
    [-1.9, 'f64', 'i32', -1],
    [NaN, 'f64', 'i64', null],
    ['yes', 'string', 'bool', true],
    [2, 'f64', 'string', '2.0'],
    ['2024-02-30', 'string', 'timestamp_s', null],
    [90n, 'duration_s', 'duration_ms', 90000n],
    [-1500n, 'timestamp_ms', 'timestamp_s', -1n],
    [3n, 'i64', 'interval_days', 3],
  ] as const)('%s from %s to %s', (value, from, to, expected) => {
    expect(castValue(value, scalar(from), scalar(to))).toBe(expected);
  });
});

describe('calendar', () => {
  test.each([
    ['hourly', '2024-03-15T14:00:00.000000000'],
    ['daily', '2024-03-16T00:00:00.000000000'],
    ['monthly', '2024-04-01T00:00:00.000000000'],
    ['yearly', '2025-01-01T00:00:00.000000000'],
  ])('the next %s boundary', (tick, expected) => {
    const from = parseTimestamp('2024-03-15T13:45:30')!;
    expect(timestampCsvText(boundaryFrom(tick, from))).toBe(expected);
    expect(boundaryFrom(tick, parseTimestamp(expected)!)).toBe(parseTimestamp(expected)!);
  });
});

describe('CSV', () => {
  const types = (text: string): string[] => loadCsv(text).columns.map(({ type }) => type.kind);

  test('a column has the type that fits all of its cells', () => {
    const text =
      'a,b,c,d,e,f\n1,1,TRUE,2024-01-01,2024-01-01,\n-2,2.5,false,2024-01-02,2024-01-01T10:00:00.1234Z,\n';
    expect(types(text)).toEqual(['i64', 'f64', 'bool', 'date', 'timestamp_us', 'string']);
    expect(types('t\n2005-12-19T16:39:57-08:00\n2004-12-1\n')).toEqual(['string']);
  });

  test('empty cells are null, but empty strings in string columns', () => {
    const { columns } = loadCsv('a,b\n1,x\n,\n"5","say ""hi"", twice"\n');
    expect(columns[0]!.values).toEqual([1n, null, 5n]);
    expect(columns[1]!.values).toEqual(['x', '', 'say "hi", twice']);
  });

  test('rows that are alike are numbered; the default subsort counts from the base', () => {
    const explicit = loadTable({ name: 'T', time: 't', key: 'k', subsort: 's' }, [
      loadCsv('t,s,k\n2024-01-01,0,a\n2024-01-01,0,b\n2024-01-01,0,a\n'),
    ]);
    expect(explicit.rows.filter((row) => row.ordinal === 1)).toHaveLength(1);
    const text = 't,k\n2024-01-02,a\n2024-01-01,a\n';
    const [first, second] = loadTable({ name: 'T', time: 't', key: 'k' }, [loadCsv(text)]).rows;
    expect(first!.subsort - second!.subsort).toBe(1n);
  });
});
