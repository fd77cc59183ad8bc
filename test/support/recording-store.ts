/** Object stores for tests: one that notes its reads, and a way to damage an object. */
import { openMemoryStore } from '../../shared/storage/memory-store.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';

export interface RecordedStore {
  readonly store: ObjectStore;
  /** `tail 65536`, `range 8+24`, … in order. */
  readonly reads: string[];
}

export function recordReads(inner: ObjectStore = openMemoryStore()): RecordedStore {
  const reads: string[] = [];
  const store: ObjectStore = {
    description: inner.description,
    get: (key) => {
      reads.push('get');
      return inner.get(key);
    },
    getRange: (key, offset, length) => {
      reads.push(`range ${offset}+${length}`);
      return inner.getRange(key, offset, length);
    },
    getTail: (key, length) => {
      reads.push(`tail ${length}`);
      return inner.getTail(key, length);
    },
    head: (key) => inner.head(key),
    put: (key, body) => inner.put(key, body),
    putIfAbsent: (key, body) => inner.putIfAbsent(key, body),
    compareAndSwap: (key, body, etag) => inner.compareAndSwap(key, body, etag),
    list: (prefix) => inner.list(prefix),
    delete: (keys) => inner.delete(keys),
    openWriter: (key) => inner.openWriter(key),
  };
  return { store, reads };
}

/** Rewrites an object with what `change` makes of its bytes. */
export async function damage(
  store: ObjectStore,
  key: string,
  change: (bytes: Uint8Array) => Uint8Array,
): Promise<void> {
  await store.put(key, [change(await store.get(key))]);
}
