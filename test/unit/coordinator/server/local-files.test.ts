/** What a request may name of the server's file system. */
import { expect, test } from 'vitest';
import { checkFiles } from '../../../../coordinator/server/local-files.ts';

test.each([
  's3://bucket/key',
  'S3://bucket/key',
  // Whoever opens it says that there is no such scheme.
  'ftp://host/file',
  '/data',
  '/data/a.csv',
  '/data/deep/*.{csv,parquet}',
  '/data//a.csv',
])('%s is let through', (path) => {
  expect(() => checkFiles([path], ['/data'])).not.toThrow();
});

test.each([
  '/etc/passwd',
  'data/a.csv',
  'a.csv',
  '/data2/a.csv',
  '/data/../etc/passwd',
  '/data/{a,../../etc/passwd}',
  'file:///data/a.csv',
  'FILE:///etc/passwd',
  'inline:runs/r1/result.csv',
  '/data/a\0.csv',
  '',
])('%s is refused', (path) => {
  expect(() => checkFiles([path], ['/data'])).toThrow(
    expect.objectContaining({ code: 'LOCAL_FILE_FORBIDDEN', class: 'user' }),
  );
});

test('a folder does not allow what begins with its name', () => {
  expect(() => checkFiles(['/data-secret/a'], ['/data'])).toThrow();
  expect(() => checkFiles(['/data/a'], [])).toThrow(/s3:\/\/ only/);
});
