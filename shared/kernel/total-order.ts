/**
 * Comparisons as JavaScript expressions for emitted loops. Floats compare by total order (language.md 7.3):
 * NaN equals NaN and is greatest, −0.0 is less than 0.0.
 */
import { isFloat } from './kernel.ts';
import type { FixedPhysical } from '../column/column.ts';

/** An expression that is true iff `left` is less than `right`; both are variable names. */
export function lessThan(physical: FixedPhysical, left: string, right: string): string {
  if (!isFloat(physical)) return `(${left} < ${right})`;
  const zeros = `${left} === 0 && 1 / ${left} < 1 / ${right}`;
  const nan = `${right} !== ${right} && ${left} === ${left}`;
  return `(${left} < ${right} || (${left} === ${right} ? ${zeros} : ${nan}))`;
}

/** An expression that is true iff `left` equals `right`. */
export function equalTo(physical: FixedPhysical, left: string, right: string): string {
  return isFloat(physical) ? `Object.is(${left}, ${right})` : `(${left} === ${right})`;
}
