/** Query texts that nobody would write: random characters, random tokens, valid queries with a piece gone wrong, and far too much of one thing. */
import { publicFunctionNames } from '../../../coordinator/functions/registry.ts';
import { lex } from '../../../coordinator/language/lexer.ts';
import { KEYWORDS, SYMBOLS } from '../../../coordinator/language/token.ts';
import type { Rng } from './rng.ts';

const TOKENS_MAX = 100_000;

/** Any UTF-16 units: control characters, halves of surrogate pairs, line ends of all kinds. */
export function randomCharacters(rng: Rng): string {
  const unit = rng.weighted<() => number>([
    [6, () => rng.int(0x20, 0x7e)],
    [2, () => rng.int(0, 0xff)],
    [1, () => rng.int(0, 0xffff)],
    [1, () => rng.pick([0, 9, 10, 13, 0x85, 0xa0, 0x2028, 0xd800, 0xdc00, 0xfeff])],
  ]);
  return String.fromCharCode(...Array.from({ length: rng.int(0, 80) }, unit));
}

const LITERALS = [
  '0',
  '1',
  '1.5',
  '9223372036854775808',
  '1e999',
  '1i64',
  '3u99',
  '"a"',
  "'b'",
  '"',
];
const OTHERS = ['$input', '$', '#', '\\', '&&', '\n', '# a comment\n', '1..2', '"\\q"', '_'];

/** Tokens of the language in no order, with the names that a query may use among them. */
export function randomTokens(rng: Rng, names: readonly string[]): string {
  const functions = publicFunctionNames();
  const token = (): string =>
    rng.weighted<() => string>([
      [6, () => rng.pick(SYMBOLS)],
      [3, () => rng.pick(names)],
      [2, () => rng.pick(functions)],
      [2, () => rng.pick(KEYWORDS)],
      [2, () => rng.pick(LITERALS)],
      [1, () => rng.pick(OTHERS)],
    ])();
  return Array.from({ length: rng.int(1, 40) }, token).join(rng.pick(['', ' ', ' ']));
}

/** A query after a few edits: cut short, pieces gone, doubled, changed or swapped. */
export function mutated(rng: Rng, query: string, names: readonly string[]): string {
  let text = query;
  for (let edits = rng.int(1, 3); edits > 0; edits--) text = edited(rng, text, names);
  return text;
}

function edited(rng: Rng, text: string, names: readonly string[]): string {
  const tokens = lex(text, TOKENS_MAX);
  const { start, end } = rng.pick(tokens);
  const other = rng.pick(tokens);
  const [low, high] = start <= other.start ? [start, other.end] : [other.start, end];
  const before = text.slice(0, start);
  const token = text.slice(start, end);
  const after = text.slice(end);
  return rng.weighted<() => string>([
    [3, () => before],
    [3, () => before + after],
    [2, () => before + token + token + after],
    [3, () => before + text.slice(other.start, other.end) + after],
    [2, () => before + randomTokens(rng, names) + after],
    [1, () => before + randomCharacters(rng) + after],
    [1, () => text.slice(0, low) + text.slice(high)],
    [1, () => text.slice(0, high) + text.slice(low)],
    [1, () => text.slice(0, rng.int(0, text.length))],
  ])();
}

/** Forms of `n` levels or parts, whole and broken off, over a table `T` with a number `n`. */
export const EXCESSES: readonly (readonly [title: string, make: (n: number) => string])[] = [
  ['parentheses', (n) => `{ x: ${'('.repeat(n)}T.n${')'.repeat(n)} }`],
  ['open parentheses', (n) => '('.repeat(n)],
  ['closed parentheses', (n) => ')'.repeat(n)],
  ['open records', (n) => '{ a: '.repeat(n)],
  ['records', (n) => `${'{ a: '.repeat(n)}T.n${' }'.repeat(n)}`],
  ['open calls', (n) => 'sum('.repeat(n)],
  ['calls', (n) => `{ x: ${'neg('.repeat(n)}T.n${')'.repeat(n)} }`],
  ['indices', (n) => `{ x: T.n${'[0]'.repeat(n)} }`],
  ['open indices', (n) => `{ x: T.n${'['.repeat(n)}`],
  ['fields', (n) => `{ x: T${'.n'.repeat(n)} }`],
  ['minus signs', (n) => `{ x: ${'-'.repeat(n)}T.n }`],
  ['exclamation marks', (n) => `{ x: ${'!'.repeat(n)}true }`],
  ['sums', (n) => `{ x: T.n${' + 1'.repeat(n)} }`],
  ['comparisons', (n) => `{ x: T.n${' == 1'.repeat(n)} }`],
  ['pipes', (n) => `{ x: T.n${' | neg()'.repeat(n)} }`],
  ['pipes to nothing', (n) => `{ x: T.n${' |'.repeat(n)} }`],
  ['casts', (n) => `{ x: T.n${' as i64'.repeat(n)} }`],
  ['bindings', (n) => `${'let a = T.n '.repeat(n)}in { a }`],
  ['nested bindings', (n) => `{ x: ${'let a = T.n in '.repeat(n)}a }`],
  ['open bindings', (n) => 'let a = '.repeat(n)],
  [
    'bindings that double',
    (n) => {
      const steps = Array.from({ length: n }, (_, at) => `let a${at + 1} = a${at} + a${at}`);
      return `let a0 = T.n ${steps.join(' ')} in { x: a${n} }`;
    },
  ],
  [
    'records that double',
    (n) => {
      const steps = Array.from(
        { length: n },
        (_, at) => `let a${at + 1} = { l: a${at}, r: a${at} }`,
      );
      return `let a0 = T.n ${steps.join(' ')} in { x: a${n} }`;
    },
  ],
  [
    'fields of one record',
    (n) => `{ ${Array.from({ length: n }, (_, at) => `f${at}: T.n`).join(', ')} }`,
  ],
  [
    'one field again and again',
    (n) => `{ ${Array.from({ length: n }, () => 'f: T.n').join(', ')} }`,
  ],
  ['arguments', (n) => `{ x: coalesce(${Array.from({ length: n }, () => 'T.n').join(', ')}) }`],
  ['type parameters', (n) => `{ x: T.n as ${'list<'.repeat(n)}i64${'>'.repeat(n)} }`],
  ['letters of a name', (n) => `{ x: T.${'n'.repeat(n)} }`],
  ['digits', (n) => `{ x: ${'9'.repeat(n)} }`],
  ['letters of a string', (n) => `{ x: "${'s'.repeat(n)}" == "", y: T.n }`],
  ['backslashes', (n) => `{ x: "${'\\'.repeat(n)}`],
  ['quotes', (n) => '"'.repeat(n)],
  ['lines', (n) => `${'\n'.repeat(n)}{ x: T.m }`],
  ['comments', (n) => `${'# c\n'.repeat(n)}{ x: T.m }`],
  ['bad characters', (n) => '§'.repeat(n)],
  ['shifts', (n) => `{ x: T.n${' | shift_by(seconds(1))'.repeat(n)} }`],
  [
    'windows in windows',
    (n) => `{ x: ${'count(T, window = since(0 < '.repeat(n)}1${'))'.repeat(n)} }`,
  ],
];
