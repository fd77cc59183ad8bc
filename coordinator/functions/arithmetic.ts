/** Arithmetic (language.md 7.1). Null if any argument is null; integers wrap around. */
import type { FunctionEntry } from './entry.ts';

export const ARITHMETIC: readonly FunctionEntry[] = [
  {
    signature: 'add<N: number>(a: N, b: N) -> N',
    kind: 'pointwise',
    doc: 'The sum of two numbers, written `a + b`. Integers wrap around.',
    example: { expression: '5 + 1.2', result: '6.2' },
  },
  {
    signature: 'sub<N: number>(a: N, b: N) -> N',
    kind: 'pointwise',
    doc: 'The difference of two numbers, written `a - b`. Integers wrap around.',
    example: { expression: '3 - 5', result: '-2' },
  },
  {
    signature: 'mul<N: number>(a: N, b: N) -> N',
    kind: 'pointwise',
    doc: 'The product of two numbers, written `a * b`. Integers wrap around.',
    example: { expression: '5.7 * 1.2', result: '6.84' },
  },
  {
    signature: 'div<N: number>(a: N, b: N) -> N',
    kind: 'pointwise',
    doc: 'The quotient of two numbers, written `a / b`. Integers truncate toward zero and are null over zero; floats follow IEEE 754.',
    example: { expression: '7 / 2', result: '3' },
  },
  {
    signature: 'neg<S: signed>(n: S) -> S',
    kind: 'pointwise',
    doc: 'The negated number, written `-n`. Unsigned integers become signed.',
    example: { expression: '-5', result: '-5' },
  },
  {
    signature: 'ceil<N: number>(n: N) -> N',
    kind: 'pointwise',
    doc: 'The least whole number not below `n`, of the same type.',
    example: { expression: 'ceil(-2.3)', result: '-2.0' },
  },
  {
    signature: 'floor<N: number>(n: N) -> N',
    kind: 'pointwise',
    doc: 'The greatest whole number not above `n`, of the same type.',
    example: { expression: 'floor(-2.3)', result: '-3.0' },
  },
  {
    signature: 'round<N: number>(n: N) -> N',
    kind: 'pointwise',
    doc: 'The nearest whole number, halves away from zero, of the same type.',
    example: { expression: 'round(2.5)', result: '3.0' },
  },
  {
    signature: 'zip_min<O: ordered>(a: O, b: O) -> O',
    kind: 'pointwise',
    doc: 'The smaller of two values of one row; `min` is the smallest over time.',
    example: { expression: 'zip_min(3, 8)', result: '3' },
  },
  {
    signature: 'zip_max<O: ordered>(a: O, b: O) -> O',
    kind: 'pointwise',
    doc: 'The larger of two values of one row; `max` is the largest over time.',
    example: { expression: 'zip_max(3, 8.5)', result: '8.5' },
  },
  {
    signature: 'powf(base: f64, power: f64) -> f64',
    kind: 'pointwise',
    doc: '`base` to the power of `power`.',
    example: { expression: 'powf(2, 10)', result: '1024.0' },
  },
  {
    signature: 'sqrt<N: number>(a: N) -> f64',
    kind: 'pointwise',
    doc: 'The square root; NaN for negative numbers.',
    example: { expression: 'sqrt(2)', result: '1.4142135623730951' },
  },
  {
    signature: 'exp(power: f64) -> f64',
    kind: 'pointwise',
    doc: 'The exponential function, e to the power of `power`.',
    example: { expression: 'exp(1)', result: '2.718281828459045' },
  },
  {
    signature: 'clamp<N: number>(value: N, min: N = null, max: N = null) -> N',
    kind: 'pointwise',
    doc: '`value` limited to the range from `min` to `max`; a null bound is none. Null if `min` is greater than `max`.',
    example: { expression: 'clamp(12, max = 9)', result: '9' },
  },
];
