/** Failures of S3 in our classes. Only name, status and message of a reply are kept: its other fields may hold secrets. */
import { AppError, type ErrorClass } from '../base/app-error.ts';

/** What of a failed call decides the next step. `status` is null if no reply came. */
export interface S3Failure {
  readonly name: string;
  readonly status: number | null;
  readonly message: string;
}

export function failureOf(error: unknown): S3Failure {
  if (!(error instanceof Error)) return { name: 'Error', status: null, message: String(error) };
  // The SDK adds `$metadata` to errors that came as a reply.
  const { $metadata } = error as { $metadata?: { httpStatusCode?: number } };
  return { name: error.name, status: $metadata?.httpStatusCode ?? null, message: error.message };
}

/** The condition of the request did not hold. AWS says 404 for If-Match on a missing object, others 412. */
export function isConditionLost(failure: S3Failure): boolean {
  return failure.status === 412 || (failure.status === 404 && failure.name === 'NoSuchKey');
}

export function isMissing(failure: S3Failure): boolean {
  // A HEAD reply has no body, so it is named after its status alone.
  return failure.status === 404 && (failure.name === 'NoSuchKey' || failure.name === 'NotFound');
}

/** Whether a write may have happened although it failed: no reply came, or the server gave up on its way. */
export function isAmbiguous(failure: S3Failure): boolean {
  return failure.status === null || failure.status >= 500 || failure.status === 408;
}

/** Statuses that another try may cure. */
function isPassing(status: number): boolean {
  return status >= 500 || status === 408 || status === 409 || status === 429;
}

const CREDENTIAL_NAMES = new Set(['CredentialsProviderError', 'TokenProviderError']);

function classify(failure: S3Failure): readonly [ErrorClass, string, string] {
  const { name, status } = failure;
  if (CREDENTIAL_NAMES.has(name)) return ['user', 'STORE_FORBIDDEN', 'no credentials were found'];
  if (status === null) return ['transient', 'STORE_UNREACHABLE', 'no reply'];
  if (name === 'NoSuchBucket') return ['user', 'STORE_BUCKET_MISSING', 'there is no such bucket'];
  if (name === 'XMinioStorageFull' || status === 507) {
    return ['resource', 'STORE_FULL', 'the store is full'];
  }
  if (name === 'RequestTimeTooSkewed') {
    return ['user', 'STORE_FORBIDDEN', 'the clock of this machine is wrong'];
  }
  if (status === 401 || status === 403) {
    return ['user', 'STORE_FORBIDDEN', 'the credentials were refused'];
  }
  if (name === 'PermanentRedirect' || name === 'AuthorizationHeaderMalformed' || status === 301) {
    return ['user', 'STORE_REGION_WRONG', 'the bucket is in another region or at another endpoint'];
  }
  if (name === 'NotImplemented' || status === 501) {
    return ['user', 'STORE_UNSUPPORTED', 'the store lacks this operation'];
  }
  if (isPassing(status)) return ['transient', 'STORE_UNAVAILABLE', 'the store asks to try again'];
  return ['bug', 'STORE_REQUEST_REFUSED', 'the request was refused'];
}

/** `reading \`k\` in s3://lake: the store asks to try again (503 SlowDown: Please reduce your request rate.)` */
export function toStoreError(doing: string, error: unknown): AppError {
  if (error instanceof AppError) return error;
  const failure = failureOf(error);
  const [errorClass, code, reason] = classify(failure);
  const reply = [failure.status, failure.name].filter((part) => part !== null).join(' ');
  return new AppError(errorClass, code, `${doing}: ${reason} (${reply}: ${failure.message})`, {
    details: failure.status === null ? {} : { status: failure.status },
  });
}
