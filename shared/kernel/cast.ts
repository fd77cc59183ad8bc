/** Casts between columns (language.md 2.6): never fail, what cannot be represented becomes null. */
import { castFixed } from './cast-fixed.ts';
import { stringsFromColumn } from './cast-to-string.ts';
import { castStrings } from './cast-from-string.ts';
import type { Column, RecordColumn } from '../column/column.ts';
import type { StringPool } from '../column/string-pool.ts';
import { allNullColumn } from '../column/validity.ts';
import { assert, AssertionError } from '../base/assert.ts';
import { printType, sameType } from '../types/data-type.ts';
import type { DataType, ListType, RecordType } from '../types/data-type.ts';

/** `column` as `to`. The checker has made sure that the cast exists; others are a mistake of ours. */
export function castColumn(
  column: Column,
  to: DataType,
  context: { readonly pool: StringPool },
): Column {
  if (sameType(column.type, to)) return column;
  if (column.physical === 'null') return allNullColumn(to, column.length, context.pool);
  if (to.kind === 'list') return castToList(column, to, context);
  if (to.kind === 'string' || to.kind === 'large_string') {
    return stringsFromColumn(column, to, context);
  }
  if (column.physical === 'record' && to.kind === 'record') return castRecord(column, to, context);
  if (column.physical === 'map' && to.kind === 'map') {
    const keys = castColumn(column.keys, to.key, context);
    const values = castColumn(column.values, to.value, context);
    return { ...column, type: to, keys, values };
  }
  if (to.kind !== 'record' && to.kind !== 'map') {
    if (column.physical === 'string') return castStrings(column, to, context.pool);
    if (column.physical === 'fixed') return castFixed(column, to);
  }
  throw new AssertionError(`no cast from ${printType(column.type)} to ${printType(to)}`);
}

/** Field by field, matched by name: records meet whatever the order of their fields. */
function castRecord(
  column: RecordColumn,
  to: RecordType,
  context: { readonly pool: StringPool },
): Column {
  const children = to.fields.map((field) => {
    const index = column.type.fields.findIndex((other) => other.name === field.name);
    const child = column.children[index];
    assert(child !== undefined, `cast: the record has no field ${field.name}`);
    return castColumn(child, field.type, context);
  });
  return { ...column, type: to, children };
}

/** Lists element by element; anything else becomes the only element of its list. */
function castToList(column: Column, to: ListType, context: { readonly pool: StringPool }): Column {
  if (column.physical === 'list') {
    return { ...column, type: to, element: castColumn(column.element, to.element, context) };
  }
  const { length, validity } = column;
  const offsets = Int32Array.from({ length: length + 1 }, (_, row) => row);
  const element = castColumn(column, to.element, context);
  return { physical: 'list', type: to, length, validity, offsets, element };
}
