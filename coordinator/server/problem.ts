/** Errors as HTTP replies: the only place that decides a status and builds `application/problem+json`. */
import { STATUS_CODES } from 'node:http';
import type {
  FastifyError,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  FastifyServerOptions,
} from 'fastify';
import { AppError, toAppError } from '../../shared/base/app-error.ts';
import type { WireDiagnostic } from '../../shared/wire/client.ts';
import type { Problem } from '../../shared/wire/problem.ts';
import { PROBLEM_TYPE } from '../../shared/wire/problem.ts';

const RETRY_AFTER_S = 2;

/** Statuses of codes that say more than their class. */
const STATUS_OF_CODE: Readonly<Record<string, number>> = {
  ROUTE_UNKNOWN: 404,
  RUN_UNKNOWN: 404,
  RESULT_UNKNOWN: 404,
  LOCAL_FILE_FORBIDDEN: 403,
  STORE_PRIVATE: 403,
  RESULT_EXISTS: 409,
  RUN_NOT_DONE: 409,
  QUERY_TOO_LARGE: 413,
  REQUEST_TOO_LARGE: 413,
  REQUEST_SLOW: 408,
  PATH_TOO_LONG: 414,
  MEDIA_TYPE_UNSUPPORTED: 415,
  HEADERS_TOO_LARGE: 431,
};

const STATUS_OF_CLASS = { user: 400, data: 422, transient: 503, resource: 507, bug: 500 } as const;

const TITLE_OF_CLASS = {
  user: 'The request cannot be done as it is',
  data: 'The input data is at fault',
  transient: 'This may pass: try again',
  resource: 'There is not enough room',
  bug: 'An error inside Millrace',
} as const;

export interface ProblemOptions {
  /** Names an error in reply and log, so that one can be found by the other. */
  readonly newId: () => string;
  readonly log: (message: string) => void;
}

/** Replies to every error and to unknown routes, once a request is read and has a path: see `earlyProblems`. */
export function replyWithProblems(app: FastifyInstance, options: ProblemOptions): void {
  app.setErrorHandler((error: FastifyError | AppError, request, reply) =>
    sendProblem(request, reply, fromFastify(error), options),
  );
  app.setNotFoundHandler((request, reply) => {
    const message = `there is nothing at ${request.method} ${pathOf(request)}; see /openapi.json`;
    return sendProblem(request, reply, new AppError('user', 'ROUTE_UNKNOWN', message), options);
  });
}

/** Replies to what fails before there is a route: a path that cannot be read, and bytes that are no request. */
export function earlyProblems(
  options: ProblemOptions,
): Pick<FastifyServerOptions, 'frameworkErrors' | 'clientErrorHandler'> {
  return {
    frameworkErrors: (error, request, reply) =>
      void sendProblem(request, reply, fromFastify(error), options),
    clientErrorHandler(error, socket) {
      if (error.code === 'ECONNRESET' || socket.destroyed) return;
      if (socket.writable) socket.write(rawReply(fromConnection(error.code)));
      socket.destroy(error);
    },
  };
}

/** Nobody knows what was asked, so there is neither a path nor a reply of Fastify's. */
function rawReply(error: AppError): string {
  const problem = problemOf(error, '');
  const body = JSON.stringify(problem);
  return [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}`,
    `content-type: ${PROBLEM_TYPE}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
    '',
    body,
  ].join('\r\n');
}

function fromConnection(code: string): AppError {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new AppError('user', 'HEADERS_TOO_LARGE', 'the head of the request is too large');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new AppError('transient', 'REQUEST_SLOW', 'the request did not come in time');
    default:
      return new AppError('user', 'REQUEST_INVALID', 'this is not an HTTP request');
  }
}

export function problemOf(error: AppError, instance: string): Problem {
  return {
    type: `urn:millrace:problem:${error.code}`,
    title: TITLE_OF_CLASS[error.class],
    status: STATUS_OF_CODE[error.code] ?? STATUS_OF_CLASS[error.class],
    detail: error.message,
    instance,
    code: error.code,
    class: error.class,
    details: error.details,
    ...(error instanceof RejectedQuery ? { diagnostics: error.diagnostics } : {}),
  };
}

/** Asked for the result of a query that has errors. */
export class RejectedQuery extends AppError {
  readonly diagnostics: readonly WireDiagnostic[];

  constructor(diagnostics: readonly WireDiagnostic[]) {
    super('user', 'QUERY_REJECTED', diagnostics[0]?.message ?? 'the query has errors');
    this.diagnostics = diagnostics;
  }
}

function sendProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  error: AppError,
  { newId, log }: ProblemOptions,
): FastifyReply {
  let shown = error;
  if (error.class === 'bug') {
    const id = newId();
    log(`error ${id} at ${request.method} ${pathOf(request)}: ${error.message}`);
    // What went wrong inside is for the log: it may name paths and values.
    shown = new AppError('bug', error.code, `internal error ${id}: see the coordinator's log`);
  }
  const problem = problemOf(shown, pathOf(request));
  if (error.retryable) reply.header('retry-after', RETRY_AFTER_S);
  return reply.code(problem.status).type(PROBLEM_TYPE).send(JSON.stringify(problem));
}

/** Without the query string, which may hold anything. */
function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0]!;
}

function fromFastify(error: FastifyError | AppError): AppError {
  if (error instanceof AppError) return error;
  if (error.validation !== undefined) {
    return new AppError('user', 'REQUEST_INVALID', describeInvalid(error));
  }
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new AppError('user', 'REQUEST_TOO_LARGE', 'the body of the request is too large');
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new AppError('user', 'MEDIA_TYPE_UNSUPPORTED', 'a body must be application/json');
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return new AppError('user', 'PATH_TOO_LONG', 'a part of the path is too long');
    case 'FST_ERR_HANDLER_TIMEOUT':
      return new AppError('transient', 'REQUEST_TIMEOUT', 'the request took too long');
    default:
      break;
  }
  const isClients = error.statusCode !== undefined && error.statusCode < 500;
  return isClients ? new AppError('user', 'REQUEST_INVALID', error.message) : toAppError(error);
}

/** `body/tables/0: must have required property 'time'`; of the many complaints about a union the deepest is meant. */
function describeInvalid(error: FastifyError): string {
  const place = error.validationContext ?? 'request';
  const [deepest] = (error.validation ?? []).toSorted(
    (left, right) => right.instancePath.split('/').length - left.instancePath.split('/').length,
  );
  if (deepest === undefined) return error.message;
  const { additionalProperty } = deepest.params as { additionalProperty?: string };
  const name = additionalProperty === undefined ? '' : `: ${additionalProperty}`;
  return `${place}${deepest.instancePath}: ${deepest.message ?? 'is not valid'}${name}`;
}
