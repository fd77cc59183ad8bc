/** `millrace explain` and `millrace check`: what a query means and costs, without running it. */
import { AppError } from '../../../shared/base/app-error.ts';
import type { Client } from '../../../shared/wire/client.ts';
import type { OutputSpec, QueryRequest } from '../../../shared/wire/query-request.ts';
import { printType } from '../../../shared/types/data-type.ts';
import type { CommandContext, ExitStatus } from '../context.ts';
import { reportDiagnostics } from '../diagnostics-text.ts';
import { requireTimeAndKey } from '../missing-columns.ts';
import type { ExplainLevel, Invocation, QueryOptions } from '../options.ts';
import { clientPlace } from '../place.ts';
import { readQuery, readSpec, tellWhatWasMeant } from '../project.ts';
import { buildRequest, joinTables, resolveQuery } from '../request.ts';
import { requestFor } from './query.ts';

/** No rows are made. */
const NO_OUTPUT: OutputSpec = {
  path: null,
  format: 'csv',
  layout: 'file',
  overwrite: false,
  timestamps: 'ns',
};

export async function runExplain(
  options: Extract<Invocation, { command: 'explain' }>,
  context: CommandContext,
): Promise<ExitStatus> {
  const spec = await readSpec(options);
  const query = resolveQuery(await readQuery(options.query, context), spec);
  const place = clientPlace(options, spec, context.surroundings);
  const client = await context.openClient(place);
  try {
    await requireTimeAndKey(joinTables(options, spec), client);
    const request = requestFor(place, buildRequest(options, spec, query, NO_OUTPUT));
    const { diagnostics, explanation } = await client.explain(request);
    const isRejected = await reportDiagnostics(diagnostics, context);
    if (isRejected || explanation === null) {
      await tellWhatWasMeant(query.text, spec, context);
      return 2;
    }
    if (options.json) {
      await context.stdout.write(`${JSON.stringify(explanation.logical, null, 2)}\n`);
      return 0;
    }
    const shown = explanation.sections.filter(({ title }) => isShown(title, options.level));
    const texts = shown.map(({ title, text }) => `${title}\n${indent(text.trimEnd())}\n`);
    await context.stdout.write(texts.join('\n'));
    return 0;
  } finally {
    await client.close();
  }
}

function isShown(title: string, level: ExplainLevel): boolean {
  if (title === 'logical plan') return level !== 'physical';
  // The plan before and after single rules.
  if (title.startsWith('after ') || title.startsWith('logical plan ')) return level === 'verbose';
  return true;
}

function indent(text: string): string {
  return text.replaceAll(/^(?=.)/gm, '  ');
}

/** One query, or every query of the spec file. */
export async function runCheck(
  options: Extract<Invocation, { command: 'check' }>,
  context: CommandContext,
): Promise<ExitStatus> {
  const spec = await readSpec(options);
  const texts =
    options.query === null
      ? (spec?.queries ?? []).map(({ name }) => name)
      : [await readQuery(options.query, context)];
  if (texts.length === 0) {
    throw new AppError(
      'user',
      'USAGE',
      spec === null
        ? 'there is nothing to check: give a query in quotes, or write millrace.yaml'
        : `${spec.path} has no queries to check`,
    );
  }
  const place = clientPlace(options, spec, context.surroundings);
  const client = await context.openClient(place);
  try {
    await requireTimeAndKey(joinTables(options, spec), client);
    let status: ExitStatus = 0;
    for (const text of texts) {
      const query = resolveQuery(text, spec);
      const queryOptions: QueryOptions = {
        ...options,
        query: { kind: 'text', text },
        ...NO_TUNING,
      };
      const request = requestFor(place, buildRequest(queryOptions, spec, query, NO_OUTPUT));
      const isGood = await checkOne(client, request, query.named?.name ?? null, context);
      if (isGood) continue;
      status = 2;
      if (query.named === null) await tellWhatWasMeant(text, spec, context);
    }
    return status;
  } finally {
    await client.close();
  }
}

const NO_TUNING = { tuning: {}, threads: null } as const;

async function checkOne(
  client: Client,
  request: QueryRequest,
  name: string | null,
  context: CommandContext,
): Promise<boolean> {
  const { diagnostics, type } = await client.check(request);
  const label = name === null ? '' : `${name}: `;
  if (name !== null && diagnostics.length > 0) await context.stderr.write(`${name}:\n`);
  const isRejected = await reportDiagnostics(diagnostics, context);
  if (isRejected || type === null) return false;
  await context.stdout.write(`${label}${printType(type)}\n`);
  return true;
}
