/** Whatever is killed in the middle of a run, on real Redis and MinIO: the run ends with the bytes of an undisturbed one. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, inject, test } from 'vitest';
import { connectRemote } from '../../coordinator/client/remote-client.ts';
import { findRedis, startRedis } from '../../infra/services/redis.ts';
import type { RunProgress } from '../../shared/wire/query-request.ts';
import { Bucket } from '../support/bucket.ts';
import { TestCluster } from '../support/cluster.ts';
import {
  MANY_CELLS,
  sourceRequest,
  writeSources,
  type Sources,
} from '../support/cluster-sources.ts';
import { openTestEngine } from '../support/engine.ts';
import { runQuery } from '../support/run-query.ts';

/** Cells that are done when the fault comes: the run is under way, and most of it is still to come. */
const CELLS_BEFORE_FAULT = 15;

let folder: string;
let sources: Sources;
let expected: Buffer;
const clusters: TestCluster[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-faults-'));
  sources = await writeSources(folder);
  const engine = await openTestEngine();
  expected = (await runQuery(engine, sourceRequest(sources))).bytes;
  await engine.close();
});

afterEach(async () => {
  for (const cluster of clusters.splice(0)) await cluster.stop();
});

afterAll(() => rm(folder, { recursive: true, force: true }));

async function startCluster(
  storePrefix: string,
  workers: number,
  redisUrl: string = inject('redisUrl'),
): Promise<TestCluster> {
  const cluster = new TestCluster({
    redisUrl,
    place: inject('s3'),
    storePrefix,
    allowFiles: [folder],
  });
  clusters.push(cluster);
  await cluster.startCoordinator();
  for (let worker = 0; worker < workers; worker++) await cluster.startWorker();
  return cluster;
}

/** Runs the query; `fault` happens once, when some cells are done. */
async function runWithFault(
  cluster: TestCluster,
  fault: () => Promise<void>,
): Promise<{ readonly bytes: Buffer; readonly seen: readonly RunProgress[] }> {
  const client = connectRemote(cluster.url);
  const seen: RunProgress[] = [];
  const faults: Promise<void>[] = [];
  try {
    const { bytes } = await runQuery(
      client,
      sourceRequest(sources, { tuning: MANY_CELLS }),
      (progress) => {
        seen.push(progress);
        if (progress.phase !== 'computing' || progress.cellsDone < CELLS_BEFORE_FAULT) return;
        if (faults.length === 0) faults.push(fault());
      },
    );
    if (faults.length === 0) throw new Error('the run was over before the fault');
    await Promise.all(faults);
    return { bytes, seen };
  } finally {
    await client.close();
  }
}

test('without faults, many cells on two workers give the bytes of one thread in memory', async () => {
  const cluster = await startCluster('plain', 2);
  const client = connectRemote(cluster.url);
  const { bytes, summary } = await runQuery(client, sourceRequest(sources, { tuning: MANY_CELLS }));
  expect(summary.cells).toBeGreaterThan(50);
  expect(bytes.equals(expected)).toBe(true);
  await client.close();
});

test('a worker is killed', async () => {
  const cluster = await startCluster('worker-killed', 2);
  const { bytes } = await runWithFault(cluster, () => cluster.workers[0]!.kill());
  expect(bytes.equals(expected)).toBe(true);
});

test('a worker freezes longer than its lock, then wakes', async () => {
  const cluster = await startCluster('worker-frozen', 2);
  const [worker] = cluster.workers;
  const { bytes } = await runWithFault(cluster, async () => {
    worker!.pause();
    setTimeout(() => worker!.resume(), 6_000);
  });
  expect(bytes.equals(expected)).toBe(true);
});

test('a worker is asked to end, and hands back what it holds', async () => {
  const cluster = await startCluster('worker-ended', 2);
  const [worker] = cluster.workers;
  const { bytes } = await runWithFault(cluster, () => worker!.stop());
  expect(worker!.exitCode).toBe(0);
  expect(bytes.equals(expected)).toBe(true);
});

test('the coordinator is killed and comes back: finished cells stay finished', async () => {
  const cluster = await startCluster('coordinator-killed', 2);
  const { bytes, seen } = await runWithFault(cluster, async () => {
    await cluster.coordinator.kill();
    await cluster.startCoordinator();
  });
  expect(bytes.equals(expected)).toBe(true);
  const counts = seen.filter(({ phase }) => phase === 'computing').map((each) => each.cellsDone);
  expect(counts).toEqual(counts.toSorted((left, right) => left - right));
});

test('the coordinator is asked to end: the run is not cancelled, the next coordinator ends it', async () => {
  const cluster = await startCluster('coordinator-ended', 2);
  const { bytes } = await runWithFault(cluster, async () => {
    await cluster.coordinator.stop();
    expect(cluster.coordinator.exitCode).toBe(0);
    await cluster.startCoordinator();
  });
  expect(bytes.equals(expected)).toBe(true);
});

test('Redis forgets everything', async () => {
  const launch = await findRedis();
  if (launch === null) throw new Error('the set-up found a Redis a moment ago');
  const redis = await startRedis(launch);
  try {
    const cluster = await startCluster('redis-flushed', 2, redis.url);
    const { bytes } = await runWithFault(cluster, () => redis.flush());
    expect(bytes.equals(expected)).toBe(true);
    for (const cluster_ of clusters.splice(0)) await cluster_.stop();
  } finally {
    await redis.stop();
  }
});

test('Redis is killed and comes back', async () => {
  const launch = await findRedis();
  if (launch === null) throw new Error('the set-up found a Redis a moment ago');
  const redis = await startRedis(launch);
  try {
    const cluster = await startCluster('redis-killed', 2, redis.url);
    const { bytes } = await runWithFault(cluster, () => redis.restart());
    expect(bytes.equals(expected)).toBe(true);
    for (const cluster_ of clusters.splice(0)) await cluster_.stop();
  } finally {
    await redis.stop();
  }
});

test('a cancelled run stops, and leaves nothing but its ledger', async () => {
  const cluster = await startCluster('cancelled', 2);
  const client = connectRemote(cluster.url);
  const abort = new AbortController();
  const running = runQuery(
    client,
    sourceRequest(sources, { tuning: MANY_CELLS }),
    ({ cellsDone }) => {
      if (cellsDone >= CELLS_BEFORE_FAULT) abort.abort();
    },
    abort.signal,
  );
  await expect(running).rejects.toMatchObject({ class: 'user', code: 'CANCELLED' });
  await expect.poll(async () => (await client.runs())[0]?.status).toBe('cancelled');
  const [info] = await client.runs();
  const bucket = new Bucket(inject('s3'));
  await expect
    .poll(() => bucket.keys(`cancelled/runs/${info!.runId}/`), { timeout: 20_000 })
    .toSatisfy((keys: readonly string[]) => keys.every((key) => /\/[a-z]+\.json$/.test(key)));
  await client.close();
});
