/** Calendar functions (language.md 5.5): UTC, proleptic Gregorian, exact to the nanosecond. */
import { castColumn } from './cast.ts';
import { fixedArg, halvesOf } from './kernel.ts';
import type { Kernel } from './kernel.ts';
import { isDuration } from './time-unit.ts';
import type { FixedColumn, Validity } from '../column/column.ts';
import { allNullColumn, allValid, andValidity, strictValidity } from '../column/validity.ts';
import {
  addMonthsToDay,
  dayOfHalves,
  firstDayOfMonth,
  monthOfDay,
  NS_PER_DAY,
} from '../time/calendar.ts';
import { AssertionError } from '../base/assert.ts';
import { I32, I64, scalar, TIMESTAMP_NS, U32 } from '../types/data-type.ts';
import type { ScalarType } from '../types/data-type.ts';

const DURATION_S = scalar('duration_s');
const DURATION_NS = scalar('duration_ns');
const INTERVAL_DAYS = scalar('interval_days');
const INTERVAL_MONTHS = scalar('interval_months');

/** The day of each row of a timestamp_ns column. */
function daysOf(column: FixedColumn): Int32Array {
  const halves = halvesOf(column.values);
  const days = new Int32Array(column.length);
  for (let row = 0; row < days.length; row++) {
    days[row] = dayOfHalves(halves[2 * row]!, halves[2 * row + 1]!);
  }
  return days;
}

function firstDayOfYear(day: number): number {
  return firstDayOfMonth(Math.floor(monthOfDay(day) / 12) * 12);
}

/** A part of the date: turns the days in place into the part, counted from 0, then adds `origin`. */
function datePart(type: ScalarType, origin: number, partsOf: (days: Int32Array) => void): Kernel {
  return (args, _outType, context) => {
    const time = fixedArg(args[0]!, TIMESTAMP_NS, context);
    const parts = daysOf(time);
    partsOf(parts);
    for (let row = 0; row < parts.length; row++) parts[row] = parts[row]! + origin;
    // Slots of null rows may hold anything, so a negative part seen as unsigned does no harm.
    const values = type.kind === 'u32' ? new Uint32Array(parts.buffer) : parts;
    return { physical: 'fixed', type, length: time.length, validity: time.validity, values };
  };
}

function toYears(days: Int32Array): void {
  for (let row = 0; row < days.length; row++) days[row] = Math.floor(monthOfDay(days[row]!) / 12);
}

function toMonthsOfYear(days: Int32Array): void {
  for (let row = 0; row < days.length; row++) {
    const month = monthOfDay(days[row]!);
    days[row] = month - Math.floor(month / 12) * 12;
  }
}

function toDaysOfMonth(days: Int32Array): void {
  for (let row = 0; row < days.length; row++) {
    const day = days[row]!;
    days[row] = day - firstDayOfMonth(monthOfDay(day));
  }
}

function toDaysOfYear(days: Int32Array): void {
  for (let row = 0; row < days.length; row++) {
    const day = days[row]!;
    days[row] = day - firstDayOfYear(day);
  }
}

const seconds: Kernel = (args, _outType, context) => ({
  ...fixedArg(args[0]!, I64, context),
  type: DURATION_S,
});

/** Null outside of int32, and for negative counts: the language documents that of days. */
const days: Kernel = (args, _outType, context) => {
  const count = fixedArg(args[0]!, I64, context);
  const cast = castColumn(count, INTERVAL_DAYS, context) as FixedColumn; // i64 to a fixed-width type
  const halves = halvesOf(count.values);
  const positive = new Uint8Array(cast.length);
  for (let row = 0; row < positive.length; row++) positive[row] = halves[2 * row + 1]! < 0 ? 0 : 1;
  return { ...cast, validity: andValidity(cast.validity, positive) };
};

const months: Kernel = (args, _outType, context) =>
  castColumn(fixedArg(args[0]!, I64, context), INTERVAL_MONTHS, context);

const addTime: Kernel = (args, _outType, context) => {
  const time = fixedArg(args[1]!, TIMESTAMP_NS, context);
  const delta = args[0]!;
  if (delta.physical === 'null') return allNullColumn(TIMESTAMP_NS, time.length, context.pool);
  if (delta.physical !== 'fixed') throw new AssertionError('add_time: expected a time delta');
  const shift = shiftInNanos(delta, time, context);
  const values = new BigInt64Array(time.length);
  const inRange = allValid(time.length);
  // A fixed-width column of these types holds int64.
  addInstants(time.values as BigInt64Array, shift.values as BigInt64Array, values, inRange);
  const strict = andValidity(time.validity, shift.validity);
  const validity = inRange.includes(0) ? andValidity(strict, inRange) : strict;
  return { physical: 'fixed', type: TIMESTAMP_NS, length: time.length, validity, values };
};

/** What `delta` adds to each time, as duration_ns; null where that is outside of int64. */
function shiftInNanos(
  delta: FixedColumn,
  time: FixedColumn,
  context: Parameters<Kernel>[2],
): FixedColumn {
  if (isDuration(delta.type)) return castColumn(delta, DURATION_NS, context) as FixedColumn;
  const steps = delta.values as Int32Array; // intervals are int32
  let shiftDays = steps;
  if (delta.type.kind === 'interval_months') {
    const from = daysOf(time);
    shiftDays = new Int32Array(delta.length);
    for (let row = 0; row < shiftDays.length; row++) {
      const day = from[row]!;
      shiftDays[row] = clampInt32(addMonthsToDay(day, steps[row]!) - day);
    }
  }
  // Days as a timestamp in the future or past of the epoch: the same product with the same range check.
  const date = { ...delta, type: scalar('date'), values: shiftDays } as const;
  return castColumn(date, TIMESTAMP_NS, context) as FixedColumn;
}

/** Shifts by millions of years are out of range all the same. */
function clampInt32(value: number): number {
  return Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, value));
}

/** out = time + shift; valid = 0 where the sum leaves int64: then it has another sign than both. */
function addInstants(
  time: BigInt64Array,
  shift: BigInt64Array,
  out: BigInt64Array,
  valid: Uint8Array,
): void {
  for (let row = 0; row < out.length; row++) out[row] = time[row]! + shift[row]!;
  const a = halvesOf(time);
  const b = halvesOf(shift);
  const sum = halvesOf(out);
  for (let row = 0; row < valid.length; row++) {
    const high = 2 * row + 1;
    if (((a[high]! ^ sum[high]!) & (b[high]! ^ sum[high]!)) < 0) valid[row] = 0;
  }
}

/** t2 − t1 in whole units, truncated toward zero: the difference of two instants may take 65 bits. */
function between(nanosPerUnit: bigint, type: ScalarType): Kernel {
  return (args, _outType, context) => {
    const from = fixedArg(args[0]!, TIMESTAMP_NS, context);
    const to = fixedArg(args[1]!, TIMESTAMP_NS, context);
    const { length } = from;
    const counts = new BigInt64Array(length);
    countBetween(from.values as BigInt64Array, to.values as BigInt64Array, nanosPerUnit, counts);
    const validity = strictValidity([from, to]);
    const column: FixedColumn = { physical: 'fixed', type: I64, length, validity, values: counts };
    return castColumn(column, type, context);
  };
}

/**
 * Quotients first, so that nothing overflows: (q2 − q1) units and the difference of the remainders, which is worth −1,
 * 0 or 1 unit once the sign of the whole is known.
 */
function countBetween(
  from: BigInt64Array,
  to: BigInt64Array,
  unit: bigint,
  out: BigInt64Array,
): void {
  for (let row = 0; row < out.length; row++) {
    const wholes = to[row]! / unit - from[row]! / unit;
    const rest = (to[row]! % unit) - (from[row]! % unit);
    // wholes · unit + rest, with |rest| < 2 · unit
    const carry = rest / unit;
    const left = rest - carry * unit;
    const count = wholes + carry;
    out[row] = count > 0n && left < 0n ? count - 1n : count < 0n && left > 0n ? count + 1n : count;
  }
}

const monthsBetween: Kernel = (args, _outType, context) => {
  const from = fixedArg(args[0]!, TIMESTAMP_NS, context);
  const to = fixedArg(args[1]!, TIMESTAMP_NS, context);
  const values = daysOf(to);
  const fromDays = daysOf(from);
  for (let row = 0; row < values.length; row++) {
    values[row] = monthOfDay(values[row]!) - monthOfDay(fromDays[row]!);
  }
  const validity: Validity = strictValidity([from, to]);
  return { physical: 'fixed', type: INTERVAL_MONTHS, length: values.length, validity, values };
};

export const TIME_KERNELS = {
  year: datePart(I32, 0, toYears),
  month_of_year: datePart(U32, 1, toMonthsOfYear),
  month_of_year0: datePart(U32, 0, toMonthsOfYear),
  day_of_month: datePart(U32, 1, toDaysOfMonth),
  day_of_month0: datePart(U32, 0, toDaysOfMonth),
  day_of_year: datePart(U32, 1, toDaysOfYear),
  day_of_year0: datePart(U32, 0, toDaysOfYear),
  seconds,
  days,
  months,
  add_time: addTime,
  seconds_between: between(1_000_000_000n, DURATION_S),
  days_between: between(NS_PER_DAY, INTERVAL_DAYS),
  months_between: monthsBetween,
} satisfies Record<string, Kernel>;
