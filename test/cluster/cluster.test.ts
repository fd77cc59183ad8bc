/** The main job on a cluster of real processes, Redis and MinIO: sources and results in S3, by API and by command. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { connectRemote } from '../../coordinator/client/remote-client.ts';
import { openEmbedded } from '../../infra/embedded.ts';
import type { Client } from '../../shared/wire/client.ts';
import type { FileFormat, QueryRequest } from '../../shared/wire/query-request.ts';
import { Bucket } from '../support/bucket.ts';
import { s3AccessOf, ServerChild, TestCluster } from '../support/cluster.ts';
import {
  sourceRequest,
  sourceTables,
  writeSources,
  type Sources,
} from '../support/cluster-sources.ts';
import { runQuery } from '../support/run-query.ts';

const MAIN = fileURLToPath(new URL('../../infra/main.ts', import.meta.url));
const STORE_PREFIX = 'cluster';

let folder: string;
/** In the folder, and the same bytes in MinIO. */
let local: Sources;
let remote: Sources;
let bucket: Bucket;
let cluster: TestCluster;
let client: Client;
let embedded: Client;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-cluster-'));
  local = await writeSources(folder);
  const place = inject('s3');
  bucket = new Bucket(place);
  const upload = async (path: string, key: string): Promise<string> => {
    await bucket.write(key, await readFile(path));
    return `s3://${place.bucket}/${key}`;
  };
  remote = {
    purchases: await upload(local.purchases, 'lake/purchases.csv'),
    reviews: await upload(local.reviews, 'lake/reviews.csv'),
  };
  embedded = await openEmbedded({
    storePath: join(folder, 'store'),
    threads: 1,
    s3: s3AccessOf(place),
  });
  cluster = new TestCluster({
    redisUrl: inject('redisUrl'),
    place,
    storePrefix: STORE_PREFIX,
    allowFiles: [folder],
  });
  await cluster.startCoordinator();
  await cluster.startWorker();
  await cluster.startWorker();
  client = connectRemote(cluster.url);
});

afterAll(async () => {
  await client.close();
  await embedded.close();
  await cluster.stop();
  await rm(folder, { recursive: true, force: true });
});

function outputAs(format: FileFormat, path: string | null = null): QueryRequest['output'] {
  return { path, format, layout: 'file', overwrite: false, timestamps: 'ns' };
}

test.each(['parquet', 'arrow', 'csv', 'jsonl'] as const)(
  'a history as %s has the bytes of the embedded mode, from files on disk and from MinIO',
  async (format) => {
    const request = sourceRequest(local, { output: outputAs(format) });
    const here = await runQuery(embedded, request);
    const there = await runQuery(client, { ...request, tuning: { ranges: 4, slices: 2 } });
    expect(there.bytes.equals(here.bytes)).toBe(true);
    const fromS3 = await runQuery(client, { ...request, tables: sourceTables(remote) });
    expect(fromS3.bytes.equals(here.bytes)).toBe(true);
    // The object itself, not what the coordinator says it is.
    const [key] = there.summary.files;
    expect((await bucket.read(`${STORE_PREFIX}/${key!}`)).equals(here.bytes)).toBe(true);
  },
);

test('final results have the bytes of the embedded mode', async () => {
  const request = sourceRequest(local, { results: 'final', output: outputAs('parquet') });
  const here = await runQuery(embedded, request);
  const there = await runQuery(client, { ...request, tuning: { ranges: 8, slices: 3 } });
  expect(there.bytes.equals(here.bytes)).toBe(true);
});

test('a Parquet file in MinIO is a source, by its name, its prefix and a glob', async () => {
  const made = await runQuery(embedded, sourceRequest(local, { output: outputAs('parquet') }));
  await bucket.write('lake/features/day=1/part 0.parquet', made.bytes);
  const place = inject('s3');
  const tables = (files: string): QueryRequest['tables'] => [
    { name: 'Features', files: [files], time: '_time', key: '_key' },
  ];
  const request = (files: string): QueryRequest => ({
    ...sourceRequest(local, { output: outputAs('csv') }),
    tables: tables(files),
    query: '{ best: max(Features.total), n: count(Features) }',
  });
  const lake = `s3://${place.bucket}/lake/features`;
  const byName = await runQuery(client, request(`${lake}/day=1/part 0.parquet`));
  expect(byName.summary.inputRows).toBe(made.summary.rows);
  for (const files of [`${lake}/`, `${lake}/*/*.parquet`]) {
    const found = await runQuery(client, request(files));
    expect(found.bytes.equals(byName.bytes)).toBe(true);
  }
});

test('a result goes to S3, whole, and is not replaced without being asked', async () => {
  const { bucket: name } = inject('s3');
  const path = `s3://${name}/results/totals.csv`;
  const request = sourceRequest(local, { output: outputAs('csv', path) });
  const here = await runQuery(embedded, sourceRequest(local));
  const reply = await client.query(request, () => undefined, new AbortController().signal);
  expect(reply).toMatchObject({ status: 'done', summary: { files: [path] } });
  expect((await bucket.read('results/totals.csv')).equals(here.bytes)).toBe(true);
  await expect(
    client.query(request, () => undefined, new AbortController().signal),
  ).rejects.toMatchObject({ class: 'user', code: 'RESULT_EXISTS' });
});

test('errors of a query come as diagnostics, those of files with their class', async () => {
  const wrong = { ...sourceRequest(local), query: 'sum(Purchases.amout)' };
  const reply = await client.query(wrong, () => undefined, new AbortController().signal);
  expect(reply).toMatchObject({ status: 'rejected', diagnostics: [{ code: 'E0001' }] });
  const { bucket: name } = inject('s3');
  const missing = sourceRequest({ ...remote, reviews: `s3://${name}/lake/none.csv` });
  await expect(
    client.query(missing, () => undefined, new AbortController().signal),
  ).rejects.toMatchObject({ class: 'user', code: 'SOURCE_NOT_FOUND' });
  const outside = sourceRequest({ ...local, reviews: '/etc/hostname' });
  await expect(
    client.query(outside, () => undefined, new AbortController().signal),
  ).rejects.toMatchObject({ class: 'user', code: 'LOCAL_FILE_FORBIDDEN' });
});

test('a table that could not be read can be read once it is mended', async () => {
  const rows = 'time,key,v\n2024-01-01T00:00:00Z,a,1\nnot a time,a,2\n';
  await bucket.write('lake/mended.csv', Buffer.from(rows));
  const { bucket: name } = inject('s3');
  const request: QueryRequest = {
    ...sourceRequest(local),
    tables: [{ name: 'T', files: [`s3://${name}/lake/mended.csv`], time: 'time', key: 'key' }],
    query: '{ s: sum(T.v) }',
  };
  for (let attempt = 0; attempt < 2; attempt++) {
    await expect(runQuery(client, request)).rejects.toMatchObject({ class: 'data' });
  }
  await bucket.write('lake/mended.csv', Buffer.from(rows.replace('not a time', '2024-01-02')));
  expect((await runQuery(client, request)).summary.rows).toBe(2);
});

test('the store, the queue and the numbers are seen over HTTP', async () => {
  const ready = await fetch(`${cluster.url}/health/ready`);
  expect(await ready.json()).toEqual({ status: 'ready', checks: { store: 'ok', queue: 'ok' } });
  const metrics = await (await fetch(`${cluster.url}/metrics`)).text();
  expect(metrics).toMatch(/^millrace_worker_slots 2$/m);
});

test('the command does the same: coordinator, worker and query', async () => {
  const place = inject('s3');
  const env = {
    ...process.env,
    AWS_ENDPOINT_URL: place.endpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: place.accessKeyId,
    AWS_SECRET_ACCESS_KEY: place.secretAccessKey,
    MILLRACE_REDIS: inject('redisUrl'),
    MILLRACE_STORE: `s3://${place.bucket}/by-command`,
  };
  const coordinator = new ServerChild(MAIN, ['coordinator', '--port', '0'], env);
  const worker = new ServerChild(MAIN, ['worker', '--threads', '2'], env);
  try {
    const [, url] = await coordinator.says(/listening on (http:\S+)/);
    await worker.says(/connected to the queue/);
    const output = join(folder, 'by-command.csv');
    const query = new ServerChild(MAIN, [
      ...['query', '--server', url!, '--output', output],
      ...['--table', `Purchases=${remote.purchases}`, '--time', 'time', '--key', 'user'],
      '{ total: sum(Purchases.amount) }',
    ]);
    await expect.poll(() => query.hasExited, { timeout: 60_000, interval: 100 }).toBe(true);
    expect(query.exitCode, query.log).toBe(0);
    const here = await runQuery(embedded, {
      ...sourceRequest(local),
      tables: [sourceTables(local)[0]!],
      query: '{ total: sum(Purchases.amount) }',
    });
    expect((await readFile(output)).equals(here.bytes)).toBe(true);
    for (const text of [coordinator.log, worker.log, query.log]) {
      expect(text).not.toContain(place.secretAccessKey);
    }
  } finally {
    await Promise.all([coordinator.stop(), worker.stop()]);
  }
  expect([coordinator.exitCode, worker.exitCode]).toEqual([0, 0]);
});
