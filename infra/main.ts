/** The `millrace` command: puts streams, environment and engine together, runs one command line, and exits. */
import { renderError, exitStatus } from '../coordinator/cli/render-error.ts';
import { parseArguments } from '../coordinator/cli/program.ts';
import { runCommand } from '../coordinator/cli/run-command.ts';
import {
  OutputClosed,
  type ClientPlace,
  type CommandContext,
  type Output,
} from '../coordinator/cli/context.ts';
import { AppError } from '../shared/base/app-error.ts';
import type { Client } from '../shared/wire/client.ts';
import { readConfig, type Config } from './config.ts';
import { engineVersion } from './engine-version.ts';
import { Interrupt } from './interrupt.ts';

/** A line of progress may stand there. */
const ERASE_LINE = '\r\u001b[2K';

const DEFAULT_HOST = '127.0.0.1';
const DEFAULT_PORT = 7800;

async function main(words: readonly string[]): Promise<number> {
  const stderr = outputTo(process.stderr);
  const interrupt = new Interrupt((text) => void stderr.write(text));
  try {
    const context = createContext(readConfig(), stderr, interrupt);
    return await runCommand(parseArguments(words, packageVersion()), context);
  } catch (error) {
    if (error instanceof OutputClosed) return 0;
    await stderr.write(renderError(error));
    return interrupt.status ?? exitStatus(error);
  }
}

function createContext(config: Config, stderr: Output, interrupt: Interrupt): CommandContext {
  const threads = (asked: number | null): number => asked ?? config.threads;
  return {
    stdin: Object.assign(process.stdin, { isTerminal: process.stdin.isTTY }),
    stdout: outputTo(process.stdout),
    stderr,
    surroundings: config,
    cancellable: (work) => interrupt.cancellable(work),
    nowMs: () => performance.now(),
    epochMs: () => Date.now(),
    openFiles: async (uri, s3) => (await import('./data-files.ts')).openDataFiles(uri, s3),
    openClient: (place) => openClient(place, stderr, threads),
    servers: {
      async coordinator({ host, port, ...rest }) {
        const { runCoordinator } = await import('./coordinator.ts');
        await interrupt.cancellable((signal) =>
          runCoordinator({
            host: host ?? DEFAULT_HOST,
            port: port ?? DEFAULT_PORT,
            ...rest,
            signal,
          }),
        );
      },
      async worker(settings) {
        const { runWorker } = await import('./worker.ts');
        await interrupt.cancellable((signal) =>
          runWorker({ ...settings, threads: threads(settings.threads), signal }),
        );
      },
      async dev({ host, port, ...rest }) {
        const { runDev } = await import('./dev.ts');
        await interrupt.cancellable((signal) =>
          runDev({
            host: host ?? DEFAULT_HOST,
            port: port ?? DEFAULT_PORT,
            ...rest,
            threads: threads(rest.threads),
            signal,
          }),
        );
      },
    },
  };
}

async function openClient(
  place: ClientPlace,
  stderr: Output,
  threads: (asked: number | null) => number,
): Promise<Client> {
  if (place.kind === 'server') {
    const { connectRemote } = await import('../coordinator/client/remote-client.ts');
    return connectRemote(place.url, {
      onConnection: (state) => {
        const text = state === 'lost' ? 'the coordinator is away; waiting for it' : 'it is back';
        void stderr.write(`${stderr.isTerminal ? ERASE_LINE : ''}${text}\n`);
      },
    });
  }
  const { openEmbedded } = await import('./embedded.ts');
  return openEmbedded({
    storePath: place.store,
    threads: threads(place.threads),
    s3: place.s3,
  });
}

function outputTo(stream: NodeJS.WriteStream): Output {
  let failure: Error | null = null;
  // Without a listener, a reader that goes away would end the program with a stack trace.
  stream.on('error', (error: Error) => {
    failure = outputError(error);
  });
  return {
    isTerminal: stream.isTTY,
    columns: () => (stream.isTTY ? stream.columns : Number.POSITIVE_INFINITY),
    write: (data) =>
      new Promise((resolve, reject) => {
        if (failure !== null) return reject(failure);
        stream.write(data, (error) => {
          if (error) reject(outputError(error));
          else resolve();
        });
      }),
  };
}

function outputError(error: Error): Error {
  const code = 'code' in error ? error.code : null;
  if (code === 'EPIPE') return new OutputClosed();
  return new AppError('resource', 'OUTPUT_FAILED', `standard output: ${error.message}`);
}

/** The version of the package, without that of Node, which `engineVersion` has too. */
function packageVersion(): string {
  return engineVersion().split('+')[0]!;
}

// Threads and sockets may be left open by what failed: the status is known, so nothing is waited for.
process.exit(await main(process.argv.slice(2)));
