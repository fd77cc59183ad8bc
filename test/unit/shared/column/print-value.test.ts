import { expect, it } from 'vitest';
import { cellText, jsonText, quoteCsvCell } from '../../../../shared/column/print-value.ts';
import { StringPool } from '../../../../shared/column/string-pool.ts';
import { columnFromValues } from '../../../../shared/column/values.ts';
import type { Value } from '../../../../shared/column/values.ts';
import {
  BOOL,
  F64,
  I64,
  scalar,
  STRING,
  TIMESTAMP_NS,
} from '../../../../shared/types/data-type.ts';
import type { DataType } from '../../../../shared/types/data-type.ts';

const RECORD: DataType = {
  kind: 'record',
  fields: [
    { name: 'a', type: I64 },
    { name: 'f', type: F64 },
    { name: 't', type: TIMESTAMP_NS },
    { name: 'm', type: { kind: 'map', key: I64, value: STRING } },
  ],
};

it.each<[DataType, Value, string]>([
  [I64, null, ''],
  [BOOL, true, 'true'],
  [I64, 2n ** 63n - 1n, '9223372036854775807'],
  [F64, 10, '10.0'],
  [STRING, 'a "b"', 'a "b"'],
  [STRING, '', ''],
  [scalar('timestamp_s'), 1_704_103_200n, '2024-01-01T10:00:00.000000000'],
  [scalar('timestamp_ms'), -1n, '1969-12-31T23:59:59.999000000'],
  [TIMESTAMP_NS, -1n, '1969-12-31T23:59:59.999999999'],
  [scalar('date'), 19_723, '2024-01-01'],
  [{ kind: 'list', element: STRING }, ['x"', null], '["x\\"",null]'],
  [
    RECORD,
    { a: 5n, f: NaN, t: 0n, m: [[7n, 'x']] },
    '{"a":5,"f":"NaN","t":"1970-01-01T00:00:00.000000000","m":{"7":"x"}}',
  ],
])('prints a cell of %o', (type, value, text) => {
  expect(cellText(columnFromValues(type, [value], new StringPool()), 0)).toBe(text);
});

it('prints null as JSON null within values', () => {
  const column = columnFromValues(RECORD, [{ a: null, f: 1, t: null, m: null }], new StringPool());
  expect(jsonText(column, 0)).toBe('{"a":null,"f":1.0,"t":null,"m":null}');
});

it('quotes CSV cells only where they need it', () => {
  expect(quoteCsvCell('plain text')).toBe('plain text');
  expect(quoteCsvCell('a,b')).toBe('"a,b"');
  expect(quoteCsvCell('say "x"')).toBe('"say ""x"""');
  expect(quoteCsvCell('two\nlines')).toBe('"two\nlines"');
});
