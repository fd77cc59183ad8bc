import { describe, expect, test } from 'vitest';
import { lex, quote, unquote } from '../../../../coordinator/language/lexer.ts';

const MANY = 1000;

function kinds(text: string): string[] {
  return lex(text, MANY).map((token) => token.kind);
}

function texts(text: string): string[] {
  return lex(text, MANY)
    .slice(0, -1)
    .map((token) => text.slice(token.start, token.end));
}

describe('lex', () => {
  test('takes the longest symbol', () => {
    expect(texts('a<=b<>c==d!=!e->f')).toEqual([
      'a', '<=', 'b', '<>', 'c', '==', 'd', '!=', '!', 'e', '->', 'f',
    ]); // prettier-ignore
  });

  test('skips spaces, tabs, line feeds, carriage returns and comments', () => {
    expect(kinds(' a\t\r\n# x + "\n+ # end')).toEqual(['identifier', '+', 'end']);
  });

  test('tells keywords from identifiers by case and whole words', () => {
    expect(kinds('let letter Let in null $input')).toEqual([
      'let', 'identifier', 'identifier', 'in', 'null', '$input', 'end',
    ]); // prettier-ignore
  });

  test('a lone dollar is one bad token', () => {
    expect(kinds('a $ b')).toEqual(['identifier', 'bad', 'identifier', 'end']);
  });

  test('a character outside of the basic plane is one bad token of two units', () => {
    const [token] = lex('\u{1f600}', MANY);
    expect(token).toEqual({ kind: 'bad', start: 0, end: 2 });
  });

  test('a number has no leading or trailing dot, no exponent, and may have a suffix', () => {
    expect(texts('1.5 5u64 2.5f32 1. .5 1e5')).toEqual([
      '1.5', '5u64', '2.5f32', '1', '.', '.', '5', '1', 'e5',
    ]); // prettier-ignore
  });

  test('a string may hold the other quote, line feeds and an escaped backslash at its end', () => {
    expect(texts(`'a"b' "c\nd" "e\\\\" + "f"`)).toEqual([
      `'a"b'`, '"c\nd"', '"e\\\\"', '+', '"f"',
    ]); // prettier-ignore
  });

  test('an unknown escape spoils the whole literal', () => {
    const [token] = lex('"a\\qb"', MANY);
    expect(token).toMatchObject({ kind: 'bad', start: 0, end: 6 });
    expect(token?.problem).toContain('\\q');
  });

  test('an unterminated string is one bad token up to the end', () => {
    expect(lex('a "b c', MANY).map(({ kind, start, end }) => [kind, start, end])).toEqual([
      ['identifier', 0, 1],
      ['bad', 2, 6],
      ['end', 6, 6],
    ]);
  });

  test('stops after the given number of tokens', () => {
    expect(lex('a b c d', 2)).toHaveLength(3);
  });

  test('is linear in hostile text', () => {
    const started = performance.now();
    for (const text of [
      '"'.repeat(300_001),
      '\\"'.repeat(150_000),
      ' '.repeat(1_000_000),
      '#'.repeat(1_000_000),
    ]) {
      lex(text, 1_000_000);
    }
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

test('quote and unquote are inverse', () => {
  for (const text of ['', 'plain', `it's "q"`, 'tab\tnl\ncr\r', 'back\\slash\\', '\\n']) {
    expect(unquote(quote(text))).toBe(text);
  }
});
