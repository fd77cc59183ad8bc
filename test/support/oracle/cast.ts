/** Casts (language.md 2.6): one value from one type to another; what cannot be represented becomes null. */
import { printType, sameType } from '../../../shared/types/data-type.ts';
import type { DataType } from '../../../shared/types/data-type.ts';
import { DAY_NS } from './calendar.ts';
import { dateText, floatText, parseFloatText, parseTimestamp, timestampCastText } from './text.ts';
import {
  checkedInteger,
  integerLayout,
  isFloat,
  isInteger,
  isString,
  roundFloat,
  unitNs,
} from './value.ts';
import type { Value } from './value.ts';

const isTimestamp = (type: DataType): boolean => type.kind.startsWith('timestamp_');
const isDuration = (type: DataType): boolean => type.kind.startsWith('duration_');

export function castValue(value: Value, from: DataType, to: DataType): Value {
  if (value === null || sameType(from, to)) return value;
  if (to.kind === 'list') {
    if (from.kind !== 'list') return [castValue(value, from, to.element)];
    return (value as readonly Value[]).map((item) => castValue(item, from.element, to.element));
  }
  if (to.kind === 'record' && from.kind === 'record') {
    // By name: the common type of two records has the field order of the first one.
    return to.fields.map((field) => {
      const index = from.fields.findIndex((other) => other.name === field.name);
      const item = (value as readonly Value[])[index] as Value;
      return castValue(item, from.fields[index]!.type, field.type);
    });
  }
  if (to.kind === 'bool') return toBool(value, from);
  if (isString(to)) return toText(value, from, to);
  if (isFloat(to)) return toFloat(value, from, to);
  if (integerLayout(to) !== undefined) return toInteger(value, from, to);
  throw new Error(`oracle: no cast from ${printType(from)} to ${printType(to)}`);
}

function toBool(value: Value, from: DataType): Value {
  if (!isString(from)) return Number(value as number | bigint) !== 0;
  const word = (value as string).trim().toLowerCase();
  if (['t', 'tr', 'tru', 'true', 'y', 'ye', 'yes', 'on', '1'].includes(word)) return true;
  if (['f', 'fa', 'fal', 'fals', 'false', 'n', 'no', 'of', 'off', '0'].includes(word)) return false;
  return null;
}

function toFloat(value: Value, from: DataType, to: DataType): Value {
  if (isString(from)) {
    const parsed = parseFloatText(value as string);
    return parsed === null ? null : roundFloat(to, parsed);
  }
  return roundFloat(to, Number(value as boolean | number | bigint));
}

function toInteger(value: Value, from: DataType, to: DataType): Value {
  if (isTimestamp(to)) {
    if (isString(from)) return inUnit(parseTimestamp(value as string), to);
    if (isTimestamp(from)) return inUnit((value as bigint) * unitNs(from), to);
    if (from.kind === 'date') return inUnit(BigInt(value as number) * DAY_NS, to);
    return value;
  }
  if (isDuration(to))
    return isDuration(from) ? inUnit((value as bigint) * unitNs(from), to) : value;
  if (isString(from)) {
    if (!isInteger(to)) return parseInterval(value as string, to);
    return /^[+-]?\d+$/.test(value as string)
      ? checkedInteger(to, BigInt((value as string).replace(/^\+/, '')))
      : null;
  }
  if (isFloat(from)) {
    const whole = Math.trunc(value as number);
    return Number.isFinite(whole) ? checkedInteger(to, BigInt(whole)) : null;
  }
  return checkedInteger(to, BigInt(value as boolean | number | bigint));
}

/** A count of `to`'s unit, truncated toward zero; null if it has no 64 bits. */
function inUnit(ns: bigint | null, to: DataType): Value {
  return ns === null ? null : checkedInteger(to, ns / unitNs(to));
}

function parseInterval(text: string, to: DataType): Value {
  const parts = text.trim().split(/\s+/);
  if (parts.length % 2 !== 0) return null;
  const units: Readonly<Record<string, bigint>> =
    to.kind === 'interval_days'
      ? { day: 1n, days: 1n, week: 7n, weeks: 7n }
      : { month: 1n, months: 1n, year: 12n, years: 12n };
  let total = 0n;
  for (let i = 0; i < parts.length; i += 2) {
    const unit = units[parts[i + 1]!.toLowerCase()];
    if (unit === undefined || !/^[+-]?\d+$/.test(parts[i]!)) return null;
    total += BigInt(parts[i]!.replace(/^\+/, '')) * unit;
  }
  return checkedInteger(to, total);
}

function toText(value: Value, from: DataType, to: DataType): Value {
  if (from.kind === 'list') {
    const texts = (value as readonly Value[]).map((item) => castValue(item, from.element, to));
    return `[${texts.map((text) => text ?? '').join(', ')}]`;
  }
  if (isFloat(from)) return floatText(value as number, from.kind !== 'f64');
  if (isTimestamp(from)) return timestampCastText((value as bigint) * unitNs(from));
  if (from.kind === 'date') return dateText(value as number);
  if (isDuration(from)) return durationText((value as bigint) * unitNs(from));
  return String(value);
}

/** ISO 8601, in seconds: `PT90S`, `-PT0.5S`. */
function durationText(ns: bigint): string {
  const magnitude = ns < 0n ? -ns : ns;
  const fraction = String(magnitude % 1_000_000_000n)
    .padStart(9, '0')
    .replace(/0+$/, '');
  return `${ns < 0n ? '-' : ''}PT${magnitude / 1_000_000_000n}${fraction === '' ? '' : `.${fraction}`}S`;
}
