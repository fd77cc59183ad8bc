/** Aggregations, windows and ticks (language.md 4, 5.4 and 7.7). Aggregations take each new, non-null input once. */
import type { FunctionEntry } from './entry.ts';

export const AGGREGATION: readonly FunctionEntry[] = [
  {
    signature: 'count<T: any>(input: T, window: window = null) -> u32',
    kind: 'aggregate',
    doc: 'The number of non-null inputs.',
    example: { expression: 'count(Buy.qty)', result: '1, 1, 1, 2, 2' },
  },
  {
    signature: 'count_if<T: any>(input: T, window: window = null) -> u32',
    kind: 'aggregate',
    doc: 'The number of true inputs.',
    example: { expression: 'count_if(Buy.qty > 2)', result: '0, 1, 0, 1, 1' },
  },
  {
    signature: 'sum<N: number>(input: N, window: window = null) -> N',
    kind: 'aggregate',
    doc: 'The sum of the inputs. Integers stay at the bounds of their type.',
    example: { expression: 'sum(Buy.qty)', result: '2, 7, 2, 7, 8' },
  },
  {
    signature: 'min<O: ordered>(input: O, window: window = null) -> O',
    kind: 'aggregate',
    doc: 'The smallest input.',
    example: { expression: 'min(Buy.qty)', result: '2, 7, 2, 2, 1' },
  },
  {
    signature: 'max<O: ordered>(input: O, window: window = null) -> O',
    kind: 'aggregate',
    doc: 'The largest input.',
    example: { expression: 'max(Buy.qty)', result: '2, 7, 2, 5, 7' },
  },
  {
    signature: 'mean<N: number>(input: N, window: window = null) -> f64',
    kind: 'aggregate',
    doc: 'The arithmetic mean of the inputs.',
    example: { expression: 'mean(Buy.qty)', result: '2.0, 7.0, 2.0, 3.5, 4.0' },
  },
  {
    signature: 'variance<N: number>(input: N, window: window = null) -> f64',
    kind: 'aggregate',
    doc: 'The population variance of the inputs; null until there are two.',
    example: { expression: 'variance(Buy.qty)', result: '(null), (null), (null), 2.25, 9.0' },
  },
  {
    signature: 'stddev<N: number>(input: N, window: window = null) -> f64',
    kind: 'aggregate',
    doc: 'The population standard deviation of the inputs; null until there are two.',
    example: { expression: 'stddev(Buy.qty)', result: '(null), (null), (null), 1.5, 3.0' },
  },
  {
    signature: 'first<T: any>(input: T, window: window = null) -> T',
    kind: 'aggregate',
    doc: 'The earliest non-null input.',
    example: { expression: 'first(Buy.qty)', result: '2, 7, 2, 2, 7' },
  },
  {
    signature: 'last<T: any>(input: T, window: window = null) -> T',
    kind: 'aggregate',
    doc: 'The latest non-null input.',
    example: { expression: 'last(Buy.qty)', result: '2, 7, 2, 5, 1' },
  },
  {
    signature:
      'collect<T: any>(input: T, const max: i64, const min: i64 = 0, window: window = null) -> list<T>',
    kind: 'aggregate',
    doc: 'The latest `max` non-null inputs as a list, oldest first; null while there are fewer than `min`.',
    example: { expression: 'collect(Buy.qty, max = 2) | list_len()', result: '1, 1, 1, 2, 2' },
    internal: true,
  },
  {
    signature: 'since(condition: bool) -> window',
    kind: 'special',
    doc: 'A window of the rows after the last one where `condition` was true.',
    example: {
      expression: 'sum(Buy.qty, window = since(Buy.qty > 4))',
      result: '2, 7, 2, 7, 1',
    },
  },
  {
    signature: 'sliding(const duration: i64, condition: bool) -> window',
    kind: 'special',
    doc: 'A window of the last `duration` parts, where a part ends with a row where `condition` is true.',
    example: {
      expression: 'sum(Buy.qty, window = sliding(2, is_valid(Buy)))',
      result: '2, 7, 2, 5, 8',
    },
  },
  {
    signature: 'minutely() -> bool',
    kind: 'special',
    doc: 'True at the start of every minute. Only in a window, or in the condition of `when` or `if`.',
    example: {
      expression: 'count(Buy, window = since(minutely()))',
      result: '1, 1, 1, 1, 2, 2, 1, 0, 0, 1',
    },
  },
  {
    signature: 'hourly() -> bool',
    kind: 'special',
    doc: 'True at the start of every hour. Only in a window, or in the condition of `when` or `if`.',
    example: { expression: 'count(Buy, window = since(hourly()))', result: '1, 1, 1, 1, 2, 2' },
  },
  {
    signature: 'daily() -> bool',
    kind: 'special',
    doc: 'True at every midnight. Only in a window, or in the condition of `when` or `if`.',
    example: { expression: 'sum(Pay.amount, window = since(daily()))', result: '3, 3, (null), 4' },
  },
  {
    signature: 'monthly() -> bool',
    kind: 'special',
    doc: 'True at the start of every month. Only in a window, or in the condition of `when` or `if`.',
    example: {
      expression: 'sum(Pay.amount, window = since(monthly()))',
      result: '3, 3, 4',
    },
  },
  {
    signature: 'yearly() -> bool',
    kind: 'special',
    doc: 'True at the start of every year. Only in a window, or in the condition of `when` or `if`.',
    example: { expression: 'sum(Pay.amount) | when(yearly())', result: '3 at 2024-01-01 of ann' },
  },
  {
    signature: 'finished() -> bool',
    kind: 'special',
    doc: 'True once, just after the last row. Only in a window, or in the condition of `when` or `if`.',
    example: {
      expression: 'sum(Buy.qty) | when(finished())',
      result: '7 at 10:02:30.000000001 of ann, 8 at 10:02:30.000000001 of bob',
    },
    internal: true,
  },
];
