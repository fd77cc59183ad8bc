/** The diagnostic of a token that does not fit. */
import { diagnostic } from './diagnostics/diagnostic.ts';
import type { Diagnostic } from './diagnostics/diagnostic.ts';
import type { TokenCursor } from './token-cursor.ts';

const SHOWN_LENGTH_MAX = 40;

/** `expected` names what would have fitted at the cursor: token kinds, and `ident`, `literal` for classes of them. */
export function syntaxError(cursor: TokenCursor, expected: readonly string[]): Diagnostic {
  const { token } = cursor;
  const at = cursor.spanOf(token);
  if (token.problem !== undefined) return diagnostic('E0011', token.problem, { at });
  const message =
    token.kind === 'end'
      ? 'Unexpected end of input'
      : `Invalid token '${cursor.textOf(token).slice(0, SHOWN_LENGTH_MAX)}'`;
  const names = [...new Set(expected)].sort().map(showExpected);
  return diagnostic('E0011', message, { at, notes: [`Expected ${names.join(', ')}`] });
}

function showExpected(name: string): string {
  if (name === 'ident') return 'identifier';
  if (name === 'end') return 'end of input';
  return name === 'literal' ? name : `"${name}"`;
}
