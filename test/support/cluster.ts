/** A cluster of real processes for tests: one coordinator, any number of workers, each of which can be killed. */
import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { S3Place } from '../../infra/services/minio.ts';
import type { S3Access } from '../../shared/storage/open-store.ts';
import type { ClusterProcessOptions } from './cluster-process.ts';

const ENTRY = fileURLToPath(new URL('./cluster-process.ts', import.meta.url));
const START_MS_MAX = 30_000;
const END_MS_MAX = 30_000;

export interface ClusterOptions {
  readonly redisUrl: string;
  readonly place: S3Place;
  /** Of the store in the bucket; tests that share a bucket have one each. */
  readonly storePrefix: string;
  readonly allowFiles: readonly string[];
}

export function s3AccessOf({ endpoint, accessKeyId, secretAccessKey }: S3Place): S3Access {
  return { endpoint, accessKeyId, secretAccessKey, forcePathStyle: true };
}

export class ServerChild {
  readonly #process: ChildProcess;
  readonly #exited: Promise<void>;
  #log = '';

  constructor(program: string, words: readonly string[], env: NodeJS.ProcessEnv = process.env) {
    this.#process = spawn(process.execPath, [program, ...words], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env,
    });
    for (const stream of [this.#process.stdout!, this.#process.stderr!]) {
      stream.setEncoding('utf8').on('data', (text: string) => (this.#log += text));
    }
    this.#exited = new Promise((resolve) => {
      this.#process.once('exit', () => resolve());
    });
  }

  get log(): string {
    return this.#log;
  }

  get hasExited(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }

  get exitCode(): number | null {
    return this.#process.exitCode;
  }

  /** Waits until the log matches; throws with the log if it does not in time, or the process has ended. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    const until = performance.now() + START_MS_MAX;
    for (;;) {
      const match = pattern.exec(this.#log);
      if (match !== null) return match;
      if (this.hasExited || performance.now() > until) {
        throw new Error(`the process has not said ${String(pattern)}, but:\n${this.#log}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** SIGKILL: no word to anyone. */
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#exited;
  }

  pause(): void {
    this.#process.kill('SIGSTOP');
  }

  resume(): void {
    this.#process.kill('SIGCONT');
  }

  /** SIGTERM; killed if it does not end in time, which is an error. */
  async stop(): Promise<void> {
    if (this.hasExited) return;
    this.#process.kill('SIGCONT');
    this.#process.kill('SIGTERM');
    let isLate = false;
    const late = setTimeout(() => {
      isLate = true;
      this.#process.kill('SIGKILL');
    }, END_MS_MAX);
    await this.#exited;
    clearTimeout(late);
    if (isLate) throw new Error(`the process did not end on SIGTERM:\n${this.#log}`);
  }
}

export class TestCluster {
  readonly #options: ClusterOptions;
  readonly workers: ServerChild[] = [];
  #coordinator: ServerChild | null = null;
  #port = 0;

  constructor(options: ClusterOptions) {
    this.#options = options;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get coordinator(): ServerChild {
    if (this.#coordinator === null) throw new Error('no coordinator was started');
    return this.#coordinator;
  }

  /** The same port each time, so that clients find it again. */
  async startCoordinator(): Promise<void> {
    this.#coordinator = this.#start('coordinator');
    const [, port] = await this.#coordinator.says(/listening on http:\/\/127\.0\.0\.1:(\d+)/);
    this.#port = Number(port);
  }

  async startWorker(): Promise<ServerChild> {
    const worker = this.#start('worker');
    this.workers.push(worker);
    await worker.says(/connected to the queue/);
    return worker;
  }

  async stop(): Promise<void> {
    const children = [...this.workers, ...(this.#coordinator === null ? [] : [this.#coordinator])];
    await Promise.all(children.map((child) => child.stop()));
  }

  #start(role: ClusterProcessOptions['role']): ServerChild {
    const { redisUrl, place, storePrefix, allowFiles } = this.#options;
    const options: ClusterProcessOptions = {
      role,
      redis: redisUrl,
      store: `s3://${place.bucket}/${storePrefix}`,
      s3: s3AccessOf(place),
      port: this.#port,
      allowFiles,
    };
    return new ServerChild(ENTRY, [JSON.stringify(options)]);
  }
}
