/** `millrace tables` and `millrace tables inspect`: what is prepared, and what files hold. */
import type { FileReport } from '../../../shared/wire/client.ts';
import { printTimestamp } from '../../../shared/time/print-timestamp.ts';
import { byteCount, exactCount } from '../amounts.ts';
import type { CommandContext, ExitStatus } from '../context.ts';
import { requireTimeAndKey } from '../missing-columns.ts';
import type { Invocation } from '../options.ts';
import { clientPlace } from '../place.ts';
import { printTable } from '../print-table.ts';
import { readSpec, withAbsoluteFiles } from '../project.ts';
import { completeTable, joinTables } from '../request.ts';
import { printable } from '../text-width.ts';
import { rowCount } from './query.ts';

export async function runTables(
  options: Extract<Invocation, { command: 'tables' }>,
  context: CommandContext,
): Promise<ExitStatus> {
  const spec = await readSpec(options);
  const drafts = joinTables(options, spec);
  if (drafts.length === 0) {
    await context.stdout.write(
      'No tables: they come from --table or millrace.yaml. `millrace tables inspect FILE` says what a file holds.\n',
    );
    return 0;
  }
  const place = clientPlace(options, spec, context.surroundings);
  const client = await context.openClient(place);
  try {
    await requireTimeAndKey(drafts, client);
    const specs = drafts.map(completeTable);
    const reports = await client.tables(
      place.kind === 'server' ? specs.map(withAbsoluteFiles) : specs,
    );
    const rows = reports.map((table) => [
      table.name,
      table.grouping,
      table.time,
      table.key,
      exactCount(table.files),
      byteCount(table.bytes),
      table.rows === null ? 'not prepared' : exactCount(table.rows),
      dayOf(table.minTime),
      dayOf(table.maxTime),
    ]);
    const columns = [
      ...['table', 'grouping', 'time', 'key'].map((name) => ({ name, type: 'string' })),
      ...['files', 'size', 'rows'].map((name) => ({ name, type: 'i64' })),
      ...['first', 'last'].map((name) => ({ name, type: 'string' })),
    ];
    await context.stdout.write(
      printTable({ columns, first: rows, last: [] }, context.stdout.columns()),
    );
    return 0;
  } finally {
    await client.close();
  }
}

/** The day of decimal nanoseconds. */
function dayOf(time: string | null): string | null {
  return time === null ? null : printTimestamp(BigInt(time), 'ns', 'shortest').split('T')[0]!;
}

export async function runInspect(
  options: Extract<Invocation, { command: 'inspect' }>,
  context: CommandContext,
): Promise<ExitStatus> {
  const place = clientPlace(options, null, context.surroundings);
  const client = await context.openClient(place);
  try {
    const files =
      place.kind === 'server' ? withAbsoluteFiles({ files: options.files }).files : options.files;
    const reports = await client.inspectFiles(files);
    await context.stdout.write(reports.map(describeFile).join('\n'));
    return 0;
  } finally {
    await client.close();
  }
}

function describeFile(file: FileReport): string {
  const columns = [...file.columns, ...file.unsupported];
  const rows = columns.map(({ name, type }, at) => [name, type, remark(file, name, at)]);
  const table = printTable(
    {
      columns: ['column', 'type', ''].map((name) => ({ name, type: 'string' })),
      first: rows,
      last: [],
    },
    Number.POSITIVE_INFINITY,
  );
  const head = `${printable(file.uri)} · ${rowCount(file.rows)} · ${byteCount(file.bytes)}`;
  return `${head}\n\n${table.replaceAll(/^(?=.)/gm, '  ')}`;
}

function remark(file: FileReport, name: string, at: number): string | null {
  if (at >= file.columns.length) return 'not read: the language has no such type';
  const roles = [
    ...(file.timeCandidates.includes(name) ? ['the time'] : []),
    ...(file.keyCandidates.includes(name) ? ['the key'] : []),
  ];
  return roles.length === 0 ? null : `could be ${roles.join(' or ')}`;
}
