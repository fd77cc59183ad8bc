/** `millrace query`: runs a query and brings its rows to the screen, a pipe or files. */
import { AppError } from '../../../shared/base/app-error.ts';
import type { Client } from '../../../shared/wire/client.ts';
import type {
  OutputSpec,
  QueryRequest,
  RunProgress,
  RunSummary,
} from '../../../shared/wire/query-request.ts';
import { byteCount, exactCount, secondCount } from '../amounts.ts';
import type { ClientPlace, CommandContext, ExitStatus } from '../context.ts';
import { reportDiagnostics } from '../diagnostics-text.ts';
import { requireTimeAndKey } from '../missing-columns.ts';
import { STANDARD_OUTPUT, type Invocation } from '../options.ts';
import { keepLocally, refuseExistingOutput } from '../output-files.ts';
import { clientPlace, isUri } from '../place.ts';
import { ProgressLine } from '../progress.ts';
import { readQuery, readSpec, tellWhatWasMeant, withAbsoluteFiles } from '../project.ts';
import { printRows, readCsvEdges } from '../result-table.ts';
import { printable } from '../text-width.ts';
import {
  buildRequest,
  isPreview,
  joinTables,
  namedOutput,
  resolveOutput,
  resolveQuery,
} from '../request.ts';

type QueryInvocation = Extract<Invocation, { command: 'query' }>;

/** Below this, preparing is not worth a word. */
const PREPARE_SECONDS_MIN = 0.3;

export async function runQuery(
  options: QueryInvocation,
  context: CommandContext,
): Promise<ExitStatus> {
  const startMs = context.nowMs();
  const spec = await readSpec(options);
  const query = resolveQuery(await readQuery(options.query, context), spec);
  const named = namedOutput(options, query.named);
  const output = resolveOutput(options.output, named, 'csv');
  const isAsked = options.output.path === STANDARD_OUTPUT;
  const format = options.output.format ?? named?.format ?? (isAsked ? 'csv' : null);
  if (output.path === null && context.stdout.isTerminal && isBinary(format)) {
    throw new AppError(
      'user',
      'USAGE',
      `--format ${format} is nothing for a screen: add --output FILE, or send it to a pipe`,
    );
  }
  await refuseExistingOutput(output);
  const place = clientPlace(options, spec, context.surroundings);
  const client = await context.openClient(place);
  try {
    await requireTimeAndKey(joinTables(options, spec), client);
    // A coordinator does not write to the disk of this machine: its result is fetched.
    const isFetched = place.kind === 'server' && output.path !== null && !isUri(output.path);
    const request = requestFor(place, {
      ...buildRequest(options, spec, query, output),
      output: isFetched ? { ...output, path: null } : output,
    });
    const reply = await context.cancellable((signal) =>
      runWithProgress({ client, place, request, context, signal }),
    );
    const isRejected = await reportDiagnostics(reply.diagnostics, context);
    if (isRejected || reply.status === 'rejected') {
      await tellWhatWasMeant(query.text, spec, context);
      return 2;
    }

    const { summary } = reply;
    if (isFetched) await keepLocally(client, summary, output);
    else if (output.path === null) await showResult(client, summary, output, format, context);
    const seconds = (context.nowMs() - startMs) / 1_000;
    await context.stderr.write(`${summaryLines(summary, output, seconds)}\n`);
    if (summary.rows === 0 && options.sample !== undefined && 'keys' in options.sample) {
      await context.stderr.write(
        `no row of the result is of ${entitiesText(options.sample.keys)}\n`,
      );
    }
    if (isPreview(options) && named === null && query.named !== null) {
      await context.stderr.write(`a part of the rows: ${query.named.output} was not written\n`);
    }
    return 0;
  } finally {
    await client.close();
  }
}

function isBinary(format: string | null): boolean {
  return format === 'parquet' || format === 'arrow';
}

/** Tables must be there for a query; for a coordinator their paths are made absolute. */
export function requestFor(place: ClientPlace, request: QueryRequest): QueryRequest {
  if (request.tables.length === 0) {
    throw new AppError(
      'user',
      'NO_TABLES',
      'there is no table: say --table Orders=orders.csv --time at --key customer, or write millrace.yaml',
    );
  }
  if (place.kind === 'embedded') return request;
  return { ...request, tables: request.tables.map(withAbsoluteFiles) };
}

interface RunOptions {
  readonly client: Client;
  readonly place: ClientPlace;
  readonly request: QueryRequest;
  readonly context: CommandContext;
  readonly signal: AbortSignal;
}

async function runWithProgress(options: RunOptions): ReturnType<Client['query']> {
  const { client, place, request, context, signal } = options;
  const line = new ProgressLine({
    isTerminal: context.stderr.isTerminal,
    columns: () => context.stderr.columns(),
    // Drawn many times over: nobody waits for it.
    write: (text) => void context.stderr.write(text),
    nowMs: () => context.nowMs(),
  });
  let latest: RunProgress | null = null;
  try {
    return await client.query(
      request,
      (progress) => {
        latest = progress;
        line.update(progress);
      },
      signal,
    );
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new AppError('user', 'CANCELLED', stoppedText(place, latest));
  } finally {
    line.clear();
  }
}

/** What is kept of a run that the user stopped. A coordinator drops its cells: somebody else may need the room. */
function stoppedText(place: ClientPlace, latest: RunProgress | null): string {
  if (place.kind === 'server') {
    return 'stopped, and the run cancelled. Tables that were prepared are kept';
  }
  const { phase = 'preparing', cellsDone = 0, cellsTotal = 0 } = latest ?? {};
  const done =
    phase === 'preparing'
      ? 'What was prepared'
      : `What was done (${exactCount(cellsDone)} of ${exactCount(cellsTotal)} ${phase === 'computing' ? 'cells' : 'parts'})`;
  const drop = latest === null ? '' : `; \`millrace runs cancel ${latest.runId}\` drops it`;
  return `stopped. ${done} is kept: the same command again goes on from there${drop}`;
}

/** A table on a screen if no format was asked for; else the bytes, and nothing but them. */
async function showResult(
  client: Client,
  summary: RunSummary,
  output: OutputSpec,
  format: string | null,
  context: CommandContext,
): Promise<void> {
  const chunks = readFiles(client, summary);
  if (!context.stdout.isTerminal || format !== null || output.format !== 'csv') {
    for await (const chunk of chunks) await context.stdout.write(chunk);
    return;
  }
  const types = new Map(summary.columns.map(({ name, type }) => [name, type]));
  const edges = await readCsvEdges(chunks, types);
  await context.stdout.write(printRows(edges, context.stdout.columns()));
  await context.stdout.write('\n');
}

async function* readFiles(client: Client, summary: RunSummary): AsyncIterable<Uint8Array> {
  for (const key of summary.files) yield* client.readResult(key);
}

/** `2,103,554 rows → features.parquet (38.0 MB) · 11.9 s, of which 7.4 s preparing`, and what was left out. */
export function summaryLines(summary: RunSummary, output: OutputSpec, seconds: number): string {
  const where = output.path === null ? '' : ` → ${output.path} (${byteCount(summary.bytes)})`;
  const prepared =
    summary.prepareSeconds < PREPARE_SECONDS_MIN
      ? ''
      : `, of which ${secondCount(summary.prepareSeconds)} preparing (kept: the next query starts at once)`;
  const lines = [`${rowCount(summary.rows)}${where} · ${secondCount(seconds)}${prepared}`];
  if (summary.skippedRows > 0) {
    const verb = summary.skippedRows === 1 ? 'was' : 'were';
    lines.push(`${rowCount(summary.skippedRows)} could not be read and ${verb} skipped, as asked`);
  }
  if (summary.droppedByShift > 0) {
    const rest = summary.droppedByShift === 1 ? 'its own time and was' : 'their own time and were';
    lines.push(
      `${rowCount(summary.droppedByShift)} would move to before ${rest} dropped (shift_by, shift_to)`,
    );
  }
  return lines.join('\n');
}

function entitiesText(keys: readonly string[]): string {
  const names = keys.map((key) => `'${printable(key)}'`).join(', ');
  return keys.length === 1 ? `the entity ${names}` : `the entities ${names}`;
}

export function rowCount(rows: number): string {
  return rows === 1 ? '1 row' : `${exactCount(rows)} rows`;
}
