/** The port to durable storage: a local folder, S3, or memory. Nothing above it knows which. */

export interface ObjectInfo {
  readonly key: string;
  readonly bytes: number;
  readonly etag: string;
}

export interface ObjectTail {
  readonly bytes: Uint8Array;
  readonly objectBytes: number;
}

/** `won`: this call made the object. `lost`: another had made it before. An ambiguous reply is resolved by reading back. */
export type PutOutcome = 'won' | 'lost';

/**
 * Keys are `/`-separated names of [A-Za-z0-9._=-]; never absolute, never with `..`.
 * A missing object is AppError('data', 'STORE_NOT_FOUND'); failures that may pass are class `transient` after the
 * adapter's own retries; refused credentials are class `user`, 'STORE_FORBIDDEN'.
 */
export interface ObjectStore {
  /** For messages: `/home/ann/.cache/millrace`, `s3://lake/millrace`. No secrets. */
  readonly description: string;
  get(key: string): Promise<Uint8Array>;
  /** Exactly `length` bytes from `offset`; fails if the object is shorter. The buffer is the caller's, aligned to 8 bytes. */
  getRange(key: string, offset: number, length: number): Promise<Uint8Array>;
  /** As `getRange`, into memory that the caller has. Only of a store that then copies nothing. */
  readInto?(key: string, offset: number, target: Uint8Array): Promise<void>;
  /** The last `length` bytes (all of a shorter object) and the whole size, in one round trip. Aligned like `getRange`. */
  getTail(key: string, length: number): Promise<ObjectTail>;
  head(key: string): Promise<ObjectInfo | null>;
  /** Creates or replaces. Visible whole or not at all. */
  put(key: string, body: readonly Uint8Array[]): Promise<void>;
  /** Creates only if absent. Exactly one of any number of concurrent callers wins. */
  putIfAbsent(key: string, body: readonly Uint8Array[]): Promise<PutOutcome>;
  /** Replaces only the version with `etag` (null: only if absent). */
  compareAndSwap(
    key: string,
    body: readonly Uint8Array[],
    etag: string | null,
  ): Promise<PutOutcome>;
  /** In key order. */
  list(prefix: string): AsyncIterable<ObjectInfo>;
  delete(keys: readonly string[]): Promise<void>;
  /** A large object written front to back; visible only when `finish` resolves. */
  openWriter(key: string): Promise<ObjectWriter>;
  /** Only of a store whose objects are files on this machine. */
  readonly files?: StoreFiles;
}

/** What a folder can do beyond objects that are written once: the pieces of a large file put side by side, by many writers. */
export interface StoreFiles {
  /** The file of an object, there or not. */
  pathOf(key: string): string;
  /** Puts bytes at a place of the object, which is made if it is absent. Nobody may read that place before it is told of. */
  writeAt(key: string, offset: number, bytes: Uint8Array): Promise<void>;
  /** Lets the disk begin with what was written so far, so that a later fsync has less to wait for. Waits for nothing. */
  startFlush(key: string): void;
}

export interface ObjectWriter {
  write(bytes: Uint8Array): Promise<void>;
  finish(options: { ifAbsent: boolean }): Promise<PutOutcome>;
  abort(): Promise<void>;
  /**
   * Takes a file of this machine as what was written so far, by a second name for it and not by copying; later changes of
   * it count too. False if that cannot be: on another file system. Before the first `write` only.
   */
  adopt?(path: string): Promise<boolean>;
}
