/** Object keys: the one check every store makes before it touches anything. */
import { AppError } from '../base/app-error.ts';
import { assert } from '../base/assert.ts';

/** S3 allows 1,024 bytes for prefix and key together; the rest is for the prefix of the deployment. */
export const KEY_BYTES_MAX = 768;

/** A leading dot is refused too: the folder store keeps its temporary files under such a name. */
const NAME = /^[A-Za-z0-9_=-][A-Za-z0-9._=-]*$/;

/** Keys are built by us, never by users: a bad one is an assertion. */
export function assertKey(key: string): void {
  assert(
    key.length <= KEY_BYTES_MAX &&
      !key.includes('..') &&
      key.split('/').every((name) => NAME.test(name)),
    `bad object key ${JSON.stringify(key)}`,
  );
}

/** A prefix is empty or the beginning of a key; it may end inside a name or with `/`. */
export function assertPrefix(prefix: string): void {
  const whole = prefix.endsWith('/') ? prefix.slice(0, -1) : prefix;
  if (whole !== '') assertKey(whole);
}

export function notFound(store: string, key: string): AppError {
  return new AppError('data', 'STORE_NOT_FOUND', `no object \`${key}\` in ${store}`, {
    details: { key },
  });
}

/** An object that is shorter than what was asked of it: cut short, or not what the caller believes. */
export function tooShort(store: string, key: string, needed: number, found: number): AppError {
  return new AppError(
    'data',
    'STORE_OBJECT_SHORT',
    `object \`${key}\` in ${store} ends at byte ${found}; bytes up to ${needed} were expected`,
    { details: { key, needed, found } },
  );
}

/** Code-unit order, which for keys (ASCII) is the byte order that S3 lists in. */
export function compareKeys(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
