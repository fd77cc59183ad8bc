/**
 * Samples: a query over a part of the entities (language.md 8.5, "slices"). Which ones is decided by the hash of the key,
 * so that a larger percentage keeps all of a smaller one, and the same entities stay as events come.
 */
import { AppError } from '../../shared/base/app-error.ts';
import type { Column } from '../../shared/column/column.ts';
import { isValid } from '../../shared/column/column.ts';
import { StringPool } from '../../shared/column/string-pool.ts';
import { columnFromValues, columnValue } from '../../shared/column/values.ts';
import { castColumn } from '../../shared/kernel/cast.ts';
import { hashColumn } from '../../shared/kernel/hash.ts';
import type { Sample } from '../../shared/plan/logical.ts';
import type { DataType } from '../../shared/types/data-type.ts';
import { scalar, STRING } from '../../shared/types/data-type.ts';
import type { SampleSpec } from '../../shared/wire/query-request.ts';
import { childrenOf } from '../check/children.ts';
import type { TableSchema, TypedExpr } from '../check/typed-expr.ts';

const PERCENT_MIN = 0.1;
const PERCENT_MAX = 100;
/** Percentages count to the billionth. */
const PERCENT_UNITS = 1_000_000_000;
const HASH_MAX = 2n ** 64n - 1n;

/**
 * The tables that a sample cuts, each with what is kept of it: those of the query's grouping. What is read through
 * `lookup` is read whole. A query whose rows are all re-keyed has no such table: then all are cut by their own keys.
 */
export function sampledTables(
  expr: TypedExpr,
  schemas: readonly TableSchema[],
  spec: SampleSpec,
): ReadonlyMap<string, Sample> {
  checkSpec(spec);
  const read = new Set<string>();
  collectTables(expr, read, new Set());
  const tables = schemas.filter(({ name }) => read.has(name));
  const own = tables.filter(({ grouping }) => grouping === expr.grouping);
  const cut = own.length > 0 ? own : tables;
  return new Map(cut.map((table) => [table.name, sampleOf(spec, table)]));
}

function checkSpec(spec: SampleSpec): void {
  if ('keys' in spec) {
    if (spec.keys.length > 0) return;
    throw new AppError('user', 'SAMPLE_INVALID', 'a sample by keys names at least one key');
  }
  if (spec.percent >= PERCENT_MIN && spec.percent <= PERCENT_MAX) return;
  throw new AppError(
    'user',
    'SAMPLE_INVALID',
    `a sample takes ${PERCENT_MIN} to ${PERCENT_MAX} percent of the entities, not ${spec.percent}`,
  );
}

/** The tables on the side of `expr` itself: not those behind a `lookup`. */
function collectTables(expr: TypedExpr, read: Set<string>, seen: Set<TypedExpr>): void {
  if (seen.has(expr)) return;
  seen.add(expr);
  if (expr.op === 'table') read.add(expr.table);
  const children = expr.op === 'lookup' ? [expr.key] : childrenOf(expr);
  for (const child of children) collectTables(child, read, seen);
}

function sampleOf(spec: SampleSpec, table: TableSchema): Sample {
  if (!('keys' in spec)) return { hashMax: hashMaxOf(spec.percent).toString() };
  const hashes = spec.keys.map((key) => hashOfKey(key, table.keyType, table.name));
  return { hashes: [...new Set(hashes)].toSorted((a, b) => (a < b ? -1 : 1)).map(String) };
}

/** round(percent / 100 × (2^64 − 1)) */
function hashMaxOf(percent: number): bigint {
  const units = BigInt(Math.round(percent * PERCENT_UNITS));
  const whole = 100n * BigInt(PERCENT_UNITS);
  return (units * HASH_MAX + whole / 2n) / whole;
}

function hashOfKey(key: string, type: DataType, table: string): bigint {
  const pool = new StringPool();
  const isScalar = type.kind !== 'record' && type.kind !== 'list' && type.kind !== 'map';
  if (isScalar) {
    const text = columnFromValues(STRING, [key], pool);
    // A date has no cast of its own in the language: it is the day of a timestamp.
    const cast = type.kind === 'date' ? dayOf(text, pool) : castColumn(text, type, { pool });
    if (isValid(cast, 0)) return hashColumn(cast)[0]!;
  }
  throw new AppError(
    'user',
    'SAMPLE_KEY',
    `'${key}' is no key of table ${table}: its keys are of type ${type.kind}`,
  );
}

function dayOf(text: Column, pool: StringPool): Column {
  const seconds = columnValue(castColumn(text, scalar('timestamp_s'), { pool }), 0);
  const day = typeof seconds === 'bigint' ? Math.floor(Number(seconds) / 86_400) : null;
  return columnFromValues(scalar('date'), [day], pool);
}
