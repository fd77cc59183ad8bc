/** Comparison (language.md 7.3): strict, floats by total order, records, lists and maps by structure. */
import { fixedArg, physicalOfColumn } from './kernel.ts';
import type { Kernel } from './kernel.ts';
import { loop } from './loop.ts';
import { structuralIds } from './structural-ids.ts';
import { equalTo, lessThan } from './total-order.ts';
import type { Column, FixedPhysical } from '../column/column.ts';
import { concatColumns } from '../column/take.ts';
import { allNullColumn, strictValidity } from '../column/validity.ts';
import { BOOL } from '../types/data-type.ts';

/** Ordered comparison of fixed-width columns; `expression` is over `a` and `b`. */
function ordered(name: string, expression: (physical: FixedPhysical) => string): Kernel {
  return (args, _outType, context) => {
    if (args.some((arg) => arg.physical === 'null')) {
      return allNullColumn(BOOL, context.length, context.pool);
    }
    const left = fixedArg(args[0]!, args[0]!.type, context);
    const right = fixedArg(args[1]!, args[1]!.type, context);
    const physical = physicalOfColumn(left);
    const values = new Uint8Array(left.length);
    const run = loop(
      `${name} ${physical}`,
      ['left', 'right', 'out'],
      `const a = left[row], b = right[row]; out[row] = ${expression(physical)} ? 1 : 0;`,
    );
    run(left.length, left.values, right.values, values);
    const validity = strictValidity([left, right]);
    return { physical: 'fixed', type: BOOL, length: left.length, validity, values };
  };
}

const equalFixed = ordered('eq', (physical) => equalTo(physical, 'a', 'b'));
const unequalFixed = ordered('neq', (physical) => `!${equalTo(physical, 'a', 'b')}`);

function equality(equal: boolean): Kernel {
  return (args, outType, context) => {
    const [left, right] = args as [Column, Column]; // eq and neq have two parameters
    if (left.physical === 'null' || right.physical === 'null') {
      return allNullColumn(BOOL, context.length, context.pool);
    }
    if (left.physical === 'fixed') {
      return equal ? equalFixed(args, outType, context) : unequalFixed(args, outType, context);
    }
    const { length } = left;
    const values = new Uint8Array(length);
    if (left.physical === 'string' && right.physical === 'string') {
      compareIds(left.codes, 0, right.codes, 0, equal, values);
    } else {
      const ids = structuralIds(concatColumns(left.type, [left, right], context.pool));
      compareIds(ids, 0, ids, length, equal, values);
    }
    return { physical: 'fixed', type: BOOL, length, validity: strictValidity(args), values };
  };
}

function compareIds(
  left: Int32Array,
  leftStart: number,
  right: Int32Array,
  rightStart: number,
  equal: boolean,
  out: Uint8Array,
): void {
  const same = equal ? 1 : 0;
  for (let row = 0; row < out.length; row++) {
    out[row] = left[leftStart + row] === right[rightStart + row] ? same : 1 - same;
  }
}

export const COMPARE_KERNELS = {
  eq: equality(true),
  neq: equality(false),
  lt: ordered('lt', (physical) => lessThan(physical, 'a', 'b')),
  gt: ordered('gt', (physical) => lessThan(physical, 'b', 'a')),
  lte: ordered('lte', (physical) => `!${lessThan(physical, 'b', 'a')}`),
  gte: ordered('gte', (physical) => `!${lessThan(physical, 'a', 'b')}`),
} satisfies Record<string, Kernel>;
