/** The real HTTP server over a fake engine. */
import type { App } from '../../coordinator/server/app.ts';
import type { ServerDeps } from '../../coordinator/server/build-server.ts';
import { buildServer } from '../../coordinator/server/build-server.ts';
import { RunHub } from '../../coordinator/server/run-hub.ts';
import { FakeEngine } from './fake-engine.ts';

export interface TestServer {
  readonly app: App;
  readonly engine: FakeEngine;
  readonly hub: RunHub;
  readonly log: string[];
}

export async function buildTestServer(deps: Partial<ServerDeps> = {}): Promise<TestServer> {
  const engine = new FakeEngine();
  const hub = new RunHub(engine, () => performance.now());
  const log: string[] = [];
  const app = await buildServer({
    engine,
    hub,
    slots: async () => 3,
    checks: {},
    version: '1.2.3',
    newId: () => 'e1',
    log: (message) => log.push(message),
    ...deps,
  });
  return { app, engine, hub, log };
}
