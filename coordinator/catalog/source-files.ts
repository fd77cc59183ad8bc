/** From what a user wrote (`orders/*.parquet`, a folder, `s3://lake/orders/`) to the files of a table. */
import { stat } from 'node:fs/promises';
import { glob } from 'node:fs/promises';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import { AppError } from '../../shared/base/app-error.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import type { ManifestFile } from '../../shared/storage/table-manifest.ts';
import type { FileFormat, TableSpec } from '../../shared/wire/query-request.ts';
import type { Access } from '../access.ts';
import { checkSource } from '../access.ts';

export interface SourceFile extends ManifestFile {
  readonly format: FileFormat;
}

/** Lists the objects of an S3 prefix; absent where no S3 access is configured. */
export type ListObjects = (uri: string) => Promise<readonly ManifestFile[]>;

export interface SourceFilesOptions {
  readonly store: ObjectStore;
  readonly access: Access;
  readonly listObjects: ListObjects;
}

const FORMAT_OF_EXTENSION: Readonly<Record<string, FileFormat>> = {
  parquet: 'parquet',
  pq: 'parquet',
  csv: 'csv',
  jsonl: 'jsonl',
  ndjson: 'jsonl',
  json: 'jsonl',
  arrow: 'arrow',
  arrows: 'arrow',
  feather: 'arrow',
  ipc: 'arrow',
};

/** All files of a table in a stable order, each with a known format; at least one, unless it `mayBeEmpty`. */
export async function findSourceFiles(
  table: TableSpec,
  options: SourceFilesOptions,
  mayBeEmpty = false,
): Promise<readonly SourceFile[]> {
  const found: ManifestFile[] = [];
  for (const pattern of table.files) {
    checkSource(pattern, options.access);
    const files = await expand(pattern, options.listObjects);
    // A glob may find its way out of a folder, or into the store.
    for (const { uri } of files) checkSource(uri, options.access);
    found.push(...files);
  }
  const byUri = new Map(found.map((file) => [file.uri, file]));
  const files = [...byUri.values()]
    .toSorted((left, right) => (left.uri < right.uri ? -1 : 1))
    .map((file): SourceFile => ({ ...file, format: table.format ?? formatOf(file.uri) }));
  for (const text of table.inlineCsv ?? []) files.push(await keepInline(text, options.store));
  if (files.length === 0 && !mayBeEmpty) {
    throw new AppError(
      'user',
      'SOURCE_NOT_FOUND',
      `${table.name}: no file matches ${table.files.map((file) => `'${file}'`).join(', ')}`,
    );
  }
  return files;
}

function formatOf(uri: string): FileFormat {
  const extension = /\.([A-Za-z0-9]+)$/.exec(uri)?.[1]?.toLowerCase() ?? '';
  const format = FORMAT_OF_EXTENSION[extension];
  if (format !== undefined) return format;
  throw new AppError(
    'user',
    'FORMAT_UNKNOWN',
    `${uri}: the name does not tell the format; known endings are ${Object.keys(FORMAT_OF_EXTENSION)
      .map((name) => `.${name}`)
      .join(' ')}`,
  );
}

async function expand(pattern: string, listObjects: ListObjects): Promise<readonly ManifestFile[]> {
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]+):\/\//.exec(pattern)?.[1]?.toLowerCase();
  if (scheme === 's3') return listObjects(pattern);
  if (scheme !== undefined && scheme !== 'file') {
    throw new AppError(
      'user',
      'SCHEME_UNKNOWN',
      `${pattern}: '${scheme}://' is not a known scheme; use a path or s3://bucket/prefix`,
    );
  }
  const path = scheme === 'file' ? decodeURIComponent(new URL(pattern).pathname) : pattern;
  const info = await stat(path).catch(() => null);
  if (info?.isFile() === true) return [await localFile(path)];
  const inFolder = info?.isDirectory() === true;
  const files: ManifestFile[] = [];
  for await (const match of glob(inFolder ? join(escapeGlob(path), '**/*') : path)) {
    const hidden = match.split(/[/\\]/).some((part) => /^[._]./.test(part) && part !== '..');
    if (inFolder && (hidden || !/\.[A-Za-z0-9]+$/.test(match))) continue;
    if ((await stat(match)).isFile()) files.push(await localFile(match));
  }
  if (files.length === 0) {
    throw new AppError(
      'user',
      'SOURCE_NOT_FOUND',
      inFolder ? `${path} has no data files in it` : `${path}: no such file`,
    );
  }
  return files;
}

function escapeGlob(path: string): string {
  return path.replaceAll(/[[\]{}()*?!]/g, (char) => `[${char}]`);
}

async function localFile(path: string): Promise<ManifestFile> {
  const info = await stat(path, { bigint: true });
  return { uri: path, bytes: Number(info.size), etag: `${info.size}-${info.mtimeNs}` };
}

/** Inline CSV becomes an object, so that workers read it like any file. */
async function keepInline(text: string, store: ObjectStore): Promise<SourceFile> {
  const bytes = new TextEncoder().encode(text);
  const digest = createHash('sha256').update(bytes).digest('hex');
  const key = `inline/${digest}.csv`;
  await store.putIfAbsent(key, [bytes]);
  return { uri: `inline:${key}`, bytes: bytes.length, etag: digest, format: 'csv' };
}
