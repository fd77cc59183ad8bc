/** Time: rows moved, kept or looked back at, and calendar arithmetic in UTC (language.md 5 and 7.6). */
import type { FunctionEntry } from './entry.ts';

export const TIME: readonly FunctionEntry[] = [
  {
    signature: 'time_of<T: any>(input: T) -> timestamp_ns',
    kind: 'special',
    doc: 'The time of each row of `input`. Discrete, even over continuous values.',
    example: { expression: 'time_of(Pay)', result: '2023-12-30T12:00:00, 2024-01-01T09:00:00' },
  },
  {
    signature: 'when<T: any>(condition: bool, value: T) -> T',
    kind: 'special',
    doc: 'Keeps the rows where `condition` is true. Unlike `if`, drops the others.',
    example: {
      expression: 'Buy.qty | when(Buy.qty > 4)',
      result: '7 at 10:00:05 of bob, 5 at 10:01:00 of ann',
    },
  },
  {
    signature: 'shift_to<T: any>(time: timestamp_ns, value: T) -> T',
    kind: 'special',
    doc: 'Moves each row forward to `time`; drops it if that is null or before the row.',
    example: {
      expression: 'Pay.amount | shift_to("2025-01-01")',
      result: '3 at 2025-01-01 of ann, 4 at 2025-01-01 of ann',
    },
  },
  {
    signature: 'shift_by<T: any, D: timedelta>(delta: D, value: T) -> T',
    kind: 'special',
    doc: 'Moves each row forward by `delta`; drops it if that is null or negative.',
    example: {
      expression: 'Buy.qty | shift_by(seconds(60))',
      result:
        '2 at 10:01:00 of ann, 7 at 10:01:05 of bob, (null) at 10:01:09 of ann, 5 at 10:02:00 of ann, 1 at 10:03:30 of bob',
    },
  },
  {
    signature: 'shift_until<T: any>(predicate: bool, value: T) -> T',
    kind: 'special',
    doc: 'Holds the rows of an entity until `predicate` is true for it, then emits all of them at that time.',
    example: {
      expression: 'Buy.qty | shift_until(Buy.price > 3.0)',
      result:
        '2 at 10:00:09 of ann, (null) at 10:00:09 of ann, 7 at 10:02:30 of bob, 1 at 10:02:30 of bob',
    },
  },
  {
    signature: 'lag<O: ordered>(const n: i64, input: O) -> O',
    kind: 'special',
    doc: 'The value `n` non-null inputs before the current one.',
    example: { expression: 'lag(1, Buy.qty)', result: '(null), (null), (null), 2, 7' },
  },
  {
    signature: 'add_time<D: timedelta>(delta: D, time: timestamp_ns) -> timestamp_ns',
    kind: 'pointwise',
    doc: 'A time plus a duration or interval. Months keep the day, or take the last day of a shorter month.',
    example: { expression: '"2024-01-31" | add_time(months(1))', result: '2024-02-29T00:00:00' },
  },
  {
    signature: 'seconds(seconds: i64) -> duration_s',
    kind: 'pointwise',
    doc: 'A duration of that many seconds.',
    example: { expression: 'seconds(90) as i64', result: '90' },
  },
  {
    signature: 'days(days: i64) -> interval_days',
    kind: 'pointwise',
    doc: 'An interval of that many days of 24 hours; null for negative numbers.',
    example: { expression: 'days(20) as i32', result: '20' },
  },
  {
    signature: 'months(months: i64) -> interval_months',
    kind: 'pointwise',
    doc: 'An interval of that many calendar months.',
    example: { expression: 'months(-13) as i32', result: '-13' },
  },
  {
    signature: 'seconds_between(t1: timestamp_ns, t2: timestamp_ns) -> duration_s',
    kind: 'pointwise',
    doc: 'The whole seconds from `t1` to `t2`, negative if `t2` is earlier.',
    example: {
      expression: 'seconds_between("1996-05-21T23:00:00", "1996-06-20T00:00:00") as i64',
      result: '2509200',
    },
  },
  {
    signature: 'days_between(t1: timestamp_ns, t2: timestamp_ns) -> interval_days',
    kind: 'pointwise',
    doc: 'The whole periods of 24 hours from `t1` to `t2`, negative if `t2` is earlier.',
    example: {
      expression: 'days_between("1996-06-21T00:00:00", "1996-06-19T05:00:00") as i32',
      result: '-1',
    },
  },
  {
    signature: 'months_between(t1: timestamp_ns, t2: timestamp_ns) -> interval_months',
    kind: 'pointwise',
    doc: 'The calendar months from the month of `t1` to that of `t2`; days are ignored.',
    example: { expression: 'months_between("1996-05-21", "1996-06-20") as i32', result: '1' },
  },
  {
    signature: 'day_of_month(time: timestamp_ns) -> u32',
    kind: 'pointwise',
    doc: 'The day of the month, from 1.',
    example: { expression: 'day_of_month("2024-03-15")', result: '15' },
  },
  {
    signature: 'day_of_month0(time: timestamp_ns) -> u32',
    kind: 'pointwise',
    doc: 'The day of the month, from 0.',
    example: { expression: 'day_of_month0("2024-03-15")', result: '14' },
  },
  {
    signature: 'day_of_year(time: timestamp_ns) -> u32',
    kind: 'pointwise',
    doc: 'The day of the year, from 1.',
    example: { expression: 'day_of_year("2024-03-15")', result: '75' },
  },
  {
    signature: 'day_of_year0(time: timestamp_ns) -> u32',
    kind: 'pointwise',
    doc: 'The day of the year, from 0.',
    example: { expression: 'day_of_year0("2024-03-15")', result: '74' },
  },
  {
    signature: 'month_of_year(time: timestamp_ns) -> u32',
    kind: 'pointwise',
    doc: 'The month of the year, from 1.',
    example: { expression: 'month_of_year("2024-03-15")', result: '3' },
  },
  {
    signature: 'month_of_year0(time: timestamp_ns) -> u32',
    kind: 'pointwise',
    doc: 'The month of the year, from 0.',
    example: { expression: 'month_of_year0("2024-03-15")', result: '2' },
  },
  {
    signature: 'year(time: timestamp_ns) -> i32',
    kind: 'pointwise',
    doc: 'The year.',
    example: { expression: 'year("2024-03-15")', result: '2024' },
  },
];
