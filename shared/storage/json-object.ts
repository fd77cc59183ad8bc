/** Small JSON objects in the store: manifests, specs, records. */
import { AppError } from '../base/app-error.ts';
import type { ObjectStore, PutOutcome } from './object-store.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/** The parsed object. The caller names its type: it was written by this engine, under a key that holds nothing else. */
export async function getJson<T>(store: ObjectStore, key: string): Promise<T> {
  const bytes = await store.get(key);
  try {
    return JSON.parse(decoder.decode(bytes)) as T;
  } catch (error) {
    throw new AppError('data', 'STORE_CORRUPT', `${key} in ${store.description} is not JSON`, {
      cause: error,
    });
  }
}

/** As `getJson`, null if there is no such object. */
export async function findJson<T>(store: ObjectStore, key: string): Promise<T | null> {
  try {
    return await getJson<T>(store, key);
  } catch (error) {
    if (error instanceof AppError && error.code === 'STORE_NOT_FOUND') return null;
    throw error;
  }
}

export async function putJsonIfAbsent(
  store: ObjectStore,
  key: string,
  value: unknown,
): Promise<PutOutcome> {
  return store.putIfAbsent(key, [encoder.encode(JSON.stringify(value))]);
}

export async function putJson(store: ObjectStore, key: string, value: unknown): Promise<void> {
  await store.put(key, [encoder.encode(JSON.stringify(value))]);
}

/** Replaces only the version with `etag` (null: only if absent). */
export async function swapJson(
  store: ObjectStore,
  key: string,
  value: unknown,
  etag: string | null,
): Promise<PutOutcome> {
  return store.compareAndSwap(key, [encoder.encode(JSON.stringify(value))], etag);
}
