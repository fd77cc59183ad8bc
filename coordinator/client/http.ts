/** Requests to a coordinator, with deadlines; failures come out as AppErrors of the class that they had there. */
import { AppError, fromSerializedError } from '../../shared/base/app-error.ts';
import { parseProblem } from '../../shared/wire/problem.ts';

export interface HttpOptions {
  /** Without a slash at its end. */
  readonly baseUrl: string;
  readonly fetch: typeof fetch;
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  readonly signal: AbortSignal;
}

/** No coordinator was reached, so nothing was done there. */
export const UNREACHABLE = 'SERVER_UNREACHABLE';
/** The connection ended before the whole reply: the request may have been done. */
export const INTERRUPTED = 'SERVER_INTERRUPTED';

/** The reply once its head has come. Aborting `signal` rejects with its reason. */
export async function request(options: HttpOptions, what: HttpRequest): Promise<Response> {
  const { method, path, body, signal } = what;
  let reply: Response;
  try {
    reply = await options.fetch(`${options.baseUrl}${path}`, {
      method,
      signal,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
  } catch (error) {
    throw signal.aborted ? stopReason(options, signal) : connectionError(options, error);
  }
  if (reply.ok) return reply;
  throw await problemError(options, what, reply);
}

export async function requestJson<T>(options: HttpOptions, what: HttpRequest): Promise<T> {
  const reply = await request(options, what);
  try {
    // The server's own types: both ends are this program.
    return (await reply.json()) as T;
  } catch (error) {
    throw what.signal.aborted ? stopReason(options, what.signal) : interrupted(options, error);
  }
}

/** Why a request was given up by us: what the signal says, its deadline in our words. */
export function stopReason({ baseUrl }: HttpOptions, signal: AbortSignal): unknown {
  const reason: unknown = signal.reason;
  if (!(reason instanceof DOMException) || reason.name !== 'TimeoutError') return reason;
  const message = `the coordinator at ${baseUrl} has not answered in time`;
  return new AppError('transient', 'SERVER_TIMEOUT', message);
}

export function interrupted({ baseUrl }: HttpOptions, cause: unknown): AppError {
  const message = `the connection to the coordinator at ${baseUrl} ended in the middle of a reply`;
  return new AppError('transient', INTERRUPTED, message, { cause });
}

/** Codes of failures before a request was sent. */
const NOT_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** What `fetch` says, without a code, of a port that it connects to for nobody: those of mail, of databases, and 0. */
const PORT_REFUSED = 'bad port';

function connectionError(options: HttpOptions, error: unknown): AppError {
  if (error instanceof Error && error.cause instanceof Error) {
    if (error.cause.message === PORT_REFUSED) return portRefused(options);
  }
  const code = codeOf(error);
  if (!NOT_SENT.has(code)) return interrupted(options, error);
  return new AppError(
    'transient',
    UNREACHABLE,
    `no coordinator answers at ${options.baseUrl} (${code})`,
    { cause: error },
  );
}

function portRefused({ baseUrl }: HttpOptions): AppError {
  const message = `no coordinator can be reached at ${baseUrl}: HTTP clients refuse this port, take another`;
  return new AppError('user', 'SERVER_PORT_REFUSED', message);
}

/** `fetch` hides the cause; with several addresses it is the first of several. */
function codeOf(error: unknown): string {
  let at: unknown = error;
  while (at instanceof Error) {
    if ('code' in at && typeof at.code === 'string') return at.code;
    at = at instanceof AggregateError ? at.errors[0] : at.cause;
  }
  return '';
}

async function problemError(
  { baseUrl }: HttpOptions,
  { method, path }: HttpRequest,
  reply: Response,
): Promise<AppError> {
  const problem = parseProblem(await reply.json().catch(() => null));
  if (problem !== null) return fromSerializedError(problem);
  // Not ours: a proxy, or something else listens there.
  const isPassing = reply.status >= 500 || reply.status === 429;
  return new AppError(
    isPassing ? 'transient' : 'user',
    isPassing ? INTERRUPTED : 'SERVER_UNKNOWN',
    `${method} ${path} at ${baseUrl} was answered ${reply.status}, and not by a Millrace coordinator`,
  );
}
