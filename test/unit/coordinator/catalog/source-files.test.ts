import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findSourceFiles } from '../../../../coordinator/catalog/source-files.ts';
import { openMemoryStore } from '../../../../shared/storage/memory-store.ts';
import type { TableSpec } from '../../../../shared/wire/query-request.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-files-'));
  await mkdir(join(folder, 'day=1'), { recursive: true });
  await mkdir(join(folder, 'odd [x]'));
  await mkdir(join(folder, 'empty'));
  for (const [name, text] of [
    ['b.csv', 'b'],
    ['a.csv', 'aa'],
    ['c.parquet', 'c'],
    ['day=1/d.csv', 'd'],
    ['_SUCCESS.csv', ''],
    ['.hidden.csv', ''],
    ['odd [x]/e.csv', 'e'],
    ['notes', 'n'],
    ['what.xyz', 'n'],
  ] as const) {
    await writeFile(join(folder, name), text);
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function find(
  files: readonly string[],
  change: Partial<TableSpec> = {},
  folders: readonly string[] | null = null,
): Promise<string[]> {
  const found = await findSourceFiles(
    {
      name: 'T',
      files: files.map((file) => (file.includes('://') ? file : join(folder, file))),
      time: 't',
      key: 'k',
      ...change,
    },
    {
      store: openMemoryStore(),
      access: { folders, store: 's3://lake/millrace' },
      listObjects: async (uri) => [{ uri: `${uri}x.parquet`, bytes: 7, etag: 'e' }],
    },
  );
  return found.map(({ uri, format, bytes }) => {
    const name = uri.includes('://') || uri.startsWith('inline:') ? uri : relative(folder, uri);
    return `${name} ${format} ${bytes}`;
  });
}

describe('the files of a table', () => {
  test('of a file, a pattern, and both: in order of name, each once', async () => {
    expect(await find(['a.csv'])).toEqual(['a.csv csv 2']);
    expect(await find(['[ab].csv', 'a.csv'])).toEqual(['a.csv csv 2', 'b.csv csv 1']);
    expect(await find(['b.csv', 'a.csv'])).toEqual(await find(['a.csv', 'b.csv']));
  });

  test('none that a glob finds outside of what is allowed, nor what is of the store', async () => {
    const inside = [join(folder, 'day=1')];
    await expect(find(['day=1/[.][.]/a.csv'], {}, inside)).rejects.toMatchObject({
      code: 'LOCAL_FILE_FORBIDDEN',
    });
    await expect(find(['a.csv'], {}, inside)).rejects.toMatchObject({
      code: 'LOCAL_FILE_FORBIDDEN',
    });
    await expect(find(['s3://lake/millrace/runs/'])).rejects.toMatchObject({
      code: 'STORE_PRIVATE',
    });
    expect(await find(['s3://lake/orders/'])).toEqual(['s3://lake/orders/x.parquet parquet 7']);
  });

  test('of a folder: all below it, but for hidden ones and markers', async () => {
    const files = await find([''], { format: 'csv' });
    expect(files.map((file) => file.split(' csv')[0])).toEqual([
      'a.csv',
      'b.csv',
      'c.parquet',
      'day=1/d.csv',
      'odd [x]/e.csv',
      'what.xyz',
    ]);
  });

  test('of a folder whose name looks like a pattern', async () => {
    expect(await find(['odd [x]'])).toEqual(['odd [x]/e.csv csv 1']);
  });

  test('of S3, as its listing tells', async () => {
    expect(await find(['s3://lake/orders/'])).toEqual(['s3://lake/orders/x.parquet parquet 7']);
  });

  test('inline text is kept by its content', async () => {
    const [one, two] = await find([], { inlineCsv: ['a,b\n', 'a,b\n'] });
    expect(one).toMatch(/^inline:inline\/[0-9a-f]{64}\.csv csv 4$/);
    expect(two).toBe(one);
  });

  test.each([
    [['nothing.csv'], 'SOURCE_NOT_FOUND'],
    [['*.tsv'], 'SOURCE_NOT_FOUND'],
    [['empty'], 'SOURCE_NOT_FOUND'],
    [['notes'], 'FORMAT_UNKNOWN'],
    [['what.xyz'], 'FORMAT_UNKNOWN'],
    [['gs://lake/x.csv'], 'SCHEME_UNKNOWN'],
    [[], 'SOURCE_NOT_FOUND'],
  ])('%j is refused: %s', async (files, code) => {
    await expect(find(files)).rejects.toMatchObject({ class: 'user', code });
  });
});
