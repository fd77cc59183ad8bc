/** Source files in S3, in any bucket: listed by URI, prefix or glob, and read by ranges of one version. */
import { randomUUID } from 'node:crypto';
import { matchesGlob } from 'node:path/posix';
import { addAbortSignal, type Readable } from 'node:stream';
import { GetObjectCommand, HeadObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { AppError } from '../shared/base/app-error.ts';
import type { S3Access } from '../shared/storage/open-store.ts';
import { storeConfigOf } from '../shared/storage/open-store.ts';
import { S3Connection } from '../shared/storage/s3-connection.ts';
import { failureOf, isMissing, toStoreError } from '../shared/storage/s3-failure.ts';
import type { ManifestFile } from '../shared/storage/table-manifest.ts';
import type { FileAccess } from '../worker/prepare/file-access.ts';
import { remoteFile } from '../worker/prepare/file-access.ts';
import { sourceChanged } from './source-access.ts';

const GLOB = /[*?[{]/;

interface S3Uri {
  readonly bucket: string;
  /** As it is in the bucket: any characters, unlike the keys of our own store. */
  readonly key: string;
}

export class S3Sources {
  readonly #access: S3Access;
  readonly #connections = new Map<string, S3Connection>();

  constructor(access: S3Access) {
    this.#access = access;
  }

  /**
   * The objects that `uri` names: one object, all below a prefix that ends in `/`, or those that match a glob.
   * Hidden ones (a part of the path starts with `.` or `_`) and folder markers are left out of the last two.
   * None is AppError('user', 'SOURCE_NOT_FOUND'); a name that the store does not take is 'SOURCE_REFUSED'.
   */
  readonly list = async (uri: string): Promise<readonly ManifestFile[]> => {
    const { bucket, key } = parseS3Uri(uri);
    const isGlob = GLOB.test(key);
    if (!isGlob && key !== '' && !key.endsWith('/')) {
      const file = await this.#head(uri);
      if (file !== null) return [file];
    }
    const prefix = isGlob ? key.slice(0, key.search(GLOB)) : asFolder(key);
    const files: ManifestFile[] = [];
    for await (const found of this.#listPrefix(uri, bucket, prefix)) {
      const name = found.key.slice(prefix.length);
      const isWanted = isGlob
        ? matchesGlob(found.key, key)
        : !name.split('/').some((part) => /^[._]/.test(part));
      if (!isWanted || found.key.endsWith('/')) continue;
      files.push({ uri: `s3://${bucket}/${found.key}`, bytes: found.bytes, etag: found.etag });
    }
    if (files.length > 0) return files;
    throw new AppError(
      'user',
      'SOURCE_NOT_FOUND',
      isGlob ? `${uri} matches no object` : `${uri}: no such object, and nothing below it`,
    );
  };

  /** Reads by ranges; every range asks for the registered version, so a changed object is never mixed in. */
  async open(file: ManifestFile): Promise<FileAccess> {
    const { bucket, key } = parseS3Uri(file.uri);
    const connection = this.#connection(bucket);
    return remoteFile(file.uri, file.bytes, (offset, length) =>
      length === 0
        ? Promise.resolve(new Uint8Array(0))
        : readVersion(connection, { ...file, key }, offset, length),
    );
  }

  #connection(bucket: string): S3Connection {
    let connection = this.#connections.get(bucket);
    if (connection === undefined) {
      const config = storeConfigOf(`s3://${bucket}`, this.#access);
      if (config.kind !== 's3')
        throw new AppError('bug', 'INTERNAL', 'an s3 location is no s3 store');
      connection = new S3Connection(config.s3, { random: Math.random, uniqueId: randomUUID });
      this.#connections.set(bucket, connection);
    }
    return connection;
  }

  async #head(uri: string): Promise<ManifestFile | null> {
    const { bucket, key } = parseS3Uri(uri);
    const connection = this.#connection(bucket);
    return connection.retry(
      `looking for \`${key}\``,
      async (signal) => {
        const reply = await connection.client.send(
          new HeadObjectCommand({ Bucket: bucket, Key: key }),
          { abortSignal: signal },
        );
        return { uri, bytes: reply.ContentLength ?? 0, etag: reply.ETag ?? '' };
      },
      (error) => (isMissing(failureOf(error)) ? null : checkRefused(uri, error)),
    );
  }

  async *#listPrefix(
    uri: string,
    bucket: string,
    prefix: string,
  ): AsyncGenerator<{ readonly key: string; readonly bytes: number; readonly etag: string }> {
    const connection = this.#connection(bucket);
    let token: string | undefined;
    do {
      const from = token === undefined ? {} : { ContinuationToken: token };
      const page = await connection.retry(
        `listing \`${prefix}\``,
        (signal) =>
          connection.client.send(
            new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ...from }),
            { abortSignal: signal },
          ),
        (error) => checkRefused(uri, error),
      );
      for (const { Key, Size, ETag } of page.Contents ?? []) {
        if (Key !== undefined) yield { key: Key, bytes: Size ?? 0, etag: ETag ?? '' };
      }
      token = page.NextContinuationToken;
    } while (token !== undefined);
  }
}

export function parseS3Uri(uri: string): S3Uri {
  const [, bucket, key = ''] = /^s3:\/\/([a-z0-9][a-z0-9.-]+)(?:\/([^]*))?$/.exec(uri) ?? [];
  if (bucket === undefined) {
    throw new AppError('user', 'SOURCE_NOT_FOUND', `${uri}: write it as s3://bucket/key`);
  }
  // Some stores refuse them, and what stands in between may take them for folders: of another bucket, even.
  if (key.split('/').some((name) => name === '.' || name === '..')) {
    throw new AppError(
      'user',
      'SOURCE_REFUSED',
      `${uri}: a key in S3 has no folders to go up from; write it without . and ..`,
    );
  }
  return { bucket, key };
}

/**
 * Throws where the store refuses what no other try will cure. In our own store that is a mistake of ours; here all that
 * is not ours is the name, as one that is too long.
 */
function checkRefused(uri: string, error: unknown): undefined {
  if (toStoreError(uri, error).code !== 'STORE_REQUEST_REFUSED') return;
  const { status, name } = failureOf(error);
  throw new AppError(
    'user',
    'SOURCE_REFUSED',
    `${uri}: the store does not take this name (${status} ${name})`,
  );
}

function asFolder(key: string): string {
  return key === '' || key.endsWith('/') ? key : `${key}/`;
}

async function readVersion(
  connection: S3Connection,
  file: { readonly uri: string; readonly key: string; readonly etag: string },
  offset: number,
  length: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const doing = `reading \`${file.key}\``;
  return connection.retry(
    doing,
    async (signal) => {
      const reply = await connection.client.send(
        new GetObjectCommand({
          Bucket: connection.bucket,
          Key: file.key,
          Range: `bytes=${offset}-${offset + length - 1}`,
          IfMatch: file.etag,
        }),
        { abortSignal: signal },
      );
      // In Node the body is a stream; it is destroyed by the deadline and by leaving the loop early.
      const body = addAbortSignal(signal, reply.Body as Readable);
      const bytes = new Uint8Array(length);
      let at = 0;
      for await (const chunk of body as AsyncIterable<Uint8Array>) {
        if (at + chunk.length > length) throw connection.incomplete(doing, 'the body is too long');
        bytes.set(chunk, at);
        at += chunk.length;
      }
      if (at === length) return bytes;
      throw connection.incomplete(doing, `the body ends after ${at} of ${length} bytes`);
    },
    (error) => {
      const failure = failureOf(error);
      const isGone = isMissing(failure) || failure.status === 412 || failure.status === 416;
      if (isGone) throw sourceChanged(file.uri);
      return undefined;
    },
  );
}
