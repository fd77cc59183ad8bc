/**
 * Recovery of the parser after a syntax error, so that one text can be reported for several.
 *
 * The published positions of follow-up errors (language.md 1.9) are those of a table-driven parser that, at a token which
 * does not fit, looks from the innermost open construct outwards for a place where an error could stand *in place of an
 * expression* such that the token fits behind it; if there is none, it drops the token and tries the next. The open
 * constructs are kept here as a stack of places, beside the calls of the recursive descent.
 *
 *   { n: X.n as + }       open: [query, field value]; `+` fits behind an error in the field value:  { n: <error> + }
 *   let + = 5 in { … }    open: [query, let name];    `+` fits behind an error in the query:        <error> + = …
 */
import type { TokenKind } from './token.ts';

/** What may follow any complete expression, whatever it stands in. */
const CONTINUATIONS: ReadonlySet<TokenKind> = new Set<TokenKind>([
  '.', '[', '*', '/', '+', '-', '<', '<=', '>', '>=', '==', '!=', '<>', 'and', 'or', '|', 'as',
]); // prettier-ignore

/** A place in the grammar where an error can stand for what was to be parsed. */
export interface RecoveryPlace {
  readonly kind: 'expression' | 'let-name';
  /** What ends the construct: the closing bracket, a comma, `=` of a let name. */
  readonly closers: readonly TokenKind[];
}

/** Thrown from a syntax error to the place that takes over; the parser stands at a token that fits behind it. */
export class Recovery extends Error {
  override readonly name = 'Recovery';
  readonly place: RecoveryPlace;

  constructor(place: RecoveryPlace) {
    super('recovering from a syntax error');
    this.place = place;
  }
}

/** The innermost open place behind which `kind` fits. */
export function findPlace(open: readonly RecoveryPlace[], kind: TokenKind): RecoveryPlace | null {
  const continues = CONTINUATIONS.has(kind);
  for (let index = open.length - 1; index >= 0; index--) {
    const place = open[index]!;
    if (place.closers.includes(kind) || (continues && place.kind === 'expression')) return place;
  }
  return null;
}
