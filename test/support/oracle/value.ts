/**
 * Values of the oracle: plain JavaScript, one at a time.
 *
 *   bool                      boolean
 *   i8 … i32, u8 … u32        number       date, interval_*   number (days, months)
 *   i64, u64                  bigint       timestamp_*, duration_*   bigint, a count of the unit
 *   f16, f32, f64             number       string, large_string, json   string
 *   record, list              array of values, a record's in field order
 *   map                       array of [key, value] pairs
 */
import type { DataType } from '../../../shared/types/data-type.ts';

export type Value = null | boolean | number | bigint | string | readonly Value[];

interface IntegerLayout {
  readonly bits: number;
  readonly signed: boolean;
}

const INTEGERS: Readonly<Record<string, IntegerLayout>> = {
  i8: { bits: 8, signed: true },
  i16: { bits: 16, signed: true },
  i32: { bits: 32, signed: true },
  i64: { bits: 64, signed: true },
  u8: { bits: 8, signed: false },
  u16: { bits: 16, signed: false },
  u32: { bits: 32, signed: false },
  u64: { bits: 64, signed: false },
  timestamp_s: { bits: 64, signed: true },
  timestamp_ms: { bits: 64, signed: true },
  timestamp_us: { bits: 64, signed: true },
  timestamp_ns: { bits: 64, signed: true },
  duration_s: { bits: 64, signed: true },
  duration_ms: { bits: 64, signed: true },
  duration_us: { bits: 64, signed: true },
  duration_ns: { bits: 64, signed: true },
  interval_days: { bits: 32, signed: true },
  interval_months: { bits: 32, signed: true },
  date: { bits: 32, signed: true },
};

/** The width and sign of types that are integers underneath; undefined for the others. */
export function integerLayout(type: DataType): IntegerLayout | undefined {
  return INTEGERS[type.kind];
}

export function isFloat(type: DataType): boolean {
  return type.kind === 'f16' || type.kind === 'f32' || type.kind === 'f64';
}

export function isString(type: DataType): boolean {
  return type.kind === 'string' || type.kind === 'large_string' || type.kind === 'json';
}

/** Whether `type` is one of i8 … u64: not a timestamp or other type that only is an integer underneath. */
export function isInteger(type: DataType): boolean {
  return /^[iu]\d+$/.test(type.kind);
}

/** Nanoseconds per unit of a timestamp or duration. */
export function unitNs(type: DataType): bigint {
  if (type.kind.endsWith('_ns')) return 1n;
  if (type.kind.endsWith('_us')) return 1_000n;
  if (type.kind.endsWith('_ms')) return 1_000_000n;
  return 1_000_000_000n;
}

/** The bounds of an integer type, inclusive. */
export function integerRange(type: DataType): { readonly min: bigint; readonly max: bigint } {
  const layout = integerLayout(type);
  if (layout === undefined) throw new Error(`oracle: ${type.kind} is not an integer`);
  const { bits, signed } = layout;
  return signed
    ? { min: -(1n << BigInt(bits - 1)), max: (1n << BigInt(bits - 1)) - 1n }
    : { min: 0n, max: (1n << BigInt(bits)) - 1n };
}

/** `exact` as a value of the integer type, or null outside its range. */
export function checkedInteger(type: DataType, exact: bigint): Value {
  const { min, max } = integerRange(type);
  return exact < min || exact > max ? null : asValue(type, exact);
}

/** `exact` modulo the width of the integer type. */
export function wrappedInteger(type: DataType, exact: bigint): Value {
  const { bits, signed } = integerLayout(type)!;
  return asValue(type, signed ? BigInt.asIntN(bits, exact) : BigInt.asUintN(bits, exact));
}

/** `exact` cut off at the bounds of the integer type. */
export function saturatedInteger(type: DataType, exact: bigint): Value {
  const { min, max } = integerRange(type);
  return asValue(type, exact < min ? min : exact > max ? max : exact);
}

function asValue(type: DataType, exact: bigint): Value {
  return integerLayout(type)!.bits === 64 ? exact : Number(exact);
}

/** `value` rounded to the precision of a float type. */
export function roundFloat(type: DataType, value: number): number {
  return type.kind === 'f64' ? value : Math.fround(value);
}

/**
 * Compares two non-null values of one ordered type: −1, 0 or 1. Floats by their total order: −0.0 before 0.0, NaN last
 * and equal to itself.
 */
export function compareOrdered(left: Value, right: Value): number {
  if (Object.is(left, right)) return 0;
  if (typeof left === 'number' && typeof right === 'number') {
    if (Number.isNaN(left)) return 1;
    if (Number.isNaN(right)) return -1;
    if (left === 0 && right === 0) return Object.is(left, -0) ? -1 : 1;
    return left < right ? -1 : 1;
  }
  if (typeof left === 'bigint' && typeof right === 'bigint') {
    return left < right ? -1 : left > right ? 1 : 0;
  }
  throw new Error('oracle: values of this type have no order');
}

/** Structural equality of two values of one type; inside records, lists and maps null equals null. */
export function equalValues(left: Value, right: Value, type: DataType): boolean {
  if (left === null || right === null) return left === right;
  if (!Array.isArray(left) || !Array.isArray(right)) return Object.is(left, right);
  if (left.length !== right.length) return false;
  switch (type.kind) {
    case 'record':
      return type.fields.every((field, i) =>
        equalValues(left[i] as Value, right[i] as Value, field.type),
      );
    case 'list':
      return left.every((item: Value, i) => equalValues(item, right[i] as Value, type.element));
    case 'map':
      return left.every((entry: Value) => {
        const [key, value] = entry as readonly [Value, Value];
        const other = right.find((pair: Value) =>
          equalValues((pair as readonly Value[])[0] as Value, key, type.key),
        ) as readonly Value[] | undefined;
        return other !== undefined && equalValues(value, other[1] as Value, type.value);
      });
    default:
      throw new Error(`oracle: an array is no value of ${type.kind}`);
  }
}
