/** The texts of `--help` that teach: what one may do next, by examples that can be copied. */

export const PROGRAM_SUMMARY =
  'Features from events, right in time: a query in Fenl says what to compute for every entity over time.';

export const PROGRAM_EXAMPLES = `
Examples:
  Every order, with what its customer had spent by then:
    millrace query --table Orders=orders.csv --time at --key customer \\
      '{ n: count(Orders), spent: sum(Orders.amount) }'

  One row per customer, as of a day, into a file:
    millrace query --table Orders=orders/*.parquet --time at --key customer \\
      --results final --at 2024-06-30 --output features.parquet '{ spent: sum(Orders.amount) }'

  What columns a file has, and which could be the time and the key:
    millrace tables inspect orders.csv

  Tables and queries kept in millrace.yaml:
    millrace query training

Exit status: 0 done, 1 failed, 2 the command, the query or the spec file needs a change, 130 stopped by Ctrl-C.`;

export const QUERY_EXAMPLES = `
Tables:
  Each --table takes a name and files: paths, globs, folders or s3:// URIs, several after each other. The options
  after it describe it; those before the first --table describe all of them.

    --time at --key user --table Orders=orders/*.parquet --table Views=views/ --time seen_at --grouping user

Output:
  In a terminal the first and last rows are shown. In a pipe, rows go to standard output as CSV (or --format),
  everything else to standard error. --output writes to a file, or to a folder if the path ends with a slash; with - it
  is standard output. With --limit, --sample or --entity, the output that the spec file names is not written.

Examples:
  A window that begins anew every day:
    millrace query --table Orders=orders.csv --time at --key customer \\
      '{ today: sum(Orders.amount, window = since(daily())) }'

  Two tables of one kind of entity; values as of each order:
    millrace query --time at --key user --table Orders=orders.csv --grouping user \\
      --table Views=views.csv --grouping user '{ views: count(Views) } | when(is_valid(Orders))'

  A query from a file, its rows to another program:
    millrace query --file training.fenl --format jsonl | jq .`;

export const EXPLAIN_EXAMPLES = `
Examples:
  millrace explain training                 the plan, what is read, and an estimate
  millrace explain training --verbose       the plan after each rule of the optimizer
  millrace explain training --json | jq .   the logical plan, for programs`;

export const CLUSTER_EXAMPLES = `
Example, a cluster on this machine:
  export MILLRACE_REDIS=redis://127.0.0.1:6379 MILLRACE_STORE=s3://lake/millrace
  millrace coordinator &
  millrace worker & millrace worker &
  MILLRACE_SERVER=http://127.0.0.1:7800 millrace query training`;
