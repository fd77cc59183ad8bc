/** A command's surroundings for tests: everything written is kept, the client answers what the test says. */
import type {
  ClientPlace,
  CommandContext,
  ExitStatus,
} from '../../../../coordinator/cli/context.ts';
import { parseArguments } from '../../../../coordinator/cli/program.ts';
import { renderError, exitStatus } from '../../../../coordinator/cli/render-error.ts';
import { runCommand } from '../../../../coordinator/cli/run-command.ts';
import { openDataFiles } from '../../../../infra/data-files.ts';
import type { Client } from '../../../../shared/wire/client.ts';
import type { RunSummary } from '../../../../shared/wire/query-request.ts';

export interface FakeOptions {
  readonly client?: Partial<Client>;
  readonly isTerminal?: boolean;
  readonly stdin?: string;
  readonly server?: string;
  readonly store?: string;
  readonly signal?: AbortSignal;
}

export interface CommandResult {
  readonly status: ExitStatus;
  readonly stdout: string;
  readonly stderr: string;
  readonly places: readonly ClientPlace[];
  readonly isClosed: boolean;
}

/** Runs a command line as the program does. */
export async function run(
  words: readonly string[],
  options: FakeOptions = {},
): Promise<CommandResult> {
  let stdout = '';
  let stderr = '';
  let isClosed = false;
  const places: ClientPlace[] = [];
  const output = (keep: (text: string) => void) => ({
    isTerminal: options.isTerminal === true,
    columns: () => 100,
    write: async (data: string | Uint8Array) => {
      keep(typeof data === 'string' ? data : Buffer.from(data).toString('utf8'));
    },
  });
  const refuse = async (): Promise<never> => {
    throw new Error('the command was not expected to do this');
  };
  async function* readStdin(): AsyncGenerator<Uint8Array> {
    yield Buffer.from(options.stdin ?? '');
  }
  const context: CommandContext = {
    stdin: Object.assign(readStdin(), { isTerminal: false }),
    stdout: output((text) => (stdout += text)),
    stderr: output((text) => (stderr += text)),
    surroundings: {
      store: options.store ?? null,
      defaultStore: '/nowhere/millrace',
      server: options.server ?? null,
      redis: null,
      s3: {},
    },
    servers: { coordinator: refuse, worker: refuse, dev: refuse },
    cancellable: (work) => work(options.signal ?? new AbortController().signal),
    nowMs: () => 0,
    epochMs: () => Date.now(),
    openFiles: openDataFiles,
    openClient: async (place) => {
      places.push(place);
      return {
        check: refuse,
        explain: refuse,
        query: refuse,
        readResult: () => {
          throw new Error('the command was not expected to read a result');
        },
        inspectFiles: refuse,
        tables: refuse,
        runs: refuse,
        run: refuse,
        cancel: refuse,
        ...options.client,
        close: async () => {
          isClosed = true;
        },
      };
    },
  };
  let status: ExitStatus;
  try {
    status = await runCommand(parseArguments(words, '1.2.3'), context);
  } catch (error) {
    stderr += renderError(error);
    status = exitStatus(error);
  }
  return { status, stdout, stderr, places, isClosed };
}

export const SUMMARY: RunSummary = {
  runId: 'r1',
  rows: 2,
  inputRows: 2,
  cells: 1,
  prepareSeconds: 0,
  seconds: 0.1,
  bytes: 1_234,
  files: ['runs/r1/result/part'],
  skippedRows: 0,
  droppedByShift: 0,
  columns: [
    { name: 'n', type: 'u32' },
    { name: 'mean', type: 'f64' },
  ],
};
