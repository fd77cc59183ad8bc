/** The bucket of the cluster tests as another program sees it: the `minio` client, none of our own code. */
import { Client } from 'minio';
import type { S3Place } from '../../infra/services/minio.ts';

export class Bucket {
  readonly #client: Client;
  readonly #name: string;

  constructor({ endpoint, accessKeyId, secretAccessKey, bucket }: S3Place) {
    const { hostname, port } = new URL(endpoint);
    this.#name = bucket;
    this.#client = new Client({
      endPoint: hostname,
      port: Number(port),
      useSSL: false,
      accessKey: accessKeyId,
      secretKey: secretAccessKey,
    });
  }

  async keys(prefix: string): Promise<readonly string[]> {
    const keys: string[] = [];
    // Typed as a stream of anything by the library.
    const items: AsyncIterable<{ readonly name?: string }> = this.#client.listObjectsV2(
      this.#name,
      prefix,
      true,
    );
    for await (const { name } of items) if (name !== undefined) keys.push(name);
    return keys;
  }

  async read(key: string): Promise<Buffer> {
    const blocks: Buffer[] = [];
    const stream: AsyncIterable<Buffer> = await this.#client.getObject(this.#name, key);
    for await (const block of stream) blocks.push(block);
    return Buffer.concat(blocks);
  }

  async write(key: string, body: Buffer): Promise<void> {
    await this.#client.putObject(this.#name, key, body, body.length);
  }
}
