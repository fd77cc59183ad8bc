/** The registry of diagnostic codes (language.md 9.2): titles, and what `millrace help <code>` explains. */

export type Severity = 'error' | 'warning' | 'bug';

export interface CodeEntry {
  readonly severity: Severity;
  readonly title: string;
  /** What it means and what to do about it, in whole sentences. */
  readonly explanation: string;
  /** A query that is reported with this code, over the tables Buy(at, seq, who, qty, price) and Visit(at, seq, who, page). */
  readonly example: string;
}

export const CODES = {
  E0001: {
    severity: 'error',
    title: 'Illegal field reference',
    explanation:
      'A record has no field of this name, or the value before the dot is no record, list of records or json. ' +
      'Field names are case-sensitive; the nearest ones are listed.',
    example: '{ x: Buy.quantity }',
  },
  E0002: {
    severity: 'error',
    title: 'Illegal cast',
    explanation:
      'The type after `as` does not exist, or the value cannot be converted to it. Also reported for a `collect` ' +
      'whose `min` is greater than its `max`.',
    example: '{ x: Buy.qty as number }',
  },
  E0003: {
    severity: 'error',
    title: 'Illegal identifier',
    explanation:
      'The name of a formula must be a letter or underscore followed by letters, digits and underscores, and no ' +
      'reserved word, or no query could refer to it.',
    example: 'formula "2nd" = Buy.qty',
  },
  E0004: {
    severity: 'error',
    title: 'Formula already defined',
    explanation: 'Two formulas, or a formula and a table, have the same name. Rename one of them.',
    example: 'formula spend = Buy.price; formula spend = Buy.qty',
  },
  E0005: {
    severity: 'error',
    title: 'Table already defined',
    explanation: 'Reserved. Two tables of one name are refused before any query is read.',
    example: '',
  },
  E0006: {
    severity: 'error',
    title: 'Unbound reference',
    explanation:
      'No table, formula or `let` name of this spelling is in scope. `$input` is bound only on the right of a pipe; ' +
      'a call that lacks one required argument uses it implicitly.',
    example: '{ x: Byu.qty }',
  },
  E0007: {
    severity: 'error',
    title: 'Undefined function',
    explanation: 'There is no function of this name. The nearest names are listed.',
    example: '{ x: summ(Buy.qty) }',
  },
  E0008: {
    severity: 'error',
    title: 'Invalid arguments',
    explanation:
      'The arguments do not fit the parameters: too many or too few, an unknown or repeated keyword, a positional ' +
      'argument after a keyword, or an optional parameter given by position. Also: a record without fields, and a ' +
      '`lookup` whose key or value depends on no table.',
    example: '{ x: substring("abc", 1) }',
  },
  E0009: {
    severity: 'error',
    title: 'Duplicate field names in record expression',
    explanation: 'A record defines one field twice. Rename or remove one of the definitions.',
    example: '{ a: Buy.qty, a: Buy.price }',
  },
  E0010: {
    severity: 'error',
    title: 'Invalid argument type(s)',
    explanation:
      'An argument has a type that the function does not take. The expected class or type is in the note; an ' +
      'explicit cast (`as`) may help. Windows can only be given as `window =`; ticks only stand in a window, or in ' +
      'the condition of `when` or `if`; json values must be taken apart with `.field`.',
    example: '{ x: sum(Visit.page) }',
  },
  E0011: {
    severity: 'error',
    title: 'Invalid syntax',
    explanation:
      'The text is no Fenl expression, or exceeds a limit of the language: its length, its depth, the range of a ' +
      'number. The label is at the first token that does not fit; the note says what would have.',
    example: '{ x: Buy.qty + }',
  },
  E0012: {
    severity: 'error',
    title: 'Circular dependency',
    explanation: 'Formulas refer to each other in a circle. There is no recursion in Fenl.',
    example: 'formula a = b + 1; formula b = a + 1',
  },
  E0013: {
    severity: 'error',
    title: 'Invalid output type',
    explanation:
      'The result of a query must be a record that depends on a table, such as `{ x: Buy.qty }`, and its fields must ' +
      'have types that files can hold: cast durations and intervals to i64 or i32.',
    example: 'Buy.qty',
  },
  E0014: {
    severity: 'error',
    title: 'Invalid non-constant argument',
    explanation:
      'This parameter takes only constants: literals and pure functions of literals, within the range it states.',
    example: '{ x: lag(Buy.qty, Buy.price) }',
  },
  E0015: {
    severity: 'error',
    title: 'Incompatible argument types',
    explanation:
      'The arguments must be of one type, and no type holds all of theirs. Cast one of them.',
    example: '{ x: Buy.qty + Visit.page }',
  },
  W2000: {
    severity: 'warning',
    title: 'Incompatible time domains',
    explanation:
      'A call combines values that exist at different times, so one of them is null wherever the other is not. Make ' +
      'one of them continuous, for instance with `last`.',
    example: '{ x: Buy.qty + hash(Visit.page) }',
  },
  W2001: {
    severity: 'warning',
    title: 'Unused binding',
    explanation:
      'A `let` name is never used, or the left side of a pipe is never used as `$input`. The same code, as an error ' +
      'titled "Incompatible grouping", says that a call combines values of different kinds of entities: re-key one ' +
      'with `with_key`, or read it with `lookup`.',
    example: 'let unused = 1 in { x: Buy.qty }',
  },
  B1000: {
    severity: 'bug',
    title: 'Internal error',
    explanation:
      'An invariant of the compiler failed. This is our mistake, not yours: please report the query.',
    example: '',
  },
  B1001: {
    severity: 'bug',
    title: 'Failed to report',
    explanation:
      'A diagnostic could not be rendered. This is our mistake: please report the query.',
    example: '',
  },
} as const satisfies Record<string, CodeEntry>;

export type Code = keyof typeof CODES;

export function isCode(text: string): text is Code {
  return Object.hasOwn(CODES, text);
}
