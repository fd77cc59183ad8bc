import { describe, expect, test } from 'vitest';
import { parse } from '../../../../coordinator/language/parser.ts';
import { printExpr } from '../../../../coordinator/language/print.ts';
import { Source } from '../../../../coordinator/language/source.ts';
import type { Expr } from '../../../../coordinator/language/ast.ts';

function parseText(text: string): ReturnType<typeof parse> {
  return parse(new Source('query', 'Query', text));
}

function parseValid(text: string): Expr {
  const { expr, diagnostics } = parseText(text);
  expect(diagnostics.map((item) => item.message)).toEqual([]);
  return expr;
}

/** The tree without places. */
function shape(expr: Expr): unknown {
  return JSON.parse(
    JSON.stringify(expr, (key, value: unknown) => {
      if (key.endsWith('pan') || key === 'depth') return undefined;
      return typeof value === 'bigint' ? `${value}n` : value;
    }),
  );
}

/** The first characters of the tokens that errors are at; `end` at the end. */
function errorOffsets(text: string): number[] {
  return parseText(text).diagnostics.map((item) => {
    expect(item.code).toBe('E0011');
    return item.labels[0]!.span.start;
  });
}

describe('precedence (language.md 1.4)', () => {
  test.each([
    ['a or b as i32', '(a or b) as i32'],
    ['x | f() as i64', '(x | f()) as i64'],
    ['x | f() + 1', 'x | (f() + 1)'],
    ['a | b | c', 'a | (b | c)'],
    ['let v = 1 in v as f64', '(let v = 1 in v) as f64'],
    ['a + b as f64', '(a + b) as f64'],
    ['!a == b', '(!a) == b'],
    ['-a.b', '-(a.b)'],
    ['1 < 2 < 3', '(1 < 2) < 3'],
    ['a - b - c', '(a - b) - c'],
    ['a or b and c == d < e + f * -g', 'a or (b and (c == (d < (e + (f * (-g))))))'],
    ['a | let x = 1 in x | b', 'a | (let x = 1 in (x | b))'],
    ['a.b[0].c', '((a.b)[0]).c'],
  ])('%s is %s', (text, explicit) => {
    expect(shape(parseValid(text))).toEqual(shape(parseValid(explicit)));
  });

  test('casts and pipes are fine inside arguments, records, let values and brackets', () => {
    parseValid('f(x as i64, n = y | g())[a as i32] | {k: let z = 1 as u8 in z as i8}');
  });

  test('a second cast needs parentheses', () => {
    expect(errorOffsets('a as i32 as f64')).toEqual([9]);
    parseValid('(a as i32) as f64');
  });

  test('comma lists tolerate stray commas', () => {
    expect(shape(parseValid('f(,a,,b,)'))).toEqual(shape(parseValid('f(a, b)')));
    expect(shape(parseValid('{,a,}'))).toEqual(shape(parseValid('{a: a}')));
  });

  test('types of casts', () => {
    parseValid('x as list<map<string, i64>>');
    expect(errorOffsets('x as i64<i32>')).not.toEqual([]);
    expect(errorOffsets('x as list<i64, i64>')).not.toEqual([]);
    expect(errorOffsets('x as map<i64>')).not.toEqual([]);
    parseValid('x as list');
  });
});

describe('syntax errors (language.md 1.9)', () => {
  test.each([
    ['let { n: X.n}', ['{', '}']],
    ['limit x = 5 in { n: X.n}', ['x', '}']],
    ['let $ = 5 in { n: X.n }', ['$']],
    ['let + = 5 in { n: X.n }', ['+', '=', '}']],
    ['let x = 5 in { n: X.n + $ }', ['$']],
    ['{ n: X.n as + }', ['+', '}']],
    ['{ n: ceil(x:) }', [':']],
    ['{ n: ceil(+ X.n) }', ['+']],
    ['{ n: X.n', ['']],
    ['', ['']],
  ])('%s', (text, tokens) => {
    expect(errorOffsets(text).map((offset) => text.slice(offset, offset + 1))).toEqual(tokens);
  });

  test('the first x after limit, the last brace', () => {
    expect(errorOffsets('limit x = 5 in { n: X.n}')).toEqual([6, 23]);
    expect(errorOffsets('{ n: X.n')).toEqual([8]);
  });

  test('malformed literals say what is wrong with them', () => {
    const messages = parseText('{ a: 300u8, b: "\\q", c: 1.5i32 }').diagnostics.map(
      (d) => d.message,
    );
    expect(messages).toEqual([
      'Number 300u8 is out of range for type u8',
      "Unknown escape '\\q' in a string",
      'Number with a fraction cannot be of type i32',
    ]);
  });

  test('the note lists what would have fitted', () => {
    expect(parseText('{ n: X.n').diagnostics[0]?.notes).toEqual(['Expected ",", "}"']);
  });
});

describe('limits', () => {
  const deep = 100_000;
  test.each([
    ['parentheses', '('.repeat(deep)],
    ['signs', `${'-'.repeat(deep)}1`],
    ['a chain of operators', `1${' + 1'.repeat(50_000)}`],
    ['pipes', `x${' | x'.repeat(50_000)}`],
    ['records', '{a:'.repeat(40_000)],
    ['calls', 'f('.repeat(50_000)],
    ['lets', 'let x = '.repeat(30_000)],
    ['types', `x as ${'list<'.repeat(50_000)}`],
    ['mixed levels', '1 or 1 and 1 == 1 < 1 + 1 * ('.repeat(2000)],
    ['closing brackets', '}'.repeat(deep)],
    ['ten megabytes', 'a'.repeat(10_000_000)],
    ['too many tokens', '+ '.repeat(400_000)],
  ])('%s give a diagnostic, soon', (_, text) => {
    const started = performance.now();
    const { diagnostics } = parseText(text);
    expect(diagnostics.length).toBeGreaterThan(0);
    expect(diagnostics.length).toBeLessThanOrEqual(20);
    expect(performance.now() - started).toBeLessThan(3000);
  });

  test('400 levels are fine', () => {
    parseValid(`${'('.repeat(400)}1${')'.repeat(400)}`);
    parseValid(`1${' + 1'.repeat(400)}`);
  });
});

describe('printExpr', () => {
  test.each([
    ['a<>b|f(,,c=1|g(),) as list<list<i64>>', 'a <> b | f(c = 1 | g()) as list<list<i64>>'],
    ['(a|b)|c', '(a | b) | c'],
    ['(a+b)*-c-(d-e)', '(a + b) * -c - (d - e)'],
    ['{x:x,y:{}}', '{ x, y: {} }'],
    ["'it\\'s'", '"it\'s"'],
    ['(let a=1 let b=2 as u8 in a)+b', '(let a = 1 let b = 2 as u8 in a) + b'],
    ['(x as i64)[0].f', '(x as i64)[0].f'],
    ['5f64+0.10f32+3u8', '5.0 + 0.10000000149011612f32 + 3u8'],
  ])('%s prints as %s, the same tree', (text, printed) => {
    const expr = parseValid(text);
    expect(printExpr(expr)).toBe(printed);
    expect(shape(parseValid(printed))).toEqual(shape(expr));
  });
});
