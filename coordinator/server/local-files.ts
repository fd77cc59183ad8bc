/**
 * Which files of the coordinator's and the workers' machines a request may name. None, unless folders were allowed:
 * otherwise whoever reaches the port could read every file that the process can.
 */
import { isAbsolute, relative, resolve } from 'node:path';
import { AppError } from '../../shared/base/app-error.ts';
import type { QueryRequest, TableSpec } from '../../shared/wire/query-request.ts';

/** Absolute folders. Links inside them are followed: who allows a folder answers for what it links to. */
export type AllowedFolders = readonly string[];

export function checkQueryFiles(request: QueryRequest, folders: AllowedFolders): void {
  checkTableFiles(request.tables, folders);
  if (request.output.path !== null) checkFile(request.output.path, folders);
}

export function checkTableFiles(tables: readonly TableSpec[], folders: AllowedFolders): void {
  for (const table of tables) checkFiles(table.files, folders);
}

/** Throws AppError `LOCAL_FILE_FORBIDDEN` unless every path is an s3:// URI or lies in an allowed folder. */
export function checkFiles(paths: readonly string[], folders: AllowedFolders): void {
  for (const path of paths) checkFile(path, folders);
}

function checkFile(path: string, folders: AllowedFolders): void {
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]+):\/\//.exec(path)?.[1]?.toLowerCase();
  // An unknown scheme is refused by whoever opens it, with a better message.
  if (scheme !== undefined && scheme !== 'file') return;
  if (scheme === undefined && folders.some((folder) => isInside(path, folder))) return;
  throw new AppError(
    'user',
    'LOCAL_FILE_FORBIDDEN',
    folders.length === 0
      ? `${path}: this coordinator reads and writes s3:// only; start it with --allow-files FOLDER to allow local files`
      : `${path}: local files must be absolute paths in ${folders.join(', ')}`,
  );
}

/** Without `..` even in braces of a glob, which are expanded later. */
function isInside(path: string, folder: string): boolean {
  if (!isAbsolute(path) || path.includes('..') || path.includes('\0')) return false;
  const below = relative(folder, resolve(path));
  return !below.startsWith('..') && !isAbsolute(below);
}
