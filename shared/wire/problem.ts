/** An error on its way over HTTP: RFC 9457 `application/problem+json` with our class and code, so that neither is lost. */
import type { ErrorClass, SerializedError } from '../base/app-error.ts';
import type { WireDiagnostic } from './client.ts';

export const PROBLEM_TYPE = 'application/problem+json';

export interface Problem {
  /** `urn:millrace:problem:<code>`, stable per code. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** Path of the request. */
  readonly instance: string;
  readonly code: string;
  readonly class: ErrorClass;
  readonly details: Readonly<Record<string, string | number>>;
  /** Where the query has errors. */
  readonly diagnostics?: readonly WireDiagnostic[];
}

const CLASSES: readonly string[] = ['user', 'data', 'transient', 'resource', 'bug'];

/** The error in a body that may be anything, e.g. the page of a proxy; null if it is not a problem of ours. */
export function parseProblem(body: unknown): SerializedError | null {
  if (typeof body !== 'object' || body === null) return null;
  const { code, class: errorClass, detail, details } = body as Partial<Record<string, unknown>>;
  if (typeof code !== 'string' || typeof detail !== 'string') return null;
  if (typeof errorClass !== 'string' || !CLASSES.includes(errorClass)) return null;
  return {
    class: errorClass as ErrorClass,
    code,
    message: detail,
    details: typeof details === 'object' && details !== null ? (details as Problem['details']) : {},
  };
}
