/** Types of CSV columns from their cells (language.md 10.4). Every class of a cell is one bit, so a column is a union of bits. */
import type { ScalarKind } from '../../../shared/types/data-type.ts';

export const BOOL_CELL = 1;
export const INT_CELL = 2;
export const FLOAT_CELL = 4;
export const DATE_CELL = 8;
export const SECONDS_CELL = 16;
export const MILLIS_CELL = 32;
export const MICROS_CELL = 64;
export const NANOS_CELL = 128;
export const STRING_CELL = 256;

const TIMES = DATE_CELL | SECONDS_CELL | MILLIS_CELL | MICROS_CELL | NANOS_CELL;

/** The class of the non-empty cell [start, end). */
export function classifyCell(bytes: Uint8Array, start: number, end: number): number {
  const first = bytes[start]!;
  if (isDigit(first) || first === 0x2d || first === 0x2e) {
    const number = classifyNumber(bytes, start, end);
    return number === STRING_CELL ? classifyTime(bytes, start, end) : number;
  }
  return isWord(bytes, start, end, 'true') || isWord(bytes, start, end, 'false')
    ? BOOL_CELL
    : STRING_CELL;
}

/** The type of a column whose cells have these classes; 0 = only empty cells. */
export function typeOfClasses(classes: number): ScalarKind {
  switch (classes) {
    case BOOL_CELL:
      return 'bool';
    case INT_CELL:
      return 'i64';
    case FLOAT_CELL:
    case INT_CELL | FLOAT_CELL:
      return 'f64';
    case DATE_CELL:
      return 'date';
  }
  if (classes === 0 || (classes & ~TIMES) !== 0) return 'string';
  if ((classes & NANOS_CELL) !== 0) return 'timestamp_ns';
  if ((classes & MICROS_CELL) !== 0) return 'timestamp_us';
  if ((classes & MILLIS_CELL) !== 0) return 'timestamp_ms';
  return 'timestamp_s';
}

/** -?digits, or that with a point and digits on one of its sides, or with an exponent. */
function classifyNumber(bytes: Uint8Array, start: number, end: number): number {
  let at = bytes[start] === 0x2d ? start + 1 : start;
  const integerAt = at;
  while (at < end && isDigit(bytes[at]!)) at++;
  let digits = at - integerAt;
  if (at === end) return digits > 0 ? INT_CELL : STRING_CELL;
  if (bytes[at] === 0x2e) {
    const fractionAt = ++at;
    while (at < end && isDigit(bytes[at]!)) at++;
    digits += at - fractionAt;
  }
  if (digits === 0) return STRING_CELL;
  if (at < end && (bytes[at] === 0x65 || bytes[at] === 0x45)) {
    at++;
    if (bytes[at] === 0x2b || bytes[at] === 0x2d) at++;
    const exponentAt = at;
    while (at < end && isDigit(bytes[at]!)) at++;
    if (at === exponentAt) return STRING_CELL;
  }
  return at === end ? FLOAT_CELL : STRING_CELL;
}

/** The shape alone decides; whether the date exists is found out when it is parsed. */
function classifyTime(bytes: Uint8Array, start: number, end: number): number {
  if (!matches(bytes, start, end, 'dddd-dd-dd')) return STRING_CELL;
  if (end - start === 10) return DATE_CELL;
  const separator = bytes[start + 10];
  if (separator !== 0x54 && separator !== 0x20) return STRING_CELL;
  if (!matches(bytes, start + 11, end, 'dd:dd:dd')) return STRING_CELL;
  let at = start + 19;
  if (at === end) return SECONDS_CELL;
  if (bytes[at] !== 0x2e) return isDigit(bytes[at]!) ? STRING_CELL : SECONDS_CELL;
  const fractionAt = ++at;
  while (at < end && isDigit(bytes[at]!)) at++;
  const digits = at - fractionAt;
  if (digits === 0 || digits > 9) return STRING_CELL;
  if (digits <= 3) return MILLIS_CELL;
  return digits <= 6 ? MICROS_CELL : NANOS_CELL;
}

/** `d` in the pattern stands for a digit. */
function matches(bytes: Uint8Array, start: number, end: number, pattern: string): boolean {
  if (end - start < pattern.length) return false;
  for (let index = 0; index < pattern.length; index++) {
    const wanted = pattern.charCodeAt(index);
    const byte = bytes[start + index]!;
    if (wanted === 0x64 ? !isDigit(byte) : byte !== wanted) return false;
  }
  return true;
}

export function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

/** Equal to a lower-case ASCII word in any case. */
export function isWord(bytes: Uint8Array, start: number, end: number, word: string): boolean {
  if (end - start !== word.length) return false;
  for (let index = 0; index < word.length; index++) {
    if ((bytes[start + index]! | 0x20) !== word.charCodeAt(index)) return false;
  }
  return true;
}
