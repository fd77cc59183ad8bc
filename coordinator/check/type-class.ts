/** Type classes: which types a type variable may stand for, and how it is promoted (language.md 2.2). */
import { unreachable } from '../../shared/base/assert.ts';
import { F64, I64, scalar } from '../../shared/types/data-type.ts';
import type { DataType } from '../../shared/types/data-type.ts';
import type { TypeClass } from '../functions/signature.ts';

/** `type`, or the type it is promoted to, if the class takes it; else null. The null type is in every class. */
export function promoteToClass(type: DataType, typeClass: TypeClass): DataType | null {
  if (type.kind === 'null') return type;
  switch (typeClass) {
    case 'any':
      return type.kind === 'window' ? null : type;
    case 'key':
      return isHashable(type) ? type : null;
    case 'number':
      return isNumber(type) ? type : null;
    case 'signed':
      return promoteToSigned(type);
    case 'float':
      if (!isNumber(type)) return null;
      return isFloat(type) ? type : F64;
    case 'timedelta':
      return isTimedelta(type) ? type : null;
    case 'ordered':
      return isNumber(type) || isTimestamp(type) || isTimedelta(type) ? type : null;
    default:
      return unreachable(typeClass);
  }
}

function promoteToSigned(type: DataType): DataType | null {
  switch (type.kind) {
    case 'u8':
      return scalar('i16');
    case 'u16':
      return scalar('i32');
    case 'u32':
      return I64;
    case 'u64':
      return F64;
    default:
      return isNumber(type) ? type : null;
  }
}

function isHashable(type: DataType): boolean {
  switch (type.kind) {
    case 'record':
      return type.fields.every((field) => isHashable(field.type));
    case 'list':
    case 'map':
    case 'json':
    case 'window':
    case 'error':
      return false;
    default:
      return true;
  }
}

export function isNumber(type: DataType): boolean {
  return isFloat(type) || integerOf(type) !== null;
}

export function isFloat(type: DataType): boolean {
  return floatBits(type) !== null;
}

export function isTimestamp(type: DataType): boolean {
  return type.kind.startsWith('timestamp_');
}

export function isDuration(type: DataType): boolean {
  return type.kind.startsWith('duration_');
}

export function isTimedelta(type: DataType): boolean {
  return isDuration(type) || type.kind === 'interval_days' || type.kind === 'interval_months';
}

export function isString(type: DataType): boolean {
  return type.kind === 'string' || type.kind === 'large_string';
}

const INTEGER_KIND = /^([iu])(8|16|32|64)$/;

export interface IntegerShape {
  readonly signed: boolean;
  readonly bits: number;
}

export function integerOf(type: DataType): IntegerShape | null {
  const match = INTEGER_KIND.exec(type.kind);
  return match === null ? null : { signed: match[1] === 'i', bits: Number(match[2]) };
}

export function floatBits(type: DataType): number | null {
  switch (type.kind) {
    case 'f16':
      return 16;
    case 'f32':
      return 32;
    case 'f64':
      return 64;
    default:
      return null;
  }
}

const TIME_UNITS = ['s', 'ms', 'us', 'ns'];

/** The rank of the unit of a timestamp or duration type: greater is finer. */
export function unitRank(type: DataType): number {
  return TIME_UNITS.indexOf(type.kind.slice(type.kind.indexOf('_') + 1));
}
