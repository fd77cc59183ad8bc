/** Literal values in the JSON form of the logical plan. */
import type { LiteralJson } from '../../../shared/plan/logical.ts';
import type { LiteralValue } from '../../check/typed-expr.ts';

/** int64-like values become decimal strings; floats that JSON cannot say become their names. */
export function literalToJson(value: LiteralValue): LiteralJson {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'number' || (Number.isFinite(value) && !Object.is(value, -0))) return value;
  if (Number.isNaN(value)) return 'NaN';
  if (value === 0) return '-0';
  return value > 0 ? 'inf' : '-inf';
}
