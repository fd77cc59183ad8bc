/**
 * Instants from text (language.md 2.8):
 *
 *   YYYY-MM-DD [ (T | t | space) (HH:MM:SS | HHMMSS) [ . digits ] [ [space] zone ] ]
 *   zone = Z | z | ±HH:MM | ±HHMM | ±HH
 */
import { dayOfDate, daysInMonth, SECONDS_PER_DAY } from './calendar.ts';

/** Instants are seconds since the epoch (rounded down) and nanoseconds of that second; together exact. */
export interface ParsedTimestamp {
  seconds: number;
  nanos: number;
}

/** Digits of a fraction beyond the nanosecond are cut off. */
const FRACTION_DIGITS = 9;

const ZERO = 0x30;
const NINE = 0x39;
const NOT_DIGITS = -1;

/** The number in bytes[at, at + count), NOT_DIGITS if there are other bytes or the text ends before. */
function digits(bytes: Uint8Array, at: number, count: number, end: number): number {
  if (at + count > end) return NOT_DIGITS;
  let value = 0;
  for (let index = at; index < at + count; index++) {
    const byte = bytes[index]!;
    if (byte < ZERO || byte > NINE) return NOT_DIGITS;
    value = value * 10 + (byte - ZERO);
  }
  return value;
}

/**
 * Parses the ASCII text bytes[start, end) into `out`. False, with `out` unspecified, if it is no timestamp. A leap
 * second (`:60`) is none.
 */
export function parseTimestampBytes(
  bytes: Uint8Array,
  start: number,
  end: number,
  out: ParsedTimestamp,
): boolean {
  const year = digits(bytes, start, 4, end);
  const month = digits(bytes, start + 5, 2, end);
  const day = digits(bytes, start + 8, 2, end);
  if (year < 0 || bytes[start + 4] !== 0x2d || bytes[start + 7] !== 0x2d) return false;
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year * 12 + month - 1)) return false;
  out.seconds = dayOfDate(year, month, day) * SECONDS_PER_DAY;
  out.nanos = 0;
  let at = start + 10;
  if (at === end) return true;

  const separator = bytes[at]!;
  if (separator !== 0x54 && separator !== 0x74 && separator !== 0x20) return false; // T t space
  at++;
  const colons = bytes[at + 2] === 0x3a;
  if (colons && bytes[at + 5] !== 0x3a) return false;
  const width = colons ? 3 : 2;
  const hour = digits(bytes, at, 2, end);
  const minute = digits(bytes, at + width, 2, end);
  const second = digits(bytes, at + width * 2, 2, end);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return false;
  out.seconds += hour * 3600 + minute * 60 + second;
  at += width * 2 + 2;

  if (at < end && bytes[at] === 0x2e) {
    at++;
    const from = at;
    let nanos = 0;
    for (; at < end && bytes[at]! >= ZERO && bytes[at]! <= NINE; at++) {
      if (at - from < FRACTION_DIGITS) nanos = nanos * 10 + (bytes[at]! - ZERO);
    }
    const count = at - from;
    if (count === 0) return false;
    out.nanos = count < FRACTION_DIGITS ? nanos * 10 ** (FRACTION_DIGITS - count) : nanos;
  }
  return at === end || parseZone(bytes, at, end, out);
}

/** A zone at `at`, which must end the text; moves `out` to UTC. */
function parseZone(bytes: Uint8Array, start: number, end: number, out: ParsedTimestamp): boolean {
  const at = bytes[start] === 0x20 ? start + 1 : start;
  const sign = bytes[at];
  if (sign === 0x5a || sign === 0x7a) return at + 1 === end; // Z z
  if (sign !== 0x2b && sign !== 0x2d) return false;
  const hours = digits(bytes, at + 1, 2, end);
  if (hours < 0 || hours > 23) return false;
  let minutes = 0;
  if (at + 3 !== end) {
    const from = bytes[at + 3] === 0x3a ? at + 4 : at + 3;
    minutes = digits(bytes, from, 2, end);
    if (minutes < 0 || minutes > 59 || from + 2 !== end) return false;
  }
  const offset = hours * 3600 + minutes * 60;
  out.seconds -= sign === 0x2b ? offset : -offset;
  return true;
}

/** The instant in nanoseconds, null if `text` is no timestamp or its instant is outside of int64. */
export function parseTimestamp(text: string): bigint | null {
  const bytes = new TextEncoder().encode(text);
  const parsed = { seconds: 0, nanos: 0 };
  if (!parseTimestampBytes(bytes, 0, bytes.length, parsed)) return null;
  const time = BigInt(parsed.seconds) * 1_000_000_000n + BigInt(parsed.nanos);
  return BigInt.asIntN(64, time) === time ? time : null;
}
