/** Ids of runs as clients name them. */
import { AppError } from '../base/app-error.ts';

export const RUN_ID = /^[a-z0-9]{1,64}$/;

export const RUN_UNKNOWN = 'RUN_UNKNOWN';

export function unknownRun(runId: string): AppError {
  return new AppError('user', RUN_UNKNOWN, `there is no run ${runId}`);
}
