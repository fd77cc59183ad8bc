/** The commands of `millrace` and their options, and `parseArguments`, which turns words into an `Invocation`. */
import { Command, CommanderError } from 'commander';
import { AppError } from '../../shared/base/app-error.ts';
import { RUNS_LISTED, RUNS_LISTED_MAX } from '../../shared/wire/client.ts';
import {
  addOutputOptions,
  addPlaceOptions,
  addQueryOptions,
  addQueueOptions,
  addS3Options,
  addServerOptions,
  addSourceOptions,
  explainLevel,
  outputOptions,
  placeOptions,
  queryOptions,
  querySource,
  s3Options,
  serverOptions,
  sourceOptions,
  type ExplainFlags,
  type OutputFlags,
  type PlaceFlags,
  type QueryFlags,
  type S3Flags,
  type ServerFlags,
  type SourceFlags,
} from './flags.ts';
import {
  CLUSTER_EXAMPLES,
  EXPLAIN_EXAMPLES,
  PROGRAM_EXAMPLES,
  PROGRAM_SUMMARY,
  QUERY_EXAMPLES,
} from './help.ts';
import { parseCount, type Invocation } from './options.ts';
import { gatherTableFiles } from './table-arguments.ts';

/** Help is read in terminals and in files alike. */
const HELP_COLUMNS = 100;

/**
 * Reads a command line, without the names of Node and of the program. Help and the version come back as
 * `print`. Throws an AppError `USAGE` of class `user` that names the option at fault.
 */
export function parseArguments(words: readonly string[], version: string): Invocation {
  let invocation: Invocation | null = null;
  let printed = '';
  const program = buildProgram(version, (found) => {
    invocation = found;
  });
  const prepare = (command: Command): void => {
    command.exitOverride().configureOutput({
      writeOut: (text) => {
        printed += text;
      },
      writeErr: () => {},
      getOutHelpWidth: () => HELP_COLUMNS,
      getErrHelpWidth: () => HELP_COLUMNS,
      getOutHasColors: () => false,
    });
    for (const child of command.commands) prepare(child);
  };
  prepare(program);
  try {
    program.parse(gatherTableFiles(words.length === 0 ? ['--help'] : words), { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { command: 'print', text: printed };
    // Its message is in ours: as a cause it would be told twice.
    throw new AppError('user', 'USAGE', usageMessage(error, words, program));
  }
  if (invocation === null) {
    // A group such as `tables` without a command of its own cannot get here: each has an action.
    throw new AppError('user', 'USAGE', 'no command was given; see millrace --help');
  }
  return invocation;
}

function usageMessage(error: CommanderError, words: readonly string[], program: Command): string {
  if (
    error.code === 'commander.excessArguments' &&
    ['query', 'explain', 'check'].includes(words[0]!)
  ) {
    return 'a query is one word to the shell: write it in quotes, after the options';
  }
  const name = program.commands.find((command) => command.name() === words[0])?.name();
  const text = error.message.replace(/^error: |\.$/g, '').replaceAll('\n', ' ');
  return `${text}; see millrace ${name === undefined ? '' : `${name} `}--help`;
}

function buildProgram(version: string, report: (invocation: Invocation) => void): Command {
  const program = new Command('millrace')
    .description(PROGRAM_SUMMARY)
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help; also of each command')
    .helpCommand(false)
    .addHelpText('after', PROGRAM_EXAMPLES);

  const child = (words: string, description: string): Command =>
    program.command(words).description(description);

  addQueryCommands(child, report);
  addCatalogCommands(child, report);
  addRunCommands(child, report);
  addServerCommands(child, report);

  child(
    'help [topic]',
    'explain a command, a function or the code of an error; `help functions` lists',
  ).action((topic: string | undefined) => {
    const command = program.commands.find((candidate) => candidate.name() === topic);
    if (topic === undefined) program.help();
    else if (command !== undefined) command.help();
    else report({ command: 'help', topic });
  });
  return program;
}

type Child = (words: string, description: string) => Command;
type Report = (invocation: Invocation) => void;

function addQueryCommands(child: Child, report: Report): void {
  const query = child(
    'query [query]',
    'run a query, given as text or by its name in the spec file',
  );
  const querySources = addSourceOptions(query);
  addQueryOptions(query);
  addOutputOptions(query)
    .addHelpText('after', QUERY_EXAMPLES)
    .action((text: string | undefined, options: QueryFlags & OutputFlags) => {
      report({
        command: 'query',
        ...queryOptions(text, options, querySources),
        output: outputOptions(options),
      });
    });

  const explain = child('explain [query]', 'show how a query will be run, without running it');
  const explainSources = addSourceOptions(explain);
  addQueryOptions(explain);
  explain
    .optionsGroup('Form:')
    .option('--verbose', 'the plan after each rule that changed it')
    .option('--physical', 'stages, cells and what each reads')
    .option('--json', 'the logical plan, for programs')
    .addHelpText('after', EXPLAIN_EXAMPLES)
    .action((text: string | undefined, options: QueryFlags & ExplainFlags) => {
      report({
        command: 'explain',
        ...queryOptions(text, options, explainSources),
        level: explainLevel(options),
        json: options.json === true,
      });
    });

  const check = child(
    'check [query]',
    'find mistakes in a query, or in the whole spec file, without reading data',
  );
  const checkSources = addSourceOptions(check);
  check
    .option('-f, --file <path>', 'read the query from a file; - is standard input')
    .action((text: string | undefined, options: SourceFlags & Pick<QueryFlags, 'file'>) => {
      report({
        command: 'check',
        ...sourceOptions(options, checkSources),
        query:
          text === undefined && options.file === undefined ? null : querySource(text, options.file),
      });
    });
}

function addCatalogCommands(child: Child, report: Report): void {
  const tables = child('tables', 'list the tables; `tables inspect FILE` shows what a file holds');
  const tableSources = addSourceOptions(tables);
  tables.action((options: SourceFlags) => {
    report({ command: 'tables', ...sourceOptions(options, tableSources) });
  });
  const inspect = tables
    .command('inspect <file...>')
    .description('columns, types, rows, and which columns could be the time and the key');
  addPlaceOptions(inspect).action((files: string[], _: PlaceFlags, command: Command) =>
    report({ command: 'inspect', files, ...placeOptions(command.optsWithGlobals()) }),
  );

  const show = child(
    'show <file>',
    'print a result or data file: Parquet, Arrow, CSV or JSON lines',
  );
  show.option('-n, --limit <rows>', 'the first rows only', parseCount('--limit', 1));
  addS3Options(show).action((file: string, options: { limit?: number } & S3Flags) => {
    report({ command: 'show', file, limit: options.limit ?? null, s3: s3Options(options) });
  });

  const store = child('store', 'where prepared tables and runs are kept, and how large that is');
  const place = (command: Command): Command =>
    command
      .option('-s, --spec <file>', 'may name the store (default: millrace.yaml, if it exists)')
      .option('--store <place>', 'the folder (default: MILLRACE_STORE)');
  place(store).action((options: StoreFlags) => {
    report({ command: 'store', spec: options.spec ?? null, store: options.store ?? null });
  });
  place(store.command('clean').description('remove what ended runs left; prepared tables stay'))
    .option('--all', 'remove prepared tables too: the next query prepares anew')
    .action((_: StoreFlags, command: Command) => {
      const options: StoreFlags & { all?: boolean } = command.optsWithGlobals();
      const { spec = null, store: location = null, all = false } = options;
      report({ command: 'clean', spec, store: location, all });
    });
}

interface StoreFlags {
  spec?: string;
  store?: string;
}

function addRunCommands(child: Child, report: Report): void {
  const runs = child('runs', 'list runs; `runs show ID` and `runs cancel ID` for one of them');
  const place = (command: Command): Command => addPlaceOptions(command);
  place(runs)
    .option(
      '-n, --limit <runs>',
      `the newest only (default: ${RUNS_LISTED}, at most ${RUNS_LISTED_MAX})`,
      parseCount('--limit', 1),
    )
    .action((options: PlaceFlags & { limit?: number }) =>
      report({ command: 'runs', limit: options.limit ?? RUNS_LISTED, ...placeOptions(options) }),
    );
  place(runs.command('show <id>').description('one run')).action(
    (runId: string, _: PlaceFlags, command: Command) =>
      report({ command: 'run', runId, ...placeOptions(command.optsWithGlobals()) }),
  );
  place(runs.command('cancel <id>').description('stop a run, or drop an interrupted one')).action(
    (runId: string, _: PlaceFlags, command: Command) =>
      report({ command: 'cancel', runId, ...placeOptions(command.optsWithGlobals()) }),
  );
}

function addServerCommands(child: Child, report: Report): void {
  addServerOptions(child('coordinator', 'serve a cluster: plan, dispatch and publish'), 'queue')
    .addHelpText('after', CLUSTER_EXAMPLES)
    .action((options: ServerFlags) =>
      report({ command: 'coordinator', ...serverOptions(options) }),
    );

  addQueueOptions(child('worker', 'run cells for a coordinator'))
    .addHelpText('after', CLUSTER_EXAMPLES)
    .action((options: ServerFlags) => {
      const { redis = null, store = null, threads = null } = options;
      report({ command: 'worker', redis, store, threads, s3: s3Options(options) });
    });

  const dev = child('dev', 'a whole cluster in this process, for trying things out');
  addServerOptions(dev, 'no queue')
    .option(
      '--threads <count>',
      'cells at once (default: one per core)',
      parseCount('--threads', 1),
    )
    .action((options: ServerFlags) => {
      const { redis: _, ...rest } = serverOptions(options);
      report({ command: 'dev', ...rest, threads: options.threads ?? null });
    });
}
