/** Redis and MinIO together: what a cluster leans on. Found, installed where asked for, started, stopped. */
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { findMinio, startMinio, type MinioServer, type S3Place } from './minio.ts';
import { findRedis, startRedis, type RedisServer } from './redis.ts';
import { cacheFolder } from './server-process.ts';

const MINIO_MODULE = 'github.com/minio/minio@v0.0.0-20260212201848-7aac2a2c5b7c';
const INSTALL_DEADLINE_MS = 20 * 60_000;

export interface Services {
  readonly redisUrl: string;
  readonly s3: S3Place;
  readonly redis: RedisServer;
  readonly minio: MinioServer;
  stop(): Promise<void>;
}

/** Names of what is missing on this machine; empty if everything is there. */
export async function missingServices(): Promise<readonly string[]> {
  const [redis, minio] = await Promise.all([findRedis(), findMinio()]);
  return [...(redis === null ? ['redis-server'] : []), ...(minio === null ? ['minio'] : [])];
}

/** Starts both. Throws, saying what is missing and how to get it, before anything is started. */
export async function startServices(): Promise<Services> {
  const [redisLaunch, minioLaunch] = await Promise.all([findRedis(), findMinio()]);
  if (redisLaunch === null || minioLaunch === null)
    throw new Error(missingText(await missingServices()));
  const redis = await startRedis(redisLaunch);
  let minio: MinioServer;
  try {
    minio = await startMinio(minioLaunch);
  } catch (error) {
    await redis.stop();
    throw error;
  }
  return {
    redisUrl: redis.url,
    s3: minio.s3,
    redis,
    minio,
    stop: async () => {
      await Promise.all([redis.stop(), minio.stop()]);
    },
  };
}

export function missingText(missing: readonly string[]): string {
  return [
    `Not found on this machine: ${missing.join(', ')}.`,
    `Looked for on PATH, in ${cacheFolder()}, and for a running Docker or Podman.`,
    'Install by hand (https://redis.io, https://min.io), start Docker, or, on Debian and Ubuntu with Go:',
    '  npm run services -- install',
  ].join('\n');
}

/**
 * Installs what is missing: Redis from the system's packages, MinIO built from source into our cache folder.
 * Only on request, since it changes the machine. Throws with the command that failed.
 */
export async function installServices(say: (line: string) => void): Promise<void> {
  const missing = await missingServices();
  if (missing.includes('redis-server')) {
    const asRoot = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
    const env = { DEBIAN_FRONTEND: 'noninteractive' };
    await run(say, [...asRoot, 'apt-get', 'update', '-qq'], env);
    await run(say, [...asRoot, 'apt-get', 'install', '-y', '-qq', 'redis-server'], env);
  }
  if (missing.includes('minio')) {
    mkdirSync(cacheFolder(), { recursive: true });
    await run(say, ['go', 'install', MINIO_MODULE], { GOBIN: cacheFolder() });
  }
  const left = await missingServices();
  if (left.length > 0) throw new Error(missingText(left));
}

function run(
  say: (line: string) => void,
  command: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const line = command.join(' ');
  say(`$ ${line}`);
  const [program = '', ...args] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, ...env },
      timeout: INSTALL_DEADLINE_MS,
    });
    child.on('error', (error) => reject(new Error(`${line}: ${error.message}`, { cause: error })));
    child.on('exit', (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`${line}: ended with ${signal ?? `status ${code}`}`));
    });
  });
}
