/** Literal values of a plan: their JSON form and the value that columns take. */
import type { Value } from '../column/values.ts';
import { physicalOf } from '../column/column.ts';
import type { DataType } from '../types/data-type.ts';
import type { LiteralJson } from './logical.ts';

/** The value of a literal as `repeatValue` takes it: 64-bit integers as bigint, floats as numbers. */
export function literalValue(type: DataType, json: LiteralJson): Value {
  if (typeof json !== 'string') return json;
  switch (physicalOf(type)) {
    case 'i64':
    case 'u64':
      return BigInt(json);
    case 'f32':
    case 'f64':
      return floatValue(json);
    default:
      return json;
  }
}

function floatValue(text: string): number {
  switch (text) {
    case 'NaN':
      return Number.NaN;
    case 'inf':
      return Number.POSITIVE_INFINITY;
    case '-inf':
      return Number.NEGATIVE_INFINITY;
    default:
      return Number(text);
  }
}

/** int64-like values become decimal strings; floats that JSON cannot say become their names. */
export function literalToJson(value: null | boolean | number | bigint | string): LiteralJson {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'number' || (Number.isFinite(value) && !Object.is(value, -0))) return value;
  if (Number.isNaN(value)) return 'NaN';
  if (value === 0) return '-0';
  return value > 0 ? 'inf' : '-inf';
}
