/** Open file descriptors of the folder store, least recently used closed first, and exact synchronous reads. */
import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { isErrorCode } from './file-swap.ts';

interface Handle {
  readonly fd: number;
  readonly inode: number;
  readonly bytes: number;
}

export class FileHandles {
  readonly #limit: number;
  /** In order of use: a Map iterates in the order of insertion, and a used handle is inserted again. */
  readonly #handles = new Map<string, Handle>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * The open file now at `path`; null if there is none. A replaced file is noticed by its inode, which cannot be
   * given away again while our descriptor holds it. The descriptor is ours and valid until the next call.
   */
  at(path: string): { readonly fd: number; readonly bytes: number } | null {
    const known = this.#handles.get(path);
    if (known !== undefined) {
      this.#handles.delete(path);
      const now = statSync(path, { throwIfNoEntry: false });
      if (now !== undefined && now.ino === known.inode) {
        this.#handles.set(path, known);
        return known;
      }
      closeSync(known.fd);
      if (now === undefined) return null;
    }
    const fd = openIfPresent(path);
    if (fd === null) return null;
    const stat = fstatSync(fd);
    if (!stat.isFile()) {
      closeSync(fd);
      return null;
    }
    const handle: Handle = { fd, inode: stat.ino, bytes: stat.size };
    this.#handles.set(path, handle);
    if (this.#handles.size > this.#limit) this.#closeOldest();
    return handle;
  }

  #closeOldest(): void {
    for (const [path, handle] of this.#handles) {
      this.#handles.delete(path);
      closeSync(handle.fd);
      return;
    }
  }
}

/** Opens for reading; null if there is no such file (or a name on the way is a file, not a folder). */
export function openIfPresent(path: string): number | null {
  try {
    return openSync(path, 'r');
  } catch (error) {
    if (isErrorCode(error, 'ENOENT', 'ENOTDIR')) return null;
    throw error;
  }
}

/** Exactly `length` bytes from `offset` in a buffer of their own, or null if the file ends before. */
export function readExactly(fd: number, offset: number, length: number): Uint8Array | null {
  // Not zeroed first, and not from Node's pool: so it starts at byte 0 of its own buffer and is aligned.
  const slow = Buffer.allocUnsafeSlow(length);
  const bytes = new Uint8Array(slow.buffer, 0, length);
  return readInto(fd, offset, bytes) ? bytes : null;
}

/** Fills `target` from `offset`; false if the file ends before. */
export function readInto(fd: number, offset: number, target: Uint8Array): boolean {
  const { length } = target;
  let read = 0;
  while (read < length) {
    const count = readSync(fd, target, read, length - read, offset + read);
    if (count === 0) return false;
    read += count;
  }
  return true;
}
