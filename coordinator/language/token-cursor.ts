/** A position in the tokens of one source, and spans of what has been read. */
import type { Source, Span } from './source.ts';
import type { Token, TokenKind } from './token.ts';

export class TokenCursor {
  readonly source: Source;
  readonly #tokens: readonly Token[];
  #at = 0;

  /** `tokens` end with one of kind `end`. */
  constructor(source: Source, tokens: readonly Token[]) {
    this.source = source;
    this.#tokens = tokens;
  }

  get token(): Token {
    return this.#tokens[this.#at]!;
  }

  get kind(): TokenKind {
    return this.token.kind;
  }

  get previousKind(): TokenKind | null {
    return this.#tokens[this.#at - 1]?.kind ?? null;
  }

  /** Of the token consumed last; there must have been one. */
  previousSpan(): Span {
    return this.spanOf(this.#tokens[this.#at - 1]!);
  }

  get followingKind(): TokenKind | null {
    return this.#tokens[this.#at + 1]?.kind ?? null;
  }

  isAt(kind: TokenKind): boolean {
    return this.kind === kind;
  }

  /** Consumes a token. Nobody consumes the `end` token: whoever expects it only looks. */
  next(): Token {
    return this.#tokens[this.#at++]!;
  }

  /** Consumes a token of this kind, if there is one. */
  accept(kind: TokenKind): boolean {
    if (!this.isAt(kind)) return false;
    this.#at++;
    return true;
  }

  /** The text of a token. */
  textOf({ start, end }: Token): string {
    return this.source.text.slice(start, end);
  }

  spanOf({ start, end }: Token): Span {
    return { source: this.source, start, end };
  }

  /** From the start of one span to the end of another. */
  join(first: Span, last: Span): Span {
    return { source: this.source, start: first.start, end: last.end };
  }

  /** The zero-width place before the current token. */
  here(): Span {
    const { start } = this.token;
    return { source: this.source, start, end: start };
  }
}
