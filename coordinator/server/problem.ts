/** Errors as HTTP replies: the only place that decides a status and builds `application/problem+json`. */
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
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

/** Replies to every error and to unknown routes. */
export function replyWithProblems(app: FastifyInstance, options: ProblemOptions): void {
  app.setErrorHandler((error: FastifyError | AppError, request, reply) =>
    sendProblem(request, reply, fromFastify(error), options),
  );
  app.setNotFoundHandler((request, reply) => {
    const message = `there is nothing at ${request.method} ${pathOf(request)}; see /openapi.json`;
    return sendProblem(request, reply, new AppError('user', 'ROUTE_UNKNOWN', message), options);
  });
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
