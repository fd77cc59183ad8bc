/** Reads `millrace.yaml`: tables, views and queries as data. Every mistake is told with its line and column. */
import { dirname, isAbsolute, join } from 'node:path';
import { Settings } from 'typebox/system';
import { Value } from 'typebox/value';
import { isMap, isScalar, LineCounter, parseDocument, type Document } from 'yaml';
import { AppError } from '../../shared/base/app-error.ts';
import type { FileFormat, TableSpec, ViewSpec } from '../../shared/wire/query-request.ts';
import { didYouMean, similarNames } from '../language/diagnostics/similar-names.ts';
import { SpecSchema, type RawSpec } from './spec-schema.ts';

/** So many mistakes are told at once: one cause often has many effects. */
const MISTAKES_MAX = 10;

export interface NamedQuery {
  readonly name: string;
  readonly query: string;
  readonly results?: 'history' | 'final';
  readonly at?: string;
  readonly changedSince?: string;
  readonly limit?: number;
  readonly output?: string;
  readonly format?: FileFormat;
  readonly overwrite?: boolean;
  readonly timestamps?: 'ns' | 'us';
}

export interface SpecFile {
  /** As the user named it, for messages. */
  readonly path: string;
  readonly tables: readonly TableSpec[];
  readonly views: readonly ViewSpec[];
  readonly queries: readonly NamedQuery[];
  readonly store: string | null;
  readonly s3: {
    readonly endpoint?: string;
    readonly region?: string;
    readonly forcePathStyle?: boolean;
  };
}

/**
 * The spec in `text`. Relative paths in it are taken from the folder of `path`. Throws an AppError
 * `SPEC_INVALID` of class `user` that lists up to ten mistakes, each as `path:line:column: what`.
 */
export function parseSpecFile(text: string, path: string): SpecFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const place = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${path}:${line}:${col}`;
  };
  refuse(document.errors.map((error) => `${place(error.pos[0])}: ${error.message}`));

  const value: unknown = document.toJS() ?? {};
  if (!Value.Check(SpecSchema, value)) {
    const mistakes = describeMistakes(value)
      .map(({ keys, message }) => ({ offset: offsetOf(document, keys), message }))
      .toSorted((left, right) => left.offset - right.offset);
    refuse(mistakes.map(({ offset, message }) => `${place(offset)}: ${message}`));
    throw new AppError('user', 'SPEC_INVALID', `${path}: not a spec file of Millrace`);
  }
  return toSpecFile(value, path);
}

function refuse(mistakes: readonly string[]): void {
  if (mistakes.length === 0) return;
  const more = mistakes.length - MISTAKES_MAX;
  throw new AppError(
    'user',
    'SPEC_INVALID',
    [...mistakes.slice(0, MISTAKES_MAX), ...(more > 0 ? [`… and ${more} more`] : [])].join('\n'),
  );
}

interface Mistake {
  readonly keys: readonly string[];
  readonly message: string;
}

/** What TypeBox finds, in the words of a person and without what follows from something else. */
function describeMistakes(value: unknown): readonly Mistake[] {
  // By default TypeBox stops after eight, which one slip of the pen in a union can fill.
  Settings.Set({ maxErrors: 16 * MISTAKES_MAX });
  const errors = Value.Errors(SpecSchema, value).filter((error) => error.keyword !== 'boolean');
  const mistakes: Mistake[] = [];
  const expected = new Map<string, { keys: string[]; types: Set<string>; values: Set<string> }>();
  for (const error of errors) {
    const keys = splitPointer(error.instancePath);
    switch (error.keyword) {
      case 'additionalProperties': {
        const known = knownKeys(error.schemaPath);
        for (const name of error.params.additionalProperties) {
          const hint = didYouMean(name, similarNames(name, known));
          const what =
            known.length > 0
              ? `unknown key '${name}'`
              : `'${name}' is no name: letters, digits and _`;
          mistakes.push({ keys: [...keys, name], message: what + hint });
        }
        break;
      }
      case 'required':
        for (const name of error.params.requiredProperties) {
          mistakes.push({ keys, message: `${keys.at(-1) ?? 'the file'} needs a '${name}'` });
        }
        break;
      case 'type':
      case 'const': {
        const entry = expected.get(error.instancePath) ?? {
          keys,
          types: new Set(),
          values: new Set(),
        };
        if (error.keyword === 'const') entry.values.add(String(error.params.allowedValue));
        else entry.types.add(String(error.params.type));
        expected.set(error.instancePath, entry);
        break;
      }
      case 'anyOf':
        break;
      default:
        mistakes.push({ keys, message: `${keys.at(-1) ?? 'the file'} ${error.message}` });
    }
  }
  for (const [path, { keys, types, values }] of expected) {
    // One branch of a union fits better than the other: what is wrong within it has been told.
    if (mistakes.some((mistake) => isWithin(mistake.keys, keys))) continue;
    if ([...expected.keys()].some((other) => other.startsWith(`${path}/`))) continue;
    const wanted =
      values.size > 0 ? `one of ${[...values].join(', ')}` : [...types].map(typeName).join(' or ');
    mistakes.push({
      keys,
      message: `${keys.at(-1) ?? 'the file'}: expected ${wanted}, found ${found(valueAt(value, keys))}`,
    });
  }
  return mistakes;
}

function isWithin(keys: readonly string[], outer: readonly string[]): boolean {
  return keys.length >= outer.length && outer.every((key, index) => keys[index] === key);
}

function typeName(type: string): string {
  if (type === 'object') return 'keys with values';
  if (type === 'array') return 'a list';
  if (type === 'string') return 'text';
  if (type === 'integer') return 'a whole number';
  if (type === 'boolean') return 'true or false';
  return type;
}

function found(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'keys with values';
  return JSON.stringify(value);
}

/** The names that the schema at a JSON pointer like `#/properties/s3` has. */
function knownKeys(pointer: string): readonly string[] {
  const schema = valueAt(SpecSchema, splitPointer(pointer.replace(/^#/, '')));
  const properties =
    typeof schema === 'object' && schema !== null && 'properties' in schema
      ? schema.properties
      : null;
  return typeof properties === 'object' && properties !== null ? Object.keys(properties) : [];
}

function splitPointer(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function valueAt(value: unknown, keys: readonly string[]): unknown {
  let at = value;
  for (const key of keys) {
    if (typeof at !== 'object' || at === null) return undefined;
    // Indexing what JSON or a schema holds: an object or an array of unknown values.
    at = (at as Readonly<Record<string, unknown>>)[key];
  }
  return at;
}

/** Where the last of `keys` stands in the text; the nearest place around it if it is not there. */
function offsetOf(document: Document.Parsed, keys: readonly string[]): number {
  for (let count = keys.length; count > 0; count--) {
    const parent = document.getIn(keys.slice(0, count - 1), true) ?? document.contents;
    if (!isMap(parent)) continue;
    const pair = parent.items.find(
      (item) => isScalar(item.key) && String(item.key.value) === keys[count - 1],
    );
    if (isScalar(pair?.key) && pair.key.range) return pair.key.range[0];
  }
  return document.contents?.range?.[0] ?? 0;
}

function toSpecFile(raw: RawSpec, path: string): SpecFile {
  const folder = dirname(path);
  const resolve = (name: string): string =>
    isAbsolute(name) || /^[a-z0-9]+:\/\//i.test(name) ? name : join(folder, name);
  return {
    path,
    tables: Object.entries(raw.tables ?? {}).map(
      ([name, { files, time_unit, on_bad_row, ...rest }]) => ({
        name,
        ...rest,
        files: (typeof files === 'string' ? [files] : files).map(resolve),
        ...(time_unit === undefined ? {} : { timeUnit: time_unit }),
        ...(on_bad_row === undefined ? {} : { onBadRow: on_bad_row }),
      }),
    ),
    views: Object.entries(raw.views ?? {}).map(([name, view]) =>
      typeof view === 'string' ? { name, text: view } : { name, ...view },
    ),
    queries: Object.entries(raw.queries ?? {}).map(([name, query]) => {
      if (typeof query === 'string') return { name, query };
      const { changed_since, output, ...rest } = query;
      return {
        name,
        ...rest,
        ...(changed_since === undefined ? {} : { changedSince: changed_since }),
        ...(output === undefined ? {} : { output: resolve(output) }),
      };
    }),
    store: raw.store === undefined ? null : resolve(raw.store),
    s3: toS3(raw.s3 ?? {}),
  };
}

function toS3({ path_style, ...rest }: NonNullable<RawSpec['s3']>): SpecFile['s3'] {
  return { ...rest, ...(path_style === undefined ? {} : { forcePathStyle: path_style }) };
}
