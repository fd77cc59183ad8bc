/** Casts to string (language.md 2.6): decimal integers, floats by 2.7, times without a zone. */
import { f32Text, f64Text } from './float-text.ts';
import { isDuration, isTimestamp, timeUnitOf } from './time-unit.ts';
import type { Column, ListColumn } from '../column/column.ts';
import { isValid } from '../column/column.ts';
import type { StringPool } from '../column/string-pool.ts';
import { printDate, printTimestamp, UNITS_PER_SECOND } from '../time/print-timestamp.ts';
import type { TimeUnit } from '../time/print-timestamp.ts';
import { AssertionError } from '../base/assert.ts';
import { printType } from '../types/data-type.ts';
import type { ScalarType } from '../types/data-type.ts';

export function stringsFromColumn(
  column: Column,
  to: ScalarType,
  context: { readonly pool: StringPool },
): Column {
  if (column.physical === 'string' && column.type.kind !== 'json') return { ...column, type: to };
  const { length, validity } = column;
  const { pool } = context;
  const codes = new Int32Array(length);
  if (column.physical === 'list') {
    const texts = stringsFromColumn(column.element, to, context);
    for (let row = 0; row < length; row++) {
      if (isValid(column, row)) codes[row] = pool.intern(listText(column, texts, row));
    }
  } else if (column.physical === 'fixed') {
    const print = printerOf(column.type);
    const { values } = column;
    for (let row = 0; row < length; row++) {
      if (isValid(column, row)) codes[row] = pool.intern(print(values[row]!));
    }
  } else {
    throw new AssertionError(`no cast from ${printType(column.type)} to ${to.kind}`);
  }
  return { physical: 'string', type: to, length, validity, codes, pool };
}

/** `[a, b]`; a null element leaves its place empty. */
function listText(column: ListColumn, texts: Column, row: number): string {
  if (texts.physical !== 'string') throw new AssertionError('cast: elements of a list are text');
  const items: string[] = [];
  for (let at = column.offsets[row]!; at < column.offsets[row + 1]!; at++) {
    items.push(isValid(texts, at) ? texts.pool.get(texts.codes[at]!) : '');
  }
  return `[${items.join(', ')}]`;
}

type Printer = (value: number | bigint) => string;

/** How a non-null value of a fixed-width type is written as a string. */
function printerOf(type: ScalarType): Printer {
  const unit = timeUnitOf(type);
  if (unit !== null && isTimestamp(type)) {
    return (value) => printTimestamp(BigInt(value), unit, 'shortest');
  }
  if (unit !== null && isDuration(type)) return (value) => durationText(BigInt(value), unit);
  switch (type.kind) {
    case 'bool':
      return (value) => (value === 0 ? 'false' : 'true');
    case 'f64':
      return (value) => f64Text(Number(value));
    case 'f16':
    case 'f32':
      return (value) => f32Text(Number(value));
    case 'date':
      return (value) => printDate(Number(value));
    default:
      return String;
  }
}

/** ISO 8601: `PT90S`, `-PT0.25S`. */
function durationText(count: bigint, unit: TimeUnit): string {
  const perSecond = UNITS_PER_SECOND[unit];
  const size = count < 0n ? -count : count;
  const rest = size % perSecond;
  const places = String(perSecond).length - 1;
  const fraction = rest === 0n ? '' : `.${String(rest).padStart(places, '0').replace(/0+$/, '')}`;
  return `${count < 0n ? '-' : ''}PT${size / perSecond}${fraction}S`;
}
