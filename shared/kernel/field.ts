/** Access to a field of a record, of each record of a list, or of a json text (language.md 3.2, 7.8). */
import { jsonField } from './json-field.ts';
import type { KernelContext } from './kernel.ts';
import { mapStrings } from './map-strings.ts';
import type { Column, RecordColumn } from '../column/column.ts';
import { nullColumn } from '../column/column.ts';
import { andValidity, withValidity } from '../column/validity.ts';
import { assert, AssertionError } from '../base/assert.ts';
import { STRING } from '../types/data-type.ts';

/** Null where the record, list or json is null. */
export function fieldOfColumn(column: Column, name: string, context: KernelContext): Column {
  switch (column.physical) {
    case 'null':
      return nullColumn(column.length);
    case 'record':
      return fieldOfRecord(column, name);
    case 'list': {
      const { element, length, validity, offsets } = column;
      const field = fieldOfColumn(element, name, context);
      const type = { kind: 'list', element: field.type } as const;
      return { physical: 'list', type, length, validity, offsets, element: field };
    }
    case 'string':
      assert(column.type.kind === 'json', 'field: a string has none');
      return mapStrings(column, STRING, context.pool, (text) => jsonField(text, name));
    default:
      throw new AssertionError(`field: a ${column.type.kind} has none`);
  }
}

function fieldOfRecord(column: RecordColumn, name: string): Column {
  const index = column.type.fields.findIndex((field) => field.name === name);
  const child = column.children[index];
  assert(child !== undefined, `field: the record has no field ${name}`);
  return withValidity(child, andValidity(child.validity, column.validity));
}
