/** What a request may name of files and objects. */
import { describe, expect, test } from 'vitest';
import type { Access } from '../../../coordinator/access.ts';
import { checkOverlap, checkResult, checkSource } from '../../../coordinator/access.ts';

const DATA: Access = { folders: ['/data'], store: 's3://lake/millrace' };
const ANY: Access = { folders: null, store: '/var/millrace' };

describe('a coordinator', () => {
  test.each([
    's3://bucket/key',
    's3://lake/orders/',
    // Whoever opens it says that there is no such scheme.
    'ftp://host/file',
    '/data',
    '/data/a.csv',
    '/data/deep/*.{csv,parquet}',
    '/data//a.csv',
  ])('reads %s', (location) => {
    expect(() => checkSource(location, DATA)).not.toThrow();
  });

  test.each([
    '/etc/passwd',
    'data/a.csv',
    'a.csv',
    '/data2/a.csv',
    '/data-secret/a',
    '/data/../etc/passwd',
    '/data/{a,../../etc/passwd}',
    'file:///data/a.csv',
    'FILE:///etc/passwd',
    'inline:runs/r1/result.csv',
    '/data/a\0.csv',
    '',
  ])('does not read %s', (location) => {
    expect(() => checkSource(location, DATA)).toThrow(
      expect.objectContaining({ code: 'LOCAL_FILE_FORBIDDEN', class: 'user' }),
    );
  });

  test('says how local files are allowed where none are', () => {
    expect(() => checkSource('/data/a', { ...DATA, folders: [] })).toThrow(/s3:\/\/ only/);
  });

  test.each(['/data/out.csv', 's3://bucket/out.csv', 's3://lake/millrace-results/out.csv'])(
    'writes %s',
    (location) => {
      expect(() => checkResult(location, DATA)).not.toThrow();
    },
  );

  test.each([
    ['/etc/cron.d/x', 'LOCAL_FILE_FORBIDDEN'],
    ['out.csv', 'LOCAL_FILE_FORBIDDEN'],
    // What is no s3:// URI would be a path, with folders named like a scheme.
    ['ab://../../../etc/x', 'SCHEME_UNKNOWN'],
    ['gs://bucket/x.csv', 'SCHEME_UNKNOWN'],
    ['S3://bucket/x.csv', 'SCHEME_UNKNOWN'],
    ['file:///data/x.csv', 'SCHEME_UNKNOWN'],
  ])('does not write %s', (location, code) => {
    expect(() => checkResult(location, DATA)).toThrow(
      expect.objectContaining({ code, class: 'user' }),
    );
  });
});

test.each([
  ['s3://lake/millrace/runs/r1/request.json', DATA],
  ['s3://lake/millrace/tables/', DATA],
  ['/var/millrace/states/s.json', ANY],
  ['/var/millrace/runs', ANY],
])('nothing names what the store is made of: %s', (location, access) => {
  const refusal = expect.objectContaining({ code: 'STORE_PRIVATE', class: 'user' });
  expect(() => checkSource(location, access)).toThrow(refusal);
  expect(() => checkResult(location, access)).toThrow(refusal);
});

test.each(['a.csv', '/tmp/a.csv', '/var/millrace/orders.csv', 'file:///tmp/a.csv', '../a.csv'])(
  'a process of the user reads %s',
  (location) => {
    expect(() => checkSource(location, ANY)).not.toThrow();
  },
);

describe('a result', () => {
  const sources = [{ uri: 'orders/1.csv' }, { uri: 's3://lake/orders/1.csv' }];
  const output = (path: string, layout: 'file' | 'folder') =>
    ({ path, layout, format: 'csv', overwrite: true, timestamps: 'ns' }) as const;

  test.each([
    ['orders/1.csv', 'file'],
    ['./orders/../orders/1.csv', 'file'],
    ['s3://lake/orders/1.csv', 'file'],
    ['orders/', 'folder'],
    ['s3://lake/orders', 'folder'],
  ] as const)('is not written over its sources: %s', (path, layout) => {
    expect(() => checkOverlap(output(path, layout), sources)).toThrow(
      expect.objectContaining({ code: 'RESULT_IS_SOURCE', class: 'user' }),
    );
  });

  test.each([
    ['orders/2.csv', 'file'],
    ['orders-out/', 'folder'],
    ['s3://lake/orders-out/', 'folder'],
    ['s3://lake/orders/2.csv', 'file'],
  ] as const)('is written beside them: %s', (path, layout) => {
    expect(() => checkOverlap(output(path, layout), sources)).not.toThrow();
  });
});
