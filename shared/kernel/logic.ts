/** Logic and choice (language.md 7.2): and/or are Kleene; a null condition gives null. */
import { chooseValid } from './choose.ts';
import { fixedArg } from './kernel.ts';
import type { Kernel } from './kernel.ts';
import type { FixedColumn } from '../column/column.ts';
import { boolValues } from '../column/take.ts';
import { allValid, andValidity, withValidity } from '../column/validity.ts';
import { BOOL } from '../types/data-type.ts';

const not: Kernel = (args, _outType, context) => {
  const input = fixedArg(args[0]!, BOOL, context);
  const source = boolValues(input);
  const values = new Uint8Array(source.length);
  for (let row = 0; row < values.length; row++) values[row] = 1 - source[row]!;
  return { ...input, values };
};

const logicalAnd: Kernel = (args, _outType, context) => {
  const left = fixedArg(args[0]!, BOOL, context);
  const right = fixedArg(args[1]!, BOOL, context);
  const a = boolValues(left);
  const b = boolValues(right);
  const values = new Uint8Array(a.length);
  for (let row = 0; row < values.length; row++) values[row] = a[row]! & b[row]!;
  if (left.validity === null && right.validity === null) return boolColumn(values, null);
  const aValid = left.validity ?? allValid(a.length);
  const bValid = right.validity ?? allValid(b.length);
  const validity = new Uint8Array(a.length);
  for (let row = 0; row < validity.length; row++) {
    const aFalse = aValid[row]! & (1 - a[row]!);
    const bFalse = bValid[row]! & (1 - b[row]!);
    validity[row] = (aValid[row]! & bValid[row]!) | aFalse | bFalse;
    // The slot of a null may hold anything, so a false on either side must win over it.
    if ((aFalse | bFalse) === 1) values[row] = 0;
  }
  return boolColumn(values, validity);
};

const logicalOr: Kernel = (args, _outType, context) => {
  const left = fixedArg(args[0]!, BOOL, context);
  const right = fixedArg(args[1]!, BOOL, context);
  const a = boolValues(left);
  const b = boolValues(right);
  const values = new Uint8Array(a.length);
  for (let row = 0; row < values.length; row++) values[row] = a[row]! | b[row]!;
  if (left.validity === null && right.validity === null) return boolColumn(values, null);
  const aValid = left.validity ?? allValid(a.length);
  const bValid = right.validity ?? allValid(b.length);
  const validity = new Uint8Array(a.length);
  for (let row = 0; row < validity.length; row++) {
    const aTrue = aValid[row]! & a[row]!;
    const bTrue = bValid[row]! & b[row]!;
    validity[row] = (aValid[row]! & bValid[row]!) | aTrue | bTrue;
  }
  return boolColumn(values, validity);
};

/** The value where the condition is true; the values themselves are shared. */
const ifTrue: Kernel = (args, _outType, context) => {
  const condition = fixedArg(args[0]!, BOOL, context);
  const isTrue = andValidity(boolValues(condition), condition.validity);
  return withValidity(args[1]!, andValidity(args[1]!.validity, isTrue));
};

const nullIf: Kernel = (args, _outType, context) => {
  const condition = fixedArg(args[0]!, BOOL, context);
  const values = boolValues(condition);
  const isFalse = new Uint8Array(values.length);
  for (let row = 0; row < isFalse.length; row++) isFalse[row] = 1 - values[row]!;
  const validity = andValidity(isFalse, condition.validity);
  return withValidity(args[1]!, andValidity(args[1]!.validity, validity));
};

export const LOGIC_KERNELS = {
  not,
  logical_and: logicalAnd,
  logical_or: logicalOr,
  if: ifTrue,
  null_if: nullIf,
  else: (args, outType, context) => chooseValid(outType, [args[1]!, args[0]!], context),
  coalesce: (args, outType, context) => chooseValid(outType, args, context),
} satisfies Record<string, Kernel>;

function boolColumn(values: Uint8Array, validity: Uint8Array | null): FixedColumn {
  return { physical: 'fixed', type: BOOL, length: values.length, validity, values };
}
