/** Why a running attempt is aborted: the reason of its signal, and then the error that it ends with. */
import { AppError } from '../base/app-error.ts';

export function cancelled(): AppError {
  return new AppError('user', 'CANCELLED', 'the run was cancelled');
}

export function lockLost(): AppError {
  return new AppError('transient', 'LOCK_LOST', 'the task was taken from this worker');
}

export function stopping(): AppError {
  return new AppError('transient', 'WORKER_STOPPING', 'the worker is shutting down');
}

/** The error of an attempt that failed: why it was aborted says more than how it noticed. */
export function failureOf(error: unknown, signal: AbortSignal): unknown {
  return signal.aborted ? signal.reason : error;
}
