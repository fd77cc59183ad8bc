/** Splits Fenl text into tokens by the longest match (language.md 1.1 to 1.3). Linear in the text, whatever it holds. */
import { SYMBOLS, isKeyword } from './token.ts';
import type { SymbolKind, Token } from './token.ts';
import { parseNumber } from './number-literal.ts';

const INPUT = '$input';
const NUMBER = /[0-9]+(?:\.[0-9]+)?(?:[ui](?:8|16|32|64)|f(?:32|64))?/y;
const WORD = /[A-Za-z_][A-Za-z0-9_]*/y;
const SPACE = /[ \t\n\r]+/y;
const COMMENT = /#[^\n]*/y;

const symbolsByFirst: ReadonlyMap<string, readonly SymbolKind[]> = Map.groupBy(
  SYMBOLS,
  (symbol) => symbol[0]!,
);

/** The tokens of a text, the last one of kind `end`. Stops with `end` after `countMax` tokens: the caller compares. */
export function lex(text: string, countMax: number): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (tokens.length < countMax) {
    at = skipSpace(text, at);
    if (at >= text.length) break;
    const token = lexOne(text, at);
    tokens.push(token);
    at = token.end;
  }
  tokens.push({ kind: 'end', start: at, end: at });
  return tokens;
}

/** The first offset at or after `at` that is neither white space nor in a comment. */
function skipSpace(text: string, at: number): number {
  for (;;) {
    const next = matchEnd(SPACE, text, at) ?? matchEnd(COMMENT, text, at);
    if (next === null) return at;
    at = next;
  }
}

function lexOne(text: string, start: number): Token {
  const first = text[start]!;
  const wordEnd = matchEnd(WORD, text, start);
  if (wordEnd !== null) {
    const word = text.slice(start, wordEnd);
    return { kind: isKeyword(word) ? word : 'identifier', start, end: wordEnd };
  }
  const numberEnd = matchEnd(NUMBER, text, start);
  if (numberEnd !== null) {
    const number = parseNumber(text.slice(start, numberEnd));
    if ('problem' in number) return { kind: 'bad', start, end: numberEnd, problem: number.problem };
    return { kind: 'number', start, end: numberEnd };
  }
  if (first === '"' || first === "'") return lexString(text, start, first);
  if (text.startsWith(INPUT, start)) {
    return { kind: INPUT, start, end: start + INPUT.length };
  }
  for (const symbol of symbolsByFirst.get(first) ?? []) {
    if (text.startsWith(symbol, start)) {
      return { kind: symbol, start, end: start + symbol.length };
    }
  }
  return { kind: 'bad', start, end: start + (text.codePointAt(start)! > 0xffff ? 2 : 1) };
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['\\', '\\'],
  ["'", "'"],
  ['"', '"'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

function lexString(text: string, start: number, quote: string): Token {
  let problem: string | null = null;
  for (let at = start + 1; at < text.length; at++) {
    const character = text[at]!;
    if (character === quote) {
      const end = at + 1;
      return problem === null
        ? { kind: 'string', start, end }
        : { kind: 'bad', start, end, problem };
    }
    if (character !== '\\') continue;
    at++;
    if (at < text.length && !ESCAPES.has(text[at]!)) {
      problem ??= `Unknown escape '\\${String.fromCodePoint(text.codePointAt(at)!)}' in a string`;
    }
  }
  // The rest of the text is one token: to begin again after the quote could scan to the end once per quote.
  return { kind: 'bad', start, end: text.length, problem: 'String without a closing quote' };
}

/** The value of a `string` token's text, quotes included. */
export function unquote(text: string): string {
  return text
    .slice(1, -1)
    .replace(/\\(.)/gs, (_, escaped: string) => ESCAPES.get(escaped) ?? escaped);
}

/** A string as a literal that `unquote` reads back. */
export function quote(value: string): string {
  const escaped = value.replace(/[\\"]/g, '\\$&');
  return `"${escaped.replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t')}"`;
}

function matchEnd(pattern: RegExp, text: string, at: number): number | null {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : null;
}
