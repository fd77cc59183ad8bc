/** Source files as workers open them: local paths, inline text kept in the store, objects in S3. */
import { AppError } from '../shared/base/app-error.ts';
import type { ObjectStore } from '../shared/storage/object-store.ts';
import type { S3Access } from '../shared/storage/open-store.ts';
import type { ManifestFile } from '../shared/storage/table-manifest.ts';
import type { FileAccess } from '../worker/prepare/file-access.ts';
import { localFileEtag, memoryFile, openLocalFile } from '../worker/prepare/file-access.ts';
import type { OpenFile } from '../worker/prepare/prepare-tasks.ts';
import type { S3Sources } from './s3-sources.ts';

const INLINE = 'inline:';

/** Every file is checked to be the one that was registered: a changed one is AppError('data', 'SOURCE_CHANGED'). */
export function createOpenFile(store: ObjectStore, s3: S3Access | null): OpenFile {
  let sources: Promise<S3Sources> | null = null;
  return async (file) => {
    if (file.uri.startsWith(INLINE)) {
      // Named by its digest, so it cannot have changed.
      return memoryFile(file.uri, await store.get(file.uri.slice(INLINE.length)));
    }
    if (file.uri.startsWith('s3://')) {
      sources ??= openS3Sources(s3);
      return (await sources).open(file);
    }
    return openRegistered(file);
  };
}

/** Loaded when needed: the SDK costs every thread of a program that reads local files only. */
export async function openS3Sources(access: S3Access | null): Promise<S3Sources> {
  const { S3Sources: Sources } = await import('./s3-sources.ts');
  return new Sources(access ?? {});
}

async function openRegistered(file: ManifestFile): Promise<FileAccess> {
  const access = await openLocalFile(file.uri);
  if ((await localFileEtag(file.uri)) === file.etag) return access;
  await access.close();
  throw sourceChanged(file.uri);
}

export function sourceChanged(uri: string): AppError {
  return new AppError(
    'data',
    'SOURCE_CHANGED',
    `${uri} was changed after it was registered as a source: run the query again to read what it holds now`,
    { details: { file: uri } },
  );
}
