/** The schema of a table from the schemas of its files, and the check of its time, key and subsort columns. */
import { AppError } from '../base/app-error.ts';
import type { DataType, Field, RecordType, ScalarKind } from '../types/data-type.ts';
import { F64, printType, sameType, STRING } from '../types/data-type.ts';

export interface FileSchema {
  readonly uri: string;
  readonly schema: RecordType;
  /** Columns that were left out because the language has no such type. */
  readonly unsupported: readonly { readonly name: string; readonly type: string }[];
  /** Columns of a text file without any value: their type is a guess, and they can be read as any other. */
  readonly empty: readonly string[];
  /** Its values are texts without a type of their own (CSV): they are read as what the table says. */
  readonly isUntyped: boolean;
}

export interface MergedSchema {
  readonly schema: RecordType;
  /** Columns of later files that the first file does not have: they are not read. */
  readonly ignored: readonly { readonly uri: string; readonly column: string }[];
}

/**
 * The first file fixes the columns and their types (language.md 10.1); columns that a later file lacks are null there, and a
 * column may be narrower in it. Anything else is AppError('data', 'SCHEMA_CONFLICT') naming column and files.
 */
export function mergeSchemas(files: readonly FileSchema[]): MergedSchema {
  const [first, ...others] = files;
  if (first === undefined) {
    throw new AppError('user', 'TABLE_WITHOUT_FILES', 'a table needs at least one file');
  }
  const fields = first.schema.fields.map((field) => ({
    name: field.name,
    type: settleType(field, files),
  }));
  const types = new Map(fields.map((field) => [field.name, field.type]));
  const ignored: { uri: string; column: string }[] = [];
  for (const file of others) {
    for (const field of file.schema.fields) {
      const type = types.get(field.name);
      if (type === undefined) ignored.push({ uri: file.uri, column: field.name });
      else if (!canReadFieldAs(file, field, type)) {
        throw new AppError(
          'data',
          'SCHEMA_CONFLICT',
          `column '${field.name}' is ${describeType(type)} in ${first.uri} but ${describeType(field.type)} in ${file.uri}; ` +
            `the first file fixes the types of a table`,
          { details: { column: field.name, file: file.uri } },
        );
      }
    }
    for (const column of file.unsupported) {
      if (!types.has(column.name)) continue;
      throw new AppError(
        'data',
        'SCHEMA_CONFLICT',
        `column '${column.name}' is ${describeType(types.get(column.name)!)} in ${first.uri} but ${column.type}, ` +
          `which cannot be read, in ${file.uri}`,
        { details: { column: column.name, file: file.uri } },
      );
    }
  }
  return { schema: { kind: 'record', fields }, ignored };
}

/**
 * The type of a column: that of the first file that has values of it. Where that file is untyped, what its cells are is settled from
 * all files that are, as it would be if they were one file (language.md 10.4).
 */
function settleType(field: Field, files: readonly FileSchema[]): DataType {
  const found = files.flatMap((file) => {
    const own = file.schema.fields.find(({ name }) => name === field.name);
    const hasValues = own !== undefined && !file.empty.includes(field.name);
    return hasValues ? [{ type: own.type, isUntyped: file.isUntyped }] : [];
  });
  const [lead] = found;
  if (lead?.isUntyped !== true) return lead?.type ?? field.type;
  const types = found.flatMap(({ type, isUntyped }) => (isUntyped ? [type] : []));
  return types.reduce(cellType);
}

/** The type of cells of both types: the wider number, the finest time, else text. */
function cellType(left: DataType, right: DataType): DataType {
  if (sameType(left, right)) return left;
  const leftRank = TIME_RANKS.indexOf(left.kind);
  const rightRank = TIME_RANKS.indexOf(right.kind);
  if (leftRank >= 0 && rightRank >= 0) return leftRank > rightRank ? left : right;
  const isNumber = ({ kind }: DataType): boolean => kind === 'i64' || kind === 'f64';
  return isNumber(left) && isNumber(right) ? F64 : STRING;
}

const TIME_RANKS: readonly DataType['kind'][] = [
  'date',
  'timestamp_s',
  'timestamp_ms',
  'timestamp_us',
  'timestamp_ns',
];

/** Of an untyped file every column is text, and a date is a time at midnight. */
function canReadFieldAs({ empty, isUntyped }: FileSchema, field: Field, type: DataType): boolean {
  if (canReadAs(field.type, type) || empty.includes(field.name)) return true;
  if (!isUntyped) return false;
  const isText = type.kind === 'string' || type.kind === 'large_string';
  return isText || (field.type.kind === 'date' && isTimestamp(type));
}

/** Where a column of the first type may be read as one of the second without losing anything. */
const WIDENINGS: Readonly<Partial<Record<ScalarKind, readonly ScalarKind[]>>> = {
  i8: ['i16', 'i32', 'i64', 'f64'],
  i16: ['i32', 'i64', 'f64'],
  i32: ['i64', 'f64'],
  i64: ['f64'],
  u8: ['u16', 'u32', 'u64', 'i16', 'i32', 'i64', 'f64'],
  u16: ['u32', 'u64', 'i32', 'i64', 'f64'],
  u32: ['u64', 'i64', 'f64'],
  f16: ['f32', 'f64'],
  f32: ['f64'],
  string: ['large_string'],
  large_string: ['string'],
  timestamp_s: ['timestamp_ms', 'timestamp_us', 'timestamp_ns'],
  timestamp_ms: ['timestamp_us', 'timestamp_ns'],
  timestamp_us: ['timestamp_ns'],
};

/** i64 → f64 is allowed as in a text file whose column holds both (language.md 10.4): the nearest double. */
export function canReadAs(from: DataType, to: DataType): boolean {
  if (sameType(from, to) || from.kind === 'null') return true;
  if (isNested(from) || isNested(to)) return false;
  return WIDENINGS[from.kind]?.includes(to.kind) ?? false;
}

/** The parts of a table's definition that name columns. */
export interface TableColumns {
  readonly name: string;
  readonly time: string;
  readonly key: string;
  readonly subsort?: string;
}

/** Throws AppError('user', 'TABLE_COLUMN') unless the columns exist and have usable types; says what would do instead. */
export function checkTableColumns(
  table: TableColumns,
  { schema, uri, unsupported }: Pick<FileSchema, 'schema' | 'uri' | 'unsupported'>,
): void {
  const uses = [
    {
      role: 'time',
      column: table.time,
      accepts: isTimeType,
      needs: 'a timestamp, a date, a string or a number',
    },
    { role: 'key', column: table.key, accepts: isKeyType, needs: 'anything but a list or a map' },
    ...(table.subsort === undefined
      ? []
      : [{ role: 'subsort', column: table.subsort, accepts: isSubsortType, needs: 'a number' }]),
  ];
  const problems: string[] = [];
  for (const { role, column, accepts, needs } of uses) {
    const field = schema.fields.find((candidate) => candidate.name === column);
    if (field !== undefined && accepts(field.type)) continue;
    const left = unsupported.find((candidate) => candidate.name === column);
    if (field !== undefined) {
      problems.push(
        `the ${role} column '${column}' is ${describeType(field.type)}; it must be ${needs}`,
      );
    } else if (left !== undefined) {
      problems.push(`the ${role} column '${column}' is ${left.type}, which cannot be read`);
    } else if (column === '') problems.push(`it needs a ${role} column`);
    else problems.push(`it has no column '${column}' for its ${role}`);
  }
  if (problems.length === 0) return;
  throw new AppError(
    'user',
    'TABLE_COLUMN',
    `${table.name}: ${problems.join('; ')}\n\n${suggestions(uri, schema)}`,
    {
      details: { table: table.name, file: uri },
    },
  );
}

/** The columns that could be the time and the key, or all columns: what a person needs to choose. */
export function suggestions(uri: string, schema: RecordType): string {
  const lines = [`  ${uri}`];
  const add = (label: string, fields: readonly Field[]): void => {
    if (fields.length === 0) return;
    const list = fields.map((field) => `${field.name} (${describeType(field.type)})`).join(', ');
    lines.push(`    ${label.padEnd(19)} ${list}`);
  };
  const times = schema.fields.filter((field) => isLikelyTime(field));
  const keys = schema.fields.filter((field) => isLikelyKey(field) && !times.includes(field));
  add('could be the time', times);
  add('could be the key', keys);
  add(
    'other columns',
    schema.fields.filter((field) => !times.includes(field) && !keys.includes(field)),
  );
  return lines.join('\n');
}

/** As messages show a type: like `printType`, with a word for the date, which has no name in the language. */
function describeType(type: DataType): string {
  return type.kind === 'date' ? 'a date' : printType(type);
}

function isNested(type: DataType): type is Exclude<DataType, { kind: ScalarKind }> {
  return type.kind === 'record' || type.kind === 'list' || type.kind === 'map';
}

export function isTimeType(type: DataType): boolean {
  switch (type.kind) {
    case 'date':
    case 'string':
    case 'large_string':
    case 'timestamp_s':
    case 'timestamp_ms':
    case 'timestamp_us':
    case 'timestamp_ns':
    case 'f16':
    case 'f32':
    case 'f64':
      return true;
    default:
      return isIntegerType(type);
  }
}

/** What can be cast to u64 (language.md 10.1). Text is there for the columns of files without rows, which have no other type. */
function isSubsortType(type: DataType): boolean {
  switch (type.kind) {
    case 'bool':
    case 'f16':
    case 'f32':
    case 'f64':
    case 'string':
    case 'large_string':
      return true;
    default:
      return isIntegerType(type);
  }
}

export function isIntegerType(type: DataType): boolean {
  switch (type.kind) {
    case 'i8':
    case 'i16':
    case 'i32':
    case 'i64':
    case 'u8':
    case 'u16':
    case 'u32':
    case 'u64':
      return true;
    default:
      return false;
  }
}

export function isKeyType(type: DataType): boolean {
  switch (type.kind) {
    case 'list':
    case 'map':
    case 'null':
      return false;
    case 'record':
      return type.fields.every((field) => isKeyType(field.type));
    default:
      return true;
  }
}

const TIME_NAME = /time|date|(^|_)(at|ts|when)$|At$/i;

function isTimestamp({ kind }: DataType): boolean {
  return kind.startsWith('timestamp_');
}

function isLikelyTime({ name, type }: Field): boolean {
  if (type.kind === 'date' || isTimestamp(type)) return true;
  return isTimeType(type) && TIME_NAME.test(name);
}

function isLikelyKey({ type }: Field): boolean {
  return type.kind === 'string' || type.kind === 'large_string' || isIntegerType(type);
}
