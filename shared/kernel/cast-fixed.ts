/** Casts between fixed-width types: numbers and bools by value, counts of time raw or by unit. */
import { halvesOf, is64BitInt, isFloat } from './kernel.ts';
import { loop } from './loop.ts';
import { timeUnitOf } from './time-unit.ts';
import type { FixedColumn, FixedPhysical, Validity } from '../column/column.ts';
import { allocateFixed, physicalOf } from '../column/column.ts';
import { allValid, andValidity } from '../column/validity.ts';
import { SECONDS_PER_DAY } from '../time/calendar.ts';
import { UNITS_PER_SECOND } from '../time/print-timestamp.ts';
import { assert } from '../base/assert.ts';
import type { ScalarType } from '../types/data-type.ts';

export function castFixed(column: FixedColumn, to: ScalarType): FixedColumn {
  const from = column.type;
  if (to.kind === 'bool') return castToBool(column, to);
  const toUnit = timeUnitOf(to);
  const fromUnit = timeUnitOf(from);
  if (toUnit !== null && fromUnit !== null) {
    return castUnit(column, UNITS_PER_SECOND[fromUnit], to, UNITS_PER_SECOND[toUnit]);
  }
  if (from.kind === 'date' && toUnit !== null) {
    const days = castNumber(column, { kind: 'i64' });
    return multiply(days, to, UNITS_PER_SECOND[toUnit] * BigInt(SECONDS_PER_DAY));
  }
  return castNumber(column, to);
}

/** False iff zero; NaN is true. */
function castToBool(column: FixedColumn, to: ScalarType): FixedColumn {
  const physical = physicalOf(column.type)!;
  const values = new Uint8Array(column.length);
  const zero = is64BitInt(physical) ? '0n' : '0';
  const run = loop(
    `cast ${physical} bool`,
    ['input', 'out'],
    `out[row] = input[row] !== ${zero} ? 1 : 0;`,
  );
  run(column.length, column.values, values);
  return { ...column, type: to, values };
}

/** To a finer unit: multiply, null on overflow. To a coarser one: divide, truncating toward zero. */
function castUnit(
  column: FixedColumn,
  fromPerSecond: bigint,
  to: ScalarType,
  toPerSecond: bigint,
): FixedColumn {
  if (fromPerSecond === toPerSecond) return { ...column, type: to };
  if (fromPerSecond < toPerSecond) return multiply(column, to, toPerSecond / fromPerSecond);
  const divisor = fromPerSecond / toPerSecond;
  const values = new BigInt64Array(column.length);
  loop(`divide by ${divisor}`, ['input', 'out'], `out[row] = input[row] / ${divisor}n;`)(
    column.length,
    column.values,
    values,
  );
  return { ...column, type: to, values };
}

/** int64 times a positive constant, null on overflow. */
function multiply(column: FixedColumn, to: ScalarType, factor: bigint): FixedColumn {
  const max = (2n ** 63n - 1n) / factor;
  const values = new BigInt64Array(column.length);
  const inRange = allValid(column.length);
  const run = loop(
    `multiply by ${factor}`,
    ['input', 'out', 'valid'],
    `const a = input[row];
  if (a > ${max}n || a < ${-max}n) valid[row] = 0; else out[row] = a * ${factor}n;`,
  );
  run(column.length, column.values, values, inRange);
  return { ...column, type: to, values, validity: checkedValidity(column.validity, inRange) };
}

/** Smallest and largest values of the integer types that a double holds exactly. */
const RANGES = {
  i8: [-128, 127],
  u8: [0, 255],
  i16: [-32_768, 32_767],
  u16: [0, 65_535],
  i32: [-2_147_483_648, 2_147_483_647],
  u32: [0, 4_294_967_295],
} as const;

/** By value: nearest float, truncated integer, null where out of range. */
function castNumber(column: FixedColumn, to: ScalarType): FixedColumn {
  const source = physicalOf(column.type)!;
  const target = physicalOf(to);
  assert(target !== null, `no cast from ${column.type.kind} to ${to.kind}`);
  if (source === target) return { ...column, type: to };
  const { length } = column;
  const values = allocateFixed(target, length);
  const body = castBody(source, target);
  const inRange = allValid(length);
  const run = loop(`cast ${source} ${target}`, ['input', 'out', 'valid'], body.text);
  run(
    length,
    is64BitInt(source) ? halvesOf(column.values) : column.values,
    is64BitInt(target) ? halvesOf(values) : values,
    inRange,
  );
  const validity = body.checked ? checkedValidity(column.validity, inRange) : column.validity;
  return { ...column, type: to, values, validity };
}

function checkedValidity(validity: Validity, inRange: Uint8Array): Validity {
  return inRange.includes(0) ? andValidity(validity, inRange) : validity;
}

interface CastBody {
  readonly text: string;
  /** Whether values may be out of range. */
  readonly checked: boolean;
}

/** 64-bit integers are read and written as two int32 halves, low first. */
function castBody(source: FixedPhysical, target: FixedPhysical): CastBody {
  if (is64BitInt(source)) return castFrom64(source, target);
  const read = isFloat(source) ? 'Math.trunc(input[row])' : 'input[row]';
  switch (target) {
    case 'f32':
    case 'f64':
      return { text: 'out[row] = input[row];', checked: false };
    case 'i64':
    case 'u64': {
      const store = 'out[2 * row] = v; out[2 * row + 1] = Math.floor(v / 4294967296);';
      const signed = source.startsWith('i');
      if (!isFloat(source) && (target === 'i64' || !signed)) {
        return { text: `const v = input[row]; ${store}`, checked: false };
      }
      const range =
        target === 'u64'
          ? 'v >= 0 && v < 18446744073709551616'
          : 'v >= -9223372036854775808 && v < 9223372036854775808';
      return { text: checkedStore(read, range, store), checked: true };
    }
    default: {
      const [low, high] = RANGES[target];
      if (!isFloat(source)) {
        const [sourceLow, sourceHigh] = RANGES[source as keyof typeof RANGES]; // not 64-bit, no float
        if (low <= sourceLow && sourceHigh <= high) {
          return { text: 'out[row] = input[row];', checked: false };
        }
      }
      const range = `v >= ${low} && v <= ${high}`;
      return { text: checkedStore(read, range, 'out[row] = v;'), checked: true };
    }
  }
}

function castFrom64(source: FixedPhysical, target: FixedPhysical): CastBody {
  const high = source === 'i64' ? 'input[2 * row + 1]' : '(input[2 * row + 1] >>> 0)';
  // One rounding: the upper half times 2^32 is exact.
  const double = `${high} * 4294967296 + (input[2 * row] >>> 0)`;
  switch (target) {
    case 'f64':
      return { text: `out[row] = ${double};`, checked: false };
    case 'f32':
      return { text: castToF32(high), checked: false };
    case 'i64':
    case 'u64': {
      const store = 'out[2 * row] = input[2 * row]; out[2 * row + 1] = v;';
      return { text: checkedStore('input[2 * row + 1]', 'v >= 0', store), checked: true };
    }
    default: {
      const [min, max] = RANGES[target];
      const range = `v >= ${min} && v <= ${max}`;
      return { text: checkedStore(double, range, 'out[row] = v;'), checked: true };
    }
  }
}

function checkedStore(value: string, range: string, store: string): string {
  return `const v = ${value}; if (${range}) { ${store} } else valid[row] = 0;`;
}

/**
 * Rounding to double first and then to float may land on the wrong neighbour. Where the integer has more than 53 bits,
 * its lowest 12 only matter as "something is left over", which bit 11 then says: the double is exact.
 */
function castToF32(high: string): string {
  return `const h = ${high}, l = input[2 * row];
  const leftOver = (l & 0x7ff) !== 0 && (h >= 0x200000 || h < -0x200000);
  out[row] = h * 4294967296 + ((leftOver ? (l & ~0xfff) | 0x800 : l) >>> 0);`;
}
