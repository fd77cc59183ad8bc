/** Result files where a user wants them: a local path, or an object in S3. Visible whole or not at all. */
import { randomUUID } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { link, mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { AppError } from '../shared/base/app-error.ts';
import { assert } from '../shared/base/assert.ts';
import type { ObjectWriter } from '../shared/storage/object-store.ts';
import type { S3Access } from '../shared/storage/open-store.ts';
import { openStore, storeConfigOf } from '../shared/storage/open-store.ts';
import type { OpenOutput } from '../worker/merge/merge-tasks.ts';

/** Whether an existing file may be replaced is decided at the end, by `finish`: the file may appear meanwhile. */
export function createOpenOutput(s3: S3Access | null): OpenOutput {
  return async (uri) => {
    if (uri.startsWith('s3://')) return openObject(uri, s3 ?? {});
    assert(!uri.includes('://'), `output: the scheme of ${uri} was let in`);
    return openFile(uri);
  };
}

async function openObject(uri: string, access: S3Access): Promise<ObjectWriter> {
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(uri) ?? [];
  const isPlain = key?.split('/').every((name) => /^[A-Za-z0-9_=-][A-Za-z0-9._=-]*$/.test(name));
  if (bucket === undefined || key === undefined || isPlain !== true || key.includes('..')) {
    throw new AppError(
      'user',
      'OUTPUT_PATH',
      `${uri}: write it as s3://bucket/key, of letters, digits and the signs . _ = - /`,
    );
  }
  const store = await openStore(storeConfigOf(`s3://${bucket}`, access));
  return store.openWriter(key);
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
