/** Event times in int64 nanoseconds from a table's time column (language.md 10.2). */
import { AppError } from '../../shared/base/app-error.ts';
import { assert } from '../../shared/base/assert.ts';
import type { Column, FixedColumn, StringColumn } from '../../shared/column/column.ts';
import { StringPool } from '../../shared/column/string-pool.ts';
import { columnValue } from '../../shared/column/values.ts';
import { parseTimestamp } from '../../shared/time/parse-timestamp.ts';
import { castColumn } from '../../shared/kernel/cast.ts';
import { isIntegerType } from '../../shared/storage/table-schema.ts';
import { printType, U64 } from '../../shared/types/data-type.ts';
import type { TimeUnit } from '../../shared/wire/query-request.ts';

export const NANOS_PER_UNIT: Readonly<Record<TimeUnit, bigint>> = {
  s: 1_000_000_000n,
  ms: 1_000_000n,
  us: 1_000n,
  ns: 1n,
};

const NANOS_PER_DAY = 86_400_000_000_000n;
const INT64_MAX = 2n ** 63n - 1n;

export interface EventTimes {
  /** Nanoseconds since the epoch; unspecified where `bad` is set. */
  readonly times: BigInt64Array;
  /** 1 where the row has no usable time; null if there is none. */
  readonly bad: Uint8Array | null;
}

/**
 * `unit` is that of a numeric column. A column of another type is AppError('user', 'TABLE_COLUMN'). The times are in `out`,
 * a slot per row, or are the column's own.
 */
export function eventTimes(
  column: Column,
  unit: TimeUnit,
  out: BigInt64Array = new BigInt64Array(column.length),
): EventTimes {
  const bad = new BadRows(column.length);
  const { validity } = column;
  if (validity !== null) {
    for (let row = 0; row < validity.length; row++) if (validity[row] === 0) bad.add(row);
  }
  const times = convert(column, unit, bad, out);
  return { times, bad: bad.flags };
}

/** What is wrong with the time of a row that `eventTimes` marked. */
export function describeBadTime(column: Column, row: number): string {
  const value = columnValue(column, row);
  if (value === null) return 'is null';
  if (column.physical === 'string') {
    return `'${typeof value === 'string' ? value : ''}' is not a timestamp like 2024-01-31T09:30:00`;
  }
  return `${typeof value === 'object' ? '' : String(value)} is outside of the range of nanoseconds (years 1677 to 2262)`;
}

class BadRows {
  flags: Uint8Array | null = null;
  readonly #length: number;

  constructor(length: number) {
    this.#length = length;
  }

  add(row: number): void {
    this.flags ??= new Uint8Array(this.#length);
    this.flags[row] = 1;
  }
}

function convert(column: Column, unit: TimeUnit, bad: BadRows, out: BigInt64Array): BigInt64Array {
  if (column.physical === 'string') return parseStrings(column, bad, out);
  if (column.physical === 'fixed') {
    switch (column.type.kind) {
      case 'timestamp_ns':
        return scaleInts(column, 1n, bad, out);
      case 'timestamp_us':
        return scaleInts(column, 1_000n, bad, out);
      case 'timestamp_ms':
        return scaleInts(column, 1_000_000n, bad, out);
      case 'timestamp_s':
        return scaleInts(column, 1_000_000_000n, bad, out);
      case 'date':
        return scaleInts(column, NANOS_PER_DAY, bad, out);
      case 'i8':
      case 'i16':
      case 'i32':
      case 'i64':
      case 'u8':
      case 'u16':
      case 'u32':
      case 'u64':
        return scaleInts(column, NANOS_PER_UNIT[unit], bad, out);
      case 'f16':
      case 'f32':
      case 'f64':
        return scaleFloats(column, Number(NANOS_PER_UNIT[unit]), bad, out);
      default:
        break;
    }
  }
  throw new AppError(
    'user',
    'TABLE_COLUMN',
    `a column of type ${printType(column.type)} cannot be a time`,
  );
}

function parseStrings(column: StringColumn, bad: BadRows, times: BigInt64Array): BigInt64Array {
  const { codes, pool, validity } = column;
  // Each distinct text is parsed once: 0 = not yet, 1 = a time, 2 = none.
  const states = new Uint8Array(pool.size);
  const parsed = new BigInt64Array(pool.size);
  for (let row = 0; row < codes.length; row++) {
    if (validity !== null && validity[row] === 0) continue;
    const code = codes[row]!;
    if (states[code] === 0) {
      const time = parseTimestamp(pool.get(code));
      states[code] = time === null ? 2 : 1;
      if (time !== null) parsed[code] = time;
    }
    if (states[code] === 1) times[row] = parsed[code]!;
    else bad.add(row);
  }
  return times;
}

function scaleInts(
  column: FixedColumn,
  scale: bigint,
  bad: BadRows,
  out: BigInt64Array,
): BigInt64Array {
  const { values, validity } = column;
  if (values instanceof BigInt64Array) return scaleInt64(values, scale, validity, bad, out);
  if (values instanceof BigUint64Array) {
    const limit = INT64_MAX / scale;
    for (let row = 0; row < values.length; row++) if (values[row]! > limit) bad.add(row);
    const signed = new BigInt64Array(values.buffer, values.byteOffset, values.length);
    return scaleInt64(signed, scale, validity, bad, out);
  }
  const wide = new BigInt64Array(values.length);
  for (let row = 0; row < values.length; row++) wide[row] = BigInt(values[row]!);
  return scaleInt64(wide, scale, validity, bad, out);
}

function scaleInt64(
  values: BigInt64Array,
  scale: bigint,
  validity: Uint8Array | null,
  bad: BadRows,
  times: BigInt64Array,
): BigInt64Array {
  if (scale === 1n) return values;
  const limit = INT64_MAX / scale;
  for (let row = 0; row < values.length; row++) {
    times[row] = BigInt.asIntN(64, values[row]! * scale);
  }
  if (isWithin(values, Number(limit >> 32n))) return times;
  for (let row = 0; row < values.length; row++) {
    if (values[row]! > limit || values[row]! < -limit) {
      if (validity === null || validity[row] === 1) bad.add(row);
    }
  }
  return times;
}

/** Whether all values are surely within ±limit, of which `limitHigh` is the high half; it may say no where they are. */
function isWithin(values: BigInt64Array, limitHigh: number): boolean {
  const halves = new Int32Array(values.buffer, values.byteOffset, values.length * 2);
  let least = 0;
  let greatest = 0;
  for (let at = 1; at < halves.length; at += 2) {
    const high = halves[at]!;
    if (high < least) least = high;
    if (high > greatest) greatest = high;
  }
  return greatest < limitHigh && least > -limitHigh;
}

function scaleFloats(
  column: FixedColumn,
  scale: number,
  bad: BadRows,
  times: BigInt64Array,
): BigInt64Array {
  const { values, validity } = column;
  for (let row = 0; row < values.length; row++) {
    if (validity !== null && validity[row] === 0) continue;
    const nanos = Math.trunc(Number(values[row]!) * scale);
    // NaN fails both comparisons.
    if (nanos >= -(2 ** 63) && nanos < 2 ** 63) times[row] = BigInt(nanos);
    else bad.add(row);
  }
  return times;
}

/**
 * A subsort column as u64: integers as they are, other types as the language casts them. What has no value then is marked bad:
 * null, what is negative or too large, and text that is no integer (language.md 10.1 rejects them).
 */
export function subsortValues(column: Column): { values: BigUint64Array; bad: Uint8Array | null } {
  const integers = isIntegerType(column.type)
    ? column
    : castColumn(column, U64, { pool: new StringPool() });
  assert(integers.physical === 'fixed', `prepare: ${printType(column.type)} is no subsort`);
  const bad = new BadRows(integers.length);
  const { values, validity } = integers;
  let out: BigUint64Array;
  if (values instanceof BigUint64Array) out = values;
  else if (values instanceof BigInt64Array) {
    for (let row = 0; row < values.length; row++) if (values[row]! < 0n) bad.add(row);
    out = new BigUint64Array(values.buffer, values.byteOffset, values.length);
  } else {
    out = new BigUint64Array(values.length);
    for (let row = 0; row < values.length; row++) {
      const value = values[row]!;
      if (value < 0) bad.add(row);
      else out[row] = BigInt(value);
    }
  }
  if (validity !== null) {
    for (let row = 0; row < validity.length; row++) if (validity[row] === 0) bad.add(row);
  }
  return { values: out, bad: bad.flags };
}

/** What is wrong with a bad subsort, for messages. */
export function describeBadSubsort(column: Column, row: number): string {
  const value = columnValue(column, row);
  if (value === null) return 'is null';
  const text =
    typeof value === 'string' ? `'${value}'` : typeof value === 'object' ? '' : String(value);
  return `${text} is not a number from 0 to 2^64 - 1`;
}
