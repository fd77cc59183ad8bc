/** Text of instants and dates: `2024-01-01T10:00:00.000000000`, always in UTC and without a zone. */
import { dayOfHalves, firstDayOfMonth, monthOfDay, SECONDS_PER_DAY } from './calendar.ts';

export type TimeUnit = 's' | 'ms' | 'us' | 'ns';

/** How many of each unit are in a second. */
export const UNITS_PER_SECOND: Readonly<Record<TimeUnit, bigint>> = {
  s: 1n,
  ms: 1_000n,
  us: 1_000_000n,
  ns: 1_000_000_000n,
};

/** `fixed`: nine fraction digits, as in results. `shortest`: 0, 3, 6 or 9, whichever is exact. */
export type FractionStyle = 'fixed' | 'shortest';

/** The text of `count` units since the epoch. Years outside 0 … 9999 have a sign. */
export function printTimestamp(count: bigint, unit: TimeUnit, style: FractionStyle): string {
  const perSecond = UNITS_PER_SECOND[unit];
  let seconds = count / perSecond;
  if (seconds * perSecond > count) seconds -= 1n;
  const nanos = Number((count - seconds * perSecond) * (1_000_000_000n / perSecond));
  // Far instants have more seconds than a double holds: days and seconds of the day are parted before.
  const perDay = BigInt(SECONDS_PER_DAY);
  let day = seconds / perDay;
  if (day * perDay > seconds) day -= 1n;
  const clock = printClock(Number(seconds - day * perDay));
  return `${printDate(Number(day))}T${clock}${fraction(nanos, style)}`;
}

/** `YYYY-MM-DD` of days since the epoch. */
export function printDate(day: number): string {
  const month = monthOfDay(day);
  const year = Math.floor(month / 12);
  const dayOfMonth = day - firstDayOfMonth(month) + 1;
  return `${printYear(year)}-${twoDigits(month - year * 12 + 1)}-${twoDigits(dayOfMonth)}`;
}

function printYear(year: number): string {
  const text = String(Math.abs(year)).padStart(4, '0');
  if (year < 0) return `-${text}`;
  return year > 9999 ? `+${text}` : text;
}

function printClock(second: number): string {
  const hour = Math.floor(second / 3600);
  const minute = Math.floor(second / 60) % 60;
  return `${twoDigits(hour)}:${twoDigits(minute)}:${twoDigits(second % 60)}`;
}

function fraction(nanos: number, style: FractionStyle): string {
  if (style === 'shortest' && nanos === 0) return '';
  const text = String(nanos).padStart(9, '0');
  if (style === 'fixed' || nanos % 1_000 !== 0) return `.${text}`;
  return nanos % 1_000_000 === 0 ? `.${text.slice(0, 3)}` : `.${text.slice(0, 6)}`;
}

function twoDigits(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}

export const TIMESTAMP_TEXT_BYTES = 29;

const ZERO = 0x30;

/**
 * Writes the nine-digit form of an instant in nanoseconds, given as the halves of an int64, to out[at …]. Takes
 * TIMESTAMP_TEXT_BYTES bytes (int64 nanoseconds stay within the years 1677 … 2262). Allocates nothing.
 */
export function writeTimestampNs(low: number, high: number, out: Uint8Array, at: number): void {
  const day = dayOfHalves(low, high);
  // Nanoseconds of the day, below 2^47: the upper 48 bits give it in units of 2^16 ns, the lower 16 the rest.
  const nanosOfDay = (high * 65_536 + (low >>> 16) - day * 1_318_359_375) * 65_536 + (low & 0xffff);
  const second = Math.floor(nanosOfDay / 1e9);
  const month = monthOfDay(day);
  const year = Math.floor(month / 12);
  writeDigits(year, 4, out, at);
  out[at + 4] = 0x2d;
  writeDigits(month - year * 12 + 1, 2, out, at + 5);
  out[at + 7] = 0x2d;
  writeDigits(day - firstDayOfMonth(month) + 1, 2, out, at + 8);
  out[at + 10] = 0x54;
  writeDigits(Math.floor(second / 3600), 2, out, at + 11);
  out[at + 13] = 0x3a;
  writeDigits(Math.floor(second / 60) % 60, 2, out, at + 14);
  out[at + 16] = 0x3a;
  writeDigits(second % 60, 2, out, at + 17);
  out[at + 19] = 0x2e;
  writeDigits(nanosOfDay - second * 1e9, 9, out, at + 20);
}

function writeDigits(value: number, count: number, out: Uint8Array, at: number): void {
  let rest = value;
  for (let index = at + count - 1; index >= at; index--) {
    const quotient = Math.floor(rest / 10);
    out[index] = ZERO + (rest - quotient * 10);
    rest = quotient;
  }
}
