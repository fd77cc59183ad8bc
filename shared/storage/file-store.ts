/**
 * An object store in a local folder, shared by any number of threads and processes of one machine (or of several, over
 * a file system with hard links and atomic rename).
 *
 *   <root>/views/purchases/v7   an object: its key is its path
 *   <root>/.temporary/          bodies being written, and claims of compare-and-swap
 *
 * A body is written to a temporary file and appears by one rename (put) or one hard link (create-once). There is no
 * fsync: a crash of a process loses nothing, a crash of the machine may lose the last seconds.
 * Reads and writes are synchronous on purpose: they run on worker threads, where a system call costs microseconds and
 * a trip through the thread pool ten times that. A key must not be the folder of another (`a` and `a/b`).
 */
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../base/app-error.ts';
import { FileHandles, openIfPresent, readExactly, readInto } from './file-handles.ts';
import { isErrorCode, linkIfAbsent, trySwap, unlinkIfPresent } from './file-swap.ts';
import { assertKey, assertPrefix, compareKeys, notFound, tooShort } from './object-key.ts';
import type {
  ObjectInfo,
  ObjectStore,
  ObjectTail,
  ObjectWriter,
  PutOutcome,
  StoreFiles,
} from './object-store.ts';

const TEMPORARY = '.temporary';
const OPEN_FILES_MAX = 256;
/** Up to this size an etag is a digest of the content; above it inode, size and time of change, which costs no read. */
const DIGEST_BYTES_MAX = 64 * 1024;
/** Temporary files of writers that died are removed by the first write of a later process, when they are this old. */
const TEMPORARY_AGE_MS_MAX = 24 * 3600 * 1000;
const SWAP_POLL_MS = 5;
const SWAP_WAIT_MS_MAX = 60_000;

class FileStore implements ObjectStore {
  readonly description: string;
  readonly #root: string;
  readonly #temporary: string;
  readonly #handles = new FileHandles(OPEN_FILES_MAX);
  #writerName: string | null = null;
  #files = 0;

  constructor(root: string) {
    this.#root = resolve(root);
    this.#temporary = join(this.#root, TEMPORARY);
    this.description = this.#root;
  }

  async get(key: string): Promise<Uint8Array> {
    const path = this.#path(key);
    return this.#guard(`reading \`${key}\``, () => {
      const fd = openIfPresent(path);
      if (fd === null) throw notFound(this.description, key);
      try {
        const stat = fs.fstatSync(fd);
        if (!stat.isFile()) throw notFound(this.description, key);
        return this.#read(fd, key, 0, stat.size);
      } finally {
        fs.closeSync(fd);
      }
    });
  }

  async getRange(key: string, offset: number, length: number): Promise<Uint8Array> {
    const path = this.#path(key);
    return this.#guard(`reading \`${key}\``, () => {
      const file = this.#handles.at(path);
      if (file === null) throw notFound(this.description, key);
      // The size at opening, or now: `writeAt` lets a file grow.
      if (offset + length > file.bytes && offset + length > fs.fstatSync(file.fd).size) {
        throw tooShort(this.description, key, offset + length, file.bytes);
      }
      return this.#read(file.fd, key, offset, length);
    });
  }

  async readInto(key: string, offset: number, target: Uint8Array): Promise<void> {
    const path = this.#path(key);
    this.#guard(`reading \`${key}\``, () => {
      const file = this.#handles.at(path);
      if (file === null) throw notFound(this.description, key);
      if (!readInto(file.fd, offset, target)) {
        throw tooShort(this.description, key, offset + target.length, file.bytes);
      }
    });
  }

  async getTail(key: string, length: number): Promise<ObjectTail> {
    const path = this.#path(key);
    return this.#guard(`reading \`${key}\``, () => {
      const file = this.#handles.at(path);
      if (file === null) throw notFound(this.description, key);
      const count = Math.min(length, file.bytes);
      return {
        bytes: this.#read(file.fd, key, file.bytes - count, count),
        objectBytes: file.bytes,
      };
    });
  }

  async head(key: string): Promise<ObjectInfo | null> {
    const path = this.#path(key);
    return this.#guard(`reading \`${key}\``, () => infoAt(path, key));
  }

  async put(key: string, body: readonly Uint8Array[]): Promise<void> {
    const path = this.#path(key);
    this.#guard(`writing \`${key}\``, () => {
      const temporary = this.#writeTemporary(body);
      this.#inFolderOf(path, () => fs.renameSync(temporary, path));
    });
  }

  async putIfAbsent(key: string, body: readonly Uint8Array[]): Promise<PutOutcome> {
    const path = this.#path(key);
    return this.#guard(`writing \`${key}\``, () => {
      if (fs.existsSync(path)) return 'lost';
      return this.#linkOnce(this.#writeTemporary(body), path);
    });
  }

  async compareAndSwap(
    key: string,
    body: readonly Uint8Array[],
    etag: string | null,
  ): Promise<PutOutcome> {
    if (etag === null) return this.putIfAbsent(key, body);
    const path = this.#path(key);
    const version = `${digestOf([Buffer.from(key)])}-${etag}`;
    const attempt = (): 'won' | 'lost' | 'busy' => {
      const temporary = this.#writeTemporary(body);
      try {
        return trySwap({
          folder: this.#temporary,
          version,
          draft: this.#newTemporary(),
          isCurrent: () => infoAt(path, key)?.etag === etag,
          replace: () => fs.renameSync(temporary, path),
        });
      } finally {
        unlinkIfPresent(temporary);
      }
    };
    for (let waitedMs = 0; waitedMs < SWAP_WAIT_MS_MAX; waitedMs += SWAP_POLL_MS) {
      const outcome = this.#guard(`writing \`${key}\``, attempt);
      if (outcome !== 'busy') return outcome;
      await sleep(SWAP_POLL_MS);
    }
    throw new AppError(
      'transient',
      'STORE_BUSY',
      `another process holds \`${key}\` in ${this.description}`,
    );
  }

  async *list(prefix: string): AsyncIterable<ObjectInfo> {
    assertPrefix(prefix);
    // Walk only the deepest folder that the prefix names whole.
    const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
    for (const path of walk(join(this.#root, folder))) {
      const key = relative(this.#root, path).replaceAll('\\', '/');
      if (!key.startsWith(prefix)) continue;
      const info = this.#guard(`reading \`${key}\``, () => infoAt(path, key));
      if (info !== null) yield info;
    }
  }

  async delete(keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      const path = this.#path(key);
      this.#guard(`deleting \`${key}\``, () => {
        unlinkIfPresent(path);
        this.#removeEmptyFolders(dirname(path));
      });
    }
  }

  async openWriter(key: string): Promise<ObjectWriter> {
    const path = this.#path(key);
    const doing = `writing \`${key}\``;
    const temporary = this.#guard(doing, () => this.#newTemporary());
    const fd = this.#guard(doing, () => fs.openSync(temporary, 'wx'));
    let isOpen = true;
    const close = (): void => {
      if (isOpen) fs.closeSync(fd);
      isOpen = false;
    };
    return {
      write: async (bytes) => this.#guard(doing, () => writeAll(fd, bytes)),
      finish: async ({ ifAbsent }) =>
        this.#guard(doing, () => {
          close();
          if (ifAbsent) return this.#linkOnce(temporary, path);
          this.#inFolderOf(path, () => fs.renameSync(temporary, path));
          return 'won';
        }),
      abort: async () =>
        this.#guard(doing, () => {
          close();
          unlinkIfPresent(temporary);
        }),
    };
  }

  readonly files: StoreFiles = {
    pathOf: (key) => this.#path(key),
    writeAt: async (key, offset, bytes) => {
      const path = this.#path(key);
      this.#guard(`writing \`${key}\``, () => {
        // For writing without cutting what is there, and made if it is absent.
        const flags = fs.constants.O_WRONLY | fs.constants.O_CREAT;
        const fd = this.#inFolderOf(path, () => fs.openSync(path, flags));
        try {
          writeAll(fd, bytes, offset);
        } finally {
          fs.closeSync(fd);
        }
      });
    },
    startFlush: (key) => {
      const fd = openIfPresent(this.#path(key));
      // Only a hint: whoever needs the bytes on the disk asks for that, and hears of errors.
      if (fd !== null) fs.fdatasync(fd, () => fs.close(fd));
    },
  };

  #path(key: string): string {
    assertKey(key);
    return join(this.#root, key);
  }

  #read(fd: number, key: string, offset: number, length: number): Uint8Array {
    const bytes = readExactly(fd, offset, length);
    if (bytes === null) throw tooShort(this.description, key, offset + length, offset);
    return bytes;
  }

  #linkOnce(temporary: string, path: string): PutOutcome {
    try {
      return this.#inFolderOf(path, () => linkIfAbsent(temporary, path)) ? 'won' : 'lost';
    } finally {
      unlinkIfPresent(temporary);
    }
  }

  /** The path of a new temporary file. The folder is made, and swept of old files, at the first write. */
  #newTemporary(): string {
    this.#writerName ??= this.#startWriting();
    this.#files++;
    return join(this.#temporary, `${this.#writerName}-${this.#files}`);
  }

  /** A name that no other writer of this folder has: the file system gives it. */
  #startWriting(): string {
    fs.mkdirSync(this.#temporary, { recursive: true });
    const unique = fs.mkdtempSync(join(this.#temporary, `${process.pid}-`));
    sweep(this.#temporary, fs.statSync(unique).mtimeMs - TEMPORARY_AGE_MS_MAX);
    fs.rmdirSync(unique);
    return basename(unique);
  }

  #writeTemporary(body: readonly Uint8Array[]): string {
    const path = this.#newTemporary();
    const fd = fs.openSync(path, 'wx');
    try {
      for (const chunk of body) writeAll(fd, chunk);
    } catch (error) {
      unlinkIfPresent(path);
      throw error;
    } finally {
      fs.closeSync(fd);
    }
    return path;
  }

  /** Runs `move`, whose target needs a folder; again if the folder was absent or was removed in between. */
  #inFolderOf<T>(path: string, move: () => T): T {
    for (let attempt = 1; ; attempt++) {
      try {
        return move();
      } catch (error) {
        if (!isErrorCode(error, 'ENOENT') || attempt === 5) throw error;
        fs.mkdirSync(dirname(path), { recursive: true });
      }
    }
  }

  #removeEmptyFolders(folder: string): void {
    for (let at = folder; at.length > this.#root.length; at = dirname(at)) {
      try {
        fs.rmdirSync(at);
      } catch (error) {
        if (isErrorCode(error, 'ENOENT')) continue;
        if (isErrorCode(error, 'ENOTEMPTY', 'EEXIST', 'ENOTDIR', 'EBUSY')) return;
        throw error;
      }
    }
  }

  #guard<T>(doing: string, action: () => T): T {
    try {
      return action();
    } catch (error) {
      throw describeFailure(`${doing} in ${this.description}`, error);
    }
  }
}

function infoAt(path: string, key: string): ObjectInfo | null {
  const fd = openIfPresent(path);
  if (fd === null) return null;
  try {
    const stat = fs.fstatSync(fd, { bigint: true });
    if (!stat.isFile()) return null;
    const bytes = Number(stat.size);
    if (bytes > DIGEST_BYTES_MAX) {
      return { key, bytes, etag: `${stat.ino}-${stat.size}-${stat.mtimeNs}` };
    }
    // A file that has its final name never changes, so size and content belong together.
    const content = readExactly(fd, 0, bytes);
    return content === null ? null : { key, bytes, etag: digestOf([content]) };
  } finally {
    fs.closeSync(fd);
  }
}

function digestOf(chunks: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const chunk of chunks) hash.update(chunk);
  return hash.digest('hex').slice(0, 32);
}

/** At `offset` of the file, or where it stands. */
function writeAll(fd: number, bytes: Uint8Array, offset: number | null = null): void {
  for (let at = 0; at < bytes.length;) {
    const position = offset === null ? null : offset + at;
    at += fs.writeSync(fd, bytes, at, bytes.length - at, position);
  }
}

/** All object files below a folder, in key order: a folder sorts as its name with `/`. */
function* walk(folder: string): Iterable<string> {
  let entries: fs.Dirent[];
  try {
    entries = fs.readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (isErrorCode(error, 'ENOENT', 'ENOTDIR')) return;
    throw describeFailure(`listing ${folder}`, error);
  }
  const named = entries
    .filter((entry) => !entry.name.startsWith('.'))
    .map((entry) => ({ entry, sortName: entry.isDirectory() ? `${entry.name}/` : entry.name }))
    .toSorted((left, right) => compareKeys(left.sortName, right.sortName));
  for (const { entry } of named) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* walk(path);
    else yield path;
  }
}

function sweep(folder: string, beforeMs: number): void {
  for (const name of fs.readdirSync(folder)) {
    const path = join(folder, name);
    const stat = fs.statSync(path, { throwIfNoEntry: false });
    if (stat?.isFile() === true && stat.mtimeMs < beforeMs) unlinkIfPresent(path);
  }
}

function describeFailure(doing: string, error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof AppError) return error;
  const code = (error as NodeJS.ErrnoException).code;
  const options = { cause: error };
  switch (code) {
    case undefined:
      return error;
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new AppError('user', 'STORE_FORBIDDEN', `${doing}: not allowed (${code})`, options);
    case 'ENOTSUP':
    case 'EOPNOTSUPP':
      return new AppError(
        'user',
        'STORE_UNSUPPORTED',
        `${doing}: no hard links on this file system`,
        options,
      );
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EMFILE':
    case 'ENFILE':
      return new AppError('resource', 'STORE_FULL', `${doing}: no room left (${code})`, options);
    case 'ENOTDIR':
    case 'EISDIR':
      return new AppError(
        'bug',
        'STORE_KEY_CONFLICT',
        `${doing}: one key is the folder of another`,
        options,
      );
    default:
      return new AppError('transient', 'STORE_IO', `${doing}: ${error.message}`, options);
  }
}

/** The folder is made at the first write. Throws an AppError `STORE_NO_FOLDER` of class `user` where a file is in its way. */
export function openFileStore(root: string): ObjectStore {
  const file = fileInTheWay(resolve(root));
  if (file !== null) {
    throw new AppError(
      'user',
      'STORE_NO_FOLDER',
      `the store ${root}: ${file} is a file; name a folder, or a path where one may be made`,
    );
  }
  return new FileStore(root);
}

/** The file that stands where a folder is needed, at `path` or above it; null if there is none. */
function fileInTheWay(path: string): string | null {
  for (let at = path; ; at = dirname(at)) {
    const stat = statIfPresent(at);
    if (stat !== undefined) return stat.isDirectory() ? null : at;
    if (at === dirname(at)) return null;
  }
}

function statIfPresent(path: string): fs.Stats | undefined {
  try {
    return fs.statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw describeFailure(`opening ${path}`, error);
  }
}
