/** One measured run: what a child process is asked, and what it answers on its standard output. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BenchQuery } from './queries.ts';
import type { BenchFolder } from './events.ts';

export type EngineName = 'millrace' | 'duckdb';
/** `cold`: from the Parquet files. `warm`: tables prepared or loaded, and the query run once before. */
export type Mode = 'cold' | 'warm';

export interface Job {
  readonly query: BenchQuery;
  readonly mode: Mode;
  readonly threads: number;
  readonly folder: BenchFolder;
  /** Millrace's store: a new folder when cold, the prepared one when warm. */
  readonly store: string;
  /** The Parquet file to write. */
  readonly output: string;
}

export interface Measured {
  readonly seconds: number;
  /** Of all threads during `seconds`, in user and system mode: tells whether other work was in the way. */
  readonly cpuSeconds: number;
  /** Millrace: the part of `seconds` that went into preparing the tables. */
  readonly prepareSeconds: number;
  readonly rows: number;
  /** Largest resident memory of the process, in bytes: loading and the warm-up run included. */
  readonly memoryBytes: number;
}

const PROGRAMS: Readonly<Record<EngineName, URL>> = {
  millrace: new URL('./run-millrace.ts', import.meta.url),
  duckdb: new URL('./run-duckdb.ts', import.meta.url),
};

/** Runs the job in a process of its own, so that its memory is its own and nothing is left over from another. */
export async function measure(engine: EngineName, job: Job): Promise<Measured> {
  const child = spawn(process.execPath, [fileURLToPath(PROGRAMS[engine]), JSON.stringify(job)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    // As the `millrace` command does: compiled code is kept from one process to the next.
    env: { ...process.env, NODE_COMPILE_CACHE: join(job.folder.path, 'compiled') },
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => (text += piece));
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject).on('close', resolve);
  });
  if (status !== 0) throw new Error(`${engine} ended with status ${status} in ${job.query.name}`);
  return JSON.parse(text) as Measured;
}

/** In the child: what it is asked. */
export function readJob(): Job {
  return JSON.parse(process.argv[2] ?? 'null') as Job;
}

/** In the child: starts to measure. Whoever calls the result ends it and answers. */
export function startMeasuring(): (result: Pick<Measured, 'rows' | 'prepareSeconds'>) => void {
  const started = performance.now();
  const cpu = process.cpuUsage();
  return (result) => {
    const seconds = (performance.now() - started) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    const memoryBytes = process.resourceUsage().maxRSS * 1024;
    const measured: Measured = {
      ...result,
      seconds,
      cpuSeconds: (user + system) / 1e6,
      memoryBytes,
    };
    process.stdout.write(JSON.stringify(measured));
  };
}
