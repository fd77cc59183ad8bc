import { describe, expect, test } from 'vitest';
import { parseNumber, printNumber } from '../../../../coordinator/language/number-literal.ts';

describe('parseNumber', () => {
  test.each([
    ['5', 'i64', 5n],
    ['5.0', 'f64', 5],
    ['5u64', 'u64', 5n],
    ['2.5f32', 'f32', 2.5],
    ['7f64', 'f64', 7],
    ['255u8', 'u8', 255],
    ['32767i16', 'i16', 32767],
    ['9223372036854775807', 'i64', 2n ** 63n - 1n],
    ['18446744073709551615u64', 'u64', 2n ** 64n - 1n],
    ['007', 'i64', 7n],
  ])('%s is %s %s', (text, kind, value) => {
    expect(parseNumber(text)).toEqual({ kind, value });
  });

  test.each([
    '300u8',
    '128i8',
    '9223372036854775808',
    '18446744073709551616u64',
    '1.5i32',
    `${'9'.repeat(400)}.0`,
    `${'9'.repeat(60)}f32`,
  ])('%s is refused', (text) => {
    expect(parseNumber(text)).toHaveProperty('problem');
  });

  test('0.1f32 is the nearest float of 32 bits', () => {
    expect(parseNumber('0.1f32')).toEqual({ kind: 'f32', value: Math.fround(0.1) });
  });
});

test.each([
  '5',
  '5.0',
  '5u64',
  '7i16',
  '0.1f32',
  '0.0000001',
  '1234567890123456789012345.0',
  '1000000000000000000000000000000.5',
])('printNumber: %s reads back as itself', (text) => {
  const number = parseNumber(text);
  if ('problem' in number) throw new Error(number.problem);
  const printed = printNumber(number);
  expect(printed).not.toContain('e');
  expect(parseNumber(printed)).toEqual(number);
});
