/**
 * The six queries, in Fenl and in SQL. Both give the same rows with the same values: `time`, `user` and one column.
 *
 * The SQL is what a person who knows DuckDB writes for the same answer; the fastest of the forms that were tried.
 * A window that ends at the first of a month also has a row there for every user who bought something before, and a
 * final result is dated one nanosecond after the last event: language rules that the SQL follows.
 */
import type { TableName } from './events.ts';

export interface BenchQuery {
  readonly name: string;
  readonly title: string;
  readonly tables: readonly TableName[];
  readonly results: 'history' | 'final';
  readonly fenl: string;
  readonly sql: string;
  /** The column of the value, in both results. */
  readonly value: string;
}

/** Months of which a part lies in the data end at these instants. */
const MONTH_ENDS = `
  SELECT unnest(generate_series(
    date_trunc('month', min(time) - INTERVAL 1 microsecond) + INTERVAL 1 month,
    max(time), INTERVAL 1 month)) AS time
  FROM Purchases`;

/** One nanosecond after the last event of all groups. */
const AFTER_ALL = 'make_timestamp_ns(epoch_ns(max(max(time)) OVER ()) + 1)';

export const QUERIES: readonly BenchQuery[] = [
  {
    name: 'sum-history',
    title: 'sum of amounts, history',
    tables: ['Purchases'],
    results: 'history',
    fenl: '{ total: sum(Purchases.amount) }',
    sql: `
      SELECT time, user, sum(amount) OVER (
        PARTITION BY user ORDER BY time ROWS UNBOUNDED PRECEDING) AS total
      FROM Purchases ORDER BY time`,
    value: 'total',
  },
  {
    name: 'sum-final',
    title: 'sum of amounts, final',
    tables: ['Purchases'],
    results: 'final',
    fenl: '{ total: sum(Purchases.amount) }',
    sql: `SELECT ${AFTER_ALL} AS time, user, sum(amount) AS total FROM Purchases GROUP BY user`,
    value: 'total',
  },
  {
    name: 'monthly-history',
    title: 'sum since the first of the month, history',
    tables: ['Purchases'],
    results: 'history',
    fenl: '{ total: sum(Purchases.amount, window=since(monthly())) }',
    // A row on the first instant of a month still belongs to the month that ends there, and the tick comes after it.
    sql: `
      WITH known AS (SELECT user, min(time) AS since FROM Purchases GROUP BY user),
      ends AS (${MONTH_ENDS}),
      rows AS (
        SELECT time, user, amount, FALSE AS tick FROM Purchases
        UNION ALL
        SELECT ends.time, user, NULL, TRUE FROM known JOIN ends ON known.since <= ends.time
      )
      SELECT time, user, sum(amount) OVER (
        PARTITION BY user, date_trunc('month', time - INTERVAL 1 microsecond)
        ORDER BY time, tick ROWS UNBOUNDED PRECEDING) AS total
      FROM rows ORDER BY time`,
    value: 'total',
  },
  {
    name: 'monthly-final',
    title: 'sum since the first of the month, final',
    tables: ['Purchases'],
    results: 'final',
    fenl: '{ total: sum(Purchases.amount, window=since(monthly())) }',
    // Who bought nothing since the last month end has that tick as last row: the sum of the month before it.
    sql: `
      WITH ends AS (${MONTH_ENDS}),
      last AS (SELECT max(time) AS last, max(time) - INTERVAL 1 month AS previous FROM ends)
      SELECT ${AFTER_ALL} AS time, user, coalesce(
        sum(amount) FILTER (time > last),
        sum(amount) FILTER (time > previous AND time <= last)) AS total
      FROM Purchases CROSS JOIN last GROUP BY user`,
    value: 'total',
  },
  {
    name: 'views-history',
    title: 'mean page views before a purchase, history',
    tables: ['Purchases', 'PageViews'],
    results: 'history',
    fenl: `{ views: count(PageViews, window=since(is_valid(Purchases)))
  | when(is_valid(Purchases)) | mean() }`,
    // The rows of a user between two purchases are the page views since the former.
    sql: `
      WITH rows AS (
        SELECT time, user, FALSE AS view FROM Purchases
        UNION ALL
        SELECT time, user, TRUE AS view FROM PageViews
      ),
      numbered AS (
        SELECT time, user, view, row_number() OVER (
          PARTITION BY user ORDER BY time) AS number
        FROM rows
      ),
      since AS (
        SELECT time, user, number - 1 - coalesce(lag(number) OVER (
          PARTITION BY user ORDER BY time), 0) AS views
        FROM numbered WHERE NOT view
      )
      SELECT time, user, avg(views) OVER (
        PARTITION BY user ORDER BY time ROWS UNBOUNDED PRECEDING) AS views
      FROM since ORDER BY time`,
    value: 'views',
  },
  {
    name: 'rating-history',
    title: 'mean rating of the item so far, history',
    tables: ['Purchases', 'Reviews'],
    results: 'history',
    fenl: `let reviews = Reviews | with_key($input.item, grouping = "item")
in { rating: lookup(Purchases.item, mean(reviews.rating)) }`,
    sql: `
      WITH ratings AS (
        SELECT time, item, avg(rating) OVER (
          PARTITION BY item ORDER BY time ROWS UNBOUNDED PRECEDING) AS rating
        FROM Reviews
      )
      SELECT Purchases.time, user, rating
      FROM Purchases ASOF LEFT JOIN ratings
        ON Purchases.item = ratings.item AND Purchases.time >= ratings.time
      ORDER BY Purchases.time`,
    value: 'rating',
  },
];
