/** Validity, hashing and changes of the entity (language.md 6 and 7.4). */
import type { FunctionEntry } from './entry.ts';

export const GENERAL: readonly FunctionEntry[] = [
  {
    signature: 'is_valid<T: any>(input: T) -> bool',
    kind: 'pointwise',
    doc: 'Whether a value is not null. A record is valid even if all of its fields are null.',
    example: { expression: 'is_valid(null)', result: 'false' },
  },
  {
    signature: 'hash<K: key>(input: K) -> u64',
    kind: 'pointwise',
    doc: 'The hash of a value, the one that identifies entities. Null hashes to 0.',
    example: { expression: 'hash("hello")', result: '1472103086483932002' },
  },
  {
    signature: 'with_key<K: key, T: any>(key: K, value: T, const grouping: string = null) -> T',
    kind: 'special',
    doc: 'The same rows under a new entity, `key`, of the named kind (by default the name of the type of the key).',
    example: {
      expression: 'Visit.who | with_key(Visit.page, grouping = "page")',
      result:
        'ann at 10:00:03 of home, bob at 10:00:05 of cart, bob at 10:00:05 of pay, cy at 10:03:00 of home',
    },
  },
  {
    signature: 'lookup<K: key, T: any>(key: K, value: T) -> T',
    kind: 'special',
    doc: 'The value of another entity, `key`, as of the time of each row.',
    example: {
      expression: 'lookup(Buy.who, last(Visit.page))',
      result: '(null), cart, home, home, pay',
    },
  },
];
