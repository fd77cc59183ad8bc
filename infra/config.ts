/** What the environment says, read here and nowhere else. Secrets pass through and are never printed. */
import { availableParallelism, homedir } from 'node:os';
import { join } from 'node:path';
import { parseHttpUrl, parseRedisUrl, SERVER_EXAMPLE } from '../coordinator/cli/urls.ts';
import { AppError } from '../shared/base/app-error.ts';
import type { S3Access } from '../shared/storage/open-store.ts';

/** Names and values of environment variables. */
export type Environment = Readonly<Record<string, string | undefined>>;

export interface Config {
  /** `MILLRACE_STORE`: a folder or s3:// URI. */
  readonly store: string | null;
  /** Where an embedded store is kept if nothing says otherwise. */
  readonly defaultStore: string;
  /** `MILLRACE_SERVER`: URL of a coordinator. */
  readonly server: string | null;
  /** `MILLRACE_REDIS`: URL of the queue; it may hold a password, so never print it. */
  readonly redis: string | null;
  /** `AWS_*` and `MILLRACE_S3_PATH_STYLE`. */
  readonly s3: S3Access;
  /** Threads that cells may use: one per core. */
  readonly threads: number;
}

/** What a coordinator process is given. */
export interface CoordinatorConfig {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly redis: string;
  /** A folder or s3:// URI. */
  readonly store: string;
  readonly s3: S3Access;
  /** Aborted when the process should end in order. */
  readonly signal: AbortSignal;
}

/** What a worker process is given. */
export interface WorkerConfig {
  readonly redis: string;
  /** A folder or s3:// URI. */
  readonly store: string;
  readonly s3: S3Access;
  readonly threads: number;
  /** Aborted when the process should end in order: no new cells, current ones end or are handed back. */
  readonly signal: AbortSignal;
}

/** Empty variables count as absent, as shells and compose files make them. Throws an AppError `ENVIRONMENT`. */
export function readConfig(environment: Environment = process.env): Config {
  const read = (name: string, parse = (text: string): string => text): string | null => {
    const value = environment[name]?.trim();
    return value === undefined || value === '' ? null : parse(value);
  };
  return {
    store: read('MILLRACE_STORE'),
    defaultStore: join(read('XDG_CACHE_HOME') ?? join(homedir(), '.cache'), 'millrace'),
    server: read('MILLRACE_SERVER', parseHttpUrl('MILLRACE_SERVER', SERVER_EXAMPLE)),
    redis: read('MILLRACE_REDIS', parseRedisUrl('MILLRACE_REDIS')),
    s3: readS3Access(read),
    threads: availableParallelism(),
  };
}

function readS3Access(read: (name: string) => string | null): S3Access {
  const endpoint = read('AWS_ENDPOINT_URL_S3') ?? read('AWS_ENDPOINT_URL');
  const region = read('AWS_REGION') ?? read('AWS_DEFAULT_REGION');
  const accessKeyId = read('AWS_ACCESS_KEY_ID');
  const secretAccessKey = read('AWS_SECRET_ACCESS_KEY');
  // Temporary credentials have a third part, which the SDK finds by itself.
  const areOurs = accessKeyId !== null && secretAccessKey !== null && !read('AWS_SESSION_TOKEN');
  const pathStyle = read('MILLRACE_S3_PATH_STYLE');
  if (pathStyle !== null && pathStyle !== 'true' && pathStyle !== 'false') {
    throw new AppError(
      'user',
      'ENVIRONMENT',
      `MILLRACE_S3_PATH_STYLE=${pathStyle}: true or false is expected`,
    );
  }
  return {
    ...(endpoint === null ? {} : { endpoint }),
    ...(region === null ? {} : { region }),
    ...(areOurs ? { accessKeyId, secretAccessKey } : {}),
    ...(pathStyle === null ? {} : { forcePathStyle: pathStyle === 'true' }),
  };
}
