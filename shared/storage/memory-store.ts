/** An object store in the memory of one thread: for tests, simulation and queries that leave nothing behind. */
import { joinBytes } from './join-bytes.ts';
import { assertKey, assertPrefix, compareKeys, notFound, tooShort } from './object-key.ts';
import type {
  ObjectInfo,
  ObjectStore,
  ObjectTail,
  ObjectWriter,
  PutOutcome,
} from './object-store.ts';

interface Version {
  readonly bytes: Uint8Array;
  readonly etag: string;
}

class MemoryStore implements ObjectStore {
  readonly description = 'memory';
  readonly #objects = new Map<string, Version>();
  /** Never reused, so compare-and-swap here is stricter than a content digest: A, B, A is noticed. */
  #versions = 0;

  async get(key: string): Promise<Uint8Array> {
    return this.#find(key).bytes.slice();
  }

  async getRange(key: string, offset: number, length: number): Promise<Uint8Array> {
    const { bytes } = this.#find(key);
    if (offset + length > bytes.length) {
      throw tooShort(this.description, key, offset + length, bytes.length);
    }
    return bytes.slice(offset, offset + length);
  }

  async getTail(key: string, length: number): Promise<ObjectTail> {
    const { bytes } = this.#find(key);
    return {
      bytes: bytes.slice(Math.max(0, bytes.length - length)),
      objectBytes: bytes.length,
    };
  }

  async head(key: string): Promise<ObjectInfo | null> {
    assertKey(key);
    const version = this.#objects.get(key);
    return version === undefined ? null : infoOf(key, version);
  }

  async put(key: string, body: readonly Uint8Array[]): Promise<void> {
    assertKey(key);
    this.#set(key, joinBytes(body));
  }

  async putIfAbsent(key: string, body: readonly Uint8Array[]): Promise<PutOutcome> {
    return this.compareAndSwap(key, body, null);
  }

  async compareAndSwap(
    key: string,
    body: readonly Uint8Array[],
    etag: string | null,
  ): Promise<PutOutcome> {
    assertKey(key);
    if ((this.#objects.get(key)?.etag ?? null) !== etag) return 'lost';
    this.#set(key, joinBytes(body));
    return 'won';
  }

  async *list(prefix: string): AsyncIterable<ObjectInfo> {
    assertPrefix(prefix);
    const keys = [...this.#objects.keys()].filter((key) => key.startsWith(prefix));
    for (const key of keys.toSorted(compareKeys)) {
      const version = this.#objects.get(key);
      if (version !== undefined) yield infoOf(key, version);
    }
  }

  async delete(keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      assertKey(key);
      this.#objects.delete(key);
    }
  }

  async openWriter(key: string): Promise<ObjectWriter> {
    assertKey(key);
    let chunks: Uint8Array[] = [];
    return {
      write: async (bytes) => {
        chunks.push(bytes.slice());
      },
      finish: async ({ ifAbsent }) => {
        if (ifAbsent) return this.putIfAbsent(key, chunks);
        await this.put(key, chunks);
        return 'won';
      },
      abort: async () => {
        chunks = [];
      },
    };
  }

  #find(key: string): Version {
    assertKey(key);
    const version = this.#objects.get(key);
    if (version === undefined) throw notFound(this.description, key);
    return version;
  }

  #set(key: string, bytes: Uint8Array): void {
    this.#versions++;
    this.#objects.set(key, { bytes, etag: `v${this.#versions}` });
  }
}

function infoOf(key: string, version: Version): ObjectInfo {
  return { key, bytes: version.bytes.length, etag: version.etag };
}

export function openMemoryStore(): ObjectStore {
  return new MemoryStore();
}
