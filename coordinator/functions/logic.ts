/** Logic and choice (language.md 7.2). */
import type { FunctionEntry } from './entry.ts';

export const LOGIC: readonly FunctionEntry[] = [
  {
    signature: 'not(input: bool) -> bool',
    kind: 'pointwise',
    doc: 'The opposite truth value, written `!input`. Null stays null.',
    example: { expression: '!true', result: 'false' },
  },
  {
    signature: 'logical_and(a: bool, b: bool) -> bool',
    kind: 'pointwise',
    doc: 'Written `a and b`: false if either is false, else null if either is null.',
    example: { expression: 'null and false', result: 'false' },
  },
  {
    signature: 'logical_or(a: bool, b: bool) -> bool',
    kind: 'pointwise',
    doc: 'Written `a or b`: true if either is true, else null if either is null.',
    example: { expression: 'null or true', result: 'true' },
  },
  {
    signature: 'if<T: any>(condition: bool, value: T) -> T',
    kind: 'pointwise',
    doc: '`value` where `condition` is true, else null. Unlike `when`, keeps every row.',
    example: { expression: '5 | if(true)', result: '5' },
  },
  {
    signature: 'null_if<T: any>(condition: bool, value: T) -> T',
    kind: 'pointwise',
    doc: '`value` where `condition` is false, else null.',
    example: { expression: '5 | null_if(false)', result: '5' },
  },
  {
    signature: 'else<T: any>(default: T, value: T) -> T',
    kind: 'pointwise',
    doc: '`value` if it is not null, else `default`.',
    example: { expression: 'null | else(0)', result: '0' },
  },
  {
    signature: 'coalesce<T: any>(values+: T) -> T',
    kind: 'pointwise',
    doc: 'The first of its arguments that is not null. Takes no implicit `$input`.',
    example: { expression: 'coalesce(null, 3, 4)', result: '3' },
  },
];
