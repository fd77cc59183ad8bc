/** Reads from S3: bounded ranged requests only, each body read to its end or destroyed. */
import { addAbortSignal, type Readable } from 'node:stream';
import { GetObjectCommand, HeadObjectCommand } from '@aws-sdk/client-s3';
import { AppError } from '../base/app-error.ts';
import { notFound, tooShort } from './object-key.ts';
import type { ObjectInfo, ObjectTail } from './object-store.ts';
import type { S3Connection } from './s3-connection.ts';
import { failureOf, isMissing } from './s3-failure.ts';

const RANGE_BYTES_MAX = 8 * 1024 * 1024;
/** Requests for one large read that are under way at a time. */
const RANGES_IN_FLIGHT = 4;
/** How often a large object may be replaced under our eyes before we give up. */
const REPLACED_MAX = 5;
const REPLACED = 'STORE_REPLACED';

/** Name of the metadata that says who wrote an object: the only way to know one's own after a lost reply. */
export const WRITER_MARK = 'millrace-writer';

interface Piece {
  readonly bytes: Uint8Array;
  readonly objectBytes: number;
  readonly etag: string;
}

/** The whole object. Its pieces are of one version, even if it is replaced meanwhile. */
export async function readObject(connection: S3Connection, key: string): Promise<Uint8Array> {
  for (let attempt = 1; ; attempt++) {
    const first = await readPiece(connection, key, `bytes=0-${RANGE_BYTES_MAX - 1}`, null);
    if (first.bytes.length === first.objectBytes) return first.bytes;
    const whole = new Uint8Array(first.objectBytes);
    whole.set(first.bytes);
    try {
      await readInto(connection, key, whole, first.bytes.length, 0, first.etag);
      return whole;
    } catch (error) {
      const isReplaced = error instanceof AppError && error.code === REPLACED;
      if (!isReplaced || attempt === REPLACED_MAX) throw error;
    }
  }
}

export async function readRange(
  connection: S3Connection,
  key: string,
  offset: number,
  length: number,
): Promise<Uint8Array> {
  connection.nameOf(key);
  if (length === 0) return new Uint8Array(0);
  if (length <= RANGE_BYTES_MAX) return readOneRange(connection, key, offset, length);
  const bytes = new Uint8Array(length);
  await readInto(connection, key, bytes, 0, offset, null);
  return bytes;
}

/** Null if there is no such object. `writer` is the mark of who wrote it, empty for none. */
export async function readInfo(
  connection: S3Connection,
  key: string,
): Promise<(ObjectInfo & { readonly writer: string }) | null> {
  const Key = connection.nameOf(key);
  return connection.retry(
    `reading \`${key}\``,
    async (signal) => {
      const reply = await connection.client.send(
        new HeadObjectCommand({ Bucket: connection.bucket, Key }),
        { abortSignal: signal },
      );
      return {
        key,
        bytes: reply.ContentLength ?? 0,
        etag: reply.ETag ?? '',
        writer: reply.Metadata?.[WRITER_MARK] ?? '',
      };
    },
    (error) => (isMissing(failureOf(error)) ? null : undefined),
  );
}

export async function readTail(
  connection: S3Connection,
  key: string,
  length: number,
): Promise<ObjectTail> {
  const { bytes, objectBytes } = await readPiece(connection, key, `bytes=-${length}`, null);
  return { bytes, objectBytes };
}

/** Fills target[from …] with the bytes of the object from `offset + from`, several requests at a time. */
async function readInto(
  connection: S3Connection,
  key: string,
  target: Uint8Array,
  from: number,
  offset: number,
  etag: string | null,
): Promise<void> {
  let next = from;
  const readSome = async (): Promise<void> => {
    while (next < target.length) {
      const start = next;
      const length = Math.min(RANGE_BYTES_MAX, target.length - start);
      next += length;
      try {
        target.set(await readOneRange(connection, key, offset + start, length, etag), start);
      } catch (error) {
        // The others finish the request they are at and begin no more.
        next = target.length;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: RANGES_IN_FLIGHT }, readSome));
}

async function readOneRange(
  connection: S3Connection,
  key: string,
  offset: number,
  length: number,
  etag: string | null = null,
): Promise<Uint8Array> {
  const range = `bytes=${offset}-${offset + length - 1}`;
  const piece = await readPiece(connection, key, range, etag);
  if (piece.bytes.length < length) {
    throw tooShort(connection.description, key, offset + length, piece.objectBytes);
  }
  return piece.bytes;
}

async function readPiece(
  connection: S3Connection,
  key: string,
  range: string,
  etag: string | null,
): Promise<Piece> {
  const doing = `reading \`${key}\``;
  const Key = connection.nameOf(key);
  return connection.retry(
    doing,
    async (signal) => {
      const reply = await connection.client.send(
        new GetObjectCommand({
          Bucket: connection.bucket,
          Key,
          Range: range,
          ...(etag === null ? {} : { IfMatch: etag }),
        }),
        { abortSignal: signal },
      );
      const length = reply.ContentLength ?? 0;
      const total = /\/(\d+)$/.exec(reply.ContentRange ?? '')?.[1];
      const bytes = new Uint8Array(length);
      // In Node the body is a stream; it is destroyed by the deadline and by leaving the loop early.
      const body = addAbortSignal(signal, reply.Body as Readable);
      let at = 0;
      for await (const chunk of body as AsyncIterable<Uint8Array>) {
        if (at + chunk.length > length) throw connection.incomplete(doing, 'the body is too long');
        bytes.set(chunk, at);
        at += chunk.length;
      }
      if (at < length) {
        throw connection.incomplete(doing, `the body ends after ${at} of ${length} bytes`);
      }
      return {
        bytes,
        objectBytes: total === undefined ? length : Number(total),
        etag: reply.ETag ?? '',
      };
    },
    async (error) => {
      const failure = failureOf(error);
      if (isMissing(failure)) throw notFound(connection.description, key);
      if (failure.status === 412) {
        const where = `${doing} in ${connection.description}`;
        throw new AppError('transient', REPLACED, `${where}: it was replaced while it was read`);
      }
      if (failure.status !== 416) return undefined;
      // Nothing lies in the range: the object is empty, or ends before it.
      const info = await readInfo(connection, key);
      if (info === null) throw notFound(connection.description, key);
      return { bytes: new Uint8Array(0), objectBytes: info.bytes, etag: info.etag };
    },
  );
}
