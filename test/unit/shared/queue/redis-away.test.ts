/** Both sides of the queue without a Redis that takes them: real clients, several tries, one line with the cause. */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { createBullmqQueue } from '../../../../shared/queue/bullmq-queue.ts';
import { startBullmqWorker } from '../../../../shared/queue/bullmq-worker.ts';
import type { QueueState } from '../../../../shared/queue/queue-state.ts';

/** Several tries to connect, which are a second apart. */
const TRIES_MS = 2_500;
const REFUSAL = 'WRONGPASS invalid username-password pair or user is disabled.';

const ending: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of ending.splice(0)) await end();
});

/** A server that refuses every password. */
async function listen(): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      const commands = bytes.toString().match(/^\*\d+\r\n/gm)?.length ?? 0;
      socket.write(`-${REFUSAL}\r\n`.repeat(commands));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port };
}

test.each([
  ['refuses connections', 'ECONNREFUSED'],
  ['refuses the password', REFUSAL],
])('a Redis that %s', async (_how, cause) => {
  const { server, port } = await listen();
  if (cause === 'ECONNREFUSED') server.close();
  else ending.push(async () => server.close());
  const states: { readonly queue: QueueState[]; readonly worker: QueueState[] } = {
    queue: [],
    worker: [],
  };
  const redisUrl = `redis://:hush@127.0.0.1:${port}`;
  const queue = createBullmqQueue({
    redisUrl,
    prefix: 't',
    patienceMs: 0,
    onState: (state) => void states.queue.push(state),
    now: () => performance.now(),
  });
  const worker = startBullmqWorker({
    redisUrl,
    prefix: 't',
    slots: 1,
    run: async () => undefined,
    onState: (state) => void states.worker.push(state),
    now: () => performance.now(),
  });
  ending.unshift(
    () => queue.close(),
    () => worker.close(0),
  );
  await sleep(TRIES_MS);
  const away = [{ status: 'disconnected', cause }];
  expect(states).toEqual({ queue: away, worker: away });
  await expect(queue.ping()).rejects.toMatchObject({
    class: 'transient',
    code: 'QUEUE_UNAVAILABLE',
    message: `health check: the queue in Redis is not available (${cause})`,
  });
});
