/** First-valid choice between columns of one type: the heart of `else` and `coalesce`. */
import type { KernelContext } from './kernel.ts';
import { loop } from './loop.ts';
import type { Column, FixedArray } from '../column/column.ts';
import { allocateFixed, physicalOf } from '../column/column.ts';
import { concatColumns, takeColumn } from '../column/take.ts';
import { allNullColumn, allValid } from '../column/validity.ts';
import type { DataType } from '../types/data-type.ts';

/** For each row the value of the first of `columns` that is valid there, null if none is. */
export function chooseValid(
  type: DataType,
  columns: readonly Column[],
  context: KernelContext,
): Column {
  let chosen: Column | null = null;
  for (const column of columns) {
    if (column.physical === 'null') continue;
    if (chosen === null) chosen = column;
    else if (chosen.validity !== null) chosen = chooseFirst(type, chosen, column, context);
  }
  return chosen ?? allNullColumn(type, context.length, context.pool);
}

function chooseFirst(
  type: DataType,
  first: Column,
  second: Column,
  context: KernelContext,
): Column {
  const { length } = first;
  const firstValid = first.validity!;
  let validity: Uint8Array | null = null;
  if (second.validity !== null) {
    validity = new Uint8Array(length);
    for (let row = 0; row < length; row++) validity[row] = firstValid[row]! | second.validity[row]!;
  }
  if (first.physical === 'fixed' && second.physical === 'fixed') {
    const physical = physicalOf(first.type)!;
    const values = allocateFixed(physical, length);
    choose(physical, length, firstValid, first.values, second.values, values);
    return { ...first, validity, values };
  }
  if (first.physical === 'string' && second.physical === 'string') {
    const codes = new Int32Array(length);
    choose('i32', length, firstValid, first.codes, second.codes, codes);
    return { ...first, validity, codes };
  }
  const both = concatColumns(type, [first, second], context.pool);
  const secondValid = second.validity ?? allValid(length);
  const rows = new Int32Array(length);
  for (let row = 0; row < length; row++) {
    rows[row] = firstValid[row] === 1 ? row : secondValid[row] === 1 ? length + row : -1;
  }
  return takeColumn(both, rows);
}

function choose(
  physical: string,
  length: number,
  firstValid: Uint8Array,
  first: FixedArray,
  second: FixedArray,
  out: FixedArray,
): void {
  const run = loop(
    `choose ${physical}`,
    ['firstValid', 'first', 'second', 'out'],
    'out[row] = firstValid[row] === 1 ? first[row] : second[row];',
  );
  run(length, firstValid, first, second, out);
}
