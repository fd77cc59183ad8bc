/** The servers of the cluster tests are real: they answer, keep data over a crash, and lose it when told to. */
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Redis } from 'ioredis';
import { expect, inject, test } from 'vitest';
import { findRedis, startRedis } from '../../infra/services/redis.ts';

test('MinIO stores an object once under If-None-Match', async () => {
  const { endpoint, accessKeyId, secretAccessKey, bucket } = inject('s3');
  const client = new S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
  });
  const put = (body: string): Promise<unknown> =>
    client.send(
      new PutObjectCommand({ Bucket: bucket, Key: 'services-test', Body: body, IfNoneMatch: '*' }),
    );
  await put('first');
  await expect(put('second')).rejects.toMatchObject({ name: 'PreconditionFailed' });
  const reply = await client.send(new GetObjectCommand({ Bucket: bucket, Key: 'services-test' }));
  expect(await reply.Body?.transformToString()).toBe('first');
  client.destroy();
});

test('the shared Redis evicts nothing', async () => {
  const client = new Redis(inject('redisUrl'));
  expect(await client.call('CONFIG', 'GET', 'maxmemory-policy')).toEqual([
    'maxmemory-policy',
    'noeviction',
  ]);
  client.disconnect();
});

test('a Redis of our own comes back after a crash on the same port, and forgets on flush', async () => {
  const launch = await findRedis();
  if (launch === null) throw new Error('the set-up found a Redis a moment ago');
  const server = await startRedis(launch);
  const client = new Redis(server.url, { retryStrategy: () => 50, protocol: 2 });
  client.on('error', () => {});
  await client.set('a', '1');
  // The append-only file is synced every second.
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  await server.restart();
  expect(await client.get('a')).toBe('1');
  await server.flush();
  expect(await client.get('a')).toBeNull();
  client.disconnect();
  await server.stop();
});
