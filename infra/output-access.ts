/** Result files where a user wants them: a local path, or an object in S3. Visible whole or not at all. */
import { randomUUID } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { link, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { AppError } from '../shared/base/app-error.ts';
import { assert } from '../shared/base/assert.ts';
import type { ObjectStore, ObjectWriter } from '../shared/storage/object-store.ts';
import type { S3Access } from '../shared/storage/open-store.ts';
import { openStore, storeConfigOf } from '../shared/storage/open-store.ts';
import type { Outputs } from '../worker/merge/merge-tasks.ts';

/** Whether an existing file may be replaced is decided at the end, by `finish`: the file may appear meanwhile. */
export function createOutputs(s3: S3Access | null): Outputs {
  const access = s3 ?? {};
  return {
    async open(uri) {
      if (!isObject(uri)) return openFile(uri);
      const { store, key } = await objectOf(uri, access);
      return store.openWriter(key);
    },
    async read(uri) {
      if (!isObject(uri)) return readIfThere(uri);
      const { store, key } = await objectOf(uri, access);
      return (await store.head(key)) === null
        ? null
        : new TextDecoder().decode(await store.get(key));
    },
    async remove(uris) {
      for (const uri of uris) {
        if (isObject(uri)) {
          const { store, key } = await objectOf(uri, access);
          await store.delete([key]);
        } else await rm(uri, { force: true });
      }
    },
  };
}

function isObject(uri: string): boolean {
  const isS3 = uri.startsWith('s3://');
  assert(isS3 || !uri.includes('://'), `output: the scheme of ${uri} was let in`);
  return isS3;
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw outputError(path, error);
  }
}

async function objectOf(
  uri: string,
  access: S3Access,
): Promise<{ readonly store: ObjectStore; readonly key: string }> {
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(uri) ?? [];
  const isPlain = key?.split('/').every((name) => /^[A-Za-z0-9_=-][A-Za-z0-9._=-]*$/.test(name));
  if (bucket === undefined || key === undefined || isPlain !== true || key.includes('..')) {
    throw new AppError(
      'user',
      'OUTPUT_PATH',
      `${uri}: write it as s3://bucket/key, of letters, digits and the signs . _ = - /`,
    );
  }
  return { store: await openStore(storeConfigOf(`s3://${bucket}`, access)), key };
}

async function openFile(path: string): Promise<ObjectWriter> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID().slice(0, 8)}.tmp`);
  let handle: FileHandle;
  try {
    await mkdir(dirname(path), { recursive: true });
    handle = await open(temporary, 'wx');
  } catch (error) {
    throw outputError(path, error);
  }
  let isOpen = true;
  const close = async (): Promise<void> => {
    if (isOpen) await handle.close();
    isOpen = false;
  };
  return {
    async adopt(source) {
      try {
        await close();
        await rm(temporary);
        const isLinked = await linkIfPossible(source, temporary);
        handle = await open(temporary, isLinked ? 'r+' : 'wx');
        isOpen = true;
        return isLinked;
      } catch (error) {
        throw outputError(path, error);
      }
    },
    async write(bytes) {
      try {
        for (let at = 0; at < bytes.length;) {
          at += (await handle.write(bytes, at, bytes.length - at)).bytesWritten;
        }
      } catch (error) {
        throw outputError(path, error);
      }
    },
    async finish({ ifAbsent }) {
      try {
        await handle.sync();
        await close();
        if (!ifAbsent) {
          await rename(temporary, path);
          return 'won';
        }
        await link(temporary, path);
        return 'won';
      } catch (error) {
        if (ifAbsent && codeOf(error) === 'EEXIST') return 'lost';
        throw outputError(path, error);
      } finally {
        await close();
        await rm(temporary, { force: true });
      }
    },
    async abort() {
      await close();
      await rm(temporary, { force: true });
    },
  };
}

/** False on another file system, and on one without hard links. */
async function linkIfPossible(source: string, target: string): Promise<boolean> {
  try {
    await link(source, target);
    return true;
  } catch (error) {
    if (['EXDEV', 'EPERM', 'EMLINK', 'ENOTSUP', 'EOPNOTSUPP'].includes(codeOf(error))) return false;
    throw error;
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

function outputError(path: string, error: unknown): AppError {
  const code = codeOf(error);
  const reason = error instanceof Error ? error.message : String(error);
  const isFull = code === 'ENOSPC' || code === 'EDQUOT';
  return new AppError(
    isFull ? 'resource' : 'user',
    isFull ? 'OUTPUT_FULL' : 'OUTPUT_PATH',
    `${path} cannot be written: ${reason}`,
    { cause: error },
  );
}
