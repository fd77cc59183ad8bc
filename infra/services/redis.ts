/** A real Redis for tests and local clusters, with the settings that the queue needs. */
import { Redis } from 'ioredis';
import { findLaunch, ServerProcess, type Launch } from './server-process.ts';

export interface RedisServer {
  readonly url: string;
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>;
  /** Starts it after `kill`; it reads its append-only file, so it knows what it knew. */
  launch(): Promise<void>;
  /** `kill`, then `launch`. */
  restart(): Promise<void>;
  /** Freezes it: connections stay open and nothing answers. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Loses everything: FLUSHALL. */
  flush(): Promise<void>;
  /** Ends it and removes its files. */
  stop(): Promise<void>;
}

export function findRedis(): Promise<Launch | null> {
  return findLaunch('redis-server', 'redis:7-alpine');
}

/** Starts one on a free loopback port. Throws with its log if it does not answer within 30 s. */
export async function startRedis(launch: Launch): Promise<RedisServer> {
  const server = await ServerProcess.start(
    {
      name: 'redis',
      containerPort: 6379,
      args: ({ folder, host, port }) => [
        ...['--bind', host, '--port', String(port), '--dir', folder],
        // An evicted key would be a lost task; the append-only file survives a crash.
        ...['--maxmemory-policy', 'noeviction', '--appendonly', 'yes', '--save', ''],
        ...['--protected-mode', 'no'],
      ],
      isReady: async (port) => (await command(port, 'PING')) === 'PONG',
    },
    launch,
  );
  return {
    url: `redis://127.0.0.1:${server.port}`,
    kill: () => server.kill(),
    launch: () => server.launch(),
    restart: () => server.restart(),
    pause: () => server.pause(),
    resume: () => server.resume(),
    flush: async () => {
      await command(server.port, 'FLUSHALL');
    },
    stop: () => server.stop(),
  };
}

async function command(port: number, name: 'PING' | 'FLUSHALL'): Promise<unknown> {
  const client = new Redis({
    host: '127.0.0.1',
    port,
    lazyConnect: true,
    enableOfflineQueue: false,
    connectTimeout: 2_000,
    maxRetriesPerRequest: 0,
    retryStrategy: null,
  });
  // Without a listener ioredis prints what `connect` reports anyway.
  client.on('error', () => {});
  try {
    await client.connect();
    return await client.call(name);
  } finally {
    client.disconnect();
  }
}
