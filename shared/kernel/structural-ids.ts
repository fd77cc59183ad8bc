/**
 * Dense ids of values within one column: equal values, however nested, have equal ids. Null is 0.
 *
 *   [1, 2]   null   [2, 1]   [1, 2]      →   1   0   2   1
 *
 * Equality of records, lists and maps, and duplicates in lists, become comparisons of int32. Within a value null equals
 * null. Maps are equal when they have the same keys with the same values, in any order. One Map look-up per value and
 * level: for the rare types, not for numbers and strings alone.
 */
import type { Column, FixedArray } from '../column/column.ts';
import { unreachable } from '../base/assert.ts';

const NEGATIVE_ZERO = -1;

export function structuralIds(column: Column): Int32Array {
  const ids = idsOfType(column);
  const { validity } = column;
  if (validity !== null) {
    for (let row = 0; row < ids.length; row++) if (validity[row] === 0) ids[row] = 0;
  }
  return ids;
}

function idsOfType(column: Column): Int32Array {
  switch (column.physical) {
    case 'null':
      return new Int32Array(column.length);
    case 'string':
      return column.codes.map((code) => code + 1);
    case 'fixed':
      return fixedIds(column.values);
    case 'record': {
      const children = column.children.map(structuralIds);
      return idsOfKeys(column.length, (row) => children.map((ids) => ids[row]!).join());
    }
    case 'list': {
      const elements = structuralIds(column.element);
      const { offsets } = column;
      return idsOfKeys(column.length, (row) =>
        elements.subarray(offsets[row]!, offsets[row + 1]!).join(),
      );
    }
    case 'map': {
      const keys = structuralIds(column.keys);
      const values = structuralIds(column.values);
      const { offsets } = column;
      return idsOfKeys(column.length, (row) => {
        const entries: string[] = [];
        for (let at = offsets[row]!; at < offsets[row + 1]!; at++) {
          entries.push(`${keys[at]}:${values[at]}`);
        }
        return entries.sort().join();
      });
    }
    default:
      return unreachable(column);
  }
}

function fixedIds(values: FixedArray): Int32Array {
  const ids = new Map<number | bigint, number>();
  const out = new Int32Array(values.length);
  // A Map finds NaN but takes −0 for 0, which the total order tells apart.
  for (let row = 0; row < values.length; row++) {
    const value = values[row]!;
    if (Object.is(value, -0)) {
      out[row] = NEGATIVE_ZERO;
      continue;
    }
    let id = ids.get(value);
    if (id === undefined) ids.set(value, (id = ids.size + 1));
    out[row] = id;
  }
  return out;
}

function idsOfKeys(length: number, keyOf: (row: number) => string): Int32Array {
  const ids = new Map<string, number>();
  const out = new Int32Array(length);
  for (let row = 0; row < length; row++) {
    const key = keyOf(row);
    let id = ids.get(key);
    if (id === undefined) ids.set(key, (id = ids.size + 1));
    out[row] = id;
  }
  return out;
}
