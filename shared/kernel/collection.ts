/** Lists and maps (language.md 7.8). */
import type { Kernel } from './kernel.ts';
import { fixedArg, halvesOf } from './kernel.ts';
import { structuralIds } from './structural-ids.ts';
import type { Column, ListColumn, MapColumn } from '../column/column.ts';
import { fixedColumn, isValid } from '../column/column.ts';
import { concatColumns, NO_ROW, takeColumn } from '../column/take.ts';
import { allNullColumn } from '../column/validity.ts';
import { assert, AssertionError } from '../base/assert.ts';
import { I32, I64 } from '../types/data-type.ts';

function listArg(arg: Column): ListColumn {
  if (arg.physical !== 'list') throw new AssertionError(`expected a list, got ${arg.physical}`);
  return arg;
}

const listLen: Kernel = (args, _outType, context) => {
  if (args[0]!.physical === 'null') return allNullColumn(I32, context.length, context.pool);
  const { length, offsets, validity } = listArg(args[0]!);
  const values = new Int32Array(length);
  for (let row = 0; row < length; row++) values[row] = offsets[row + 1]! - offsets[row]!;
  return fixedColumn(I32, values, validity);
};

/** Zero-based; negative or past the end is null. */
const index: Kernel = (args, outType, context) => {
  const positions = fixedArg(args[0]!, I64, context);
  if (args[1]!.physical === 'null') return allNullColumn(outType, context.length, context.pool);
  const list = listArg(args[1]!);
  const halves = halvesOf(positions.values);
  const rows = new Int32Array(list.length);
  for (let row = 0; row < rows.length; row++) {
    const from = list.offsets[row]!;
    const position = halves[2 * row]!;
    // Positions of 2^31 and more are past the end of any list.
    const fits = halves[2 * row + 1] === 0 && position >= 0;
    const inList = fits && position < list.offsets[row + 1]! - from;
    rows[row] = inList && isValid(list, row) && isValid(positions, row) ? from + position : NO_ROW;
  }
  return takeColumn(list.element, rows);
};

const get: Kernel = (args, outType, context) => {
  const [key, map] = args as [Column, Column]; // the signature has two parameters
  if (map.physical === 'null' || key.physical === 'null') {
    return allNullColumn(outType, context.length, context.pool);
  }
  assert(map.physical === 'map', 'get: expected a map');
  return takeColumn(map.values, findKeys(key, map, context.pool));
};

/** The entry of each row's key in its map, or NO_ROW. Keys compare by the ids of one column that has them all. */
function findKeys(key: Column, map: MapColumn, pool: Parameters<Kernel>[2]['pool']): Int32Array {
  const both = concatColumns(map.type.key, [map.keys, key], pool);
  const ids = both.physical === 'string' ? both.codes : structuralIds(both);
  const base = map.keys.length;
  const rows = new Int32Array(key.length).fill(NO_ROW);
  for (let row = 0; row < rows.length; row++) {
    if (!isValid(map, row) || !isValid(key, row)) continue;
    const wanted = ids[base + row]!;
    for (let at = map.offsets[row]!; at < map.offsets[row + 1]!; at++) {
      if (ids[at] === wanted && isValid(map.keys, at)) rows[row] = at;
    }
  }
  return rows;
}

/** One level; null inner lists contribute nothing. */
const flatten: Kernel = (args, outType, context) => {
  if (args[0]!.physical === 'null') return allNullColumn(outType, context.length, context.pool);
  const outer = listArg(args[0]!);
  if (outer.element.physical === 'null') {
    return allNullListsOf(outer, outType, context);
  }
  const inner = listArg(outer.element);
  const offsets = new Int32Array(outer.length + 1);
  const elements: number[] = [];
  for (let row = 0; row < outer.length; row++) {
    if (isValid(outer, row)) {
      for (let list = outer.offsets[row]!; list < outer.offsets[row + 1]!; list++) {
        if (!isValid(inner, list)) continue;
        for (let at = inner.offsets[list]!; at < inner.offsets[list + 1]!; at++) elements.push(at);
      }
    }
    offsets[row + 1] = elements.length;
  }
  const { length, type, validity } = { ...outer, type: inner.type };
  const element = takeColumn(inner.element, Int32Array.from(elements));
  return { physical: 'list', type, length, validity, offsets, element };
};

/** Lists that hold nothing but null lists flatten to empty lists. */
function allNullListsOf(
  outer: ListColumn,
  outType: Parameters<Kernel>[1],
  context: Parameters<Kernel>[2],
): Column {
  const empty = allNullColumn(outType, outer.length, context.pool);
  return empty.physical === 'null' ? empty : { ...empty, validity: outer.validity };
}

/** Elements of `a` then of `b`, each value once, at its first place. A null list counts as empty; nulls are a value. */
const union: Kernel = (args, outType, context) => {
  const lists = args.filter((arg) => arg.physical !== 'null').map((arg) => listArg(arg));
  assert(outType.kind === 'list', 'union: expected a list type');
  const elements = concatColumns(
    outType.element,
    lists.map((list) => list.element),
    context.pool,
  );
  const ids = structuralIds(elements);
  // seen[id] is the last row that has the value, plus 1.
  const seen = new Int32Array(ids.reduce((max, id) => Math.max(max, id), 0) + 2);
  const kept: number[] = [];
  const offsets = new Int32Array(context.length + 1);
  for (let row = 0; row < context.length; row++) {
    let base = 0;
    for (const list of lists) {
      if (isValid(list, row)) {
        for (let at = list.offsets[row]!; at < list.offsets[row + 1]!; at++) {
          const id = ids[base + at]! + 1;
          if (seen[id] === row + 1) continue;
          seen[id] = row + 1;
          kept.push(base + at);
        }
      }
      base += list.element.length;
    }
    offsets[row + 1] = kept.length;
  }
  return {
    physical: 'list',
    type: outType,
    length: context.length,
    validity: null,
    offsets,
    element: takeColumn(elements, Int32Array.from(kept)),
  };
};

export const COLLECTION_KERNELS = {
  list_len: listLen,
  index,
  get,
  flatten,
  union,
} satisfies Record<string, Kernel>;
