/** Data files to look into: a path, a folder of parts, or objects in S3. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../shared/base/app-error.ts';
import type { S3Access } from '../shared/storage/open-store.ts';
import type { FileAccess } from '../worker/prepare/file-access.ts';
import { openLocalFile } from '../worker/prepare/file-access.ts';
import { openS3Sources } from './source-access.ts';

const DATA_FILE = /\.(parquet|pq|csv|jsonl|ndjson|arrow|feather|ipc)$/i;

/** At least one, in the order of their names. Throws an AppError of class `user` where there is none. */
export async function openDataFiles(uri: string, s3: S3Access): Promise<readonly FileAccess[]> {
  if (uri.startsWith('s3://')) {
    const sources = await openS3Sources(s3);
    const found = await sources.list(uri);
    const wanted = found.length === 1 ? found : found.filter((file) => DATA_FILE.test(file.uri));
    return Promise.all(wanted.map((file) => sources.open(file)));
  }
  const info = await stat(uri).catch(() => null);
  if (info === null)
    throw new AppError('user', 'SOURCE_NOT_FOUND', `${uri}: no such file or folder`);
  if (!info.isDirectory()) return [await openLocalFile(uri)];
  const names = (await readdir(uri)).filter((name) => DATA_FILE.test(name)).toSorted();
  if (names.length === 0) {
    throw new AppError('user', 'SOURCE_NOT_FOUND', `${uri}: a folder without data files`);
  }
  return Promise.all(names.map((name) => openLocalFile(join(uri, name))));
}
