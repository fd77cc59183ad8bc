/** One bucket of an S3-compatible store: the SDK's client with deadlines, our retries, our names. */
import { setTimeout as sleep } from 'node:timers/promises';
import { S3Client } from '@aws-sdk/client-s3';
import { AppError } from '../base/app-error.ts';
import { assert, AssertionError } from '../base/assert.ts';
import { assertKey } from './object-key.ts';
import { toStoreError } from './s3-failure.ts';

/** Plain data, so that it can be handed to a worker thread. Secrets: never print it. */
export interface S3Config {
  readonly bucket: string;
  /** Before every key, without a slash at either end; empty for none. */
  readonly prefix: string;
  readonly region: string;
  /** Null for AWS itself. */
  readonly endpoint: string | null;
  /** Null, with the secret, for the SDK's own search: environment, profile, role of the machine. */
  readonly accessKeyId: string | null;
  readonly secretAccessKey: string | null;
  /** `endpoint/bucket/key` instead of `bucket.endpoint/key`: what most stores but AWS need. */
  readonly forcePathStyle: boolean;
}

/** Chance, given by the composition root so that a test can fix it. */
export interface Chance {
  /** In [0, 1). */
  random(): number;
  /** Unique in the world. */
  uniqueId(): string;
}

const SOCKETS_MAX = 64;
const CONNECT_MS_MAX = 5_000;
const SILENCE_MS_MAX = 20_000;
/** One attempt, body included: 8 MiB need 1.2 Mbit/s. */
const ATTEMPT_MS_MAX = 60_000;
const ATTEMPTS_MAX = 7;
const BACK_OFF_MS_MIN = 100;
const BACK_OFF_MS_MAX = 10_000;

/** `undefined`: no answer, judge the failure. */
type Answer<T> = T | undefined;

export class S3Connection {
  readonly client: S3Client;
  readonly bucket: string;
  readonly description: string;
  readonly chance: Chance;
  readonly #prefix: string;

  constructor(config: S3Config, chance: Chance) {
    const { bucket, prefix, accessKeyId, secretAccessKey } = config;
    this.bucket = bucket;
    this.chance = chance;
    this.#prefix = prefix === '' ? '' : `${prefix}/`;
    this.description = `s3://${bucket}${prefix === '' ? '' : `/${prefix}`}`;
    if (prefix !== '') assertKey(prefix);
    assert(
      (accessKeyId === null) === (secretAccessKey === null),
      'an access key comes with its secret',
    );
    const agent = { keepAlive: true, maxSockets: SOCKETS_MAX };
    this.client = new S3Client({
      region: config.region,
      forcePathStyle: config.forcePathStyle,
      ...(config.endpoint === null ? {} : { endpoint: config.endpoint }),
      ...(accessKeyId === null || secretAccessKey === null
        ? {}
        : { credentials: { accessKeyId, secretAccessKey } }),
      // Many stores refuse the SDK's own checksums; bundles carry theirs.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      // Retries are ours: only we know what an attempt may have written.
      maxAttempts: 1,
      requestHandler: {
        connectionTimeout: CONNECT_MS_MAX,
        requestTimeout: ATTEMPT_MS_MAX,
        throwOnRequestTimeout: true,
        socketTimeout: SILENCE_MS_MAX,
        httpAgent: agent,
        httpsAgent: agent,
      },
    });
  }

  nameOf(key: string): string {
    assertKey(key);
    return this.#prefix + key;
  }

  /** For prefixes of keys, which need not be keys. */
  prefixed(prefix: string): string {
    return this.#prefix + prefix;
  }

  keyOf(name: string): string {
    return name.slice(this.#prefix.length);
  }

  /**
   * Calls `action` until it succeeds, fails for good, or has failed `ATTEMPTS_MAX` times. `action` gets the signal of
   * its attempt's deadline and may throw AppErrors of its own; those that are transient are tried again too.
   * `onFailure` sees every failure of a call before it is judged, and may answer in its place.
   */
  async retry<T>(
    doing: string,
    action: (signal: AbortSignal) => Promise<T>,
    onFailure?: (error: unknown) => Answer<T> | Promise<Answer<T>>,
  ): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await action(AbortSignal.timeout(ATTEMPT_MS_MAX));
      } catch (error) {
        if (error instanceof AssertionError) throw error;
        const answer = await onFailure?.(error);
        if (answer !== undefined) return answer;
        const failure = toStoreError(`${doing} in ${this.description}`, error);
        if (!failure.retryable || attempt === ATTEMPTS_MAX) throw failure;
        await this.#backOff(attempt);
      }
    }
  }

  /** A cut or changed body: tried again. */
  incomplete(doing: string, reason: string): AppError {
    return new AppError(
      'transient',
      'STORE_INCOMPLETE',
      `${doing} in ${this.description}: ${reason}`,
    );
  }

  /** Doubling, with the half of it by chance, so that clients that failed together do not come back together. */
  #backOff(attempt: number): Promise<void> {
    const full = Math.min(BACK_OFF_MS_MAX, BACK_OFF_MS_MIN * 2 ** attempt);
    return sleep(full / 2 + (full / 2) * this.chance.random());
  }
}
