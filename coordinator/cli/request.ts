/** Joins the command line and the spec file into one `QueryRequest`; what the command line says goes first. */
import { AppError } from '../../shared/base/app-error.ts';
import type {
  FileFormat,
  OutputSpec,
  QueryRequest,
  TableSpec,
  ViewSpec,
} from '../../shared/wire/query-request.ts';
import { didYouMean, similarNames } from '../language/diagnostics/similar-names.ts';
import {
  STANDARD_OUTPUT,
  type OutputOptions,
  type QueryOptions,
  type ResultOptions,
  type SourceOptions,
} from './options.ts';
import type { NamedQuery, SpecFile } from './spec-file.ts';
import type { DraftTable } from './table-arguments.ts';

const FORMAT_OF_EXTENSION: Readonly<Record<string, FileFormat>> = {
  parquet: 'parquet',
  csv: 'csv',
  jsonl: 'jsonl',
  ndjson: 'jsonl',
  arrow: 'arrow',
};

/** All tables, by name; a `--table` stands in for the spec's table of that name. */
export function joinTables(options: SourceOptions, spec: SpecFile | null): readonly DraftTable[] {
  return joinByName<DraftTable>(spec?.tables ?? [], options.tables);
}

export function joinViews(options: SourceOptions, spec: SpecFile | null): readonly ViewSpec[] {
  return joinByName(spec?.views ?? [], options.views);
}

/** Those tables that lack a time or a key: their files should be looked into, and the user be told the columns. */
export function incompleteTables(tables: readonly DraftTable[]): readonly DraftTable[] {
  return tables.filter((table) => table.time === undefined || table.key === undefined);
}

/** Throws an AppError `TABLE_INCOMPLETE` naming what a table lacks. */
export function completeTable(table: DraftTable): TableSpec {
  const { time, key } = table;
  if (time === undefined || key === undefined) {
    const missing = [
      ...(time === undefined ? ['a time column (--time)'] : []),
      ...(key === undefined ? ['an entity key (--key)'] : []),
    ];
    throw new AppError('user', 'TABLE_INCOMPLETE', `${table.name} needs ${missing.join(' and ')}`);
  }
  return { ...table, time, key };
}

export interface ResolvedQuery {
  readonly text: string;
  /** The query of the spec file, if the text was the name of one. */
  readonly named: NamedQuery | null;
}

/** `text` itself, or the query that it names. */
export function resolveQuery(text: string, spec: SpecFile | null): ResolvedQuery {
  const named = spec?.queries.find((query) => query.name === text.trim()) ?? null;
  return { text: named?.query ?? text, named };
}

/** A hint for a text that is one word and looks like the name of a query of the spec file; else null. */
export function misspeltQuery(text: string, spec: SpecFile | null): string | null {
  const word = text.trim();
  if (spec === null || !/^[A-Za-z_][A-Za-z0-9_.-]*$/.test(word)) return null;
  const names = spec.queries.map(({ name }) => name);
  const hint = didYouMean(word, similarNames(word, names));
  return hint === '' ? null : `${spec.path} has no query '${word}'${hint}`;
}

/** The request for a query. Throws an AppError of class `user` for options that contradict each other. */
export function buildRequest(
  options: QueryOptions,
  spec: SpecFile | null,
  query: ResolvedQuery,
  output: OutputSpec,
): QueryRequest {
  const { named } = query;
  const changedSince = options.changedSince ?? named?.changedSince;
  const limit = options.limit ?? named?.limit;
  // `--results history` takes back the `at` of a named query along with its results.
  const finalAt = options.at ?? (options.results === 'history' ? undefined : named?.at);
  const results =
    options.results ?? (finalAt === undefined ? named?.results : 'final') ?? 'history';
  if (named?.at !== undefined && named.results === 'history') {
    throw new AppError(
      'user',
      'SPEC_INVALID',
      `query '${named.name}': 'at' asks for final results, but 'results' is history`,
    );
  }
  return {
    tables: joinTables(options, spec).map(completeTable),
    views: joinViews(options, spec),
    query: query.text,
    results,
    output,
    ...(finalAt === undefined ? {} : { finalAt }),
    ...(changedSince === undefined ? {} : { changedSince }),
    ...(limit === undefined ? {} : { limit }),
    ...(options.sample === undefined ? {} : { sample: options.sample }),
    ...(options.saveState === undefined ? {} : { saveState: options.saveState }),
    ...(options.resumeState === undefined ? {} : { resumeState: options.resumeState }),
    ...(Object.keys(options.tuning).length === 0 ? {} : { tuning: options.tuning }),
  };
}

/** Whether the command line asks for a part of the rows, to look at: not what the spec file's output should hold. */
export function isPreview({ limit, sample }: ResultOptions): boolean {
  return limit !== undefined || sample !== undefined;
}

/** What a named query says of its output; null where its output is set aside: for a preview, and for `--output -`. */
export function namedOutput(
  options: ResultOptions & { readonly output: OutputOptions },
  named: NamedQuery | null,
): NamedQuery | null {
  const { path } = options.output;
  const isAside = path === STANDARD_OUTPUT || (path === null && isPreview(options));
  return isAside && named?.output !== undefined ? null : named;
}

/**
 * Where the rows go. `screenFormat` is the form in which rows come back if no path is given.
 * Throws an AppError `USAGE` if the format of a file cannot be told from its name.
 */
export function resolveOutput(
  options: OutputOptions,
  named: NamedQuery | null,
  screenFormat: FileFormat,
): OutputSpec {
  const path = options.path === STANDARD_OUTPUT ? null : (options.path ?? named?.output ?? null);
  const rest = {
    overwrite: options.overwrite || named?.overwrite === true,
    timestamps: options.timestamps ?? named?.timestamps ?? 'ns',
  } as const;
  const chosen = options.format ?? named?.format;
  if (path === null) return { path, format: chosen ?? screenFormat, layout: 'file', ...rest };

  const extension = /\.([a-z]+)$/i.exec(path)?.[1]?.toLowerCase();
  const known = extension === undefined ? undefined : FORMAT_OF_EXTENSION[extension];
  const isFolder = options.layout === 'folder' || path.endsWith('/');
  const format = chosen ?? known ?? (isFolder ? 'parquet' : undefined);
  if (format === undefined) {
    throw new AppError(
      'user',
      'USAGE',
      `--output ${path}: end it with ${Object.keys(FORMAT_OF_EXTENSION).join(', ')} or /, or say the --format`,
    );
  }
  return { path, format, layout: isFolder ? 'folder' : 'file', ...rest };
}

function joinByName<Named extends { readonly name: string }>(
  base: readonly Named[],
  over: readonly Named[],
): readonly Named[] {
  const names = new Set(over.map((item) => item.name));
  return [...base.filter((item) => !names.has(item.name)), ...over];
}
