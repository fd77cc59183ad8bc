/** The pointwise functions (language.md, section 7), on one row's values. */
import type { DataType, ListType, MapType } from '../../../shared/types/data-type.ts';
import { DAY_NS, SECOND_NS, addMonths, dateOf, dayOfYearOf, inTimeRange } from './calendar.ts';
import { hashValue } from './hash.ts';
import {
  compareOrdered,
  checkedInteger,
  equalValues,
  isFloat,
  roundFloat,
  unitNs,
  wrappedInteger,
} from './value.ts';
import type { Value } from './value.ts';
import { I32 } from '../../../shared/types/data-type.ts';

interface Types {
  readonly args: readonly DataType[];
  readonly result: DataType;
}

type Apply = (args: readonly Value[], types: Types) => Value;

/** The value of `fn` on one row. Arguments stand in parameter order, left-out ones as null. */
export function applyFunction(fn: string, args: readonly Value[], types: Types): Value {
  const lenient = LENIENT[fn];
  if (lenient !== undefined) return lenient(args, types);
  const strict = STRICT[fn];
  if (strict === undefined) throw new Error(`oracle: unknown function ${fn}`);
  return args.includes(null) ? null : strict(args, types);
}

/** Functions that see nulls. */
const LENIENT: Readonly<Record<string, Apply>> = {
  logical_and: ([a, b]) =>
    a === false || b === false ? false : a === null || b === null ? null : true,
  logical_or: ([a, b]) =>
    a === true || b === true ? true : a === null || b === null ? null : false,
  if: ([condition, value]) => (condition === true ? value! : null),
  null_if: ([condition, value]) => (condition === false ? value! : null),
  else: ([fallback, value]) => (value === null ? fallback! : value!),
  coalesce: (values) => values.find((value) => value !== null) ?? null,
  is_valid: ([input]) => input !== null,
  hash: ([input], types) => hashValue(input!, types.args[0]!),
  clamp: ([value, ...bounds]) => {
    const [min, max] = bounds as (number | bigint | null)[];
    if (value === null) return null;
    if (min !== null && max !== null && min! > max!) return null;
    if (min !== null && (value as number) < min!) return min!;
    if (max !== null && (value as number) > max!) return max!;
    return value!;
  },
  substring: ([s, start, end]) => (s === null ? null : substring(s as string, start!, end!)),
  union: ([a, b], types) => {
    const element = (types.result as ListType).element;
    const all = [...((a ?? []) as readonly Value[]), ...((b ?? []) as readonly Value[])];
    return all.filter(
      (item, i) => all.findIndex((other) => equalValues(other, item, element)) === i,
    );
  },
};

/** Functions that are null if any argument is. */
const STRICT: Readonly<Record<string, Apply>> = {
  add: arithmetic(
    (a, b) => a + b,
    (a, b) => a + b,
  ),
  sub: arithmetic(
    (a, b) => a - b,
    (a, b) => a - b,
  ),
  mul: arithmetic(
    (a, b) => a * b,
    (a, b) => a * b,
  ),
  div: ([a, b], types) => {
    if (!isFloat(types.result) && Number(b) === 0) return null;
    return arithmetic(
      (x, y) => x / y,
      (x, y) => x / y,
    )([a!, b!], types);
  },
  neg: ([n], { result }) =>
    isFloat(result) ? -(n as number) : wrappedInteger(result, -BigInt(n as number | bigint)),
  ceil: rounding(Math.ceil),
  floor: rounding(Math.floor),
  round: rounding((x) => {
    const whole = Math.trunc(x);
    return Math.abs(x - whole) >= 0.5 ? whole + Math.sign(x) : whole;
  }),
  zip_min: ([a, b]) => (compareOrdered(a!, b!) <= 0 ? a! : b!),
  zip_max: ([a, b]) => (compareOrdered(a!, b!) >= 0 ? a! : b!),
  powf: ([base, power]) => power_(base as number, power as number),
  sqrt: ([a]) => power_(Number(a), 0.5),
  exp: ([power]) => Math.exp(power as number),
  not: ([input]) => input === false,
  eq: ([a, b], types) => equalValues(a!, b!, types.args[0]!),
  neq: ([a, b], types) => !equalValues(a!, b!, types.args[0]!),
  lt: ([a, b]) => compareOrdered(a!, b!) < 0,
  lte: ([a, b]) => compareOrdered(a!, b!) <= 0,
  gt: ([a, b]) => compareOrdered(a!, b!) > 0,
  gte: ([a, b]) => compareOrdered(a!, b!) >= 0,
  len: ([s]) => new TextEncoder().encode(s as string).length,
  upper: ([s]) => (s as string).toUpperCase(),
  lower: ([s]) => (s as string).toLowerCase(),
  json: ([s]) => s!,
  seconds: ([n]) => n!,
  days: ([n]) => ((n as bigint) < 0n ? null : checkedInteger(I32, n as bigint)),
  months: ([n]) => checkedInteger(I32, n as bigint),
  add_time: ([delta, time], types) => addTime(delta!, types.args[0]!, time as bigint),
  seconds_between: ([t1, t2]) => ((t2 as bigint) - (t1 as bigint)) / SECOND_NS,
  days_between: ([t1, t2]) => Number(((t2 as bigint) - (t1 as bigint)) / DAY_NS),
  months_between: ([t1, t2]) => {
    const [from, to] = [dateOf(t1 as bigint), dateOf(t2 as bigint)];
    return to.year * 12 + to.month - (from.year * 12 + from.month);
  },
  day_of_month: ([time]) => dateOf(time as bigint).day,
  day_of_month0: ([time]) => dateOf(time as bigint).day - 1,
  day_of_year: ([time]) => dayOfYearOf(time as bigint),
  day_of_year0: ([time]) => dayOfYearOf(time as bigint) - 1,
  month_of_year: ([time]) => dateOf(time as bigint).month,
  month_of_year0: ([time]) => dateOf(time as bigint).month - 1,
  year: ([time]) => dateOf(time as bigint).year,
  index: ([i, list]) => (list as readonly Value[])[Number(i)] ?? null,
  get: ([key, map], types) => {
    const keyType = (types.args[1] as MapType).key;
    const entry = (map as readonly (readonly Value[])[]).find((pair) =>
      equalValues(pair[0]!, key!, keyType),
    );
    return entry?.[1] ?? null;
  },
  list_len: ([list]) => (list as readonly Value[]).length,
  flatten: ([lists]) =>
    (lists as readonly (readonly Value[] | null)[]).flatMap((list) => list ?? []),
};

/** The instant `delta` after `time` (ns), or null if it has no 64 bits. */
export function addTime(delta: Value, type: DataType, time: bigint): bigint | null {
  if (type.kind === 'interval_months') return inTimeRange(addMonths(time, delta as number));
  if (type.kind === 'interval_days') return inTimeRange(time + BigInt(delta as number) * DAY_NS);
  return inTimeRange(time + (delta as bigint) * unitNs(type));
}

/** The same operation on floats, rounded to the result's precision, and on integers, wrapped to its width. */
function arithmetic(
  floats: (a: number, b: number) => number,
  integers: (a: bigint, b: bigint) => bigint,
): Apply {
  return ([a, b], { result }) =>
    isFloat(result)
      ? roundFloat(result, floats(a as number, b as number))
      : wrappedInteger(
          result,
          integers(BigInt(a as number | bigint), BigInt(b as number | bigint)),
        );
}

function rounding(round: (x: number) => number): Apply {
  return ([n], { result }) => (isFloat(result) ? round(n as number) : n!);
}

/** IEEE pow: unlike JavaScript's, 1 to any power is 1, and so is −1 to an infinite one. */
function power_(base: number, power: number): number {
  if (base === 1 || (base === -1 && Math.abs(power) === Infinity)) return 1;
  return Math.pow(base, power);
}

/** Characters `start` … `end` − 1; negative positions count from the end, and one before the first character gives ''. */
function substring(s: string, start: Value, end: Value): string {
  const characters = [...s];
  const position = (value: Value, missing: number): number => {
    if (value === null) return missing;
    const n = Number(value);
    return n < 0 ? n + characters.length : n;
  };
  const from = position(start, 0);
  const to = position(end, characters.length);
  return from < 0 || to <= from ? '' : characters.slice(from, to).join('');
}
