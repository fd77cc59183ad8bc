/**
 * One query per family of functions. Each ends in an aggregation whose final result is small: what is measured is reading
 * the prepared events and computing, not the writing of a long result.
 */
import type { TableName } from './events.ts';

export interface Family {
  readonly name: string;
  readonly fenl: string;
  /** The tables whose every event it reads, once per time they are listed. */
  readonly reads: readonly TableName[];
}

const PURCHASES = ['Purchases'] as const;

export const FAMILIES: readonly Family[] = [
  {
    name: 'scan',
    fenl: '{ v: count(Purchases.amount) }',
    reads: PURCHASES,
  },
  {
    name: 'scalar',
    fenl: '{ v: max(else(-Purchases.amount / 3.0, if(Purchases.amount > 50.0, floor(Purchases.amount * 1.21)))) }',
    reads: PURCHASES,
  },
  {
    name: 'string',
    fenl: '{ v: max(len(upper(substring(Purchases.item, start = 0, end = 8)))) }',
    reads: PURCHASES,
  },
  {
    name: 'time',
    fenl: '{ v: max(day_of_month(add_time(days(3), Purchases.time))) }',
    reads: PURCHASES,
  },
  {
    name: 'aggregate',
    fenl: `let x = Purchases.amount
in { sum: sum(x), mean: mean(x), min: min(x), max: max(x), stddev: stddev(x), last: last(Purchases.item) }`,
    reads: PURCHASES,
  },
  {
    name: 'window since',
    fenl: '{ v: sum(Purchases.amount, window = since(Purchases.amount > 90.0)) }',
    reads: PURCHASES,
  },
  {
    name: 'window sliding',
    fenl: '{ v: sum(Purchases.amount, window = sliding(4, Purchases.amount > 90.0)) }',
    reads: PURCHASES,
  },
  {
    name: 'collect',
    fenl: '{ v: Purchases.item | collect(max = 5) | last() }',
    reads: PURCHASES,
  },
  {
    name: 'lag',
    fenl: '{ v: max(Purchases.amount - lag(1, Purchases.amount)) }',
    reads: PURCHASES,
  },
  {
    name: 'shift by',
    fenl: '{ v: sum(Purchases.amount | shift_by(days(3))) }',
    reads: PURCHASES,
  },
  {
    name: 'shift until',
    fenl: '{ v: sum(Purchases.amount | shift_until(Purchases.amount > 90.0)) }',
    reads: PURCHASES,
  },
  {
    name: 'tick',
    fenl: '{ v: max(count(Purchases, window = since(monthly()))) }',
    reads: PURCHASES,
  },
  {
    name: 'union',
    fenl: '{ v: max(sum(Purchases.amount) / (count(PageViews) as f64)) }',
    reads: ['Purchases', 'PageViews'],
  },
  {
    name: 're-key',
    fenl: 'let byItem = Purchases | with_key($input.item, grouping = "item")\nin { v: sum(byItem.amount) }',
    reads: PURCHASES,
  },
  {
    name: 'lookup',
    fenl: `let reviews = Reviews | with_key($input.item, grouping = "item")
in { v: max(lookup(Purchases.item, mean(reviews.rating))) }`,
    reads: ['Purchases', 'Reviews'],
  },
];
