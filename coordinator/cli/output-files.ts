/** Result files on this machine: refused before any work if they exist, and fetched from a coordinator. */
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { AppError } from '../../shared/base/app-error.ts';
import { partNames, RESULT_MANIFEST } from '../../shared/plan/run-spec.ts';
import type { Client } from '../../shared/wire/client.ts';
import type { OutputSpec, RunSummary } from '../../shared/wire/query-request.ts';
import { isUri } from './place.ts';
import { isSystemError } from './project.ts';

/** Throws an AppError `RESULT_EXISTS`, before a run that could not be published. Stores are asked by the run itself. */
export async function refuseExistingOutput({ path, layout, overwrite }: OutputSpec): Promise<void> {
  if (path === null || isUri(path)) return;
  // With the slash of a folder, a file of that name would look as if it were not there.
  const info = await stat(path.replace(/(?<=.)\/+$/, '')).catch((error: unknown) => {
    if (!isSystemError(error) || error.code !== 'ENOTDIR') return null;
    throw new AppError('user', 'USAGE', `--output ${path}: a part of the path is a file`);
  });
  if (info === null) return;
  if (!info.isFile() && !info.isDirectory()) {
    throw new AppError(
      'user',
      'USAGE',
      `--output ${path}: is a device or a pipe, and a result is put in its place as a file; for standard output write --output -`,
    );
  }
  if (layout === 'file' && info.isDirectory()) {
    throw new AppError(
      'user',
      'USAGE',
      `--output ${path}: is a folder; for a folder of parts write ${join(path, '/')}`,
    );
  }
  if (layout === 'folder' && !info.isDirectory()) {
    throw new AppError(
      'user',
      'USAGE',
      `--output ${path}: is a file, not a folder; leave out the slash (or --folder) to write a file`,
    );
  }
  if (overwrite) return;
  if (layout === 'folder' && (await readdir(path)).length === 0) return;
  throw new AppError(
    'user',
    'RESULT_EXISTS',
    `${path} exists; say --overwrite to replace it. Nothing was run`,
  );
}

/** Brings the files of a result to `output.path`, each visible only once it is whole. */
export async function keepLocally(
  client: Client,
  summary: RunSummary,
  output: OutputSpec,
): Promise<void> {
  const path = output.path!;
  if (output.layout === 'folder') return keepFolder(client, summary, path);
  await mkdir(dirname(path), { recursive: true });
  for (const key of summary.files) await fetchFile(client, key, path);
}

/** Parts, then the manifest; what an earlier result had and this one has not is removed after. */
async function keepFolder(
  client: Client,
  { runId, files }: RunSummary,
  path: string,
): Promise<void> {
  await mkdir(path, { recursive: true });
  const manifest = join(path, RESULT_MANIFEST);
  const earlier = partNames(await readFile(manifest, 'utf8').catch(() => ''));
  for (const key of files) await fetchFile(client, key, join(path, basename(key)));
  await fetchFile(client, `runs/${runId}/result/${RESULT_MANIFEST}`, manifest);
  const written = new Set(files.map((key) => basename(key)));
  for (const name of earlier) if (!written.has(name)) await rm(join(path, name), { force: true });
}

async function fetchFile(client: Client, key: string, path: string): Promise<void> {
  const temporary = `${path}.part`;
  try {
    await pipeline(client.readResult(key), createWriteStream(temporary));
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
