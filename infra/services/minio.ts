/** A real MinIO, with one empty bucket, for tests and local clusters. */
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { findLaunch, ServerProcess, type Launch } from './server-process.ts';

/** Whoever can reach the loopback port of a throw-away server may read it: these are no secrets. */
const ACCESS_KEY_ID = 'millrace-test';
const SECRET_ACCESS_KEY = 'millrace-test-only';
const BUCKET = 'millrace';

export interface S3Place {
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly bucket: string;
}

export interface MinioServer {
  readonly s3: S3Place;
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>;
  /** Starts it after `kill`, with the objects that it had. */
  launch(): Promise<void>;
  restart(): Promise<void>;
  /** Freezes it: connections stay open and nothing answers. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Ends it and removes its files. */
  stop(): Promise<void>;
}

export function findMinio(): Promise<Launch | null> {
  return findLaunch('minio', 'minio/minio:latest');
}

/** Starts one on a free loopback port. Throws with its log if it does not answer within 30 s. */
export async function startMinio(launch: Launch): Promise<MinioServer> {
  const server = await ServerProcess.start(
    {
      name: 'minio',
      containerPort: 9000,
      args: ({ folder, host, port }) => [
        ...['server', folder, '--address', `${host}:${port}`],
        ...['--console-address', `${host}:0`, '--quiet'],
      ],
      env: {
        MINIO_ROOT_USER: ACCESS_KEY_ID,
        MINIO_ROOT_PASSWORD: SECRET_ACCESS_KEY,
        MINIO_BROWSER: 'off',
        // No calls to the outside from a test.
        MINIO_UPDATE: 'off',
      },
      isReady: async (port) => {
        const reply = await fetch(`http://127.0.0.1:${port}/minio/health/ready`, {
          signal: AbortSignal.timeout(2_000),
        });
        return reply.ok;
      },
    },
    launch,
  );
  const s3: S3Place = {
    endpoint: `http://127.0.0.1:${server.port}`,
    accessKeyId: ACCESS_KEY_ID,
    secretAccessKey: SECRET_ACCESS_KEY,
    bucket: BUCKET,
  };
  try {
    await createBucket(s3);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return {
    s3,
    kill: () => server.kill(),
    launch: () => server.launch(),
    restart: () => server.restart(),
    pause: () => server.pause(),
    resume: () => server.resume(),
    stop: () => server.stop(),
  };
}

async function createBucket(s3: S3Place): Promise<void> {
  const client = new S3Client({
    endpoint: s3.endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: s3.accessKeyId, secretAccessKey: s3.secretAccessKey },
    // Just started, it may still answer 503.
    maxAttempts: 8,
  });
  try {
    await client.send(new CreateBucketCommand({ Bucket: s3.bucket }), {
      abortSignal: AbortSignal.timeout(20_000),
    });
  } finally {
    client.destroy();
  }
}
