/** `millrace runs`: what was asked for, how far it is and how it ended. */
import { AppError } from '../../../shared/base/app-error.ts';
import type { Client, RunInfo } from '../../../shared/wire/client.ts';
import { RUNS_LISTED_MAX } from '../../../shared/wire/client.ts';
import { RUN_UNKNOWN } from '../../../shared/wire/run-id.ts';
import { byteCount, exactCount, secondCount } from '../amounts.ts';
import type { CommandContext, ExitStatus } from '../context.ts';
import type { Invocation } from '../options.ts';
import { clientPlace } from '../place.ts';
import { printTable } from '../print-table.ts';
import { renderProgress } from '../progress.ts';
import { readSpec } from '../project.ts';
import { printable } from '../text-width.ts';

type RunsInvocation = Extract<Invocation, { command: 'runs' | 'run' | 'cancel' }>;

export async function runRuns(
  options: RunsInvocation,
  context: CommandContext,
): Promise<ExitStatus> {
  const spec = await readSpec({ spec: null });
  const client = await context.openClient(clientPlace(options, spec, context.surroundings));
  try {
    switch (options.command) {
      case 'runs': {
        const runs = await client.runs(options.limit);
        await context.stdout.write(listRuns(runs, context.stdout.columns()));
        if (runs.length === options.limit && runs.length < RUNS_LISTED_MAX) {
          await context.stderr.write(`the newest ${runs.length}; more with --limit\n`);
        }
        return 0;
      }
      case 'run': {
        const run = await findRun(client, options.runId);
        await context.stdout.write(describeRun(run));
        return 0;
      }
      case 'cancel': {
        const { runId, status } = await findRun(client, options.runId);
        if (status !== 'running' && status !== 'interrupted') {
          throw new AppError('user', 'RUN_ENDED', `run ${runId} is not running: it is ${status}`);
        }
        await client.cancel(runId);
        await context.stderr.write(
          status === 'running'
            ? `run ${runId} is being stopped. Tables that were prepared are kept\n`
            : `run ${runId} is dropped, with what it had written. Tables that were prepared are kept\n`,
        );
        return 0;
      }
    }
  } finally {
    await client.close();
  }
}

function listRuns(runs: readonly RunInfo[], width: number): string {
  if (runs.length === 0) return 'No runs yet.\n';
  const columns = [
    { name: 'run', type: 'string' },
    { name: 'status', type: 'string' },
    { name: 'started', type: 'string' },
    { name: 'took', type: 'i64' },
    { name: 'rows', type: 'i64' },
    { name: 'query', type: 'string' },
  ];
  const rows = runs.map((run) => [
    run.runId,
    run.status === 'running' && run.progress !== null && run.progress.cellsTotal > 0
      ? `${run.progress.phase} ${run.progress.cellsDone}/${run.progress.cellsTotal}`
      : run.status,
    shortInstant(run.startedAt),
    run.summary === null ? null : secondCount(run.summary.seconds),
    run.summary === null ? null : exactCount(run.summary.rows),
    run.query.replaceAll(/\s+/g, ' ').trim(),
  ]);
  return printTable({ columns, first: rows, last: [] }, width);
}

/** A run by its id, or by the beginning of one if it is the only such among the newest. */
async function findRun(client: Client, id: string): Promise<RunInfo> {
  try {
    return await client.run(id);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== RUN_UNKNOWN) throw error;
  }
  const newest = await client.runs(RUNS_LISTED_MAX);
  const [run, other] = newest.filter(({ runId }) => runId.startsWith(id));
  if (run === undefined || other !== undefined) {
    throw new AppError(
      'user',
      'RUN_NOT_FOUND',
      run === undefined
        ? `there is no run ${id}; millrace runs lists them`
        : `more than one run begins with ${id}`,
    );
  }
  return run;
}

function describeRun(run: RunInfo): string {
  const { summary, progress, error } = run;
  const lines: [string, string][] = [
    ['run', run.runId],
    ['status', run.status],
    ['started', shortInstant(run.startedAt)],
    ...(run.endedAt === null ? [] : [['ended', shortInstant(run.endedAt)] as [string, string]]),
  ];
  if (progress !== null && run.status === 'running') {
    lines.push(['progress', renderProgress(progress, null, Number.POSITIVE_INFINITY)]);
  }
  if (summary !== null) {
    lines.push(
      ['rows', `${exactCount(summary.rows)} from ${exactCount(summary.inputRows)} read`],
      ['cells', exactCount(summary.cells)],
      ['took', `${secondCount(summary.seconds)}, ${secondCount(summary.prepareSeconds)} preparing`],
      ['size', byteCount(summary.bytes)],
      ['files', summary.files.join(', ')],
    );
  }
  if (error !== null) lines.push(['error', `${error.code}: ${error.message}`]);
  lines.push(['query', run.query.trim()]);
  return lines
    .map(
      ([name, text]) =>
        `${name.padEnd(9)} ${text
          .split('\n')
          .map(printable)
          .join(`\n${' '.repeat(10)}`)}\n`,
    )
    .join('');
}

/** `2026-01-02T03:04:05.678Z` → `2026-01-02 03:04:05`, in UTC as everything here. */
function shortInstant(iso: string): string {
  return iso.replace('T', ' ').replace(/(\.\d+)?Z$/, '');
}
