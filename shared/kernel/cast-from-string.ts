/** Casts from string (language.md 2.6, 2.8). Each distinct string of a column is parsed once. */
import { isTimestamp, timeUnitOf } from './time-unit.ts';
import type { Column, StringColumn } from '../column/column.ts';
import { isValid } from '../column/column.ts';
import type { StringPool } from '../column/string-pool.ts';
import { NO_ROW, takeColumn } from '../column/take.ts';
import { columnFromValues } from '../column/values.ts';
import type { Value } from '../column/values.ts';
import { INT64_MAX, INT64_MIN, NS_PER_SECOND } from '../time/calendar.ts';
import { parseTimestampBytes } from '../time/parse-timestamp.ts';
import { UNITS_PER_SECOND } from '../time/print-timestamp.ts';
import { AssertionError } from '../base/assert.ts';
import type { ScalarType } from '../types/data-type.ts';

export function castStrings(column: StringColumn, to: ScalarType, pool: StringPool): Column {
  const parse = parserOf(to);
  const places = new Map<number, number>();
  const values: Value[] = [];
  const rows = new Int32Array(column.length);
  for (let row = 0; row < column.length; row++) {
    if (!isValid(column, row)) {
      rows[row] = NO_ROW;
      continue;
    }
    const code = column.codes[row]!;
    let place = places.get(code);
    if (place === undefined) {
      place = values.length;
      places.set(code, place);
      values.push(parse(column.pool.get(code)));
    }
    rows[row] = place;
  }
  return takeColumn(columnFromValues(to, values, pool), rows);
}

type Parser = (text: string) => Value;

const INTEGER_RANGES = {
  i8: [-(2n ** 7n), 2n ** 7n - 1n],
  i16: [-(2n ** 15n), 2n ** 15n - 1n],
  i32: [-(2n ** 31n), 2n ** 31n - 1n],
  i64: [INT64_MIN, INT64_MAX],
  u8: [0n, 2n ** 8n - 1n],
  u16: [0n, 2n ** 16n - 1n],
  u32: [0n, 2n ** 32n - 1n],
  u64: [0n, 2n ** 64n - 1n],
} as const;

function parserOf(type: ScalarType): Parser {
  switch (type.kind) {
    case 'bool':
      return parseBool;
    case 'i8':
    case 'i16':
    case 'i32':
    case 'i64':
    case 'u8':
    case 'u16':
    case 'u32':
    case 'u64': {
      const [min, max] = INTEGER_RANGES[type.kind];
      return (text) => parseInteger(text, min, max);
    }
    case 'f32':
    case 'f64':
      return parseFloatText;
    case 'interval_days':
      return (text) => parseInterval(text, DAYS_PER_UNIT);
    case 'interval_months':
      return (text) => parseInterval(text, MONTHS_PER_UNIT);
    default: {
      const unit = timeUnitOf(type);
      if (unit === null || !isTimestamp(type)) {
        throw new AssertionError(`no cast from string to ${type.kind}`);
      }
      const perSecond = UNITS_PER_SECOND[unit];
      return (text) => parseCount(text, perSecond);
    }
  }
}

const TRUE_WORDS = new Set(['t', 'tr', 'tru', 'true', 'y', 'ye', 'yes', 'on', '1']);
const FALSE_WORDS = new Set(['f', 'fa', 'fal', 'fals', 'false', 'n', 'no', 'of', 'off', '0']);

function parseBool(text: string): boolean | null {
  const word = text.trim().toLowerCase();
  if (TRUE_WORDS.has(word)) return true;
  return FALSE_WORDS.has(word) ? false : null;
}

function parseInteger(text: string, min: bigint, max: bigint): bigint | null {
  if (!/^[+-]?[0-9]+$/.test(text)) return null;
  const value = BigInt(text.startsWith('+') ? text.slice(1) : text);
  return value >= min && value <= max ? value : null;
}

const FLOAT = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?$/i;
const INFINITE = /^[+-]?inf(?:inity)?$/i;
const NOT_A_NUMBER = /^[+-]?nan$/i;

function parseFloatText(text: string): number | null {
  if (FLOAT.test(text)) return Number(text);
  if (INFINITE.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  return NOT_A_NUMBER.test(text) ? NaN : null;
}

const encoder = new TextEncoder();

/** A timestamp as a count of units: truncated toward zero from nanoseconds, null outside of int64. */
function parseCount(text: string, perSecond: bigint): bigint | null {
  const bytes = encoder.encode(text);
  const parsed = { seconds: 0, nanos: 0 };
  if (!parseTimestampBytes(bytes, 0, bytes.length, parsed)) return null;
  const nanos = BigInt(parsed.seconds) * NS_PER_SECOND + BigInt(parsed.nanos);
  const count = (nanos * perSecond) / NS_PER_SECOND;
  return count >= INT64_MIN && count <= INT64_MAX ? count : null;
}

const DAYS_PER_UNIT: Readonly<Record<string, number>> = { day: 1, week: 7 };
const MONTHS_PER_UNIT: Readonly<Record<string, number>> = { month: 1, year: 12 };

/** `3 days`, `1 year 2 months`: pairs of an integer and a unit, in any order; null for anything else. */
function parseInterval(text: string, perUnit: Readonly<Record<string, number>>): number | null {
  const words = text.trim().toLowerCase().split(/\s+/);
  if (words.length % 2 !== 0) return null;
  let total = 0;
  for (let at = 0; at < words.length; at += 2) {
    const count = words[at]!;
    const unit = words[at + 1]!.replace(/s$/, '');
    if (!/^[+-]?[0-9]+$/.test(count) || !Object.hasOwn(perUnit, unit)) return null;
    total += Number(count) * perUnit[unit]!;
  }
  return total >= -(2 ** 31) && total < 2 ** 31 ? total : null;
}
