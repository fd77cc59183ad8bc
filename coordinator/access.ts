/**
 * Which files and objects a request may name, as sources and as results. Whoever reaches a coordinator's port could otherwise read
 * and write every file that its machines can: local files are forbidden there, unless their folders were allowed. And
 * nobody names what the store itself is made of: a result written over a run's record would stop more than that run.
 */
import { isAbsolute, relative, resolve } from 'node:path';
import { AppError } from '../shared/base/app-error.ts';
import type { QueryRequest } from '../shared/wire/query-request.ts';

export interface Access {
  /** Absolute folders of local files. Links inside them are followed: who allows a folder answers for what it links to. Null: all files, in a process of the user's own. */
  readonly folders: readonly string[] | null;
  /** Where the store is: a folder, or s3://bucket/prefix. */
  readonly store: string;
}

/** Below the store's location, what is its own (shared/README.md); a store at the top of a bucket leaves the rest to others. */
const STORE_NAMES: ReadonlySet<string> = new Set([
  'tables',
  'runs',
  'states',
  'unfinished',
  'inline',
  'self-test',
  '.temporary',
]);

const SCHEME = /^([A-Za-z][A-Za-z0-9+.-]+):\/\//;

/** Sources as they are written, globs included, and the result. What a glob finds is checked when it is found. */
export function checkLocations({ tables, output }: QueryRequest, access: Access): void {
  for (const table of tables) for (const file of table.files) checkSource(file, access);
  if (output.path !== null) checkResult(output.path, access);
}

/** Throws an AppError unless the path, glob or URI may be read. Schemes that nobody knows are refused by who opens them. */
export function checkSource(location: string, access: Access): void {
  const scheme = SCHEME.exec(location)?.[1]?.toLowerCase();
  if (scheme === undefined) checkFolder(location, access);
  else if (scheme === 'file' && access.folders !== null) throw forbidden(location, access.folders);
  checkApart(location, access);
}

/** As `checkSource`, for a path or URI to write to. */
export function checkResult(location: string, access: Access): void {
  if (SCHEME.test(location)) {
    if (!location.startsWith('s3://')) {
      throw new AppError(
        'user',
        'SCHEME_UNKNOWN',
        `${location}: results are written to a path or to s3://bucket/key`,
      );
    }
  } else checkFolder(location, access);
  checkApart(location, access);
}

/** Throws an AppError if the result would be written over one of the files that it is computed from. */
export function checkOverlap(
  { path, layout }: QueryRequest['output'],
  sources: readonly { readonly uri: string }[],
): void {
  if (path === null) return;
  const isHit = (uri: string): boolean => {
    if (SCHEME.test(path) || SCHEME.test(uri)) {
      return layout === 'file' ? uri === path : uri.startsWith(`${path.replace(/\/+$/, '')}/`);
    }
    return layout === 'file' ? resolve(uri) === resolve(path) : below(uri, path) !== null;
  };
  const hit = sources.find(({ uri }) => isHit(uri));
  if (hit === undefined) return;
  throw new AppError(
    'user',
    'RESULT_IS_SOURCE',
    layout === 'file'
      ? `${path} is one of the files that the query reads: write the result to another place`
      : `${hit.uri}, which the query reads, is in the folder of the result: write it to another place`,
  );
}

function checkFolder(path: string, { folders }: Access): void {
  if (folders === null || folders.some((folder) => isInside(path, folder))) return;
  throw forbidden(path, folders);
}

function forbidden(path: string, folders: readonly string[]): AppError {
  return new AppError(
    'user',
    'LOCAL_FILE_FORBIDDEN',
    folders.length === 0
      ? `${path}: this coordinator reads and writes s3:// only; start it with --allow-files FOLDER to allow local files`
      : `${path}: local files must be absolute paths in ${folders.join(', ')}`,
  );
}

/** Without `..`, which a glob would expand later. */
function isInside(path: string, folder: string): boolean {
  if (!isAbsolute(path) || path.includes('..') || path.includes('\0')) return false;
  return below(path, folder) !== null;
}

function checkApart(location: string, { store }: Access): void {
  const name = SCHEME.test(location) ? belowObject(location, store) : below(location, store);
  if (name === null || !STORE_NAMES.has(name.split('/')[0]!)) return;
  throw new AppError(
    'user',
    'STORE_PRIVATE',
    `${location} is a part of the store ${store} itself, which no query reads or writes as a file`,
  );
}

/** The rest of a path below a folder; null if it is elsewhere. */
function below(path: string, folder: string): string | null {
  const rest = relative(folder, resolve(path)).replaceAll('\\', '/');
  return rest.startsWith('..') || isAbsolute(rest) ? null : rest;
}

function belowObject(uri: string, store: string): string | null {
  return uri.startsWith(`${store}/`) ? uri.slice(store.length + 1) : null;
}
