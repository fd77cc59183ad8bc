/** The names that a query uses from outside, and which of them nobody provides (language.md 8.1). */
import { parse } from '../language/parser.ts';
import { Source } from '../language/source.ts';
import { freeNames } from './free-names.ts';
import type { Formula } from './typed-expr.ts';

export interface QueryNames {
  /** Names that the query itself refers to and does not bind, in order of reference. */
  readonly free: readonly string[];
  /** Names, of the query or of a formula that it reaches, that are no table and no formula. */
  readonly missing: readonly string[];
}

/** Texts with syntax errors tell the names that can be made out. */
export function queryNames(
  query: string,
  formulas: readonly Formula[],
  tables: readonly string[],
): QueryNames {
  const texts = new Map(formulas.toReversed().map(({ name, text }) => [name, text]));
  const free = namesIn(new Source('query', 'Query', query));
  const missing: string[] = [];
  const seen = new Set(free);
  // Grows while it is walked: names of formulas bring theirs.
  for (const name of seen) {
    const text = texts.get(name);
    if (text !== undefined) {
      for (const other of namesIn(new Source('formula', name, text))) seen.add(other);
    } else if (!tables.includes(name)) missing.push(name);
  }
  return { free, missing };
}

function namesIn(source: Source): readonly string[] {
  return [...freeNames(parse(source).expr).keys()].filter((name) => name !== '$input');
}
