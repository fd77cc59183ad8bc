/** Errors of the world (files, stores, queues, limits). The class says whose move it is; it survives every hop. */

/** `user`: fix the request. `data`: fix the input. `transient`: try again. `resource`: needs more room. `bug`: ours. */
export type ErrorClass = 'user' | 'data' | 'transient' | 'resource' | 'bug';

export interface AppErrorOptions {
  readonly cause?: unknown;
  /** Facts that may be shown to anyone: never secrets. */
  readonly details?: Readonly<Record<string, string | number>>;
}

export class AppError extends Error {
  override readonly name = 'AppError';
  readonly class: ErrorClass;
  /** A stable, upper-case name such as `STORE_NOT_FOUND`. */
  readonly code: string;
  readonly details: Readonly<Record<string, string | number>>;

  constructor(
    errorClass: ErrorClass,
    code: string,
    message: string,
    options: AppErrorOptions = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.class = errorClass;
    this.code = code;
    this.details = options.details ?? {};
  }

  get retryable(): boolean {
    return this.class === 'transient';
  }

  /** The form that crosses threads, queues and HTTP. */
  toJSON(): SerializedError {
    return { class: this.class, code: this.code, message: this.message, details: this.details };
  }
}

export interface SerializedError {
  readonly class: ErrorClass;
  readonly code: string;
  readonly message: string;
  readonly details: Readonly<Record<string, string | number>>;
}

/** Any thrown value as an `AppError`; what is not one already is a bug of ours. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new AppError('bug', 'INTERNAL', message, { cause: error });
}

export function fromSerializedError(error: SerializedError): AppError {
  return new AppError(error.class, error.code, error.message, { details: error.details });
}
