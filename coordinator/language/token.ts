/** The tokens of Fenl (language.md 1.1). */

export const KEYWORDS = ['let', 'in', 'and', 'or', 'as', 'const', 'true', 'false', 'null'] as const;

/** Two-character symbols stand first: the longest match wins. `->`, `const` and `+:` occur in signatures only. */
export const SYMBOLS = [
  '==', '!=', '<>', '<=', '>=', '->',
  '+', '-', '*', '/', '|', '=', '<', '>', '.', ',', ':', '(', ')', '{', '}', '[', ']', '!',
] as const; // prettier-ignore

export type Keyword = (typeof KEYWORDS)[number];
export type SymbolKind = (typeof SYMBOLS)[number];

/** `bad` is a character or literal that fits nothing; `end` a zero-width token after the last. */
export type TokenKind =
  | Keyword
  | SymbolKind
  | 'identifier'
  | '$input'
  | 'number'
  | 'string'
  | 'bad'
  | 'end';

/** Offsets are UTF-16 units, half-open. */
export interface Token {
  readonly kind: TokenKind;
  readonly start: number;
  readonly end: number;
  /** Of a `bad` token that is a malformed literal: what is wrong with it. */
  readonly problem?: string;
}

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;
const keywords: ReadonlySet<string> = new Set(KEYWORDS);

export function isKeyword(text: string): text is Keyword {
  return keywords.has(text);
}

/** Whether a text can be used as a name: an identifier that is not reserved. */
export function isIdentifier(text: string): boolean {
  return IDENTIFIER.test(text) && !isKeyword(text);
}
