/** An object store in a bucket of S3 or of a store that speaks its protocol. */
import { DeleteObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { bytesOf } from './join-bytes.ts';
import { assertPrefix } from './object-key.ts';
import type {
  ObjectInfo,
  ObjectStore,
  ObjectTail,
  ObjectWriter,
  PutOutcome,
} from './object-store.ts';
import { S3Connection } from './s3-connection.ts';
import type { Chance, S3Config } from './s3-connection.ts';
import { failureOf, isMissing } from './s3-failure.ts';
import { readInfo, readObject, readRange, readTail } from './s3-read.ts';
import { openPartWriter, PART_BYTES, writeObject } from './s3-write.ts';
import type { WriteCondition } from './s3-write.ts';

/** One by one: DeleteObjects needs a checksum that several stores refuse. */
const DELETES_IN_FLIGHT = 16;

class S3Store implements ObjectStore {
  readonly description: string;
  readonly #connection: S3Connection;
  readonly #singlePutBytesMax: number;

  constructor(connection: S3Connection, singlePutBytesMax: number) {
    this.#connection = connection;
    this.#singlePutBytesMax = singlePutBytesMax;
    this.description = connection.description;
  }

  async get(key: string): Promise<Uint8Array> {
    return readObject(this.#connection, key);
  }

  async getRange(key: string, offset: number, length: number): Promise<Uint8Array> {
    return readRange(this.#connection, key, offset, length);
  }

  async getTail(key: string, length: number): Promise<ObjectTail> {
    return readTail(this.#connection, key, length);
  }

  async head(key: string): Promise<ObjectInfo | null> {
    const info = await readInfo(this.#connection, key);
    return info === null ? null : { key, bytes: info.bytes, etag: info.etag };
  }

  async put(key: string, body: readonly Uint8Array[]): Promise<void> {
    await this.#write(key, body, null);
  }

  async putIfAbsent(key: string, body: readonly Uint8Array[]): Promise<PutOutcome> {
    return this.#write(key, body, 'absent');
  }

  async compareAndSwap(
    key: string,
    body: readonly Uint8Array[],
    etag: string | null,
  ): Promise<PutOutcome> {
    // What is swapped is a small root; it goes in one put whatever its size.
    return writeObject(this.#connection, key, body, etag === null ? 'absent' : { etag });
  }

  async *list(prefix: string): AsyncIterable<ObjectInfo> {
    assertPrefix(prefix);
    const connection = this.#connection;
    let token: string | undefined;
    do {
      const continuation = token === undefined ? {} : { ContinuationToken: token };
      const page = await connection.retry(`listing \`${prefix}\``, (signal) =>
        connection.client.send(
          new ListObjectsV2Command({
            Bucket: connection.bucket,
            Prefix: connection.prefixed(prefix),
            ...continuation,
          }),
          { abortSignal: signal },
        ),
      );
      for (const { Key, Size, ETag } of page.Contents ?? []) {
        yield { key: connection.keyOf(Key ?? ''), bytes: Size ?? 0, etag: ETag ?? '' };
      }
      token = page.NextContinuationToken;
    } while (token !== undefined);
  }

  async delete(keys: readonly string[]): Promise<void> {
    let next = 0;
    const deleteSome = async (): Promise<void> => {
      for (let key = keys[next++]; key !== undefined; key = keys[next++]) await this.#delete(key);
    };
    await Promise.all(Array.from({ length: DELETES_IN_FLIGHT }, deleteSome));
  }

  async openWriter(key: string): Promise<ObjectWriter> {
    return openPartWriter(this.#connection, key, this.#singlePutBytesMax);
  }

  async #delete(key: string): Promise<void> {
    const { client, bucket } = this.#connection;
    const Key = this.#connection.nameOf(key);
    await this.#connection.retry<unknown>(
      `deleting \`${key}\``,
      (signal) =>
        client.send(new DeleteObjectCommand({ Bucket: bucket, Key }), { abortSignal: signal }),
      (error) => (isMissing(failureOf(error)) ? null : undefined),
    );
  }

  async #write(
    key: string,
    body: readonly Uint8Array[],
    condition: Exclude<WriteCondition, { readonly etag: string }>,
  ): Promise<PutOutcome> {
    if (bytesOf(body) <= this.#singlePutBytesMax) {
      return writeObject(this.#connection, key, body, condition);
    }
    const writer = await this.openWriter(key);
    try {
      for (const chunk of body) await writer.write(chunk);
      return await writer.finish({ ifAbsent: condition === 'absent' });
    } catch (error) {
      // What went wrong first is what to tell; parts left behind fall to the bucket's rule for unfinished uploads.
      await writer.abort().catch(() => {});
      throw error;
    }
  }
}

/** `singlePutBytesMax` 0 sends everything in parts: the self-test does, to see that path with small bodies. */
export function openS3Store(
  config: S3Config,
  chance: Chance,
  singlePutBytesMax: number = PART_BYTES,
): ObjectStore {
  return new S3Store(new S3Connection(config, chance), singlePutBytesMax);
}
