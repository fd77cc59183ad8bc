/**
 * Splits a column into the leaves of a Parquet schema with their levels (Melnik et al., Dremel, 2010).
 *
 *   list<i64>      entries of its one leaf          A definition level says how many optional or repeated nodes
 *   [1, null]      (r 0, d 3, 1)  (r 1, d 2)        on the way exist: 0 null list, 1 empty list, 2 null element,
 *   null           (r 0, d 0)                       3 value. A repetition level says which list goes on: 0 starts
 *   []             (r 0, d 1)                       a row.
 */
import type {
  Column,
  FixedColumn,
  NullColumn,
  StringColumn,
} from '../../../shared/column/column.ts';
import { unreachable } from '../../../shared/base/assert.ts';
import { Scratch } from '../../scratch.ts';

/**
 * The entries of one leaf. `definition` null: all at the leaf's maximum; `repetition` null: all 0. `present` lists the
 * rows of `column` with a value, in order of entry; null: every entry is a value and entry i is row i.
 */
export interface LeafEntries {
  readonly length: number;
  readonly definition: Int32Array | null;
  readonly repetition: Int32Array | null;
  readonly present: Int32Array | null;
  readonly column: FixedColumn | StringColumn | NullColumn;
}

/** Entries of a node on the way down. `row[i]` is the row of the node's column, or -1: the entry ended higher up. */
interface Entries {
  readonly row: Int32Array;
  readonly definition: Int32Array;
  readonly repetition: Int32Array;
}

/** Of the leaf that was asked for last, if it is a whole column. */
const scratch = new Scratch();

/** Leaves depth first, as in the schema. Their arrays are good until the next column's are asked for. */
export function leafEntries(column: Column): LeafEntries[] {
  if (column.physical === 'fixed' || column.physical === 'string') return [flatEntries(column)];
  const row = new Int32Array(column.length);
  for (let at = 0; at < row.length; at++) row[at] = at;
  const entries: Entries = {
    row,
    definition: new Int32Array(column.length),
    repetition: new Int32Array(column.length),
  };
  const leaves: LeafEntries[] = [];
  descend(column, entries, { isRequired: false, definition: 0, repetition: 0 }, leaves);
  return leaves;
}

/** A column of one leaf: its definition levels are its validity. */
function flatEntries(column: FixedColumn | StringColumn): LeafEntries {
  const { length, validity } = column;
  const all = { length, definition: null, repetition: null, present: null, column };
  if (validity === null) return all;
  const definition = scratch.i32('definition', length);
  const present = scratch.i32('present', length);
  let count = 0;
  for (let row = 0; row < length; row++) {
    const isPresent = validity[row]!;
    definition[row] = isPresent;
    present[count] = row;
    count += isPresent;
  }
  return { ...all, definition, present: present.subarray(0, count) };
}

/** What leads to a node: the levels of its parents. */
interface Place {
  readonly isRequired: boolean;
  readonly definition: number;
  readonly repetition: number;
}

function descend(column: Column, parent: Entries, place: Place, leaves: LeafEntries[]): void {
  const entries = place.isRequired ? parent : defineValid(column, parent, place.definition);
  const definition = place.definition + (place.isRequired ? 0 : 1);
  const { repetition } = place;
  switch (column.physical) {
    case 'record':
      for (const child of column.children) {
        descend(child, entries, { isRequired: false, definition, repetition }, leaves);
      }
      return;
    case 'list': {
      const items = expand(column.offsets, entries, definition, repetition + 1);
      const item = { definition: definition + 1, repetition: repetition + 1 };
      descend(column.element, items, { isRequired: false, ...item }, leaves);
      return;
    }
    case 'map': {
      const items = expand(column.offsets, entries, definition, repetition + 1);
      const item = { definition: definition + 1, repetition: repetition + 1 };
      descend(column.keys, items, { isRequired: true, ...item }, leaves);
      descend(column.values, items, { isRequired: false, ...item }, leaves);
      return;
    }
    case 'fixed':
    case 'string':
    case 'null':
      leaves.push(leafOf(column, entries, repetition));
      return;
    default:
      unreachable(column);
  }
}

function leafOf(
  column: FixedColumn | StringColumn | NullColumn,
  entries: Entries,
  repetition: number,
): LeafEntries {
  const length = entries.row.length;
  const present = new Int32Array(length);
  let count = 0;
  for (let at = 0; at < length; at++) {
    present[count] = entries.row[at]!;
    if (entries.row[at]! >= 0) count++;
  }
  return {
    length,
    definition: entries.definition,
    repetition: repetition === 0 ? null : entries.repetition,
    present: present.subarray(0, count),
    column,
  };
}

/** Entries whose row is valid go one level down; the others end here. */
function defineValid(column: Column, parent: Entries, level: number): Entries {
  const { validity } = column;
  const length = parent.row.length;
  const row = new Int32Array(length);
  const definition = parent.definition.slice();
  for (let at = 0; at < length; at++) {
    const from = parent.row[at]!;
    if (from >= 0 && (validity === null || validity[from] === 1)) {
      row[at] = from;
      definition[at] = level + 1;
    } else row[at] = -1;
  }
  return { row, definition, repetition: parent.repetition };
}

/** One entry per element; a list without elements keeps one that ends at `level`. */
function expand(
  offsets: Int32Array,
  parent: Entries,
  level: number,
  repetitionLevel: number,
): Entries {
  let length = 0;
  for (let at = 0; at < parent.row.length; at++) {
    const from = parent.row[at]!;
    length += from < 0 ? 1 : Math.max(1, offsets[from + 1]! - offsets[from]!);
  }
  const row = new Int32Array(length);
  const definition = new Int32Array(length);
  const repetition = new Int32Array(length);
  let out = 0;
  for (let at = 0; at < parent.row.length; at++) {
    const from = parent.row[at]!;
    const start = from < 0 ? 0 : offsets[from]!;
    const end = from < 0 ? 0 : offsets[from + 1]!;
    if (start === end) {
      row[out] = -1;
      definition[out] = parent.definition[at]!;
      repetition[out++] = parent.repetition[at]!;
      continue;
    }
    for (let element = start; element < end; element++) {
      row[out] = element;
      definition[out] = level + 1;
      repetition[out++] = element === start ? parent.repetition[at]! : repetitionLevel;
    }
  }
  return { row, definition, repetition };
}
