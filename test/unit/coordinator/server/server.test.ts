/** The HTTP API: what is let in, what comes out, and in which words errors are told. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { ServerDeps } from '../../../../coordinator/server/build-server.ts';
import { AppError } from '../../../../shared/base/app-error.ts';
import { anyRequest, infoOf, summaryOf } from '../../../support/fake-engine.ts';
import { buildTestServer, type TestServer } from '../../../support/test-server.ts';

const servers: TestServer[] = [];

async function open(deps: Partial<ServerDeps> = {}): Promise<TestServer> {
  const server = await buildTestServer(deps);
  servers.push(server);
  return server;
}

afterEach(async () => {
  for (const { app } of servers.splice(0)) await app.close();
});

test('a run starts at once and is found by its address', async () => {
  const { app, engine } = await open();
  const reply = await app.inject({ method: 'POST', url: '/v1/runs', payload: anyRequest() });
  expect(reply.statusCode).toBe(202);
  expect(reply.json()).toEqual({ runId: 'r0' });
  expect(reply.headers['location']).toBe('/v1/runs/r0');
  expect(engine.started[0]!.request).toEqual(anyRequest());
  const run = await app.inject('/v1/runs/r0');
  expect(run.json()).toMatchObject({ runId: 'r0', status: 'running' });
  expect((await app.inject('/v1/runs')).json()).toMatchObject({ runs: [{ runId: 'r0' }] });
});

test('a list of runs is as long as asked for, within its bounds', async () => {
  const { app, engine } = await open();
  engine.ledger = Array.from({ length: 1_200 }, (_, at) => infoOf(`r${at}`));
  const count = async (query: string): Promise<number> =>
    (await app.inject(`/v1/runs${query}`)).json().runs.length;
  expect(await count('')).toBe(100);
  expect(await count('?limit=7')).toBe(7);
  expect(await count('?limit=1000')).toBe(1_000);
  for (const [query, detail] of [
    ['limit=0', 'querystring/limit: must be >= 1'],
    ['limit=1001', 'querystring/limit: must be <= 1000'],
    ['limit=many', 'querystring/limit: must be integer'],
    ['limit=1&limit=2', 'querystring/limit: must be integer'],
    ['last=7', 'querystring: must NOT have additional properties: last'],
  ]) {
    const reply = await app.inject(`/v1/runs?${query}`);
    expect(reply.statusCode, query).toBe(400);
    expect(reply.json()).toMatchObject({ code: 'REQUEST_INVALID', detail });
  }
});

test('a look at one run does not list the others', async () => {
  const { app, engine } = await open();
  engine.ledger = [infoOf('r1', { status: 'done', summary: summaryOf('r1') })];
  engine.runs = async () => {
    throw new Error('a list was asked for');
  };
  for (const path of ['', '/events', '/result']) {
    expect((await app.inject(`/v1/runs/r1${path}`)).statusCode, path).not.toBe(500);
  }
});

test('an unknown run is a 404 as problem+json', async () => {
  const { app } = await open();
  for (const path of ['', '/events', '/result', '/result/a.csv']) {
    const reply = await app.inject(`/v1/runs/none${path}`);
    expect(reply.statusCode, path).toBe(404);
    expect(reply.headers['content-type']).toContain('application/problem+json');
  }
  expect((await app.inject('/v1/runs/none')).json()).toEqual({
    type: 'urn:millrace:problem:RUN_UNKNOWN',
    title: 'The request cannot be done as it is',
    status: 404,
    detail: 'there is no run none',
    instance: '/v1/runs/none',
    code: 'RUN_UNKNOWN',
    class: 'user',
    details: {},
  });
});

test('a body is taken as it is: nothing is coerced, nothing unknown is dropped', async () => {
  const { app } = await open();
  const post = async (payload: object): Promise<{ statusCode: number; json: () => unknown }> =>
    app.inject({ method: 'POST', url: '/v1/runs', payload });
  const asText = await post({ ...anyRequest(), limit: '5' });
  expect(asText.statusCode).toBe(400);
  expect(asText.json()).toMatchObject({
    code: 'REQUEST_INVALID',
    detail: 'body/limit: must be integer',
  });
  const unknown = await post({ ...anyRequest(), limits: 5 });
  expect(unknown.json()).toMatchObject({
    detail: 'body: must NOT have additional properties: limits',
  });
  const [table] = anyRequest().tables;
  const deep = await post({ ...anyRequest(), tables: [{ ...table, tim: 'x' }] });
  expect(deep.json()).toMatchObject({
    detail: 'body/tables/0: must NOT have additional properties: tim',
  });
});

test.each([
  ['data', 'ROW_TIME', 422],
  ['transient', 'STORE_UNAVAILABLE', 503],
  ['resource', 'STORE_FULL', 507],
  ['user', 'RESULT_EXISTS', 409],
  ['user', 'LOCAL_FILE_FORBIDDEN', 403],
  ['user', 'STORE_PRIVATE', 403],
] as const)('an error of class %s with code %s has status %i', async (errorClass, code, status) => {
  const { app, engine } = await open();
  engine.failure = new AppError(errorClass, code, 'row 3', { details: { row: 3 } });
  const reply = await app.inject({ method: 'POST', url: '/v1/runs', payload: anyRequest() });
  expect(reply.statusCode).toBe(status);
  expect(reply.json()).toMatchObject({
    class: errorClass,
    code,
    detail: 'row 3',
    details: { row: 3 },
  });
  expect(reply.headers['retry-after']).toBe(errorClass === 'transient' ? '2' : undefined);
});

test('a bug is told by its id; what it was stands in the log alone', async () => {
  const { app, engine, log } = await open();
  engine.failure = new TypeError('secret is not a function');
  const payload = anyRequest();
  const reply = await app.inject({ method: 'POST', url: '/v1/queries/check', payload });
  expect(reply.statusCode).toBe(500);
  expect(reply.body).not.toContain('secret');
  expect(reply.json()).toMatchObject({ detail: "internal error e1: see the coordinator's log" });
  expect(log[0]).toMatch(/^error e1 at POST \/v1\/queries\/check: .*secret is not a function/);
});

test('other paths and broken bodies are problems too', async () => {
  const { app } = await open();
  const nowhere = await app.inject('/nowhere?token=x');
  expect(nowhere.statusCode).toBe(404);
  expect(nowhere.json()).toMatchObject({ code: 'ROUTE_UNKNOWN', instance: '/nowhere' });
  const headers = { 'content-type': 'application/json' };
  const broken = await app.inject({ method: 'POST', url: '/v1/runs', headers, payload: '{' });
  expect(broken.statusCode).toBe(400);
  expect(broken.json()).toMatchObject({ code: 'REQUEST_INVALID', class: 'user' });
});

test.each([
  ['REQUEST_INVALID', 400, '/%zz'],
  ['PATH_TOO_LONG', 414, `/v1/runs/${'a'.repeat(3_000)}`],
])('a path that is no route is a problem: %s', async (code, status, path) => {
  const { app } = await open();
  const reply = await app.inject(path);
  expect(reply.statusCode).toBe(status);
  expect(reply.headers['content-type']).toContain('application/problem+json');
  expect(reply.json()).toMatchObject({ status, code, class: 'user' });
});

test.each(['text/plain', 'application/x-www-form-urlencoded', 'x'])(
  'a body of type %s is a 415, whatever it holds',
  async (type) => {
    const { app } = await open();
    const headers = { 'content-type': type };
    const payload = JSON.stringify(anyRequest());
    const reply = await app.inject({ method: 'POST', url: '/v1/runs', headers, payload });
    expect(reply.statusCode).toBe(415);
    expect(reply.headers['content-type']).toContain('application/problem+json');
    expect(reply.json()).toMatchObject({ code: 'MEDIA_TYPE_UNSUPPORTED', class: 'user' });
  },
);

test.each([
  [
    'HEADERS_TOO_LARGE',
    431,
    `GET /v1/runs HTTP/1.1\r\nhost: x\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`,
  ],
  ['REQUEST_INVALID', 400, 'no request at all\r\n\r\n'],
])('bytes that are no request are a problem: %s', async (code, status, sent) => {
  const { app } = await open();
  await app.listen({ host: '127.0.0.1', port: 0 });
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
  socket.write(sent);
  let received = '';
  socket.on('data', (bytes) => (received += bytes.toString()));
  await once(socket, 'close');
  const [head, body] = received.split('\r\n\r\n');
  expect(head).toContain(`HTTP/1.1 ${status} `);
  expect(head).toContain('application/problem+json');
  expect(JSON.parse(body!)).toMatchObject({ status, code, class: 'user' });
});

test('cancelling reaches the engine; a run that has ended stays as it is', async () => {
  const { app, engine } = await open();
  await app.inject({ method: 'POST', url: '/v1/runs', payload: anyRequest() });
  expect((await app.inject({ method: 'DELETE', url: '/v1/runs/r0' })).statusCode).toBe(204);
  expect(engine.cancelled).toEqual(['r0']);
  expect((await app.inject({ method: 'DELETE', url: '/v1/runs/r0' })).statusCode).toBe(204);
  expect(engine.cancelled).toEqual(['r0']);
});

test('the result of a run is its one file, whichever name it has', async () => {
  const { app, engine } = await open();
  const key = 'runs/r7/result/result.csv';
  engine.ledger = [infoOf('r7', { status: 'done', summary: summaryOf('r7', [key]) })];
  engine.results.set(key, [Buffer.from('a,'), Buffer.from('b\n')]);
  for (const url of ['/v1/runs/r7/result', '/v1/runs/r7/result/result.csv']) {
    const reply = await app.inject(url);
    expect(reply.body).toBe('a,b\n');
    expect(reply.headers['content-type']).toBe('text/csv; charset=utf-8');
  }
});

test('no result: not yet, failed, in several files, or elsewhere', async () => {
  const { app, engine } = await open();
  const parts = ['runs/r3/result/part-0.csv', 'runs/r3/result/part-1.csv'];
  engine.ledger = [
    infoOf('r1'),
    infoOf('r2', {
      status: 'failed',
      error: { class: 'data', code: 'ROW_TIME', message: 'row 3 has no time' },
    }),
    infoOf('r3', { status: 'done', summary: summaryOf('r3', parts) }),
    infoOf('r4', { status: 'done', summary: summaryOf('r4', ['s3://lake/out.csv']) }),
  ];
  const ask = async (runId: string): Promise<unknown> =>
    (await app.inject(`/v1/runs/${runId}/result`)).json();
  expect(await ask('r1')).toMatchObject({ status: 409, code: 'RUN_NOT_DONE' });
  expect(await ask('r2')).toMatchObject({ status: 422, code: 'ROW_TIME', class: 'data' });
  expect(await ask('r3')).toMatchObject({
    status: 404,
    detail: 'the result of run r3 has the files part-0.csv, part-1.csv: add /NAME to the URL',
  });
  expect(await ask('r4')).toMatchObject({
    status: 404,
    detail: 'the result of run r4 is at s3://lake/out.csv',
  });
});

test('a query with errors shows them, whichever process rejected it', async () => {
  const { app, engine } = await open();
  const diagnostics = [
    { severity: 'error', code: 'E0007', message: 'no', formatted: 'T\n^', location: null },
  ] as const;
  const error = { class: 'user', code: 'QUERY_REJECTED', message: 'no' } as const;
  engine.ledger = [infoOf('r1', { status: 'failed', error, diagnostics })];
  const result = await app.inject('/v1/runs/r1/result');
  expect(result.statusCode).toBe(400);
  expect(result.json()).toMatchObject({ code: 'QUERY_REJECTED', diagnostics });
  expect((await app.inject('/v1/runs/r1/events')).json()).toEqual({
    type: 'end',
    end: { status: 'replied', reply: { status: 'rejected', diagnostics } },
  });
  expect((await app.inject('/v1/runs/r1')).json()).toMatchObject({ diagnostics });
});

test('ready says what is not, live asks nothing', async () => {
  const { app } = await open({
    checks: {
      store: async () => undefined,
      queue: async () => {
        throw new Error('connection refused');
      },
    },
  });
  const ready = await app.inject('/health/ready');
  expect(ready.statusCode).toBe(503);
  expect(ready.json()).toEqual({
    status: 'not ready',
    checks: { store: 'ok', queue: 'connection refused' },
  });
  expect((await app.inject('/health/live')).statusCode).toBe(204);
});

test('numbers count runs, slots and requests by route', async () => {
  const { app, engine } = await open();
  await app.inject({ method: 'POST', url: '/v1/runs', payload: anyRequest() });
  await app.inject({ method: 'POST', url: '/v1/runs', payload: anyRequest() });
  engine.started[0]!.end({ status: 'rejected', diagnostics: [] });
  await app.inject('/v1/runs/r0');
  const { body } = await app.inject('/metrics');
  for (const line of [
    'millrace_runs_started_total 2',
    'millrace_runs_ended_total{status="rejected"} 1',
    'millrace_runs_running 1',
    'millrace_worker_slots 3',
    'millrace_http_requests_total{method="POST",route="/v1/runs",status="202"} 2',
    'millrace_http_requests_total{method="GET",route="/v1/runs/:runId",status="200"} 1',
    'millrace_http_request_seconds_count 3',
  ]) {
    expect(body.split('\n')).toContain(line);
  }
});

test('the OpenAPI page names every route but itself', async () => {
  const { app } = await open();
  const page = (await app.inject('/openapi.json')).json();
  expect(page).toMatchObject({ openapi: '3.1.0', info: { version: '1.2.3' } });
  expect(Object.keys(page.paths).toSorted()).toEqual([
    '/health/live',
    '/health/ready',
    '/metrics',
    '/v1/files/inspect',
    '/v1/queries/check',
    '/v1/queries/explain',
    '/v1/runs',
    '/v1/runs/{runId}',
    '/v1/runs/{runId}/events',
    '/v1/runs/{runId}/result',
    '/v1/runs/{runId}/result/{name}',
    '/v1/tables',
  ]);
  expect(page.paths['/v1/runs'].post.responses).toHaveProperty('202');
});
