/** Arithmetic (language.md 7.1): integers wrap, integer division by zero is null, floats are IEEE. */
import { castColumn } from './cast.ts';
import { fixedArg, fixedType, is64BitInt, isFloat, physicalOfColumn } from './kernel.ts';
import type { Kernel } from './kernel.ts';
import { loop } from './loop.ts';
import { lessThan } from './total-order.ts';
import { allocateFixed, physicalOf } from '../column/column.ts';
import type { FixedPhysical } from '../column/column.ts';
import { allValid, andValidity } from '../column/validity.ts';
import { F64 } from '../types/data-type.ts';

/** The expression of an operation over `a` and `b` (or `a` alone) for a physical type. */
type Expression = (physical: FixedPhysical) => string;

/** A strict function of two arguments of the result's type. */
function binary(name: string, expression: Expression): Kernel {
  return (args, outType, context) => {
    const left = fixedArg(args[0]!, outType, context);
    const right = fixedArg(args[1]!, outType, context);
    const type = fixedType(outType);
    const physical = physicalOf(type)!;
    const values = allocateFixed(physical, left.length);
    const run = loop(
      `${name} ${physical}`,
      ['left', 'right', 'out'],
      `const a = left[row], b = right[row]; out[row] = ${expression(physical)};`,
    );
    run(left.length, left.values, right.values, values);
    const validity = andValidity(left.validity, right.validity);
    return { physical: 'fixed', type, length: left.length, validity, values };
  };
}

/** A strict function of one argument of the result's type. */
function unary(name: string, expression: Expression): Kernel {
  return (args, outType, context) => {
    const input = fixedArg(args[0]!, outType, context);
    const type = fixedType(outType);
    const physical = physicalOf(type)!;
    const values = allocateFixed(physical, input.length);
    const run = loop(
      `${name} ${physical}`,
      ['input', 'out'],
      `const a = input[row]; out[row] = ${expression(physical)};`,
    );
    run(input.length, input.values, values);
    return { physical: 'fixed', type, length: input.length, validity: input.validity, values };
  };
}

/** A rounding function: integers are returned as they are. */
function rounding(name: string, expression: string): Kernel {
  const round = unary(name, () => expression);
  return (args, outType, context) => {
    const input = fixedArg(args[0]!, outType, context);
    return isFloat(physicalOfColumn(input)) ? round(args, outType, context) : input;
  };
}

// Storing into a typed array of integers takes the value modulo its width: that is the wrapping.
const add = binary('add', () => 'a + b');
const sub = binary('sub', () => 'a - b');

// The double product of two 32-bit integers loses low bits; imul keeps them.
const mul = binary('mul', (physical) =>
  isFloat(physical) || is64BitInt(physical) ? 'a * b' : 'Math.imul(a, b)',
);

const div: Kernel = (args, outType, context) => {
  const left = fixedArg(args[0]!, outType, context);
  const right = fixedArg(args[1]!, outType, context);
  const type = fixedType(outType);
  const physical = physicalOf(type)!;
  if (isFloat(physical)) return divFloat(args, outType, context);
  const { length } = left;
  const values = allocateFixed(physical, length);
  const nonZero = allValid(length);
  const zero = is64BitInt(physical) ? '0n' : '0';
  const quotient = is64BitInt(physical) ? 'left[row] / b' : 'Math.trunc(left[row] / b)';
  const run = loop(
    `div ${physical}`,
    ['left', 'right', 'out', 'valid'],
    `const b = right[row]; if (b === ${zero}) valid[row] = 0; else out[row] = ${quotient};`,
  );
  run(length, left.values, right.values, values, nonZero);
  const strict = andValidity(left.validity, right.validity);
  const validity = nonZero.includes(0) ? andValidity(strict, nonZero) : strict;
  return { physical: 'fixed', type, length, validity, values };
};

const divFloat = binary('div', () => 'a / b');

// Half away from zero. The difference to the truncated value is exact; adding 0.5 first would not be.
const ROUND =
  'a - Math.trunc(a) >= 0.5 ? Math.trunc(a) + 1 : ' +
  'a - Math.trunc(a) <= -0.5 ? Math.trunc(a) - 1 : Math.trunc(a)';

// IEEE pow is 1 where the base is 1, or −1 with an infinite power; ECMAScript's is NaN there.
const powf = binary(
  'powf',
  () => 'a === 1 || (a === -1 && (b === Infinity || b === -Infinity)) ? 1 : Math.pow(a, b)',
);
const squareRoot = unary('sqrt', () => 'Math.pow(a, 0.5)');

/** A missing bound does not bound; `min > max` is null. */
const clamp: Kernel = (args, outType, context) => {
  const type = fixedType(outType);
  const physical = physicalOf(type)!;
  const [value, min, max] = args.map((arg) => fixedArg(arg, outType, context));
  const { length } = context;
  const values = allocateFixed(physical, length);
  const ordered = allValid(length);
  const run = loop(
    `clamp ${physical}`,
    ['value', 'min', 'hasMin', 'max', 'hasMax', 'out', 'valid'],
    `let a = value[row];
  if (hasMin[row] === 1 && a < min[row]) a = min[row];
  if (hasMax[row] === 1 && a > max[row]) a = max[row];
  if (hasMin[row] === 1 && hasMax[row] === 1 && min[row] > max[row]) valid[row] = 0;
  out[row] = a;`,
  );
  run(
    length,
    value!.values,
    min!.values,
    min!.validity ?? allValid(length),
    max!.values,
    max!.validity ?? allValid(length),
    values,
    ordered,
  );
  const validity = ordered.includes(0) ? andValidity(value!.validity, ordered) : value!.validity;
  return { physical: 'fixed', type, length, validity, values };
};

export const ARITHMETIC_KERNELS = {
  add,
  sub,
  mul,
  div,
  neg: unary('neg', () => '-a'),
  ceil: rounding('ceil', 'Math.ceil(a)'),
  floor: rounding('floor', 'Math.floor(a)'),
  round: rounding('round', ROUND),
  zip_min: binary('zip_min', (physical) => `${lessThan(physical, 'b', 'a')} ? b : a`),
  zip_max: binary('zip_max', (physical) => `${lessThan(physical, 'a', 'b')} ? b : a`),
  powf,
  sqrt: (args, outType, context) =>
    squareRoot([castColumn(args[0]!, F64, context)], outType, context),
  exp: unary('exp', () => 'Math.exp(a)'),
  clamp,
} satisfies Record<string, Kernel>;
