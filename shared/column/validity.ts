/** Validity of columns: combining it, replacing it, and columns that are null throughout. */
import type { Column, Validity } from './column.ts';
import { allocateFixed, nullColumn, physicalOf } from './column.ts';
import type { StringPool } from './string-pool.ts';
import { AssertionError } from '../base/assert.ts';
import type { DataType } from '../types/data-type.ts';

/** `length` bytes of 1. */
export function allValid(length: number): Uint8Array {
  return new Uint8Array(length).fill(1);
}

/** Valid where both are. May return one of its arguments. */
export function andValidity(left: Validity, right: Validity): Validity {
  if (left === null || left === right) return right;
  if (right === null) return left;
  const out = new Uint8Array(left.length);
  for (let row = 0; row < out.length; row++) out[row] = left[row]! & right[row]!;
  return out;
}

/** Valid where all columns are. */
export function strictValidity(columns: readonly Column[]): Validity {
  let validity: Validity = null;
  for (const column of columns) validity = andValidity(validity, column.validity);
  return validity;
}

/** The same values under another validity. A column of type `null` stays null throughout. */
export function withValidity(column: Column, validity: Validity): Column {
  if (column.physical === 'null' || column.validity === validity) return column;
  return { ...column, validity };
}

/** A column of any type whose rows are all null. */
export function allNullColumn(type: DataType, length: number, pool: StringPool): Column {
  const validity = new Uint8Array(length);
  switch (type.kind) {
    case 'null':
      return nullColumn(length);
    case 'string':
    case 'large_string':
    case 'json': {
      const codes = new Int32Array(length);
      return { physical: 'string', type, length, validity, codes, pool };
    }
    case 'record': {
      const children = type.fields.map((field) => allNullColumn(field.type, length, pool));
      return { physical: 'record', type, length, validity, children };
    }
    case 'list': {
      const offsets = new Int32Array(length + 1);
      const element = allNullColumn(type.element, 0, pool);
      return { physical: 'list', type, length, validity, offsets, element };
    }
    case 'map': {
      const offsets = new Int32Array(length + 1);
      const keys = allNullColumn(type.key, 0, pool);
      const values = allNullColumn(type.value, 0, pool);
      return { physical: 'map', type, length, validity, offsets, keys, values };
    }
    default: {
      const physical = physicalOf(type);
      if (physical === null) throw new AssertionError(`no column of type ${type.kind} exists`);
      const values = allocateFixed(physical, length);
      return { physical: 'fixed', type, length, validity, values };
    }
  }
}
