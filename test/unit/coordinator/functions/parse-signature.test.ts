import { expect, test } from 'vitest';
import { parseSignature } from '../../../../coordinator/functions/parse-signature.ts';
import { printPattern } from '../../../../coordinator/functions/signature.ts';

test('variables, defaults and the result', () => {
  const signature = parseSignature('sum<N: number>(input: N, window: window = null) -> N');
  expect(signature.name).toBe('sum');
  expect(signature.variables).toEqual([{ name: 'N', typeClass: 'number' }]);
  expect(signature.result).toEqual({ kind: 'variable', name: 'N' });
  expect(signature.parameters).toMatchObject([
    { name: 'input', constant: false, repeated: false, defaultValue: undefined },
    { name: 'window', type: { kind: 'concrete', type: 'window' }, defaultValue: null },
  ]);
});

test('constants, repetition and nested collections', () => {
  const collect = parseSignature('c<T: any>(const max: i64, const min: i64 = 0) -> list<list<T>>');
  expect(collect.parameters.map(({ constant }) => constant)).toEqual([true, true]);
  expect(collect.parameters[1]?.defaultValue).toBe(0n);
  expect(printPattern(collect.result)).toBe('list<list<T>>');
  expect(parseSignature('f(values+: i64) -> bool').parameters[0]?.repeated).toBe(true);
  expect(parseSignature('f() -> bool').parameters).toEqual([]);
});

test('knows where a type stands in its text', () => {
  const text = 'get<K: key, V: any>(key: K, map: map<K, V>) -> V';
  const { typeSpan } = parseSignature(text).parameters[1]!;
  expect(text.slice(typeSpan.start, typeSpan.end)).toBe('map<K, V>');
  expect(typeSpan.source.label).toBe(`built-in signature '${text}'`);
});

test.each([
  '',
  'f',
  'f() bool',
  'f(a: wibble) -> i64',
  'f<T: many>(a: T) -> T',
  'f(a+: i64, b: i64) -> i64',
  'f() -> i64 x',
])('%j is refused', (text) => {
  expect(() => parseSignature(text)).toThrow('assertion failed');
});
