/** Boundaries of the calendar ticks (language.md 5.4), in UTC, exact to the nanosecond. */
import { dayOfTime, firstDayOfMonth, INT64_MAX, monthOfDay, NS_PER_DAY } from './calendar.ts';

export type CalendarTick = 'minutely' | 'hourly' | 'daily' | 'monthly' | 'yearly';

/** Boundaries are numbered: multiples of a width for the fixed ones, months or years for the others. */
const WIDTH_NS = {
  minutely: 60_000_000_000n,
  hourly: 3_600_000_000_000n,
  daily: NS_PER_DAY,
} as const;

/** The first boundary at or after `time`, which may be past the last instant of int64. */
export function nextTickBoundary(kind: CalendarTick, time: bigint): bigint {
  return timeOfBoundary(kind, firstBoundary(kind, time));
}

/** All boundaries T with `from ≤ T ≤ to`, ascending. */
export function tickBoundaries(kind: CalendarTick, from: bigint, to: bigint): BigInt64Array {
  const first = firstBoundary(kind, from);
  const count = countTickBoundaries(kind, from, to);
  const out = new BigInt64Array(count);
  for (let index = 0; index < count; index++) {
    out[index] = timeOfBoundary(kind, first + BigInt(index));
  }
  return out;
}

/**
 * Every `count`-th boundary within `from ≤ T ≤ to`, ascending: cut there, each boundary starting the later part, no
 * part has more than `count` boundaries. Costs nothing for the boundaries between.
 */
export function tickCuts(kind: CalendarTick, from: bigint, to: bigint, count: number): bigint[] {
  const first = firstBoundary(kind, from);
  const total = countTickBoundaries(kind, from, to);
  const cuts: bigint[] = [];
  for (let index = count; index < total; index += count) {
    cuts.push(timeOfBoundary(kind, first + BigInt(index)));
  }
  return cuts;
}

/** How many boundaries T have `from ≤ T ≤ to`. */
export function countTickBoundaries(kind: CalendarTick, from: bigint, to: bigint): number {
  const last = to > INT64_MAX ? INT64_MAX : to;
  if (from > last) return 0;
  return Number(firstBoundary(kind, last + 1n) - firstBoundary(kind, from));
}

/** The number of the first boundary at or after `time`. */
function firstBoundary(kind: CalendarTick, time: bigint): bigint {
  switch (kind) {
    case 'minutely':
    case 'hourly':
    case 'daily':
      return ceilDivide(time, WIDTH_NS[kind]);
    case 'monthly':
    case 'yearly': {
      const month = monthOfDay(dayOfTime(time));
      const number = BigInt(kind === 'monthly' ? month : Math.floor(month / 12));
      return timeOfBoundary(kind, number) < time ? number + 1n : number;
    }
  }
}

function timeOfBoundary(kind: CalendarTick, number: bigint): bigint {
  switch (kind) {
    case 'minutely':
    case 'hourly':
    case 'daily':
      return number * WIDTH_NS[kind];
    case 'monthly':
      return BigInt(firstDayOfMonth(Number(number))) * NS_PER_DAY;
    case 'yearly':
      return BigInt(firstDayOfMonth(Number(number) * 12)) * NS_PER_DAY;
  }
}

function ceilDivide(value: bigint, width: bigint): bigint {
  const quotient = value / width;
  return quotient * width < value ? quotient + 1n : quotient;
}
