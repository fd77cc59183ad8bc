/** The entities of several runs in one numbering by hash: each run has a dictionary of its own, and they overlap. */
import { mapLimited } from '../../shared/base/map-limited.ts';
import { isBelow, isSame, wordsOf } from '../../shared/base/compare-words.ts';
import type { Column } from '../../shared/column/column.ts';
import type { StringPool } from '../../shared/column/string-pool.ts';
import { concatColumns, takeColumn } from '../../shared/column/take.ts';
import type { DataType } from '../../shared/types/data-type.ts';
import type { RunExtent } from './merge-source.ts';
import { READS_MAX } from './merge-source.ts';

export interface EntityUnion {
  readonly extents: readonly RunExtent[];
  /** Ascending, unsigned; exactly the entities that have a row. */
  readonly hash: BigUint64Array;
  /** Per row of all extents, one extent after another, an index into `hash`. */
  readonly entity: Int32Array;
  /** For each extent the indices in its run's dictionary of those that have a row, ascending. */
  readonly used: readonly Int32Array[];
  /** For each of `hash` where its key is found: a place among all of `used`, one extent after another. */
  readonly keyAt: Int32Array;
}

/** Entities that have rows in one extent: indices into the run's dictionary, ascending, so in hash order. */
interface Used {
  readonly indices: Int32Array;
  readonly hash: BigUint64Array;
}

/** `entities`: for each extent its rows, as indices in its run's dictionary; `entity` has room for all of them. */
export async function uniteEntities(
  extents: readonly RunExtent[],
  entities: readonly Int32Array[],
  entity: Int32Array,
): Promise<EntityUnion> {
  const dictionaries = await mapLimited(extents, READS_MAX, ({ run }) => run.entityHash());
  const used = entities.map((entity, at) => usedEntities(entity, dictionaries[at]!));
  const hash = sortedUnion(used);
  const keyAt = new Int32Array(hash.length);
  let row = 0;
  let usedBefore = 0;
  entities.forEach((part, at) => {
    const { indices, hash: usedHash } = used[at]!;
    const united = placesIn(hash, usedHash);
    const map = new Int32Array(dictionaries[at]!.length);
    for (let index = 0; index < indices.length; index++) {
      map[indices[index]!] = united[index]!;
      keyAt[united[index]!] = usedBefore + index;
    }
    renumber(part, map, entity, row);
    row += part.length;
    usedBefore += indices.length;
  });
  return { extents, hash, entity, used: used.map(({ indices }) => indices), keyAt };
}

/** The key of each entity of the union. */
export async function readEntityKeys(
  { extents, used, keyAt }: EntityUnion,
  keyType: DataType,
  pool: StringPool,
): Promise<Column> {
  const parts = await mapLimited(extents, READS_MAX, async ({ run }, at) => {
    const indices = used[at]!;
    const first = indices[0]!;
    const keys = await run.readKeys(first, indices[indices.length - 1]! + 1, pool);
    return takeColumn(
      keys,
      indices.map((index) => index - first),
    );
  });
  return takeColumn(concatColumns(keyType, parts, pool), keyAt);
}

function renumber(entity: Int32Array, map: Int32Array, out: Int32Array, at: number): void {
  for (let row = 0; row < entity.length; row++) out[at + row] = map[entity[row]!]!;
}

function usedEntities(entity: Int32Array, dictionary: BigUint64Array): Used {
  const isUsed = new Uint8Array(dictionary.length);
  for (let row = 0; row < entity.length; row++) isUsed[entity[row]!] = 1;
  let count = 0;
  for (let index = 0; index < isUsed.length; index++) count += isUsed[index]!;
  const indices = new Int32Array(count);
  const hash = new BigUint64Array(count);
  let at = 0;
  for (let index = 0; index < isUsed.length; index++) {
    if (isUsed[index] === 0) continue;
    indices[at] = index;
    hash[at++] = dictionary[index]!;
  }
  return { indices, hash };
}

/** All hashes once, ascending. Bucket ranges of one slice follow each other in hash order: then nothing is sorted. */
function sortedUnion(used: readonly Used[]): BigUint64Array {
  const all = new BigUint64Array(used.reduce((sum, { hash }) => sum + hash.length, 0));
  let at = 0;
  for (const { hash } of used) {
    all.set(hash, at);
    at += hash.length;
  }
  if (!isAscending(all)) all.sort();
  let count = 0;
  const words = wordsOf(all);
  for (let index = 0; index < all.length; index++) {
    // Places up to `count` are taken, so the last kept one and not the one before is what it may repeat.
    if (count > 0 && isSame(words, index, words, count - 1)) continue;
    all[count++] = all[index]!;
  }
  return all.subarray(0, count);
}

function isAscending(values: BigUint64Array): boolean {
  const words = wordsOf(values);
  for (let index = 1; index < values.length; index++) {
    if (isBelow(words, index, words, index - 1)) return false;
  }
  return true;
}

/** Where each of `hashes` is in `union`, which holds them all; both ascend. */
function placesIn(union: BigUint64Array, hashes: BigUint64Array): Int32Array {
  const places = new Int32Array(hashes.length);
  const unionWords = wordsOf(union);
  const words = wordsOf(hashes);
  let place = firstPlace(union, hashes);
  for (let index = 0; index < hashes.length; index++) {
    while (isBelow(unionWords, place, words, index)) place++;
    places[index] = place;
  }
  return places;
}

/** The place of hashes[0], by bisection: a run holds a narrow range of all hashes. */
function firstPlace(union: BigUint64Array, hashes: BigUint64Array): number {
  if (hashes.length === 0) return 0;
  let low = 0;
  let high = union.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (union[middle]! < hashes[0]!) low = middle + 1;
    else high = middle;
  }
  return low;
}
