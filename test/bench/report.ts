/** The table of a benchmark, for the terminal and for results.md. */
import { cpus, totalmem } from 'node:os';
import { version as duckdbVersion } from '@duckdb/node-api';
import type { TableName } from './events.ts';
import { ITEMS, TABLE_NAMES, USERS, rowsOf } from './events.ts';
import type { EngineName, Measured, Mode } from './measured.ts';
import type { BenchQuery } from './queries.ts';

/** All measured runs of one query in one mode, in the order in which they ran. */
export interface Series {
  readonly query: BenchQuery;
  readonly mode: Mode;
  readonly runs: Readonly<Record<EngineName, readonly Measured[]>>;
}

export interface BenchSetup {
  readonly purchases: number;
  readonly threads: number;
  readonly runs: number;
  /** YYYY-MM-DD */
  readonly date: string;
}

const HEADER = [
  'query',
  'mode',
  'rows out',
  'Millrace s',
  'of it prepare',
  'DuckDB s',
  'DuckDB / Millrace',
  'Millrace CPU s',
  'DuckDB CPU s',
  'Millrace MB',
  'DuckDB MB',
] as const;

export function reportRow({ query, mode, runs }: Series): readonly string[] {
  const ours = median(runs.millrace.map((run) => run.seconds));
  const theirs = median(runs.duckdb.map((run) => run.seconds));
  return [
    query.name,
    mode,
    (runs.millrace[0]?.rows ?? 0).toLocaleString('en-US'),
    ours.toFixed(2),
    mode === 'cold' ? median(runs.millrace.map((run) => run.prepareSeconds)).toFixed(2) : '',
    theirs.toFixed(2),
    `${(theirs / ours).toFixed(2)} x`,
    median(runs.millrace.map((run) => run.cpuSeconds)).toFixed(2),
    median(runs.duckdb.map((run) => run.cpuSeconds)).toFixed(2),
    megabytes(runs.millrace),
    megabytes(runs.duckdb),
  ];
}

/** Columns padded, for a terminal. */
export function printRow(cells: readonly string[]): string {
  return cells
    .map((cell, index) => {
      const width = Math.max(HEADER[index]!.length, index === 0 ? 16 : 0, index === 2 ? 11 : 0);
      return index < 2 ? cell.padEnd(width) : cell.padStart(width);
    })
    .join('  ');
}

export function printHeader(): string {
  return printRow(HEADER);
}

export function markdown(setup: BenchSetup, all: readonly Series[]): string {
  const rows = TABLE_NAMES.map((table: TableName) => {
    return `${rowsOf(table, setup.purchases).toLocaleString('en-US')} ${table}`;
  });
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return `# Benchmark: Millrace and DuckDB on six temporal queries

Made by \`npm run bench -- --rows ${setup.purchases} --threads ${setup.threads} --runs ${setup.runs} --save\` on ${setup.date}.

- Machine: ${machine()}.
- Node ${process.versions.node}, DuckDB ${duckdbVersion()}; both with ${setup.threads} threads.
- Events: ${rows.join(', ')}; uniformly random times of 2022 in no order, ${USERS.toLocaleString('en-US')} users and ${ITEMS.toLocaleString('en-US')} items
  with keys of 32 characters, in one Parquet file per table (Snappy), which the operating system holds in its cache.

${line(HEADER)}
${line(HEADER.map((_, index) => (index < 2 ? '---' : '---:')))}
${all.map((series) => line(reportRow(series))).join('\n')}

Medians of ${setup.runs} runs, in turns, each in a process of its own. The ratio is DuckDB's time by Millrace's: above 1
Millrace is the faster. CPU seconds are those of all threads. Memory is the largest resident size of the process in any of the runs, warm-up and
loaded tables included.

- *cold*: from the Parquet files to the result file. Millrace starts its threads and prepares the columns that the query
  reads into an empty store (its compiled code is kept from one process to the next, as by the \`millrace\` command);
  DuckDB reads the columns that it needs.
- *warm*: Millrace's tables are prepared, as files in its store; DuckDB's tables are loaded into memory. The query has
  run once before in the same process.
- Both write one Parquet file in the order of time, each with its default compression (zstd 1, Snappy). DuckDB writes time (microseconds, in history), user and value; Millrace
  writes \`_time\` (nanoseconds), \`_subsort\`, \`_key_hash\`, \`_key\` and the value: 16 bytes a row more before encoding.
- The files of the first turn are checked against each other: the same number of rows, all pairs of time and user
  the same, values within a relative 1e-9, times never falling. Later turns must give as many rows.

## Against what was expected

${expectations(all)}

## The queries

${all
  .filter((series, index) => all.findIndex((each) => each.query === series.query) === index)
  .map(({ query }) => `### ${query.name}: ${query.title}\n\n${queryText(query)}`)
  .join('\n\n')}
`;
}

/** What the project's first version was to reach: DuckDB's time by Millrace's, on queries whose result is a history. */
const EXPECTED_RATIO: Readonly<Record<Mode, number>> = { cold: 1, warm: 3 };

function expectations(all: readonly Series[]): string {
  const lines = (['cold', 'warm'] as const).map((mode) => {
    const histories = all.filter((each) => each.mode === mode && each.query.results === 'history');
    const ratios = histories.map((each) => ({ name: each.query.name, ratio: ratioOf(each) }));
    const missed = ratios.filter(({ ratio }) => ratio < EXPECTED_RATIO[mode]);
    const named = missed.map(({ name, ratio }) => `${name} ${ratio.toFixed(2)}`).join(', ');
    const range = [Math.min, Math.max].map((end) => end(...ratios.map((each) => each.ratio)));
    return (
      `- ${mode}, histories: at least ${EXPECTED_RATIO[mode]} times as fast as DuckDB was expected; measured ` +
      `${range.map((ratio) => ratio.toFixed(2)).join(' to ')}. ` +
      (missed.length === 0 ? 'Met.' : `Missed by: ${named}.`)
    );
  });
  const finals = all.filter((each) => each.query.results === 'final').map(ratioOf);
  const slowest = Math.min(...finals).toFixed(2);
  const fastest = Math.max(...finals).toFixed(2);
  lines.push(
    `- finals: nothing was expected; measured ${slowest} to ${fastest}. Millrace orders every row in time all the same, ` +
      'which an aggregate that does not depend on order can do without.',
  );
  return lines.join('\n');
}

function ratioOf({ runs }: Series): number {
  const seconds = (engine: EngineName): number => median(runs[engine].map((run) => run.seconds));
  return seconds('duckdb') / seconds('millrace');
}

function queryText(query: BenchQuery): string {
  return `\`\`\`\n${query.fenl}\n\`\`\`\n\n\`\`\`sql\n${outdent(query.sql)}\n\`\`\``;
}

/** Without the empty first line and the indentation that the lines of the text share. */
function outdent(text: string): string {
  const lines = text.replace(/^\n/, '').split('\n');
  const indents = lines.filter((line) => line.trim() !== '').map((line) => line.search(/\S/));
  const shared = Math.min(...indents);
  return lines.map((line) => line.slice(Math.min(shared, line.search(/\S|$/)))).join('\n');
}

export function machine(): string {
  const all = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${all.length} cores (${all[0]?.model.trim() ?? 'unknown'}), ${memory} GiB of memory, ${process.platform} ${process.arch}`;
}

function megabytes(runs: readonly Measured[]): string {
  const bytes = Math.max(...runs.map((run) => run.memoryBytes));
  return Math.round(bytes / 1e6).toLocaleString('en-US');
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[middle]!;
  return (sorted[middle - 1]! + sorted[middle]!) / 2;
}
