/** Names of source files in S3 that are the user's mistakes, however the store puts it. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { parseS3Uri, S3Sources } from '../../../infra/s3-sources.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** Sources in a store that answers every request with `status` and `code`. */
async function sourcesOf(status: number, code: string): Promise<S3Sources> {
  const server = createServer((_request, reply) => {
    reply.writeHead(status, { 'content-type': 'application/xml', connection: 'close' });
    reply.end(`<Error><Code>${code}</Code><Message>no</Message></Error>`);
  });
  servers.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return new S3Sources({
    endpoint: `http://127.0.0.1:${port}`,
    accessKeyId: 'k',
    secretAccessKey: 's',
  });
}

test.each(['s3://lake/../mill/h4/', 's3://lake/a/./b', 's3://lake/a/..', 's3://lake/../*.csv'])(
  '%s goes up or nowhere: refused before the store is asked',
  (uri) => {
    expect(() => parseS3Uri(uri)).toThrow(
      expect.objectContaining({ class: 'user', code: 'SOURCE_REFUSED' }),
    );
  },
);

test.each(['s3://lake/a..b/.c', 's3://lake/...', 's3://lake/a//b', 's3://lake'])(
  '%s is a name like any other',
  (uri) => {
    expect(parseS3Uri(uri).bucket).toBe('lake');
  },
);

test.each(['s3://lake/name', 's3://lake/folder/', 's3://lake/*.csv'])(
  'a store that does not take %s: the request is to be mended, not we',
  async (uri) => {
    const sources = await sourcesOf(400, 'KeyTooLongError');
    await expect(sources.list(uri)).rejects.toMatchObject({
      class: 'user',
      code: 'SOURCE_REFUSED',
      message: expect.stringContaining(`${uri}: the store does not take this name (400 `),
    });
  },
);

test('what the store says of region and credentials keeps its name', async () => {
  const region = await sourcesOf(400, 'AuthorizationHeaderMalformed');
  await expect(region.list('s3://lake/a/')).rejects.toMatchObject({ code: 'STORE_REGION_WRONG' });
  const credentials = await sourcesOf(403, 'AccessDenied');
  await expect(credentials.list('s3://lake/a/')).rejects.toMatchObject({ code: 'STORE_FORBIDDEN' });
});
