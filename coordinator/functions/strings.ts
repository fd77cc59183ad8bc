/** Strings (language.md 7.5). */
import type { FunctionEntry } from './entry.ts';

export const STRINGS: readonly FunctionEntry[] = [
  {
    signature: 'len(s: string) -> i32',
    kind: 'pointwise',
    doc: 'The length of a string in UTF-8 bytes.',
    example: { expression: 'len("héllo")', result: '6' },
  },
  {
    signature: 'upper(s: string) -> string',
    kind: 'pointwise',
    doc: 'The string in upper case.',
    example: { expression: 'upper("straße")', result: 'STRASSE' },
  },
  {
    signature: 'lower(s: string) -> string',
    kind: 'pointwise',
    doc: 'The string in lower case.',
    example: { expression: 'lower("ÀB")', result: 'àb' },
  },
  {
    signature: 'substring(s: string, start: i64 = null, end: i64 = null) -> string',
    kind: 'pointwise',
    doc: 'The characters from `start` up to but not including `end`; negative positions count from the end.',
    example: { expression: 'substring("abcdef", start = 2, end = 4)', result: 'cd' },
  },
  {
    signature: 'json(s: string) -> json',
    kind: 'pointwise',
    doc: 'A string as JSON, whose fields `.name` are strings.',
    example: { expression: 'json("{\\"a\\": 10}").a', result: '10' },
    internal: true,
  },
];
