/** What must hold of a request by itself: looked at before anything is read or written for it. */
import { AppError } from '../../shared/base/app-error.ts';
import type { QueryRequest, TableSpec } from '../../shared/wire/query-request.ts';
import { resultSpec } from './plan-query.ts';
import { checkStateName } from './saved-state.ts';

/** Throws AppErrors of class `user`. Mistakes in the query text are diagnostics, found when the tables are known. */
export function checkRequest(request: QueryRequest): void {
  checkTableNames(request.tables);
  resultSpec(request);
  for (const name of [request.saveState, request.resumeState]) {
    if (name !== undefined) checkStateName(name);
  }
}

function checkTableNames(specs: readonly TableSpec[]): void {
  const seen = new Set<string>();
  for (const { name } of specs) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      throw new AppError(
        'user',
        'TABLE_NAME',
        `'${name}' is not a table name: use letters, digits and _`,
      );
    }
    if (seen.has(name)) throw new AppError('user', 'TABLE_NAME', `table ${name} is given twice`);
    seen.add(name);
  }
}
