/**
 * Writes to S3. A conditional write can end in three ways: won, lost, and no reply. For the third each write carries
 * the mark of its writer in the object's metadata; when a later attempt meets a condition that no longer holds, we look
 * whether the object in place is our own.
 */
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { AppError, toAppError } from '../base/app-error.ts';
import { joinBytes } from './join-bytes.ts';
import type { ObjectWriter, PutOutcome } from './object-store.ts';
import type { S3Connection } from './s3-connection.ts';
import { failureOf, isAmbiguous, isConditionLost } from './s3-failure.ts';
import { readInfo, WRITER_MARK } from './s3-read.ts';

/** S3 wants parts of at least 5 MiB and at most 10,000 of them. */
export const PART_BYTES = 8 * 1024 * 1024;
const PARTS_MAX = 10_000;
/** Parts of one writer that are under way; one more is being filled. So a writer holds at most 32 MiB. */
const PARTS_IN_FLIGHT = 3;

/** Condition of a write: the etag to replace, `absent` to create only, null for none. */
export type WriteCondition = { readonly etag: string } | 'absent' | null;

function headersOf(condition: WriteCondition): { IfMatch?: string; IfNoneMatch?: string } {
  if (condition === null) return {};
  return condition === 'absent' ? { IfNoneMatch: '*' } : { IfMatch: condition.etag };
}

/** One request; the body must fit in memory and in one put. */
export async function writeObject(
  connection: S3Connection,
  key: string,
  body: readonly Uint8Array[],
  condition: WriteCondition,
): Promise<PutOutcome> {
  const writer = connection.chance.uniqueId();
  const Body = joinBytes(body);
  const Key = connection.nameOf(key);
  return decideWrite(connection, key, writer, condition, (signal) =>
    connection.client.send(
      new PutObjectCommand({
        Bucket: connection.bucket,
        Key,
        Body,
        ContentLength: Body.length,
        Metadata: { [WRITER_MARK]: writer },
        ...headersOf(condition),
      }),
      { abortSignal: signal },
    ),
  );
}

/**
 * Sends a write until it is known how it ended. A writer that had won and was then replaced by another before it could
 * look is told `lost`: it must read the object again in any case.
 */
async function decideWrite(
  connection: S3Connection,
  key: string,
  writer: string,
  condition: WriteCondition,
  send: (signal: AbortSignal) => Promise<unknown>,
): Promise<PutOutcome> {
  let mayBeWritten = false;
  const exists = async (): Promise<boolean> => (await readInfo(connection, key)) !== null;
  const isOurs = async (): Promise<boolean> => (await readInfo(connection, key))?.writer === writer;
  return connection.retry<PutOutcome>(
    `writing \`${key}\``,
    async (signal) => {
      await send(signal);
      return 'won';
    },
    async (error) => {
      const failure = failureOf(error);
      // NoSuchUpload: an earlier attempt has completed the upload, or the store has dropped it.
      const isGone = failure.name === 'NoSuchUpload';
      if (isGone || (condition !== null && isConditionLost(failure))) {
        if (mayBeWritten && (await isOurs())) return 'won';
        if (!isGone || (condition === 'absent' && (await exists()))) return 'lost';
        throw connection.incomplete(`writing \`${key}\``, 'the store has dropped the upload');
      }
      if (isAmbiguous(failure)) mayBeWritten = true;
      return undefined;
    },
  );
}

class PartWriter implements ObjectWriter {
  readonly #connection: S3Connection;
  readonly #key: string;
  readonly #name: string;
  readonly #writer: string;
  readonly #singlePutBytesMax: number;
  /** Buffers of parts that have arrived, to be filled again. */
  readonly #free: Uint8Array[] = [];
  readonly #inFlight = new Set<Promise<void>>();
  readonly #etags: string[] = [];
  #filling: Uint8Array = new Uint8Array(PART_BYTES);
  #filled = 0;
  #parts = 0;
  #uploadId: string | null = null;
  #failure: AppError | null = null;

  constructor(connection: S3Connection, key: string, singlePutBytesMax: number) {
    this.#connection = connection;
    this.#key = key;
    this.#name = connection.nameOf(key);
    this.#writer = connection.chance.uniqueId();
    this.#singlePutBytesMax = singlePutBytesMax;
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      if (this.#filled === PART_BYTES) await this.#sendPart();
      const count = Math.min(bytes.length - at, PART_BYTES - this.#filled);
      this.#filling.set(bytes.subarray(at, at + count), this.#filled);
      this.#filled += count;
      at += count;
    }
  }

  async finish({ ifAbsent }: { ifAbsent: boolean }): Promise<PutOutcome> {
    const condition: WriteCondition = ifAbsent ? 'absent' : null;
    if (this.#uploadId === null && this.#filled <= this.#singlePutBytesMax) {
      const body = [this.#filling.subarray(0, this.#filled)];
      return writeObject(this.#connection, this.#key, body, condition);
    }
    if (this.#filled > 0 || this.#parts === 0) await this.#sendPart();
    await Promise.all(this.#inFlight);
    if (this.#failure !== null) throw this.#failure;
    const outcome = await this.#complete(condition);
    if (outcome === 'lost') await this.abort();
    this.#uploadId = null;
    return outcome;
  }

  async abort(): Promise<void> {
    await Promise.all(this.#inFlight);
    const uploadId = this.#uploadId;
    if (uploadId === null) return;
    this.#uploadId = null;
    await this.#connection.retry<void | null>(
      `aborting the upload of \`${this.#key}\``,
      async (signal) => {
        await this.#connection.client.send(
          new AbortMultipartUploadCommand({ ...this.#place(), UploadId: uploadId }),
          { abortSignal: signal },
        );
      },
      (error) => (failureOf(error).name === 'NoSuchUpload' ? null : undefined),
    );
  }

  #place(): { Bucket: string; Key: string } {
    return { Bucket: this.#connection.bucket, Key: this.#name };
  }

  /** Sends what is filled as the next part and returns when another buffer is free. */
  async #sendPart(): Promise<void> {
    this.#uploadId ??= await this.#begin();
    const uploadId = this.#uploadId;
    if (this.#parts === PARTS_MAX) {
      throw new AppError(
        'resource',
        'STORE_OBJECT_TOO_LARGE',
        `\`${this.#key}\` would have more than ${PARTS_MAX} parts of ${PART_BYTES} bytes`,
      );
    }
    this.#parts++;
    const part: Promise<void> = this.#upload(uploadId, this.#parts, this.#filling, this.#filled)
      // Told to the caller by the next `write` or `finish`.
      .catch((error: unknown) => {
        this.#failure ??= toAppError(error);
      })
      .finally(() => this.#inFlight.delete(part));
    this.#inFlight.add(part);
    if (this.#inFlight.size >= PARTS_IN_FLIGHT) await Promise.race(this.#inFlight);
    if (this.#failure !== null) throw this.#failure;
    this.#filling = this.#free.pop() ?? new Uint8Array(PART_BYTES);
    this.#filled = 0;
  }

  #begin(): Promise<string> {
    return this.#connection.retry(`writing \`${this.#key}\``, async (signal) => {
      const reply = await this.#connection.client.send(
        new CreateMultipartUploadCommand({
          ...this.#place(),
          Metadata: { [WRITER_MARK]: this.#writer },
        }),
        { abortSignal: signal },
      );
      return reply.UploadId!;
    });
  }

  async #upload(
    uploadId: string,
    number: number,
    buffer: Uint8Array,
    length: number,
  ): Promise<void> {
    const Body = buffer.subarray(0, length);
    const etag = await this.#connection.retry(`writing \`${this.#key}\``, async (signal) => {
      const reply = await this.#connection.client.send(
        new UploadPartCommand({
          ...this.#place(),
          UploadId: uploadId,
          PartNumber: number,
          Body,
          ContentLength: length,
        }),
        { abortSignal: signal },
      );
      return reply.ETag!;
    });
    this.#etags[number - 1] = etag;
    this.#free.push(buffer);
  }

  #complete(condition: WriteCondition): Promise<PutOutcome> {
    const Parts = this.#etags.map((ETag, index) => ({ ETag, PartNumber: index + 1 }));
    const UploadId = this.#uploadId!;
    return decideWrite(this.#connection, this.#key, this.#writer, condition, (signal) =>
      this.#connection.client.send(
        new CompleteMultipartUploadCommand({
          ...this.#place(),
          UploadId,
          MultipartUpload: { Parts },
          ...headersOf(condition),
        }),
        { abortSignal: signal },
      ),
    );
  }
}

/** A large object in parts; one that stays within `singlePutBytesMax` becomes one put. */
export function openPartWriter(
  connection: S3Connection,
  key: string,
  singlePutBytesMax: number,
): ObjectWriter {
  return new PartWriter(connection, key, singlePutBytesMax);
}
