/** CSV cells of one column and one block as a column: a loop per type. */
import { unreachable } from '../../../shared/base/assert.ts';
import type { Column } from '../../../shared/column/column.ts';
import { fixedColumn, stringColumn } from '../../../shared/column/column.ts';
import type { StringPool } from '../../../shared/column/string-pool.ts';
import type { ScalarType } from '../../../shared/types/data-type.ts';
import { scalar } from '../../../shared/types/data-type.ts';
import type { ParsedTimestamp } from '../../../shared/time/parse-timestamp.ts';
import { parseTimestampBytes } from '../../../shared/time/parse-timestamp.ts';
import { isDigit, isWord } from './csv-types.ts';

/** The types that CSV columns can have. */
export type CsvKind =
  | 'bool'
  | 'i64'
  | 'f64'
  | 'string'
  | 'date'
  | 'timestamp_s'
  | 'timestamp_ms'
  | 'timestamp_us'
  | 'timestamp_ns';

export function isCsvKind(kind: string): kind is CsvKind {
  switch (kind) {
    case 'bool':
    case 'i64':
    case 'f64':
    case 'string':
    case 'date':
    case 'timestamp_s':
    case 'timestamp_ms':
    case 'timestamp_us':
    case 'timestamp_ns':
      return true;
    default:
      return false;
  }
}

/** Cell `row` is the bytes [starts[row], ends[row]) of `bytes`, already unquoted. */
export interface Cells {
  readonly bytes: Uint8Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly length: number;
}

/** Calls `onBad` with the rows whose cells are not of the type; they are null in the result. */
export function parseCells(
  cells: Cells,
  kind: CsvKind,
  pool: StringPool,
  onBad: (row: number) => void,
): Column {
  switch (kind) {
    case 'string':
      return parseStrings(cells, pool);
    case 'bool':
      return parseBools(cells, onBad);
    case 'i64':
      return parseInts(cells, onBad);
    case 'f64':
      return parseFloats(cells, onBad);
    case 'date':
      return parseDates(cells, onBad);
    case 'timestamp_s':
      return parseTimes(cells, scalar(kind), 1, 1_000_000_000, onBad);
    case 'timestamp_ms':
      return parseTimes(cells, scalar(kind), 1_000, 1_000_000, onBad);
    case 'timestamp_us':
      return parseTimes(cells, scalar(kind), 1_000_000, 1_000, onBad);
    case 'timestamp_ns':
      return parseTimes(cells, scalar(kind), 1_000_000_000, 1, onBad);
    default:
      return unreachable(kind);
  }
}

function parseStrings({ bytes, starts, ends, length }: Cells, pool: StringPool): Column {
  const codes = new Int32Array(length);
  pool.internAll(bytes, starts, ends, codes);
  return stringColumn(scalar('string'), codes, pool);
}

function parseBools({ bytes, starts, ends, length }: Cells, onBad: (row: number) => void): Column {
  const values = new Uint8Array(length);
  const nulls = new NullTracker(length);
  for (let row = 0; row < length; row++) {
    const start = starts[row]!;
    const end = ends[row]!;
    if (start === end) nulls.add(row);
    else if (isWord(bytes, start, end, 'true')) values[row] = 1;
    else if (!isWord(bytes, start, end, 'false')) {
      nulls.add(row);
      onBad(row);
    }
  }
  return fixedColumn(scalar('bool'), values, nulls.validity);
}

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

function parseInts({ bytes, starts, ends, length }: Cells, onBad: (row: number) => void): Column {
  const values = new BigInt64Array(length);
  const halves = new Int32Array(values.buffer);
  const nulls = new NullTracker(length);
  for (let row = 0; row < length; row++) {
    const start = starts[row]!;
    const end = ends[row]!;
    if (start === end) {
      nulls.add(row);
      continue;
    }
    const isNegative = bytes[start] === 0x2d;
    const digitsAt = isNegative ? start + 1 : start;
    let value = 0;
    let at = digitsAt;
    for (; at < end && isDigit(bytes[at]!); at++) value = value * 10 + (bytes[at]! - 0x30);
    if (at === end && at > digitsAt && end - digitsAt <= 15) {
      storeInteger(halves, row, isNegative ? -value : value);
      continue;
    }
    const exact = at === end && at > digitsAt ? BigInt(textOf(bytes, start, end)) : null;
    if (exact !== null && exact >= INT64_MIN && exact <= INT64_MAX) values[row] = exact;
    else {
      nulls.add(row);
      onBad(row);
    }
  }
  return fixedColumn(scalar('i64'), values, nulls.validity);
}

/** Powers of ten that a double holds exactly. */
const POWERS_OF_TEN = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));

function parseFloats({ bytes, starts, ends, length }: Cells, onBad: (row: number) => void): Column {
  const values = new Float64Array(length);
  const nulls = new NullTracker(length);
  for (let row = 0; row < length; row++) {
    const start = starts[row]!;
    const end = ends[row]!;
    if (start === end) {
      nulls.add(row);
      continue;
    }
    const isNegative = bytes[start] === 0x2d;
    let at = isNegative ? start + 1 : start;
    let digits = 0;
    let fraction = 0;
    let mantissa = 0;
    for (; at < end && isDigit(bytes[at]!); at++, digits++) {
      mantissa = mantissa * 10 + (bytes[at]! - 0x30);
    }
    if (at < end && bytes[at] === 0x2e) {
      for (at++; at < end && isDigit(bytes[at]!); at++, digits++, fraction++) {
        mantissa = mantissa * 10 + (bytes[at]! - 0x30);
      }
    }
    if (at === end && digits > 0 && digits <= 15) {
      // Both operands are exact, so the quotient is the nearest double.
      const value = mantissa / POWERS_OF_TEN[fraction]!;
      values[row] = isNegative ? -value : value;
      continue;
    }
    const text = textOf(bytes, start, end);
    const value = /^-?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/.test(text) ? Number(text) : null;
    if (value !== null) values[row] = value;
    else {
      nulls.add(row);
      onBad(row);
    }
  }
  return fixedColumn(scalar('f64'), values, nulls.validity);
}

function parseDates({ bytes, starts, ends, length }: Cells, onBad: (row: number) => void): Column {
  const values = new Int32Array(length);
  const nulls = new NullTracker(length);
  const instant: ParsedTimestamp = { seconds: 0, nanos: 0 };
  for (let row = 0; row < length; row++) {
    const start = starts[row]!;
    const end = ends[row]!;
    if (start === end) nulls.add(row);
    else if (end - start === 10 && parseTimestampBytes(bytes, start, end, instant)) {
      values[row] = instant.seconds / 86_400;
    } else {
      nulls.add(row);
      onBad(row);
    }
  }
  return fixedColumn(scalar('date'), values, nulls.validity);
}

/** `perSecond` units per second, each of `nanosPerUnit`. Finer digits than the unit are cut off. */
function parseTimes(
  { bytes, starts, ends, length }: Cells,
  type: ScalarType,
  perSecond: number,
  nanosPerUnit: number,
  onBad: (row: number) => void,
): Column {
  const values = new BigInt64Array(length);
  const halves = new Int32Array(values.buffer);
  const nulls = new NullTracker(length);
  const instant: ParsedTimestamp = { seconds: 0, nanos: 0 };
  for (let row = 0; row < length; row++) {
    const start = starts[row]!;
    const end = ends[row]!;
    if (start === end) {
      nulls.add(row);
      continue;
    }
    if (!parseTimestampBytes(bytes, start, end, instant)) {
      nulls.add(row);
      onBad(row);
      continue;
    }
    const units = Math.floor(instant.nanos / nanosPerUnit);
    const value = instant.seconds * perSecond + units;
    if (Number.isSafeInteger(value)) {
      storeInteger(halves, row, value);
      continue;
    }
    const exact = BigInt(instant.seconds) * BigInt(perSecond) + BigInt(units);
    if (exact >= INT64_MIN && exact <= INT64_MAX) values[row] = exact;
    else {
      nulls.add(row);
      onBad(row);
    }
  }
  return fixedColumn(type, values, nulls.validity);
}

/** Validity that is allocated at the first null. */
class NullTracker {
  validity: Uint8Array | null = null;
  readonly #length: number;

  constructor(length: number) {
    this.#length = length;
  }

  add(row: number): void {
    this.validity ??= new Uint8Array(this.#length).fill(1);
    this.validity[row] = 0;
  }
}

/** Stores a safe integer as the two's complement halves of int64 slot `index`. */
function storeInteger(halves: Int32Array, index: number, value: number): void {
  const high = Math.floor(value / 4_294_967_296);
  halves[2 * index] = value - high * 4_294_967_296;
  halves[2 * index + 1] = high;
}

const decoder = new TextDecoder('utf-8');

export function textOf(bytes: Uint8Array, start: number, end: number): string {
  return decoder.decode(bytes.subarray(start, end));
}
