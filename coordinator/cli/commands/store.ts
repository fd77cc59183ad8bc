/** `millrace store`: where the embedded store is, how large it is, and making room. */
import { lstat, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { AppError } from '../../../shared/base/app-error.ts';
import { byteCount, exactCount } from '../amounts.ts';
import type { CommandContext, ExitStatus } from '../context.ts';
import type { Invocation } from '../options.ts';
import { isUri, storeLocation } from '../place.ts';
import { readSpec } from '../project.ts';
import { printable } from '../text-width.ts';

/** What a store has at its top, and what that is for. Anything else in the folder is not ours. */
const PARTS: readonly (readonly [string, string])[] = [
  ['tables', 'prepared tables'],
  ['runs', 'runs and results that were not written to files'],
  ['states', 'saved states, and what they need of their runs'],
  ['inline', 'tables given as text'],
  ['unfinished', 'where to find runs to go on with'],
];

/** A run whose ledger moved within this time may still be going on, in another process. */
const RUN_QUIET_MS = 3_600_000;

/** How a run is got rid of that was stopped and is not to be gone on with. */
const DROP_HINT =
  '`millrace runs` lists them, and `millrace runs cancel ID` drops one that was interrupted.';

interface Size {
  readonly files: number;
  readonly bytes: number;
  readonly newestMs: number;
}

export async function runStore(
  options: Extract<Invocation, { command: 'store' | 'clean' }>,
  context: CommandContext,
): Promise<ExitStatus> {
  const location = storeLocation(options.store, await readSpec(options), context.surroundings);
  if (isUri(location)) {
    throw new AppError(
      'user',
      'USAGE',
      `the store is ${location}: the tools of its provider tell its size and clean it`,
    );
  }
  const root = resolve(location);
  const info = await stat(root).catch(() => null);
  if (info === null) {
    await context.stdout.write(`${printable(root)} (not there yet)\n`);
    return 0;
  }
  if (!info.isDirectory()) {
    throw new AppError(
      'user',
      'STORE_NO_FOLDER',
      `the store ${location}: ${root} is a file; name a folder, or a path where one may be made`,
    );
  }
  if (options.command === 'store') {
    await context.stdout.write(await describeStore(root));
    return 0;
  }
  const freed = options.all
    ? await removeAll(root)
    : await removeEndedRuns(root, context.epochMs());
  const left = runsText(await runsWithoutEnd(root));
  await context.stdout.write(
    `${byteCount(freed.bytes)} freed (${exactCount(freed.files)} files) in ${printable(root)}\n` +
      (left === '' ? '' : `Kept: ${left}`),
  );
  return 0;
}

async function describeStore(root: string): Promise<string> {
  const lines = [printable(root)];
  for (const [name, meaning] of PARTS) {
    const { files, bytes } = await sizeOf(join(root, name));
    if (files > 0) {
      lines.push(`  ${byteCount(bytes).padStart(8)}  ${name}/  ${meaning}`);
    }
  }
  if (lines.length === 1) lines.push('  empty');
  else
    lines.push('', '`millrace store clean` removes what ended runs left, with --all everything.');
  return `${lines.join('\n')}\n${runsText(await runsWithoutEnd(root))}`;
}

/** Those that go on, and those that were interrupted: only their process could tell which. */
async function runsWithoutEnd(root: string): Promise<readonly Size[]> {
  const sizes: Size[] = [];
  for (const run of await namesIn(join(root, 'runs'))) {
    const folder = join(root, 'runs', run);
    if (!(await hasEnded(folder))) sizes.push(await sizeOf(folder));
  }
  return sizes;
}

/** A line about runs without an end, or nothing. */
function runsText(runs: readonly Size[]): string {
  if (runs.length === 0) return '';
  const { bytes } = runs.reduce(add);
  const count = runs.length === 1 ? '1 run that has' : `${exactCount(runs.length)} runs that have`;
  return `${byteCount(bytes)} of ${count} not ended; ${DROP_HINT}\n`;
}

async function removeAll(root: string): Promise<Size> {
  let freed: Size = { files: 0, bytes: 0, newestMs: 0 };
  for (const [name] of PARTS) {
    const size = await sizeOf(join(root, name));
    freed = add(freed, size);
    await rm(join(root, name), { recursive: true, force: true });
  }
  return freed;
}

/** Of runs that did not end, only those that nothing was heard of for long: another process may be at them. */
async function removeEndedRuns(root: string, nowMs: number): Promise<Size> {
  const needed = await runsOfStates(root);
  let freed: Size = { files: 0, bytes: 0, newestMs: 0 };
  for (const run of await namesIn(join(root, 'runs'))) {
    const folder = join(root, 'runs', run);
    const size = await sizeOf(folder);
    const mayGoOn = !(await hasEnded(folder)) && nowMs - size.newestMs < RUN_QUIET_MS;
    if (needed.has(run) || mayGoOn) continue;
    freed = add(freed, size);
    await rm(folder, { recursive: true, force: true });
  }
  return freed;
}

async function hasEnded(folder: string): Promise<boolean> {
  return (await stat(join(folder, 'status.json')).catch(() => null)) !== null;
}

/** Saved states name objects of the runs that made them. */
async function runsOfStates(root: string): Promise<ReadonlySet<string>> {
  const runs = new Set<string>();
  for (const name of await namesIn(join(root, 'states'))) {
    const text = await readFile(join(root, 'states', name), 'utf8').catch(() => '');
    for (const [, run] of text.matchAll(/"runs\/([a-z0-9]+)\//g)) runs.add(run!);
  }
  return runs;
}

function add(left: Size, right: Size): Size {
  return {
    files: left.files + right.files,
    bytes: left.bytes + right.bytes,
    newestMs: Math.max(left.newestMs, right.newestMs),
  };
}

/** Files that vanish meanwhile, as other commands go on, count as nothing. */
async function sizeOf(path: string): Promise<Size> {
  const info = await lstat(path).catch(() => null);
  if (info === null) return { files: 0, bytes: 0, newestMs: 0 };
  if (!info.isDirectory()) return { files: 1, bytes: info.size, newestMs: info.mtimeMs };
  let size: Size = { files: 0, bytes: 0, newestMs: info.mtimeMs };
  for (const name of await namesIn(path)) size = add(size, await sizeOf(join(path, name)));
  return size;
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(() => []);
}
