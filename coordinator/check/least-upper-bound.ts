/** The least upper bound of two types: the type in which values of both meet (language.md 2.4). */
import { F64, scalar, sameType } from '../../shared/types/data-type.ts';
import type { DataType, Field, RecordType, ScalarKind } from '../../shared/types/data-type.ts';
import {
  floatBits,
  integerOf,
  isDuration,
  isNumber,
  isString,
  isTimestamp,
  unitRank,
} from './type-class.ts';
import type { IntegerShape } from './type-class.ts';

/** Null if there is none. Symmetric except for the order of record fields, which is that of `left`. */
export function leastUpperBound(left: DataType, right: DataType): DataType | null {
  if (left.kind === 'null') return right;
  if (right.kind === 'null' || sameType(left, right)) return left;
  if (isNumber(left) && isNumber(right)) return numberBound(left, right);
  if (isString(left) && isString(right)) return scalar('large_string');
  if (left.kind === 'string' && isTimestamp(right)) return right;
  if (right.kind === 'string' && isTimestamp(left)) return left;
  if ((isDuration(left) && isDuration(right)) || (isTimestamp(left) && isTimestamp(right))) {
    return unitRank(left) > unitRank(right) ? left : right;
  }
  if (left.kind === 'record' && right.kind === 'record') return recordBound(left, right);
  return null;
}

function numberBound(left: DataType, right: DataType): DataType {
  const leftInteger = integerOf(left);
  const rightInteger = integerOf(right);
  if (leftInteger !== null && rightInteger !== null) return integerBound(leftInteger, rightInteger);
  // An integer and a float meet in f64, whatever their widths.
  return Math.max(floatBits(left) ?? 64, floatBits(right) ?? 64) === 32 ? scalar('f32') : F64;
}

/** Of mixed signs, the signed type that holds both; beyond i64 there is only f64. */
function integerBound(left: IntegerShape, right: IntegerShape): DataType {
  if (left.signed === right.signed) {
    const widest = Math.max(left.bits, right.bits);
    // Widths are those of the integer types.
    return scalar(`${left.signed ? 'i' : 'u'}${widest}` as ScalarKind);
  }
  const [signed, unsigned] = left.signed ? [left, right] : [right, left];
  const bits = Math.max(signed.bits, 2 * unsigned.bits);
  // 16, 32 or 64 where it is not beyond i64.
  return bits > 64 ? F64 : scalar(`i${bits}` as ScalarKind);
}

function recordBound(left: RecordType, right: RecordType): RecordType | null {
  if (left.fields.length !== right.fields.length) return null;
  const rightTypes = new Map(right.fields.map((field) => [field.name, field.type]));
  const fields: Field[] = [];
  for (const { name, type } of left.fields) {
    const rightType = rightTypes.get(name);
    const bound = rightType === undefined ? null : leastUpperBound(type, rightType);
    if (bound === null) return null;
    fields.push({ name, type: bound });
  }
  return { kind: 'record', fields };
}
