/**
 * One server program (Redis, MinIO) run for tests or for a local cluster: started on a free loopback port in a
 * throw-away folder, waited for with a deadline, killed and restarted on demand. Touches no process but its own.
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const START_DEADLINE_MS = 30_000;
/** How long a server may take to write its files after a polite signal. */
const STOP_DEADLINE_MS = 10_000;
const POLL_MS = 25;
const LOG_CHARACTERS_MAX = 8_192;

/** Where a server comes from: a program on this machine, or an image for a container engine that runs. */
export type Launch =
  | { readonly kind: 'binary'; readonly path: string }
  | { readonly kind: 'container'; readonly engine: string; readonly image: string };

export interface ServerDefinition {
  readonly name: string;
  /** Arguments of the program, told its folder and its port (fixed by us outside, by the image inside). */
  readonly args: (place: ServerPlace) => readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** The port inside a container. */
  readonly containerPort: number;
  /** Resolves to true once the server answers; may throw while it does not. */
  readonly isReady: (port: number) => Promise<boolean>;
}

export interface ServerPlace {
  readonly folder: string;
  readonly host: string;
  readonly port: number;
}

/** The folder where `installServices` puts programs that it builds. */
export function cacheFolder(): string {
  return join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'millrace', 'bin');
}

/** The program `name` from PATH or our cache; else `image` if Docker or Podman answers; else null. */
export async function findLaunch(name: string, image: string): Promise<Launch | null> {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), cacheFolder()];
  for (const folder of folders) {
    if (folder === '') continue;
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return { kind: 'binary', path };
    } catch {
      // Not in this folder.
    }
  }
  for (const engine of ['docker', 'podman']) {
    try {
      await promisify(execFile)(engine, ['info'], { timeout: 10_000 });
      return { kind: 'container', engine, image };
    } catch {
      // Not installed, or its daemon does not run.
    }
  }
  return null;
}

/** A running server. Its port and folder stay the same over `kill` and `restart`. */
export class ServerProcess {
  readonly port: number;
  readonly #definition: ServerDefinition;
  readonly #launch: Launch;
  readonly #folder: string;
  readonly #containerName: string;
  #child: ChildProcess | null = null;
  #log = '';

  private constructor(definition: ServerDefinition, launch: Launch, port: number) {
    this.#definition = definition;
    this.#launch = launch;
    this.port = port;
    this.#folder = mkdtempSync(join(tmpdir(), `millrace-${definition.name}-`));
    this.#containerName = `millrace-${definition.name}-${process.pid}-${port}`;
    process.on('exit', this.#onExit);
  }

  static async start(definition: ServerDefinition, launch: Launch): Promise<ServerProcess> {
    // Another process may take the port between the look and the start: look again, a few times.
    for (let attempt = 1; ; attempt++) {
      const server = new ServerProcess(definition, launch, await freePort());
      try {
        await server.launch();
        return server;
      } catch (error) {
        await server.stop();
        if (attempt === 3) throw error;
      }
    }
  }

  get isRunning(): boolean {
    return this.#child !== null;
  }

  /** Starts the program again after `kill`, with the data that it kept. */
  async launch(): Promise<void> {
    if (this.#child !== null) throw new Error(`${this.#definition.name} runs already`);
    const child = spawn(...this.#commandLine(), {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...this.#definition.env },
    });
    this.#child = child;
    this.#log = '';
    const keep = (text: Buffer): void => {
      this.#log = (this.#log + text.toString('utf8')).slice(-LOG_CHARACTERS_MAX);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', (error) => {
      this.#log += error.message;
      this.#forget(child);
    });
    child.on('exit', () => this.#forget(child));

    const deadline = Date.now() + START_DEADLINE_MS;
    while (Date.now() < deadline) {
      if (this.#child !== child) break;
      if (await this.#definition.isReady(this.port).catch(() => false)) return;
      await sleep(POLL_MS);
    }
    const ended = this.#child !== child;
    await this.#end('SIGKILL');
    throw new Error(
      `${this.#definition.name} ${ended ? 'ended while starting' : `did not answer within ${START_DEADLINE_MS} ms`}\n${this.#log}`,
    );
  }

  /** Ends it at once, as a crash would. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** A crash and a new start. */
  async restart(): Promise<void> {
    await this.kill();
    await this.launch();
  }

  /** Freezes it: connections stay open and nothing answers, until `resume`. */
  async pause(): Promise<void> {
    await this.#signal('SIGSTOP', 'pause');
  }

  async resume(): Promise<void> {
    await this.#signal('SIGCONT', 'unpause');
  }

  /** Ends it politely and removes its folder. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM');
    process.off('exit', this.#onExit);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #commandLine(): [string, string[]] {
    const { args, containerPort, env, name } = this.#definition;
    if (this.#launch.kind === 'binary') {
      const place = { folder: this.#folder, host: '127.0.0.1', port: this.port };
      return [this.#launch.path, [...args(place)]];
    }
    const place = { folder: '/data', host: '0.0.0.0', port: containerPort };
    const variables = Object.keys(env ?? {}).flatMap((variable) => ['--env', variable]);
    return [
      this.#launch.engine,
      [
        ...['run', '--rm', '--name', this.#containerName],
        ...['--publish', `127.0.0.1:${this.port}:${containerPort}`],
        ...['--volume', `${this.#folder}:/data`],
        ...variables,
        this.#launch.image,
        // The images' entry points: redis takes the program's name, minio its arguments alone.
        ...(name === 'redis' ? ['redis-server'] : []),
        ...args(place),
      ],
    ];
  }

  async #signal(signal: NodeJS.Signals, engineCommand: string): Promise<void> {
    if (this.#child === null) return;
    if (this.#launch.kind === 'binary') {
      this.#child.kill(signal);
      return;
    }
    await promisify(execFile)(this.#launch.engine, [engineCommand, this.#containerName]);
  }

  async #end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#child;
    if (child === null) return;
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    // A frozen process would not hear a polite signal.
    if (signal === 'SIGTERM') await this.resume().catch(() => {});
    await this.#signal(signal, signal === 'SIGKILL' ? 'kill' : 'stop').catch(() => {});
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_DEADLINE_MS);
    await exited;
    clearTimeout(timer);
  }

  #forget(child: ChildProcess): void {
    if (this.#child === child) this.#child = null;
  }

  /** The last resort when our process ends without `stop`. */
  readonly #onExit = (): void => {
    this.#child?.kill('SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true });
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => {
        if (address !== null && typeof address === 'object') resolve(address.port);
        else reject(new Error('the system gave no port'));
      });
    });
  });
}
