/** Values of number literals (language.md 1.2): digits, at most one fraction, an optional type suffix. */
import type { ScalarKind } from '../../shared/types/data-type.ts';

export type NumberKind = Extract<
  ScalarKind,
  'u8' | 'i8' | 'u16' | 'i16' | 'u32' | 'i32' | 'u64' | 'i64' | 'f32' | 'f64'
>;

/** 64-bit integers are bigint, everything else number. */
export interface NumberValue {
  readonly kind: NumberKind;
  readonly value: number | bigint;
}

const PARTS = /^([0-9]+)(\.[0-9]+)?([uif][0-9]+)?$/;

/** The largest literal of each integer type; literals have no sign. */
const INTEGER_MAX: Readonly<Record<Exclude<NumberKind, 'f32' | 'f64'>, bigint>> = {
  u8: 2n ** 8n - 1n,
  i8: 2n ** 7n - 1n,
  u16: 2n ** 16n - 1n,
  i16: 2n ** 15n - 1n,
  u32: 2n ** 32n - 1n,
  i32: 2n ** 31n - 1n,
  u64: 2n ** 64n - 1n,
  i64: 2n ** 63n - 1n,
};

/** No integer type holds more digits; longer ones are refused before a bigint of their size is made. */
const INTEGER_DIGITS_MAX = 20;

export function parseNumber(text: string): NumberValue | { readonly problem: string } {
  const [, digits = '', fraction, suffix] = PARTS.exec(text) ?? [];
  // The lexer's pattern admits these suffixes only.
  const kind = (suffix ?? (fraction === undefined ? 'i64' : 'f64')) as NumberKind;
  if (kind === 'f32' || kind === 'f64') {
    const parsed = Number(digits + (fraction ?? ''));
    const value = kind === 'f32' ? Math.fround(parsed) : parsed;
    return Number.isFinite(value) ? { kind, value } : outOfRange(text, kind);
  }
  if (fraction !== undefined)
    return { problem: `Number with a fraction cannot be of type ${kind}` };
  const significant = digits.replace(/^0+(?=[0-9])/, '');
  if (significant.length > INTEGER_DIGITS_MAX) return outOfRange(text, kind);
  const value = BigInt(significant);
  if (value > INTEGER_MAX[kind]) return outOfRange(text, kind);
  return { kind, value: kind === 'i64' || kind === 'u64' ? value : Number(value) };
}

function outOfRange(text: string, kind: NumberKind): { problem: string } {
  const shown = text.length > 40 ? `${text.slice(0, 40)}...` : text;
  return { problem: `Number ${shown} is out of range for type ${kind}` };
}

/** A literal that `parseNumber` reads back as the same type and value. Values are finite and not negative. */
export function printNumber({ kind, value }: NumberValue): string {
  if (typeof value === 'bigint' || !kind.startsWith('f')) {
    return kind === 'i64' ? String(value) : `${value}${kind}`;
  }
  const digits = positional(value);
  return kind === 'f64' ? digits : `${digits}${kind}`;
}

/** Shortest digits that read back as `value`, without an exponent and with a fraction. */
function positional(value: number): string {
  const [mantissa = '', exponentText] = String(value).split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  const exponent = Number(exponentText ?? '0');
  const digits = whole + fraction;
  const point = whole.length + exponent;
  if (point <= 0) return `0.${'0'.repeat(-point)}${digits}`;
  if (point >= digits.length) return `${digits}${'0'.repeat(point - digits.length)}.0`;
  return `${digits.slice(0, point)}.${digits.slice(point)}`;
}
