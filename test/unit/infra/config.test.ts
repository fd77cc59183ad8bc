/** What the environment says, and what is refused without repeating a secret. */
import { expect, test } from 'vitest';
import { readConfig } from '../../../infra/config.ts';

test('absent and empty variables say nothing', () => {
  expect(readConfig({ MILLRACE_STORE: '', MILLRACE_SERVER: ' ' })).toMatchObject({
    store: null,
    server: null,
    redis: null,
    s3: {},
  });
});

test('the default store follows the cache folder of the user', () => {
  expect(readConfig({ XDG_CACHE_HOME: '/c' }).defaultStore).toBe('/c/millrace');
});

test('S3 as the SDK spells it, its own endpoint first', () => {
  expect(
    readConfig({
      AWS_ENDPOINT_URL: 'http://all:1',
      AWS_ENDPOINT_URL_S3: 'http://s3:1',
      AWS_DEFAULT_REGION: 'eu-x',
      AWS_ACCESS_KEY_ID: 'id',
      AWS_SECRET_ACCESS_KEY: 'hush',
      MILLRACE_S3_PATH_STYLE: 'true',
    }).s3,
  ).toEqual({
    endpoint: 'http://s3:1',
    region: 'eu-x',
    accessKeyId: 'id',
    secretAccessKey: 'hush',
    forcePathStyle: true,
  });
});

test('temporary credentials are left to the SDK, which knows their third part', () => {
  const { s3 } = readConfig({
    AWS_ACCESS_KEY_ID: 'id',
    AWS_SECRET_ACCESS_KEY: 'hush',
    AWS_SESSION_TOKEN: 'token',
  });
  expect(s3).toEqual({});
});

test('what is wrong is named, a password is not', () => {
  expect(() => readConfig({ MILLRACE_SERVER: 'here' })).toThrow(/MILLRACE_SERVER=here: a URL/);
  expect(() => readConfig({ MILLRACE_S3_PATH_STYLE: 'yes' })).toThrow(/true or false/);
  for (const [name, value] of [
    ['MILLRACE_REDIS', 'me:hush@host'],
    ['MILLRACE_REDIS', 'http://:hush@host:6379'],
    ['MILLRACE_SERVER', 'http://me:hush@host'],
  ] as const) {
    expect(() => readConfig({ [name]: value })).toThrow(new RegExp(`^(?!.*hush)${name}: `));
  }
});
