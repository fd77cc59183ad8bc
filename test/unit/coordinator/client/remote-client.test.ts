/** The remote client against the real server over a fake engine: whatever happens between them, a run has one end. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { connectRemote, type RemoteOptions } from '../../../../coordinator/client/remote-client.ts';
import { AppError } from '../../../../shared/base/app-error.ts';
import type { Client, QueryReply } from '../../../../shared/wire/client.ts';
import type { RunProgress } from '../../../../shared/wire/query-request.ts';
import { anyRequest, infoOf, progressOf, summaryOf } from '../../../support/fake-engine.ts';
import { buildTestServer, type TestServer } from '../../../support/test-server.ts';

const closers: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

async function serve(port = 0): Promise<TestServer & { readonly port: number }> {
  const server = await buildTestServer();
  closers.push(() => server.app.close());
  const address = await server.app.listen({ host: '127.0.0.1', port });
  return { ...server, port: Number(new URL(address).port) };
}

function connect(port: number, options: RemoteOptions = {}): Client {
  const client = connectRemote(`http://127.0.0.1:${port}/`, options);
  closers.push(() => client.close());
  return client;
}

const never = (): AbortSignal => new AbortController().signal;

function done(runId: string): QueryReply {
  return { status: 'done', diagnostics: [], summary: summaryOf(runId) };
}

test('a run is followed to its end', async () => {
  const { engine, port } = await serve();
  const seen: RunProgress[] = [];
  const reply = connect(port).query(anyRequest(), (progress) => seen.push(progress), never());
  await expect.poll(() => engine.started.length).toBe(1);
  const run = engine.started[0]!;
  run.progress(4);
  await expect.poll(() => seen).toEqual([progressOf('r0', 4)]);
  run.end(done('r0'));
  expect(await reply).toEqual(done('r0'));
});

test('a rejected query is a reply, with its diagnostics', async () => {
  const { engine, port } = await serve();
  const reply = connect(port).query(anyRequest(), () => undefined, never());
  await expect.poll(() => engine.started.length).toBe(1);
  const rejected: QueryReply = {
    status: 'rejected',
    diagnostics: [
      { severity: 'error', code: 'E0007', message: 'no', formatted: '^', location: null },
    ],
  };
  engine.started[0]!.end(rejected);
  expect(await reply).toEqual(rejected);
});

test('the error of a run keeps class, code and details', async () => {
  const { engine, port } = await serve();
  const reply = connect(port).query(anyRequest(), () => undefined, never());
  const rejection = expect(reply).rejects.toMatchObject({
    class: 'data',
    code: 'ROW_TIME',
    message: 'row 3',
    details: { row: 3 },
  });
  await expect.poll(() => engine.started.length).toBe(1);
  engine.started[0]!.fail(new AppError('data', 'ROW_TIME', 'row 3', { details: { row: 3 } }));
  await rejection;
});

test('so does the error of a request', async () => {
  const { engine, port } = await serve();
  engine.failure = new AppError('resource', 'STORE_FULL', 'full');
  const query = connect(port).query(anyRequest(), () => undefined, never());
  await expect(query).rejects.toMatchObject({ class: 'resource', code: 'STORE_FULL' });
  await expect(connect(port).check(anyRequest())).rejects.toMatchObject({ code: 'STORE_FULL' });
});

test('aborting cancels the run at the coordinator', async () => {
  const { engine, port } = await serve();
  const abort = new AbortController();
  const reply = connect(port).query(anyRequest(), () => undefined, abort.signal);
  const rejection = expect(reply).rejects.toMatchObject({ class: 'user', code: 'CANCELLED' });
  await expect.poll(() => engine.started.length).toBe(1);
  abort.abort();
  await rejection;
  expect(engine.cancelled).toEqual(['r0']);
});

test('a coordinator that restarts in the middle is found again, and told of', async () => {
  const first = await serve();
  const states: string[] = [];
  const seen: number[] = [];
  const client = connect(first.port, { onConnection: (state) => states.push(state) });
  const reply = client.query(anyRequest(), ({ cellsDone }) => seen.push(cellsDone), never());
  await expect.poll(() => first.engine.started.length).toBe(1);
  first.engine.started[0]!.progress(4);
  await expect.poll(() => seen).toEqual([4]);
  // Open event streams must not hold it up.
  await first.app.close();
  await expect.poll(() => states).toEqual(['lost']);

  const second = await serve(first.port);
  second.engine.ledger = [infoOf('r0')];
  second.engine.resumable.push('r0');
  await second.hub.resume();
  second.engine.resumed[0]!.progress(7);
  await expect.poll(() => seen, { timeout: 10_000 }).toEqual([4, 7]);
  expect(states).toEqual(['lost', 'back']);
  second.engine.resumed[0]!.end(done('r0'));
  expect(await reply).toEqual(done('r0'));
});

test('the error of a run that another process ended comes from the ledger', async () => {
  const { engine, port } = await serve();
  engine.ledger = [
    infoOf('r9', {
      status: 'failed',
      error: { class: 'resource', code: 'CELL_TOO_LARGE', message: 'too large' },
    }),
  ];
  const events = await (await fetch(`http://127.0.0.1:${port}/v1/runs/r9/events`)).text();
  expect(JSON.parse(events)).toEqual({
    type: 'end',
    end: {
      status: 'failed',
      error: { class: 'resource', code: 'CELL_TOO_LARGE', message: 'too large', details: {} },
    },
  });
});

test('patience ends: a coordinator that stays away is a transient error', async () => {
  const { engine, app, port } = await serve();
  const reply = connect(port, { patienceMs: 500 }).query(anyRequest(), () => undefined, never());
  const rejection = expect(reply).rejects.toMatchObject({
    class: 'transient',
    code: 'SERVER_UNREACHABLE',
  });
  await expect.poll(() => engine.started.length).toBe(1);
  await app.close();
  await rejection;
});

test('runs are asked for by number and by id', async () => {
  const { engine, port } = await serve();
  engine.ledger = [infoOf('r2'), infoOf('r1'), infoOf('r0')];
  const client = connect(port);
  expect(await client.runs()).toHaveLength(3);
  expect((await client.runs(2)).map(({ runId }) => runId)).toEqual(['r2', 'r1']);
  expect(await client.run('r1')).toEqual(infoOf('r1'));
  for (const unknown of ['r3', 'no id']) {
    await expect(client.run(unknown)).rejects.toMatchObject({ code: 'RUN_UNKNOWN' });
  }
});

test('nobody there is said with the address', async () => {
  const { app, port } = await serve();
  await app.close();
  await expect(connect(port).runs()).rejects.toMatchObject({
    class: 'transient',
    message: `no coordinator answers at http://127.0.0.1:${port} (ECONNREFUSED)`,
  });
});

test('a port that fetch refuses is told as such, not as a reply that was cut short', async () => {
  await expect(connect(1).runs()).rejects.toMatchObject({
    class: 'user',
    code: 'SERVER_PORT_REFUSED',
  });
});

test('a result comes block by block', async () => {
  const { engine, port } = await serve();
  const key = 'runs/r1/result/result.csv';
  engine.results.set(key, [Buffer.alloc(300_000, 'a'), Buffer.alloc(300_000, 'b')]);
  const blocks: Uint8Array[] = [];
  for await (const block of connect(port).readResult(key)) blocks.push(block);
  expect(Buffer.concat(blocks).equals(Buffer.concat([...engine.results.get(key)!]))).toBe(true);
  const missing = connect(port).readResult('runs/r1/result/other.csv')[Symbol.asyncIterator]();
  await expect(missing.next()).rejects.toMatchObject({ code: 'RESULT_UNKNOWN' });
});

test('a result that is cut short is an error, not a short result', async () => {
  const port = await listen(
    createServer((_request, reply) => {
      reply.write('some rows');
      setTimeout(() => reply.destroy(), 50);
    }),
  );
  const read = async (): Promise<void> => {
    for await (const _block of connect(port).readResult('runs/r1/result/result.csv'));
  };
  await expect(read()).rejects.toMatchObject({ class: 'transient', code: 'SERVER_INTERRUPTED' });
});

test('something else that listens there is named as such', async () => {
  const port = await listen(
    createServer((_request, reply) => {
      reply.statusCode = 404;
      reply.end('<html>not here</html>');
    }),
  );
  await expect(connect(port).runs()).rejects.toMatchObject({
    class: 'user',
    code: 'SERVER_UNKNOWN',
  });
});

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  // A server on a port has an address with a port.
  return (server.address() as AddressInfo).port;
}
