/** Which casts exist: implicit ones to parameter types (language.md 2.5), explicit ones with `as` (2.6). */
import { sameType } from '../../shared/types/data-type.ts';
import type { DataType } from '../../shared/types/data-type.ts';
import {
  floatBits,
  integerOf,
  isDuration,
  isFloat,
  isNumber,
  isString,
  isTimestamp,
  unitRank,
} from './type-class.ts';

export function canCastImplicitly(from: DataType, to: DataType): boolean {
  if (from.kind === 'null' || sameType(from, to)) return true;
  const fromInteger = integerOf(from);
  if (fromInteger !== null) {
    const toInteger = integerOf(to);
    if (toInteger === null) return to.kind === 'f64';
    const isWider = toInteger.bits > fromInteger.bits;
    return isWider && (toInteger.signed || !fromInteger.signed);
  }
  const fromFloat = floatBits(from);
  if (fromFloat !== null) return (floatBits(to) ?? 0) > fromFloat;
  if (from.kind === 'string') return to.kind === 'timestamp_ns' || to.kind === 'large_string';
  if (isTimestamp(from)) return to.kind === 'timestamp_ns';
  if (isDuration(from)) return isDuration(to) && unitRank(to) > unitRank(from);
  return false;
}

export function canCastExplicitly(from: DataType, to: DataType): boolean {
  if (from.kind === 'null' || sameType(from, to)) return true;
  if (to.kind === 'list') {
    return canCastExplicitly(from.kind === 'list' ? from.element : from, to.element);
  }
  if (isString(to)) return canPrint(from);
  if (from.kind === 'bool') return isNumber(to);
  if (isNumber(from)) return canCastNumber(from, to);
  if (isString(from)) {
    return to.kind === 'bool' || isNumber(to) || isTimestamp(to) || isInterval(to);
  }
  if (isTimestamp(from)) return to.kind === 'i64' || isTimestamp(to);
  if (from.kind === 'date') return to.kind === 'i32' || to.kind === 'i64' || isTimestamp(to);
  if (isDuration(from)) return to.kind === 'i64' || isDuration(to);
  if (isInterval(from)) return to.kind === 'i32' || to.kind === 'i64' || isFloat(to);
  return false;
}

function canPrint(from: DataType): boolean {
  switch (from.kind) {
    case 'record':
    case 'map':
    case 'json':
    case 'window':
    case 'error':
      return false;
    case 'list':
      return canPrint(from.element);
    default:
      return true;
  }
}

function canCastNumber(from: DataType, to: DataType): boolean {
  if (to.kind === 'bool' || isNumber(to)) return true;
  if (from.kind === 'i64') return isTimestamp(to) || isDuration(to) || isInterval(to);
  return from.kind === 'i32' && to.kind === 'interval_months';
}

function isInterval(type: DataType): boolean {
  return type.kind === 'interval_days' || type.kind === 'interval_months';
}
