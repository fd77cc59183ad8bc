/** The proleptic Gregorian calendar in UTC, over bigint nanoseconds since the epoch. */

export const SECOND_NS = 1_000_000_000n;
export const DAY_NS = 86_400n * SECOND_NS;
const I64_MIN = -(1n << 63n);
const I64_MAX = (1n << 63n) - 1n;

export interface CivilDate {
  readonly year: number;
  /** 1 … 12. */
  readonly month: number;
  /** 1 … 31. */
  readonly day: number;
}

export function floorDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b !== 0n && a < 0n !== b < 0n ? quotient - 1n : quotient;
}

export function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

export function daysInMonth(year: number, month: number): number {
  return month === 2 ? (isLeapYear(year) ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;
}

/** Days from 1970-01-01 to January 1st of `year`. */
function daysToYear(year: number): number {
  const y = year - 1;
  const leapDays = Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400);
  return 365 * (year - 1970) + leapDays - 477;
}

function dayOfYear(date: CivilDate): number {
  let days = date.day;
  for (let month = 1; month < date.month; month++) days += daysInMonth(date.year, month);
  return days;
}

/** The day number (0 is 1970-01-01) of a date. */
export function dayNumber(date: CivilDate): number {
  return daysToYear(date.year) + dayOfYear(date) - 1;
}

export function civilDate(day: number): CivilDate {
  let year = 1970 + Math.floor(day / 365.2425);
  while (daysToYear(year) > day) year--;
  while (daysToYear(year + 1) <= day) year++;
  let rest = day - daysToYear(year);
  let month = 1;
  while (rest >= daysInMonth(year, month)) rest -= daysInMonth(year, month++);
  return { year, month, day: rest + 1 };
}

/** The day of an instant and the nanoseconds since its midnight. */
export function splitTime(time: bigint): { readonly day: number; readonly ofDay: bigint } {
  const day = floorDivide(time, DAY_NS);
  return { day: Number(day), ofDay: time - day * DAY_NS };
}

export function dateOf(time: bigint): CivilDate {
  return civilDate(splitTime(time).day);
}

/** 1 … 366. */
export function dayOfYearOf(time: bigint): number {
  return dayOfYear(dateOf(time));
}

export function midnight(date: CivilDate): bigint {
  return BigInt(dayNumber(date)) * DAY_NS;
}

/** The same day and time of day `months` later, on the last day of the month if that has no such day. */
export function addMonths(time: bigint, months: number): bigint {
  const { day, ofDay } = splitTime(time);
  const date = civilDate(day);
  const count = date.year * 12 + date.month - 1 + months;
  const year = Math.floor(count / 12);
  const month = count - year * 12 + 1;
  return midnight({ year, month, day: Math.min(date.day, daysInMonth(year, month)) }) + ofDay;
}

/** `time` if it is a timestamp in nanoseconds, else null. */
export function inTimeRange(time: bigint): bigint | null {
  return time < I64_MIN || time > I64_MAX ? null : time;
}

/** The first boundary at or after `time`. */
export function boundaryFrom(tick: string, time: bigint): bigint {
  const date = dateOf(time);
  switch (tick) {
    case 'minutely':
      return ceilTo(time, 60n * SECOND_NS);
    case 'hourly':
      return ceilTo(time, 3600n * SECOND_NS);
    case 'daily':
      return ceilTo(time, DAY_NS);
    case 'monthly': {
      const start = midnight({ ...date, day: 1 });
      return start === time ? start : addMonths(start, 1);
    }
    case 'yearly': {
      const start = midnight({ year: date.year, month: 1, day: 1 });
      return start === time ? start : midnight({ year: date.year + 1, month: 1, day: 1 });
    }
    default:
      throw new Error(`oracle: unknown tick ${tick}`);
  }
}

function ceilTo(time: bigint, step: bigint): bigint {
  return -floorDivide(-time, step) * step;
}
