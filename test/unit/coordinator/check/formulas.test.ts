import { expect, test } from 'vitest';
import { check, problems, valid } from './support.ts';

test('formulas come in any order, and one that is used twice is one expression', () => {
  const expr = valid('{ a: total, b: total }', [
    { name: 'total', text: 'sum(base)' },
    { name: 'base', text: 'Num.n + Num.m' },
  ]);
  expect(expr).toMatchObject({
    op: 'record',
    values: [{ op: 'aggregate', input: { op: 'call', fn: 'add' } }, {}],
  });
  if (expr.op === 'record') expect(expr.values[0]).toBe(expr.values[1]);
});

test('an error is located in the formula, and its uses say nothing', () => {
  const [item, ...others] = check('{ n: bad + 5, m: bad }', [
    { name: 'bad', text: 'Num.n + $$', label: 'mine' },
  ]).diagnostics;
  expect(others).toEqual([]);
  expect(item?.labels[0]?.span.source).toMatchObject({ kind: 'formula', label: "'mine'" });
  expect(item?.labels[0]?.span.start).toBe(8);
  const unlabelled = check('bad', [{ name: 'bad', text: ')' }]).diagnostics[0];
  expect(unlabelled?.labels[0]?.span.source.label).toBe('Formula: bad');
});

test('formulas that the query does not reach are not checked', () => {
  expect(problems('{ n: Num.n }', [{ name: 'bad', text: '+++' }])).toEqual([]);
});

test('with a syntax error in the query, formulas are not reported', () => {
  expect(problems('{ n: bad', [{ name: 'bad', text: ')' }])).toEqual(['E0011@9']);
});

test('a name that let binds does not reach a formula', () => {
  const formulas = [{ name: 'x', text: '+++' }];
  expect(problems('let x = 1 in { a: x, n: Num.n }', formulas)).toEqual([]);
  expect(problems('let x = x in { a: x, n: Num.n }', formulas)).not.toEqual([]);
});

test('a cycle labels each reference on it', () => {
  const { diagnostics } = check('{ sum: n + m }', [
    { name: 'n', text: '1 + m' },
    { name: 'm', text: 'n + 1' },
  ]);
  expect(diagnostics.map(({ code }) => code)).toEqual(['E0012']);
  expect(diagnostics[0]?.labels.map(({ text, span }) => [text, span.start])).toEqual([
    ["Formula 'm' referenced here in 'n'", 4],
    ["Formula 'n' referenced here in 'm'", 0],
  ]);
});

test('a formula of itself is a cycle', () => {
  expect(check('{ a: n }', [{ name: 'n', text: 'n' }]).diagnostics.map(({ code }) => code)).toEqual(
    ['E0012'],
  );
});

test('bad names', () => {
  const codes = (names: readonly string[]): string[] =>
    check(
      '{ n: Num.n }',
      names.map((name) => ({ name, text: '1' })),
    ).diagnostics.map(({ code }) => code);
  expect(codes(['2nd'])).toEqual(['E0003']);
  expect(codes(['let'])).toEqual(['E0003']);
  expect(codes(['a', 'b', 'a'])).toEqual(['E0004']);
});

test('a name of a formula and of a table is an error where it is used', () => {
  const formulas = [{ name: 'Num', text: '1' }];
  expect(problems('{ n: Str.n }', formulas)).toEqual([]);
  expect(problems('{ n: Num, m: Num, s: Str.n }', formulas)).toEqual(['E0004@6']);
});

test('$input does not reach into formulas', () => {
  expect(
    check('Num.n | { a: f }', [{ name: 'f', text: '$input' }]).diagnostics.map(({ code }) => code),
  ).toContain('E0006');
});

test('a chain of ten thousand formulas is no matter', () => {
  const chain = Array.from({ length: 10_000 }, (_, index) => ({
    name: `f${index}`,
    text: index === 9_999 ? 'Num.n' : `f${index + 1}`,
  }));
  expect(problems('{ a: f0 }', chain)).toEqual([]);
});
