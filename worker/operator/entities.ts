/** The entities of a cell: a dense index assigned in hash order, over everything that the cell reads. */
import { assert } from '../../shared/base/assert.ts';
import { AppError } from '../../shared/base/app-error.ts';
import type { Column } from '../../shared/column/column.ts';
import { isValid } from '../../shared/column/column.ts';
import { concatColumns, takeColumn } from '../../shared/column/take.ts';
import { columnValue } from '../../shared/column/values.ts';
import type { StringPool } from '../../shared/column/string-pool.ts';
import type { DataType } from '../../shared/types/data-type.ts';

/** Entities of one source: hashes ascending (unsigned), one key value each. */
export interface EntityList {
  readonly hashes: BigUint64Array;
  readonly keys: Column;
}

export interface Entities extends EntityList {
  readonly count: number;
}

export interface EntityIndex {
  readonly entities: Entities;
  /** Per source: the dense index of each of its entities. */
  readonly indices: readonly Int32Array[];
}

/** Unites the entity lists of all sources. Two keys with one hash are a data error that names both. */
export function uniteEntities(
  type: DataType,
  sources: readonly EntityList[],
  pool: StringPool,
): EntityIndex {
  if (sources.length === 0) {
    const keys = concatColumns(type, [], pool);
    return { entities: { count: 0, hashes: new BigUint64Array(0), keys }, indices: [] };
  }
  let hashes = sources[0]!.hashes;
  for (const source of sources.slice(1)) hashes = uniteHashes(hashes, source.hashes);
  const indices = sources.map((source) => indexHashes(source.hashes, hashes));
  if (sources.length === 1) {
    return { entities: { count: hashes.length, hashes, keys: sources[0]!.keys }, indices };
  }
  const keys = concatColumns(
    type,
    sources.map((source) => source.keys),
    pool,
  );
  const pick = new Int32Array(hashes.length).fill(-1);
  let base = 0;
  for (const [at, source] of sources.entries()) {
    const index = indices[at]!;
    for (let row = 0; row < index.length; row++) {
      const entity = index[row]!;
      if (pick[entity] === -1) pick[entity] = base + row;
      else checkSameKey(keys, pick[entity]!, base + row);
    }
    base += source.hashes.length;
  }
  return { entities: { count: hashes.length, hashes, keys: takeColumn(keys, pick) }, indices };
}

/** Fails if two rows of equal hash have different keys. */
export function checkSameKey(keys: Column, left: number, right: number): void {
  const isBoth = isValid(keys, left) && isValid(keys, right);
  if (isBoth && keys.physical === 'string' && keys.codes[left] === keys.codes[right]) return;
  if (isBoth && keys.physical === 'fixed' && keys.values[left] === keys.values[right]) return;
  const one = columnValue(keys, left);
  const two = columnValue(keys, right);
  const text = (value: unknown): string =>
    JSON.stringify(value, (_, each: unknown) =>
      typeof each === 'bigint' ? each.toString() : each,
    );
  // Null and a value may share the hash 0 only if the value is a record of nulls.
  if (text(one) === text(two)) return;
  throw new AppError(
    'data',
    'KEY_HASH_COLLISION',
    `two entity keys have the same hash: ${text(one)} and ${text(two)}`,
  );
}

function uniteHashes(left: BigUint64Array, right: BigUint64Array): BigUint64Array {
  const out = new BigUint64Array(left.length + right.length);
  let i = 0;
  let j = 0;
  let length = 0;
  while (i < left.length || j < right.length) {
    if (j >= right.length || (i < left.length && left[i]! < right[j]!)) out[length++] = left[i++]!;
    else if (i >= left.length || right[j]! < left[i]!) out[length++] = right[j++]!;
    else {
      out[length++] = left[i++]!;
      j++;
    }
  }
  return out.slice(0, length);
}

/** For each of `some` (ascending), its place in `all` (ascending, a superset). */
export function indexHashes(some: BigUint64Array, all: BigUint64Array): Int32Array {
  const out = new Int32Array(some.length);
  let at = 0;
  for (let row = 0; row < some.length; row++) {
    while (at < all.length && all[at]! < some[row]!) at++;
    assert(at < all.length && all[at] === some[row], 'entities: every hash is in the index');
    out[row] = at;
  }
  return out;
}

/** The index of a hash, or −1. */
export function findHash(hashes: BigUint64Array, words: Uint32Array, row: number): number {
  const low = words[row * 2]!;
  const high = words[row * 2 + 1]!;
  const all = new Uint32Array(hashes.buffer, hashes.byteOffset, hashes.length * 2);
  let from = 0;
  let to = hashes.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    const middleHigh = all[middle * 2 + 1]!;
    if (middleHigh < high || (middleHigh === high && all[middle * 2]! < low)) from = middle + 1;
    else to = middle;
  }
  return from < hashes.length && all[from * 2] === low && all[from * 2 + 1] === high ? from : -1;
}
