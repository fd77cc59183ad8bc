/** Reading of one source file by ranges: a local path, an S3 object through an injected function, or text in memory. */
import { open, stat } from 'node:fs/promises';
import { AppError } from '../../shared/base/app-error.ts';

export interface FileAccess {
  /** As messages name it: a path or an s3:// URI. */
  readonly uri: string;
  readonly bytes: number;
  /**
   * Exactly `length` bytes from `offset`, in a buffer of the caller's own; fails if the file is shorter. The buffer may
   * be `spare`, one of an earlier call that the caller is done with: pages that were never touched cost more than a read.
   */
  readRange(offset: number, length: number, spare?: ArrayBuffer): Promise<Uint8Array<ArrayBuffer>>;
  close(): Promise<void>;
}

export type ReadRange = (offset: number, length: number) => Promise<Uint8Array<ArrayBuffer>>;

/** Bytes read at a time by `streamFile`. */
export const BLOCK_BYTES = 8 * 1024 * 1024;

/** Opens a local file. A missing or unreadable one is AppError('data', 'SOURCE_NOT_FOUND' | 'SOURCE_UNREADABLE'). */
export async function openLocalFile(path: string): Promise<FileAccess> {
  const handle = await open(path, 'r').catch((error: unknown) => {
    throw localError(path, error);
  });
  const info = await handle.stat();
  if (info.isDirectory()) {
    await handle.close();
    throw new AppError('data', 'SOURCE_UNREADABLE', `${path} is a folder, not a file`);
  }
  return {
    uri: path,
    bytes: info.size,
    async readRange(offset, length, spare) {
      const target =
        spare !== undefined && spare.byteLength >= length
          ? new Uint8Array(spare, 0, length)
          : new Uint8Array(length);
      let done = 0;
      while (done < length) {
        const { bytesRead } = await handle.read(target, done, length - done, offset + done);
        if (bytesRead === 0) throw shortRead(path, offset, length, done);
        done += bytesRead;
      }
      return target;
    },
    close: () => handle.close(),
  };
}

/** An identity of a local file's content that is cheap to get: size and modification time. */
export async function localFileEtag(path: string): Promise<string> {
  const info = await stat(path, { bigint: true }).catch((error: unknown) => {
    throw localError(path, error);
  });
  return `${info.size}-${info.mtimeNs}`;
}

/** An object that `read` fetches by ranges; `read` may return less than asked only at the end of the object. */
export function remoteFile(uri: string, bytes: number, read: ReadRange): FileAccess {
  return {
    uri,
    bytes,
    async readRange(offset, length) {
      const body = await read(offset, length);
      if (body.length !== length) throw shortRead(uri, offset, length, body.length);
      return body;
    },
    close: () => Promise.resolve(),
  };
}

/** Text or bytes in memory, such as inline CSV. */
export function memoryFile(uri: string, content: string | Uint8Array): FileAccess {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  return remoteFile(uri, bytes.length, (offset, length) =>
    Promise.resolve(bytes.slice(offset, offset + length)),
  );
}

/** The bytes [start, end) in blocks, front to back; the next block is fetched while the current one is used. */
export async function* streamFile(
  file: FileAccess,
  start = 0,
  end = file.bytes,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const fetchBlock = (offset: number): Promise<Uint8Array<ArrayBuffer>> | null => {
    if (offset >= end) return null;
    const block = file.readRange(offset, Math.min(BLOCK_BYTES, end - offset));
    // If the consumer stops early nobody awaits the block ahead; its failure must not end the process.
    block.catch(() => {});
    return block;
  };
  let ahead = fetchBlock(start);
  for (let offset = start; ahead !== null; offset += BLOCK_BYTES) {
    const block = await ahead;
    ahead = fetchBlock(offset + BLOCK_BYTES);
    yield block;
  }
}

function localError(path: string, error: unknown): AppError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOENT') {
    return new AppError('data', 'SOURCE_NOT_FOUND', `${path}: no such file`, { cause: error });
  }
  const reason = error instanceof Error ? error.message : String(error);
  return new AppError('data', 'SOURCE_UNREADABLE', `${path} cannot be read: ${reason}`, {
    cause: error,
  });
}

function shortRead(uri: string, offset: number, length: number, got: number): AppError {
  return new AppError(
    'data',
    'SOURCE_CHANGED',
    `${uri}: expected ${length} bytes at offset ${offset}, got ${got}; was the file changed while it was read?`,
  );
}
