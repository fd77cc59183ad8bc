/**
 * The proleptic Gregorian calendar in UTC over numbers of days and months; no Date, no zones.
 *
 *   time   int64 nanoseconds since 1970-01-01T00:00:00
 *   day    days since 1970-01-01, negative before it
 *   month  months since January of the year 0: year · 12 + (month of the year − 1)
 */

export const NS_PER_SECOND = 1_000_000_000n;
export const NS_PER_DAY = 86_400_000_000_000n;
export const SECONDS_PER_DAY = 86_400;

/** The int64 range, which is also that of instants. */
export const INT64_MIN: bigint = -(2n ** 63n);
export const INT64_MAX: bigint = 2n ** 63n - 1n;

const DAYS_PER_ERA = 146_097;
/** Days from 0000-03-01 to 1970-01-01. */
const DAYS_TO_EPOCH = 719_468;

/**
 * The day of an instant given as two halves of an int64 (`low` in any 32-bit form). A day is 2^16 · 1318359375 ns, so
 * the upper 48 bits decide, and those a double holds exactly.
 */
export function dayOfHalves(low: number, high: number): number {
  return Math.floor((high * 65_536 + (low >>> 16)) / 1_318_359_375);
}

/** Floor division, the day of negative times included. */
export function dayOfTime(time: bigint): number {
  const day = time / NS_PER_DAY;
  return Number(day * NS_PER_DAY > time ? day - 1n : day);
}

/** The month that a day lies in. After Howard Hinnant, "chrono-compatible low-level date algorithms". */
export function monthOfDay(day: number): number {
  const shifted = day + DAYS_TO_EPOCH;
  const era = Math.floor(shifted / DAYS_PER_ERA);
  const dayOfEra = shifted - era * DAYS_PER_ERA;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1_460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - yearStart(yearOfEra);
  // Months from March, which is where the years of this algorithm begin.
  const month = Math.floor((5 * dayOfYear + 2) / 153);
  return (era * 400 + yearOfEra) * 12 + month + 2;
}

/** The first day of a month. */
export function firstDayOfMonth(month: number): number {
  const fromMarch = month - 2;
  const year = Math.floor(fromMarch / 12);
  const era = Math.floor(year / 400);
  const dayOfYear = Math.floor((153 * (fromMarch - year * 12) + 2) / 5);
  return era * DAYS_PER_ERA + yearStart(year - era * 400) + dayOfYear - DAYS_TO_EPOCH;
}

/** Days from 0000-03-01 to March 1st of a year 0 … 399. */
function yearStart(yearOfEra: number): number {
  return yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100);
}

export function daysInMonth(month: number): number {
  return firstDayOfMonth(month + 1) - firstDayOfMonth(month);
}

/** `monthOfYear` and `dayOfMonth` from 1; the caller has checked that they exist. */
export function dayOfDate(year: number, monthOfYear: number, dayOfMonth: number): number {
  return firstDayOfMonth(year * 12 + monthOfYear - 1) + dayOfMonth - 1;
}

/** The same day `count` months later, or the last day of that month where it has no such day. */
export function addMonthsToDay(day: number, count: number): number {
  const month = monthOfDay(day);
  const dayOfMonth = day - firstDayOfMonth(month);
  const target = month + count;
  return firstDayOfMonth(target) + Math.min(dayOfMonth, daysInMonth(target) - 1);
}
