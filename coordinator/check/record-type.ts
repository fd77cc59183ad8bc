/** Record types: access to fields by name, and the size of a type written out. */
import type { DataType, Field, RecordType } from '../../shared/types/data-type.ts';
import { printType } from '../../shared/types/data-type.ts';

const indexes = new WeakMap<RecordType, ReadonlyMap<string, number>>();

/** The index of a field, or null. In constant time: records may have thousands of fields. */
export function fieldIndex(type: RecordType, name: string): number | null {
  let index = indexes.get(type);
  if (index === undefined) {
    index = new Map(type.fields.map((field, position) => [field.name, position]));
    indexes.set(type, index);
  }
  return index.get(name) ?? null;
}

export function fieldOf(type: RecordType, name: string): Field | null {
  const index = fieldIndex(type, name);
  return index === null ? null : type.fields[index]!;
}

const sizes = new WeakMap<DataType, number>();

/** The nodes of a type written out; a type shared by several fields counts once per field. */
export function typeSize(type: DataType): number {
  const known = sizes.get(type);
  if (known !== undefined) return known;
  let size = 1;
  if (type.kind === 'record') for (const field of type.fields) size += typeSize(field.type);
  else if (type.kind === 'list') size += typeSize(type.element);
  else if (type.kind === 'map') size += typeSize(type.key) + typeSize(type.value);
  sizes.set(type, size);
  return size;
}

const SHOWN_LENGTH_MAX = 200;

/** The printed type as a message can hold it. */
export function showType(type: DataType): string {
  const text = printType(type);
  return text.length > SHOWN_LENGTH_MAX ? `${text.slice(0, SHOWN_LENGTH_MAX)}...` : text;
}
