/** Opens the object store that a location names: a folder, a bucket, or memory. */
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { AppError } from '../base/app-error.ts';
import { unreachable } from '../base/assert.ts';
import { openFileStore } from './file-store.ts';
import { openMemoryStore } from './memory-store.ts';
import type { ObjectStore } from './object-store.ts';
import type { Chance, S3Config } from './s3-connection.ts';

/** Plain data, so that it can be handed to a worker thread; for S3 with its secret, so never print it. */
export type StoreConfig =
  | { readonly kind: 'file'; readonly root: string }
  | { readonly kind: 's3'; readonly s3: S3Config }
  | { readonly kind: 'memory' };

/** How to reach S3: what a location does not say. */
export interface S3Access {
  readonly endpoint?: string;
  readonly region?: string;
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
  /** If not given: true with an endpoint, false for AWS. */
  readonly forcePathStyle?: boolean;
}

const systemChance: Chance = { random: Math.random, uniqueId: randomUUID };

/** `s3://bucket/prefix`, `memory:`, `file:///folder` or the path of a folder. */
export function storeConfigOf(location: string, access: S3Access = {}): StoreConfig {
  if (location === 'memory:') return { kind: 'memory' };
  if (location.startsWith('file:')) return { kind: 'file', root: fileURLToPath(location) };
  if (location.startsWith('s3:')) return { kind: 's3', s3: s3ConfigOf(location, access) };
  if (location === '' || /^[a-z][a-z0-9+.-]+:/i.test(location)) {
    throw badLocation(location, 'give a folder, `s3://bucket/prefix` or `memory:`');
  }
  return { kind: 'file', root: location };
}

const S3_LOCATION = /^s3:\/\/([a-z0-9][a-z0-9.-]+)(?:\/(.*?))?\/?$/;
const S3_PREFIX = /^[A-Za-z0-9_=-][A-Za-z0-9._=-]*(\/[A-Za-z0-9_=-][A-Za-z0-9._=-]*)*$/;

function s3ConfigOf(location: string, access: S3Access): S3Config {
  // Secrets in a location end up in logs; they are refused, and not repeated in the message.
  if (location.includes('@')) throw badLocation('s3://…', 'give the credentials apart from it');
  const [, bucket, prefix = ''] = S3_LOCATION.exec(location) ?? [];
  if (bucket === undefined || prefix.includes('..') || (prefix !== '' && !S3_PREFIX.test(prefix))) {
    throw badLocation(location, 'write it as `s3://bucket/prefix`');
  }
  const { accessKeyId = null, secretAccessKey = null, endpoint = null } = access;
  if ((accessKeyId === null) !== (secretAccessKey === null)) {
    throw badLocation(location, 'an access key needs its secret, and the reverse');
  }
  return {
    bucket,
    prefix,
    region: access.region ?? 'us-east-1',
    endpoint,
    accessKeyId,
    secretAccessKey,
    forcePathStyle: access.forcePathStyle ?? endpoint !== null,
  };
}

function badLocation(location: string, advice: string): AppError {
  return new AppError('user', 'STORE_LOCATION', `\`${location}\` names no store: ${advice}`);
}

/** Each call opens `memory:` anew. Nothing is contacted yet: `checkStore` does that. */
export async function openStore(
  location: StoreConfig | string,
  chance: Chance = systemChance,
): Promise<ObjectStore> {
  const config = typeof location === 'string' ? storeConfigOf(location) : location;
  switch (config.kind) {
    case 'file':
      return openFileStore(config.root);
    case 'memory':
      return openMemoryStore();
    case 's3': {
      // Loaded when needed: the SDK costs every thread of a program that uses a folder.
      const { openS3Store } = await import('./s3-store.ts');
      return openS3Store(config.s3, chance);
    }
    default:
      return unreachable(config);
  }
}

/** Tests that the store can do what we lean on; throws AppError('user', 'STORE_UNFIT') with the first thing it cannot. */
export async function checkStore(
  location: StoreConfig | string,
  chance: Chance = systemChance,
): Promise<void> {
  const config = typeof location === 'string' ? storeConfigOf(location) : location;
  const { testStore } = await import('./self-test.ts');
  const store = await openStore(config, chance);
  if (config.kind !== 's3') return testStore(store, store, chance.uniqueId());
  const { openS3Store } = await import('./s3-store.ts');
  return testStore(store, openS3Store(config.s3, chance, 0), chance.uniqueId());
}
