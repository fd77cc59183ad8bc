/** The distinct keys of a column, each hashed once where rows share it. */
import type { Column, StringColumn } from '../../shared/column/column.ts';
import { takeColumn } from '../../shared/column/take.ts';
import { hashColumn } from '../../shared/kernel/hash.ts';
import { checkSameKey } from './entities.ts';
import type { DistinctHashes } from './hash-index.ts';
import { distinctHashes } from './hash-index.ts';

/** The distinct keys in order of hash. Fails if two of them have one hash. */
export function distinctKeys(keys: Column): DistinctHashes {
  if (keys.physical !== 'string') return distinctByHash(keys);
  // A string is hashed and looked for once, however many rows have it.
  const { number, firstRow } = numberStrings(keys);
  const distinct = distinctByHash(takeColumn(keys, firstRow));
  for (let row = 0; row < number.length; row++) number[row] = distinct.place[number[row]!]!;
  return {
    hashes: distinct.hashes,
    firstRow: distinct.firstRow.map((first) => firstRow[first]!),
    place: number,
  };
}

function distinctByHash(keys: Column): DistinctHashes {
  const distinct = distinctHashes(hashColumn(keys));
  const { place, firstRow } = distinct;
  for (let row = 0; row < place.length; row++) {
    const first = firstRow[place[row]!]!;
    if (first !== row) checkSameKey(keys, first, row);
  }
  return distinct;
}

/** Numbers the strings by their first rows; null is one of them. */
function numberStrings(keys: StringColumn): { number: Int32Array; firstRow: Int32Array } {
  const { codes, validity, length, pool } = keys;
  /** By code, null last: the number + 1, or 0. */
  const known = new Int32Array(pool.size + 1);
  const number = new Int32Array(length);
  const firstRow = new Int32Array(Math.min(length, known.length));
  let count = 0;
  for (let row = 0; row < length; row++) {
    const code = validity !== null && validity[row] === 0 ? pool.size : codes[row]!;
    let found = known[code]!;
    if (found === 0) {
      firstRow[count++] = row;
      found = count;
      known[code] = found;
    }
    number[row] = found - 1;
  }
  return { number, firstRow: firstRow.subarray(0, count) };
}
