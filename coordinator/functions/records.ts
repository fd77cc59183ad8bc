/** Special forms of records (language.md 7.9): call-shaped, but typed by the fields of their arguments. */
import type { FunctionEntry } from './entry.ts';

export const RECORDS: readonly FunctionEntry[] = [
  {
    signature: 'extend<E: any, B: any>(extension: E, base: B) -> B',
    kind: 'special',
    doc: 'The fields of `extension`, then those of `base` that it does not have.',
    example: { expression: '{a: 1, b: 2} | extend({b: 3, c: 4})', result: '{b: 3, c: 4, a: 1}' },
  },
  {
    signature: 'select_fields<R: any>(record: R, const field+: string) -> R',
    kind: 'special',
    doc: 'A record of the named fields only, in the order of the record. Takes no implicit `$input`.',
    example: { expression: 'select_fields({a: 1, b: 2, c: 3}, "c", "a")', result: '{a: 1, c: 3}' },
  },
  {
    signature: 'remove_fields<R: any>(record: R, const field+: string) -> R',
    kind: 'special',
    doc: 'A record without the named fields. Takes no implicit `$input`.',
    example: { expression: 'remove_fields({a: 1, b: 2, c: 3}, "b")', result: '{a: 1, c: 3}' },
  },
];
