/**
 * Rows per second by family of functions, from prepared events to a final result, embedded.
 *
 *   node test/bench/families.ts --rows 2_000_000 --threads 1,2 --runs 5 --only collect --save
 *
 * All families run once before any is measured, and then in turns: every loop has seen the types of all, and a slow moment
 * of the machine meets them all. `--save` writes a section of results.md.
 */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openEmbedded } from '../../infra/embedded.ts';
import type { Client } from '../../shared/wire/client.ts';
import type { QueryRequest } from '../../shared/wire/query-request.ts';
import type { BenchFolder } from './events.ts';
import { ITEMS, TABLE_NAMES, USERS, benchFolder, makeEvents, rowsOf } from './events.ts';
import type { Family } from './family-queries.ts';
import { FAMILIES } from './family-queries.ts';
import { machine, median } from './report.ts';
import { saveSection } from './results-file.ts';

interface Run {
  /** Of the query, its tables being prepared. */
  readonly seconds: number;
  /** Of all threads. */
  readonly cpuSeconds: number;
}

interface Measured {
  readonly family: Family;
  readonly rows: number;
  /** By number of threads. */
  readonly runs: ReadonlyMap<number, readonly Run[]>;
}

const { values: flags } = parseArgs({
  options: {
    rows: { type: 'string', default: '2_000_000' },
    threads: { type: 'string', default: '1,2' },
    runs: { type: 'string', default: '5' },
    only: { type: 'string' },
    save: { type: 'boolean', default: false },
    date: { type: 'string', default: new Date().toISOString().slice(0, 10) },
  },
});
const purchases = count('rows', flags.rows);
const threadCounts = flags.threads.split(',').map((text) => count('threads', text));
const turns = count('runs', flags.runs);
const families = FAMILIES.filter(({ name }) => flags.only === undefined || name === flags.only);
if (families.length === 0) {
  throw new Error(
    `no family ${flags.only}; there are ${FAMILIES.map((each) => each.name).join(', ')}`,
  );
}
if (flags.save && flags.only !== undefined)
  throw new Error('--save needs all families, not --only');

const folder = benchFolder(purchases);
await makeEvents(folder, purchases);
const measured = await measureAll();
const lines = [header(), ...measured.map(row)];
console.log(lines.map((cells) => printed(cells, lines)).join('\n'));
if (flags.save) await saveSection('families', markdown(measured));

async function measureAll(): Promise<readonly Measured[]> {
  const runs = families.map(() => new Map<number, Run[]>());
  for (const threads of threadCounts) {
    const store = join(folder.path, 'store');
    const client = await openEmbedded({ storePath: store, threads, s3: null });
    for (const family of families) await ask(client, family);
    for (const each of runs) each.set(threads, []);
    for (let turn = 0; turn < turns; turn++) {
      for (const [at, family] of families.entries()) {
        runs[at]!.get(threads)!.push(await ask(client, family));
      }
    }
    await client.close();
  }
  await rm(join(folder.path, 'results'), { recursive: true });
  return families.map((family, at) => {
    const rows = family.reads.reduce((sum, table) => sum + rowsOf(table, purchases), 0);
    return { family, rows, runs: runs[at]! };
  });
}

/** Runs a query; what its tables still take to be prepared does not count. */
async function ask(client: Client, family: Family): Promise<Run> {
  await mkdir(join(folder.path, 'results'), { recursive: true });
  const cpu = process.cpuUsage();
  const started = performance.now();
  const request = requestOf(family, folder);
  const reply = await client.query(request, () => undefined, new AbortController().signal);
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  if (reply.status !== 'done') {
    throw new Error(reply.diagnostics.map((diagnostic) => diagnostic.formatted).join('\n'));
  }
  return { seconds: seconds - reply.summary.prepareSeconds, cpuSeconds: (user + system) / 1e6 };
}

function requestOf({ fenl, reads }: Family, { files, path }: BenchFolder): QueryRequest {
  return {
    tables: reads.map((name) => ({
      name,
      files: [files[name]],
      time: 'time',
      key: 'user',
      grouping: 'user',
    })),
    views: [],
    query: fenl,
    results: 'final',
    output: {
      path: join(path, 'results', 'family.parquet'),
      format: 'parquet',
      layout: 'file',
      overwrite: true,
      timestamps: 'ns',
    },
  };
}

function header(): readonly string[] {
  const perThreads = threadCounts.flatMap((threads) => {
    const on = threads === 1 ? '1 thread' : `${threads} threads`;
    return [`M rows/s, ${on}`, `CPU ns/row, ${on}`];
  });
  return ['family', 'rows in', ...perThreads];
}

function row({ family, rows, runs }: Measured): readonly string[] {
  const perThreads = threadCounts.flatMap((threads) => {
    const each = runs.get(threads)!;
    const seconds = median(each.map((run) => run.seconds));
    const cpuSeconds = median(each.map((run) => run.cpuSeconds));
    return [(rows / seconds / 1e6).toFixed(2), ((cpuSeconds * 1e9) / rows).toFixed(0)];
  });
  return [family.name, rows.toLocaleString('en-US'), ...perThreads];
}

/** Cells as wide as the widest of their column. */
function printed(cells: readonly string[], all: readonly (readonly string[])[]): string {
  return cells
    .map((cell, index) => {
      const width = Math.max(...all.map((each) => each[index]!.length));
      return index === 0 ? cell.padEnd(width) : cell.padStart(width);
    })
    .join('  ');
}

function markdown(all: readonly Measured[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const tables = TABLE_NAMES.map((table) => {
    return `${rowsOf(table, purchases).toLocaleString('en-US')} ${table}`;
  });
  const queries = all.map(({ family }) => `#### ${family.name}\n\n\`\`\`\n${family.fenl}\n\`\`\``);
  return `## Rows per second by family of functions

Made by \`node test/bench/families.ts --rows ${purchases} --threads ${threadCounts.join(',')} --runs ${turns} --save\` on ${flags.date}.

- Machine: ${machine()}; Node ${process.versions.node}.
- Events: ${tables.join(', ')}; ${USERS.toLocaleString('en-US')} users, ${ITEMS.toLocaleString('en-US')} items.

${line(header())}
${line(header().map((_, index) => (index === 0 ? '---' : '---:')))}
${all.map((each) => line(row(each))).join('\n')}

Medians of ${turns} runs in turns, in one process, after one run of every family. A run is a whole query: planning, reading the prepared
events from the store, computing, and writing a final result of a row per entity. Preparing the tables is not counted. Rows in are
the events of all tables that the query reads; CPU time is that of all threads. \`scan\` counts rows and does nothing else: what
a family takes beyond it is its own.

### The queries of the families

${queries.join('\n\n')}
`;
}

function count(flag: string, text: string): number {
  const value = Number(text.replaceAll('_', ''));
  if (!Number.isSafeInteger(value) || value < 1) throw new Error(`--${flag}: not a count: ${text}`);
  return value;
}
