/** Reads what a command line refers to: the spec file, and the query from a file or standard input. */
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { AppError } from '../../shared/base/app-error.ts';
import type { TableSpec } from '../../shared/wire/query-request.ts';
import type { CommandContext } from './context.ts';
import type { QuerySource, SourceOptions } from './options.ts';
import type { SpecFile } from './spec-file.ts';
import { isUri } from './place.ts';
import { misspeltQuery } from './request.ts';
import { printable } from './text-width.ts';
import { resolve } from 'node:path';

/** The name that is looked for where no `--spec` is given. */
const SPEC_FILE_NAME = 'millrace.yaml';

/** Far beyond what the language takes, which tells its own limit; this one keeps a wrong file out of memory. */
const QUERY_BYTES_MAX = 64_000_000;

/** The spec file that was named, or `millrace.yaml` if it is there; else null. */
export async function readSpec(options: Pick<SourceOptions, 'spec'>): Promise<SpecFile | null> {
  const path = options.spec ?? SPEC_FILE_NAME;
  try {
    const text = await readFile(path, 'utf8');
    // Loaded only for a spec file: YAML and the checks of its schema are half of what a command loads.
    const { parseSpecFile } = await import('./spec-file.ts');
    return parseSpecFile(text, path);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    if (error.code === 'ENOENT' && options.spec === null) return null;
    throw unreadable(path, error, '--spec');
  }
}

/** The text of a query. Throws an AppError `QUERY_UNREADABLE` or `QUERY_TOO_LARGE` of class `user`. */
export async function readQuery(source: QuerySource, context: CommandContext): Promise<string> {
  switch (source.kind) {
    case 'text':
      return source.text;
    case 'file': {
      try {
        const info = await stat(source.path);
        if (info.isDirectory()) {
          throw new AppError('user', 'QUERY_UNREADABLE', `--file ${source.path}: is a folder`);
        }
        return await readAll(createReadStream(source.path), `--file ${source.path}`);
      } catch (error) {
        throw isSystemError(error) ? unreadable(source.path, error, '--file') : error;
      }
    }
    case 'stdin':
      if (context.stdin.isTerminal) {
        await context.stderr.write('Type the query, then Ctrl-D.\n');
      }
      return readAll(context.stdin, 'standard input');
  }
}

/** Tells what a rejected text may have been meant as: the name of a query of the spec file, or a file with one. */
export async function tellWhatWasMeant(
  text: string,
  spec: SpecFile | null,
  context: CommandContext,
): Promise<void> {
  const path = text.trim();
  const info = await stat(path).catch(() => null);
  const hint =
    info?.isFile() === true
      ? `${printable(path)} is a file; to read the query from it: --file ${printable(path)}`
      : misspeltQuery(text, spec);
  if (hint !== null) await context.stderr.write(`${hint}\n`);
}

async function readAll(chunks: AsyncIterable<Uint8Array>, name: string): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    parts.push(chunk);
    bytes += chunk.length;
    if (bytes > QUERY_BYTES_MAX) {
      throw new AppError(
        'user',
        'QUERY_TOO_LARGE',
        `${name}: more than ${QUERY_BYTES_MAX / 1e6} MB are no query`,
      );
    }
  }
  return Buffer.concat(parts)
    .toString('utf8')
    .replace(/^\uFEFF/, '');
}

/** For a coordinator, whose current folder is another: paths of files from the root. */
export function withAbsoluteFiles<Table extends Pick<TableSpec, 'files'>>(table: Table): Table {
  const files = table.files.map((file) => {
    if (isUri(file)) return file;
    // `resolve` drops the slash that says that a folder is meant.
    return resolve(file) + (file.endsWith('/') ? '/' : '');
  });
  return { ...table, files };
}

interface SystemError extends Error {
  readonly code: string;
}

export function isSystemError(error: unknown): error is SystemError {
  return error instanceof Error && 'code' in error && 'syscall' in error;
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EACCES: 'may not be read (permission denied)',
  EISDIR: 'is a folder',
  ENOTDIR: 'a part of the path is a file, not a folder',
};

/** A failure of the file system in words, as an AppError of class `user`. */
export function unreadable(path: string, error: SystemError, option?: string): AppError {
  const reason = REASONS[error.code] ?? error.message;
  const code =
    option === '--spec'
      ? 'SPEC_UNREADABLE'
      : option === '--file'
        ? 'QUERY_UNREADABLE'
        : 'FILE_UNREADABLE';
  return new AppError(
    'user',
    code,
    `${option === undefined ? '' : `${option} `}${path}: ${reason}`,
  );
}
