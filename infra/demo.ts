/**
 * The main job on real events: three feature queries over the US flights of early 2001, with nothing but Node.
 * `npm run demo` writes into demo-out/ of the current folder and may be run again.
 */
import { stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { byteCount, exactCount, roundCount, secondCount } from '../coordinator/cli/amounts.ts';
import { renderProgress } from '../coordinator/cli/progress.ts';
import { exitStatus, renderError } from '../coordinator/cli/render-error.ts';
import { printRows, type EdgeRows } from '../coordinator/cli/result-table.ts';
import { readDataEdges } from '../coordinator/cli/show/data-edges.ts';
import { AppError } from '../shared/base/app-error.ts';
import type { Client } from '../shared/wire/client.ts';
import type { QueryRequest, RunSummary } from '../shared/wire/query-request.ts';
import { readConfig } from './config.ts';
import { openDataFiles } from './data-files.ts';
import { openEmbedded } from './embedded.ts';

const OUTPUT_FOLDER = 'demo-out';
const FLIGHT_COUNT = 3_000_000;
const SHOWN_FIRST = 4;
const SHOWN_LAST = 4;
const COLUMNS_DEFAULT = 100;

const FLIGHTS = fileURLToPath(
  new URL('../node_modules/vega-datasets/data/flights-3m.parquet', import.meta.url),
);

interface Feature {
  readonly title: string;
  readonly query: string;
  readonly results: 'history' | 'final';
  readonly file: string;
}

const FEATURES: readonly Feature[] = [
  {
    title: 'What each airport knew about itself, after every departure',
    query: `{ departures: count(Flights),
  late_today: count_if(Flights.delay > 15, window = since(daily())),
  mean_delay: mean(Flights.delay) }`,
    results: 'history',
    file: 'airports.parquet',
  },
  {
    title: 'The same, once for each airport, as of the end',
    query: `{ departures: count(Flights),
  worst_delay: max(Flights.delay),
  mean_delay: mean(Flights.delay),
  farthest: max(Flights.distance) }`,
    results: 'final',
    file: 'airports-final.parquet',
  },
  {
    title:
      'Without leakage: a delay is known when the flight has landed, at the airport where it landed',
    query: `let landed = Flights | shift_by(seconds((($input.distance * 7.5) as i64) + $input.delay * 60))
let arrivals = landed | with_key($input.destination, grouping = "airport")
in { to: Flights.destination,
     delay_here: mean(arrivals.delay),
     delay_there: lookup(Flights.destination, mean(arrivals.delay)) }
| when(is_valid(Flights.destination))`,
    results: 'history',
    file: 'departures.parquet',
  },
];

async function demo(): Promise<void> {
  const hasFlights = (await stat(FLIGHTS).catch(() => null)) !== null;
  if (!hasFlights) {
    throw new AppError(
      'user',
      'DEMO_DATA_MISSING',
      'the demo reads the flights of vega-datasets, a development dependency: run npm ci in a checkout first',
    );
  }
  print(
    'Millrace demo: 3,000,000 US flights, January to June 2001 (vega-datasets, BSD-3-Clause)\n',
  );
  const config = readConfig();
  const client = await openEmbedded({
    // A store of its own, so that everything the demo makes lies in one folder.
    storePath: join(OUTPUT_FOLDER, 'store'),
    threads: config.threads,
    s3: null,
  });
  try {
    for (const [index, feature] of FEATURES.entries()) await runFeature(client, feature, index + 1);
  } finally {
    await client.close();
  }
  print(`Next: your own file    npx millrace query --table Orders=orders.csv '{ spent: sum(Orders.amount) }'
      open a result    npx millrace show ${OUTPUT_FOLDER}/${FEATURES[0]!.file}
      start over       rm -r ${OUTPUT_FOLDER}`);
}

async function runFeature(client: Client, feature: Feature, number: number): Promise<void> {
  const { title, query, results, file } = feature;
  print(`${number}  ${title}\n${indent(query)}\n`);
  const path = join(OUTPUT_FOLDER, file);
  const request: QueryRequest = {
    tables: [
      {
        name: 'Flights',
        files: [relative('.', FLIGHTS)],
        time: 'date',
        key: 'origin',
        grouping: 'airport',
      },
    ],
    views: [],
    query,
    results,
    output: { path, format: 'parquet', layout: 'file', overwrite: true, timestamps: 'ns' },
  };
  const { isTTY: isTerminal, columns } = process.stderr;
  const reply = await client.query(
    request,
    (progress) => {
      if (isTerminal)
        process.stderr.write(`\r\u001b[2K${renderProgress(progress, null, columns - 1)}`);
    },
    new AbortController().signal,
  );
  if (isTerminal) process.stderr.write('\r\u001b[2K');
  if (reply.status === 'rejected') {
    const text = reply.diagnostics.map(({ formatted }) => formatted).join('\n');
    throw new AppError('bug', 'DEMO_REJECTED', `a query of the demo was refused:\n${text}`);
  }
  print(indent(await firstAndLastRows(path)));
  print(`${indent(summaryText(reply.summary, path))}\n`);
}

async function firstAndLastRows(path: string): Promise<string> {
  const [file] = await openDataFiles(path, {});
  try {
    const edges: EdgeRows = await readDataEdges(file!, null);
    const first = edges.first.slice(0, SHOWN_FIRST);
    const last = [...edges.first, ...edges.last].slice(-SHOWN_LAST);
    const width = process.stdout.isTTY ? process.stdout.columns : COLUMNS_DEFAULT;
    return printRows({ ...edges, first, last }, width - INDENT.length);
  } finally {
    await file!.close();
  }
}

function summaryText(summary: RunSummary, path: string): string {
  const { rows, cells, bytes, seconds, prepareSeconds, droppedByShift } = summary;
  const running = seconds - prepareSeconds;
  const parts = [
    `${exactCount(rows)} rows`,
    `${exactCount(cells)} cells`,
    secondCount(running),
    `${roundCount(FLIGHT_COUNT / running)} rows/s`,
  ];
  const lines = [`${parts.join(' · ')} → ${path} (${byteCount(bytes)})`];
  if (prepareSeconds >= 0.1) {
    lines.push(
      `before that, once: preparing the columns that it reads took ${secondCount(prepareSeconds)}`,
    );
  }
  if (droppedByShift > 0) {
    lines.push(
      `${exactCount(droppedByShift)} flights would land before they left, so shift_by dropped them`,
    );
  }
  return lines.join('\n');
}

const INDENT = '   ';

function indent(text: string): string {
  return text.replaceAll(/^(?=.)/gm, INDENT);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

try {
  await demo();
} catch (error) {
  process.stderr.write(renderError(error));
  process.exitCode = exitStatus(error);
}
