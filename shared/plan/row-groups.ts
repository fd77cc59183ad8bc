/**
 * Rows of a result's row groups: all but the last have exactly this many, at fixed global row numbers, so that a file's
 * bytes depend neither on how the work was cut nor on how the merge was. A function of the fields alone.
 */
import type { DataType } from '../types/data-type.ts';

/** Bytes of a row group's columns before encoding, about: a writer holds two groups, a reader one column of it. */
const ROW_GROUP_BYTES = 64 << 20;
const ROWS_MIN = 1 << 16;
/**
 * The dictionary of keys is written once per row group: the more rows share it, the less it weighs. With 50,000 entities,
 * groups of 131,072 rows spent half of the file on dictionaries, groups of a million a tenth.
 */
const ROWS_MAX = 1 << 20;

/** A power of two. */
export function rowGroupRows(fields: readonly { readonly type: DataType }[]): number {
  // Time, subsort, hash and key code.
  let width = 24;
  for (const field of fields) width += widthOf(field.type);
  let rows = ROWS_MAX;
  while (rows > ROWS_MIN && rows * width > ROW_GROUP_BYTES) rows /= 2;
  return rows;
}

function widthOf(type: DataType): number {
  switch (type.kind) {
    case 'record':
      return type.fields.reduce((sum, field) => sum + widthOf(field.type), 1);
    case 'list':
      return 4 + 8 * widthOf(type.element);
    case 'map':
      return 4 + 8 * (widthOf(type.key) + widthOf(type.value));
    case 'string':
    case 'large_string':
      return 24;
    default:
      return 8;
  }
}
