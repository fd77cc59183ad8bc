/** Locations of stores: which store a text names, and that none is guessed. */
import { describe, expect, it } from 'vitest';
import { openStore, storeConfigOf } from '../../../../shared/storage/open-store.ts';

describe('store locations', () => {
  it('names folders, memory and buckets', () => {
    expect(storeConfigOf('data/lake')).toEqual({ kind: 'file', root: 'data/lake' });
    expect(storeConfigOf('file:///data/lake')).toEqual({ kind: 'file', root: '/data/lake' });
    expect(storeConfigOf('memory:')).toEqual({ kind: 'memory' });
    expect(storeConfigOf('s3://lake/millrace/prod/')).toEqual({
      kind: 's3',
      s3: {
        bucket: 'lake',
        prefix: 'millrace/prod',
        region: 'us-east-1',
        endpoint: null,
        accessKeyId: null,
        secretAccessKey: null,
        forcePathStyle: false,
      },
    });
  });

  it('takes the access to S3 apart from the location', () => {
    const access = {
      endpoint: 'http://localhost:9000',
      accessKeyId: 'key',
      secretAccessKey: 'secret',
    };
    expect(storeConfigOf('s3://lake', access)).toMatchObject({
      s3: { ...access, bucket: 'lake', prefix: '', forcePathStyle: true },
    });
  });

  it.each(['', 'gs://bucket', 's3://', 's3://Bucket', 's3://b/../c', 's3://lake/a b'])(
    'refuses `%s`',
    (location) => {
      expect(() => storeConfigOf(location)).toThrow(
        expect.objectContaining({ class: 'user', code: 'STORE_LOCATION' }),
      );
    },
  );

  it('refuses credentials in a location and does not repeat them', () => {
    expect(() => storeConfigOf('s3://key:hush@lake')).toThrow(/credentials apart/);
    expect(() => storeConfigOf('s3://key:hush@lake')).toThrow(/^(?!.*hush)/);
    expect(() => storeConfigOf('s3://lake', { accessKeyId: 'key' })).toThrow(/needs its secret/);
  });

  it('opens what it names, without touching it', async () => {
    expect((await openStore('memory:')).description).toBe('memory');
    expect((await openStore('/nowhere/yet')).description).toBe('/nowhere/yet');
    expect((await openStore('s3://lake/millrace')).description).toBe('s3://lake/millrace');
  });
});
