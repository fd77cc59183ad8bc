/** The S3 store against a real server: the contract of every store, large objects, and replies that get lost. */
import { randomUUID } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, inject, test } from 'vitest';
import { checkStore } from '../../shared/storage/open-store.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import type { Chance, S3Config } from '../../shared/storage/s3-connection.ts';
import { openS3Store } from '../../shared/storage/s3-store.ts';
import { PART_BYTES } from '../../shared/storage/s3-write.ts';
import { describeStore, keysOf, text, textOf } from '../support/store-contract.ts';

const chance: Chance = { random: () => 0, uniqueId: randomUUID };

function configOf(change: Partial<S3Config> = {}): S3Config {
  const { endpoint, bucket, accessKeyId, secretAccessKey } = inject('s3');
  const place = { endpoint, bucket, accessKeyId, secretAccessKey };
  return {
    ...place,
    prefix: `t/${randomUUID()}`,
    region: 'us-east-1',
    forcePathStyle: true,
    ...change,
  };
}

describeStore('S3 store', async () => openS3Store(configOf(), chance));
describeStore('S3 store, everything in parts', async () => openS3Store(configOf(), chance, 0));

/** Bytes that tell their place, so that a part out of order is noticed. */
function pattern(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at++) bytes[at] = (at * 31 + (at >>> 13)) & 255;
  return bytes;
}

function isSame(left: Uint8Array, right: Uint8Array): boolean {
  return Buffer.compare(left, right) === 0;
}

describe('S3 store, large objects', () => {
  const bytes = pattern(3 * PART_BYTES + 12_345);

  test('are written in parts and read in ranges', async () => {
    const store = openS3Store(configOf(), chance);
    const writer = await store.openWriter('big');
    for (let at = 0; at < bytes.length; at += 1_000_003) {
      await writer.write(bytes.subarray(at, at + 1_000_003));
    }
    expect(await writer.finish({ ifAbsent: true })).toBe('won');
    expect(isSame(await store.get('big'), bytes)).toBe(true);
    const range = await store.getRange('big', 777, 2 * PART_BYTES);
    expect(isSame(range, bytes.subarray(777, 777 + 2 * PART_BYTES))).toBe(true);
    await expect(store.getRange('big', 10, bytes.length)).rejects.toMatchObject({
      code: 'STORE_OBJECT_SHORT',
    });
    await store.put('put', [bytes.subarray(0, 10), bytes.subarray(10)]);
    expect(isSame(await store.get('put'), bytes)).toBe(true);
    expect(await store.putIfAbsent('put', [bytes])).toBe('lost');
  });
});

test('the self-test passes a sound store', async () => {
  await checkStore({ kind: 's3', s3: configOf() });
});

test('refused credentials and a missing bucket are named, without the secret', async () => {
  const wrong = openS3Store(configOf({ secretAccessKey: 'hush-hush' }), chance);
  const error: unknown = await wrong.get('x').catch((reason: unknown) => reason);
  expect(error).toMatchObject({ class: 'user', code: 'STORE_FORBIDDEN' });
  expect(JSON.stringify(error) + String(error)).not.toContain('hush');
  const nowhere = openS3Store(configOf({ bucket: 'no-such-bucket' }), chance);
  await expect(nowhere.put('x', text('1'))).rejects.toMatchObject({
    class: 'user',
    code: 'STORE_BUCKET_MISSING',
  });
});

type Fault = (request: http.IncomingMessage) => 'lose-reply' | 'cut-body' | 'refuse' | null;

/** A proxy before the server that spoils chosen exchanges. */
class FaultyProxy {
  readonly #server: http.Server;
  fault: Fault = () => null;
  readonly requests: string[] = [];

  constructor(target: string) {
    const { hostname, port } = new URL(target);
    this.#server = http.createServer((request, response) => {
      this.requests.push(`${request.method}`);
      const fault = this.fault(request);
      if (fault === 'refuse') {
        request.resume();
        response.writeHead(503, { 'content-type': 'application/xml' });
        response.end('<Error><Code>SlowDown</Code><Message>Reduce your rate.</Message></Error>');
        return;
      }
      const { method, url, headers } = request;
      const forwarded = http.request({ hostname, port, method, path: url, headers }, (reply) => {
        if (fault === 'lose-reply') {
          reply.resume();
          reply.on('end', () => response.destroy());
          return;
        }
        response.writeHead(reply.statusCode!, reply.headers);
        if (fault === 'cut-body') {
          reply.once('data', (chunk: Buffer) => {
            response.write(chunk.subarray(0, chunk.length >> 1), () => response.destroy());
          });
          return;
        }
        reply.pipe(response);
      });
      request.pipe(forwarded);
    });
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    // A TCP server's address is an object.
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

describe('S3 store, when exchanges go wrong', () => {
  let proxy: FaultyProxy;

  /** `host` is signed, so the store must be told the address that the server sees: MinIO takes the header's. */
  async function through(singlePutBytesMax?: number): Promise<ObjectStore> {
    proxy = new FaultyProxy(inject('s3').endpoint);
    const endpoint = await proxy.start();
    return openS3Store(configOf({ endpoint }), chance, singlePutBytesMax);
  }

  afterEach(() => proxy.stop());

  /** Spoils the first request that `which` picks. */
  function once(
    fault: ReturnType<Fault>,
    which: (request: http.IncomingMessage) => boolean,
  ): Fault {
    let isDone = false;
    return (request) => {
      if (isDone || !which(request)) return null;
      isDone = true;
      return fault;
    };
  }

  test('a create whose reply is lost is known as won', async () => {
    const store = await through();
    proxy.fault = once('lose-reply', ({ method }) => method === 'PUT');
    expect(await store.putIfAbsent('k', text('mine'))).toBe('won');
    expect(await textOf(store, 'k')).toBe('mine');
    expect(proxy.requests.slice(0, 3)).toEqual(['PUT', 'PUT', 'HEAD']);
  });

  test('a create whose request never arrived is lost to who came first', async () => {
    const store = await through();
    await store.put('k', text('theirs'));
    proxy.fault = once('refuse', ({ method }) => method === 'PUT');
    expect(await store.putIfAbsent('k', text('theirs'))).toBe('lost');
  });

  test('a swap whose reply is lost is known as won', async () => {
    const store = await through();
    await store.put('root', text('v1'));
    const { etag } = (await store.head('root'))!;
    proxy.fault = once('lose-reply', ({ method }) => method === 'PUT');
    expect(await store.compareAndSwap('root', text('v2'), etag)).toBe('won');
    expect(await textOf(store, 'root')).toBe('v2');
  });

  test('a completed upload whose reply is lost is known as won', async () => {
    const store = await through(0);
    proxy.fault = once(
      'lose-reply',
      ({ method, url }) => method === 'POST' && !url!.includes('uploads'),
    );
    const writer = await store.openWriter('k');
    await writer.write(text('mine')[0]!);
    expect(await writer.finish({ ifAbsent: true })).toBe('won');
    expect(await textOf(store, 'k')).toBe('mine');
  });

  test('a body that is cut short is read again', async () => {
    const store = await through();
    await store.put('k', [pattern(100_000)]);
    proxy.fault = once('cut-body', ({ method }) => method === 'GET');
    expect(isSame(await store.get('k'), pattern(100_000))).toBe(true);
    proxy.fault = once('cut-body', ({ method }) => method === 'GET');
    expect(isSame(await store.getRange('k', 5, 90_000), pattern(100_000).subarray(5, 90_005))).toBe(
      true,
    );
  });

  test('a store that asks to slow down is asked again, and in the end named as unavailable', async () => {
    const store = await through();
    let refusals = 0;
    proxy.fault = () => (refusals++ < 3 ? 'refuse' : null);
    await store.put('k', text('1'));
    proxy.fault = () => 'refuse';
    await expect(store.get('k')).rejects.toMatchObject({
      class: 'transient',
      code: 'STORE_UNAVAILABLE',
      message: expect.stringMatching(/^reading `k` in s3:\/\/.*503 SlowDown: Reduce your rate\./),
    });
  });

  test('parts of an aborted or lost upload do not stay', async () => {
    const store = await through(0);
    await store.put('k', text('first'));
    const late = await store.openWriter('k');
    await late.write(text('second')[0]!);
    expect(await late.finish({ ifAbsent: true })).toBe('lost');
    expect(proxy.requests.at(-1)).toBe('DELETE');
    expect(await keysOf(store, '')).toEqual(['k']);
  });
});
