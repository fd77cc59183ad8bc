/** The options that commands share: declared for help and parsing, and turned into the plain data of options.ts. */
import { Option, type Command } from 'commander';
import { AppError } from '../../shared/base/app-error.ts';
import type { FileFormat, TimeUnit, ViewSpec } from '../../shared/wire/query-request.ts';
import {
  STANDARD_OUTPUT,
  parseCount,
  parsePercent,
  parsePowerOfTwo,
  parseTime,
  parseView,
  type ExplainLevel,
  type OutputOptions,
  type PlaceOptions,
  type QueryOptions,
  type QuerySource,
  type S3Options,
  type ServerOptions,
  type SourceOptions,
} from './options.ts';
import { FURTHER_FILE_OPTION, TableArguments } from './table-arguments.ts';
import { parseHttpUrl, parseRedisUrl, SERVER_EXAMPLE } from './urls.ts';

const FORMATS = ['parquet', 'csv', 'jsonl', 'arrow'] as const satisfies readonly FileFormat[];
const TIME_UNITS = ['s', 'ms', 'us', 'ns'] as const satisfies readonly TimeUnit[];

/** What commander hands to an action, by the long names of the options. */
export interface S3Flags {
  s3Endpoint?: string;
  s3Region?: string;
  s3PathStyle?: boolean;
}

export interface PlaceFlags extends S3Flags {
  server?: string;
  store?: string;
}

export interface SourceFlags extends PlaceFlags {
  spec?: string;
  view?: ViewSpec[];
}

export interface QueryFlags extends SourceFlags {
  file?: string;
  results?: 'history' | 'final';
  at?: string;
  changedSince?: string;
  limit?: number;
  ranges?: number;
  slices?: number;
  batchRows?: number;
  threads?: number;
  disableRule?: string[];
  sample?: number;
  entity?: string[];
  saveState?: string;
  resumeState?: string;
}

export interface OutputFlags {
  output?: string;
  format?: FileFormat;
  folder?: boolean;
  overwrite?: boolean;
  timestamps?: 'ns' | 'us';
}

export type ExplainFlags = Partial<Record<Exclude<ExplainLevel, 'plan'> | 'json', boolean>>;

export interface ServerFlags extends S3Flags {
  allowFiles?: string[];
  host?: string;
  port?: number;
  redis?: string;
  store?: string;
  threads?: number;
}

function append<T>(parse: (text: string) => T): (text: string, previous?: T[]) => T[] {
  return (text, previous = []) => [...previous, parse(text)];
}

/** Adds what describes tables, views and places; the tables arrive in the returned collector, in order. */
export function addSourceOptions(command: Command): TableArguments {
  const tables = new TableArguments();
  // Order matters among these, so each tells the collector as it is met; commander's own values are not used.
  const told = (flags: string, description: string, tell: (text: string) => void): Option =>
    new Option(flags, description).argParser((text: string) => {
      tell(text);
      return text;
    });
  const chosen = <T extends string>(
    flags: string,
    description: string,
    choices: readonly T[],
    tell: (value: T) => void,
  ): Option =>
    told(`${flags} <${choices.join('|')}>`, description, (text) => {
      const value = choices.find((choice) => choice === text);
      if (value === undefined) {
        throw new AppError(
          'user',
          'USAGE',
          `${flags} ${text}: one of ${choices.join(', ')} is expected`,
        );
      }
      tell(value);
    });
  command
    .optionsGroup('Tables and views:')
    .addOption(
      told(
        '-t, --table <Name=files>',
        'a table: one or more files; what follows describes it',
        (text) => tables.addTable(text),
      ),
    )
    .addOption(told(`${FURTHER_FILE_OPTION} <file>`, '', (text) => tables.addFile(text)).hideHelp())
    .addOption(
      told('--time <column>', 'column with the time of each event', (text) =>
        tables.set('time', text),
      ),
    )
    .addOption(
      told('--key <column>', 'column with the entity of each event', (text) =>
        tables.set('key', text),
      ),
    )
    .addOption(
      told('--subsort <column>', 'column that orders events of one time', (text) =>
        tables.set('subsort', text),
      ),
    )
    .addOption(
      told('--grouping <kind>', 'kind of entity (default: the name of the table)', (text) =>
        tables.set('grouping', text),
      ),
    )
    .addOption(
      chosen('--time-unit', 'unit of a time column of integers', TIME_UNITS, (unit) =>
        tables.set('timeUnit', unit),
      ),
    )
    .addOption(
      chosen('--input-format', 'by default as the files end', FORMATS, (format) =>
        tables.set('format', format),
      ),
    )
    .addOption(
      chosen('--on-bad-row', 'a row that cannot be read', ['fail', 'skip'] as const, (policy) =>
        tables.set('onBadRow', policy),
      ),
    )
    .option('--view <Name=expression>', 'a named expression', append(parseView))
    .option(
      '-s, --spec <file>',
      'tables, views and queries (default: millrace.yaml, if it exists)',
    );
  addPlaceOptions(command);
  return tables;
}

export function addPlaceOptions(command: Command): Command {
  command
    .optionsGroup('Where:')
    .option(
      '--server <url>',
      'a coordinator (default: MILLRACE_SERVER, else this process)',
      parseHttpUrl('--server', SERVER_EXAMPLE),
    )
    .option(
      '--store <place>',
      'folder or s3:// URI that keeps prepared tables (default: MILLRACE_STORE)',
    );
  return addS3Options(command);
}

/** Keys are no options: they come as AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or from a profile or role. */
export function addS3Options(command: Command): Command {
  return command
    .option(
      '--s3-endpoint <url>',
      'a store other than AWS (default: AWS_ENDPOINT_URL)',
      parseHttpUrl('--s3-endpoint', 'http://127.0.0.1:9000'),
    )
    .option('--s3-region <name>', 'default: AWS_REGION')
    .option('--s3-path-style', 'endpoint/bucket/key (default with an endpoint)')
    .option('--no-s3-path-style', 'bucket.endpoint/key (default for AWS)');
}

export function addQueryOptions(command: Command): void {
  command
    .optionsGroup('Query:')
    .option('-f, --file <path>', 'read the query from a file; - is standard input')
    .addOption(
      new Option('--results <which>', 'every change, or the last of each entity').choices([
        'history',
        'final',
      ]),
    )
    .option(
      '--at <time>',
      'final results as of a time, that of the events up to and including it',
      parseTime('--at'),
    )
    .option(
      '--changed-since <time>',
      'only results from this time on',
      parseTime('--changed-since'),
    )
    .option('-n, --limit <rows>', 'stop after so many rows', parseCount('--limit', 1))
    .option(
      '--sample <percent>',
      'only about so many percent of the entities, always the same ones',
      parsePercent('--sample'),
    )
    .option(
      '--entity <key>',
      'only the entity of this key; may be repeated',
      append((text) => text),
    )
    .option('--save-state <name>', 'keep the state at the last event, to go on from later')
    .option('--resume-state <name>', 'go on from a saved state: only what came since is read')
    .optionsGroup('How the work is cut (never changes the result):')
    .option('--ranges <count>', 'ranges of entities, a power of two', parsePowerOfTwo('--ranges'))
    .option('--slices <count>', 'slices of time', parseCount('--slices', 1))
    .option('--batch-rows <count>', 'rows at a time inside a cell', parseCount('--batch-rows', 1))
    .option('--threads <count>', 'cells at once, in this process', parseCount('--threads', 1))
    .option(
      '--disable-rule <name>',
      'leave out a rule of the optimizer, or all',
      append((text) => text),
    );
}

export function addOutputOptions(command: Command): Command {
  return command
    .optionsGroup('Output:')
    .option(
      '-o, --output <path>',
      'a file, a folder (ending with /) or an s3:// URI; - is standard output; by default the screen or pipe',
    )
    .addOption(
      new Option('--format <format>', 'of the output; by default as the path ends').choices(
        FORMATS,
      ),
    )
    .option('--folder', 'write a folder of parts, not one file')
    .option('--overwrite', 'replace an output that exists')
    .addOption(
      new Option('--timestamps <unit>', 'unit of times in Parquet and Arrow (default: ns)').choices(
        ['ns', 'us'],
      ),
    );
}

export function addQueueOptions(command: Command): Command {
  command
    .addOption(redisOption())
    .option('--store <place>', 's3:// URI or shared folder (default: MILLRACE_STORE)')
    .option(
      '--threads <count>',
      'cells at once (default: one per core)',
      parseCount('--threads', 1),
    );
  return addS3Options(command);
}

function redisOption(): Option {
  return new Option('--redis <url>', 'the queue (default: MILLRACE_REDIS)').argParser(
    parseRedisUrl('--redis'),
  );
}

/** `queue`: with the options of a Redis queue. */
export function addServerOptions(command: Command, queue: 'queue' | 'no queue'): Command {
  command
    .option('--host <address>', 'address to listen on (default: 127.0.0.1)')
    .option('--port <number>', 'port to listen on (default: 7800)', parseCount('--port', 0))
    .option('--store <place>', 's3:// URI or folder (default: MILLRACE_STORE)');
  if (queue === 'queue') command.addOption(redisOption());
  command.option(
    '--allow-files <folder>',
    'a folder whose files requests may name; workers must see it too (default: none)',
    append((text) => text),
  );
  return addS3Options(command);
}

export function s3Options({ s3Endpoint, s3Region, s3PathStyle }: S3Flags): S3Options {
  return {
    ...(s3Endpoint === undefined ? {} : { endpoint: s3Endpoint }),
    ...(s3Region === undefined ? {} : { region: s3Region }),
    ...(s3PathStyle === undefined ? {} : { forcePathStyle: s3PathStyle }),
  };
}

export function placeOptions(options: PlaceFlags): PlaceOptions {
  const { server = null, store = null } = options;
  return { server, store, s3: s3Options(options) };
}

export function sourceOptions(
  options: SourceFlags,
  tables: TableArguments,
): SourceOptions & PlaceOptions {
  return {
    spec: options.spec ?? null,
    tables: tables.finish(),
    views: options.view ?? [],
    ...placeOptions(options),
  };
}

export function querySource(text: string | undefined, file: string | undefined): QuerySource {
  if (text !== undefined && file !== undefined) {
    throw new AppError('user', 'USAGE', `a query is given twice: as text and by --file ${file}`);
  }
  const path = file ?? text;
  if (path === undefined) {
    throw new AppError(
      'user',
      'USAGE',
      "no query was given: write it as the last word, in quotes, as in '{ n: count(Orders) }', " +
        'or read it with --file PATH, from standard input with --file -',
    );
  }
  if (path === '-') return { kind: 'stdin' };
  return file === undefined ? { kind: 'text', text: path } : { kind: 'file', path };
}

export function queryOptions(
  text: string | undefined,
  options: QueryFlags,
  tables: TableArguments,
): QueryOptions {
  const { results, at, changedSince, limit, ranges, slices, batchRows, disableRule } = options;
  const { threads = null, sample, entity, saveState, resumeState } = options;
  if (at !== undefined && results === 'history') {
    throw new AppError('user', 'USAGE', '--at asks for final results: leave out --results history');
  }
  if (sample !== undefined && entity !== undefined) {
    throw new AppError('user', 'USAGE', '--sample and --entity exclude each other');
  }
  return {
    ...sourceOptions(options, tables),
    query: querySource(text, options.file),
    threads,
    ...(at !== undefined ? { results: 'final', at } : results !== undefined ? { results } : {}),
    ...(changedSince === undefined ? {} : { changedSince }),
    ...(limit === undefined ? {} : { limit }),
    ...(sample === undefined ? {} : { sample: { percent: sample } }),
    ...(entity === undefined ? {} : { sample: { keys: entity } }),
    ...(saveState === undefined ? {} : { saveState }),
    ...(resumeState === undefined ? {} : { resumeState }),
    tuning: {
      ...(ranges === undefined ? {} : { ranges }),
      ...(slices === undefined ? {} : { slices }),
      ...(batchRows === undefined ? {} : { batchRows }),
      ...(disableRule === undefined ? {} : { disableRules: disableRule }),
    },
  };
}

export function outputOptions(options: OutputFlags): OutputOptions {
  const { output, format, folder, overwrite, timestamps } = options;
  if ((output === undefined || output === STANDARD_OUTPUT) && folder === true) {
    throw new AppError('user', 'USAGE', '--folder needs --output with the path of the folder');
  }
  return {
    path: output ?? null,
    overwrite: overwrite === true,
    ...(format === undefined ? {} : { format }),
    ...(folder === true ? { layout: 'folder' } : {}),
    ...(timestamps === undefined ? {} : { timestamps }),
  };
}

export function explainLevel(options: ExplainFlags): ExplainLevel {
  const levels = (['verbose', 'physical'] as const).filter((level) => options[level]);
  if (levels.length > 1) {
    throw new AppError('user', 'USAGE', `choose one of --${levels.join(', --')}`);
  }
  return levels[0] ?? 'plan';
}

export function serverOptions(options: ServerFlags): ServerOptions {
  const { host = null, port = null, redis = null, store = null } = options;
  const { allowFiles = [] } = options;
  return { host, port, redis, store, s3: s3Options(options), allowFiles };
}
