/** Comparison (language.md 7.3). Null if either side is null; floats by the total order of IEEE 754. */
import type { FunctionEntry } from './entry.ts';

export const COMPARISON: readonly FunctionEntry[] = [
  {
    signature: 'eq<T: any>(a: T, b: T) -> bool',
    kind: 'pointwise',
    doc: 'Whether two values are equal, written `a == b`. Use `is_valid` to test for null.',
    example: { expression: '"b" == "B"', result: 'false' },
  },
  {
    signature: 'neq<T: any>(a: T, b: T) -> bool',
    kind: 'pointwise',
    doc: 'Whether two values differ, written `a != b` or `a <> b`.',
    example: { expression: '1 != 2', result: 'true' },
  },
  {
    signature: 'lt<O: ordered>(a: O, b: O) -> bool',
    kind: 'pointwise',
    doc: 'Whether `a` is less than `b`, written `a < b`.',
    example: { expression: '1 < 2', result: 'true' },
  },
  {
    signature: 'lte<O: ordered>(a: O, b: O) -> bool',
    kind: 'pointwise',
    doc: 'Whether `a` is at most `b`, written `a <= b`.',
    example: { expression: '2 <= 2', result: 'true' },
  },
  {
    signature: 'gt<O: ordered>(a: O, b: O) -> bool',
    kind: 'pointwise',
    doc: 'Whether `a` is greater than `b`, written `a > b`.',
    example: { expression: '1 > 2', result: 'false' },
  },
  {
    signature: 'gte<O: ordered>(a: O, b: O) -> bool',
    kind: 'pointwise',
    doc: 'Whether `a` is at least `b`, written `a >= b`.',
    example: { expression: '1 >= 1', result: 'true' },
  },
];
