/** The entities of a bucket range over all segments of a table: one dense index in hash order. */
import type { Column } from '../../shared/column/column.ts';
import { stringColumn } from '../../shared/column/column.ts';
import { readColumn } from '../../shared/column/codec.ts';
import type { StringPool } from '../../shared/column/string-pool.ts';
import { concatColumns, takeColumn } from '../../shared/column/take.ts';
import type { ScalarType, DataType } from '../../shared/types/data-type.ts';
import { assert } from '../../shared/base/assert.ts';
import { isBelow, isSame, wordsOf } from '../../shared/base/compare-words.ts';
import { keyCollision, keyText } from '../prepare/entities.ts';
import type { Segment } from '../../shared/storage/segment.ts';

/** Keeps an entity by the low and the high word of its hash: how samples are applied. */
export type EntityFilter = (low: number, high: number) => boolean;

export interface ScanEntities {
  /** Strictly ascending (unsigned). */
  readonly hashes: BigUint64Array;
  readonly keys: Column;
  /**
   * Per segment: index of each of its entities in the bucket range, counted from the first of them; −1 if filtered out.
   * Null: the index is the same number.
   */
  readonly maps: readonly (Int32Array | null)[];
}

export async function readEntities(
  segments: readonly Segment[],
  bucketLow: number,
  bucketHigh: number,
  keyType: DataType,
  pool: StringPool,
  keep: EntityFilter | null,
): Promise<ScanEntities> {
  const parts = await Promise.all(
    segments.map(async (segment) => {
      const start = segment.bucketEntities[bucketLow]!;
      const count = segment.bucketEntities[bucketHigh]! - start;
      const [hashes, keys] = await Promise.all([
        segment.bundle.sectionRanges('entityHash', [[start, count]], 'u64'),
        readKeys(segment, start, count, pool),
      ]);
      return { hashes, keys };
    }),
  );
  const [only] = parts;
  if (only !== undefined && parts.length === 1 && keep === null) {
    return { hashes: only.hashes, keys: only.keys, maps: [null] };
  }
  const heads = parts.map(({ hashes }) => hashes);
  const { hashes, origin, maps } = uniteHashes(heads, keep);
  const all = concatColumns(
    keyType,
    parts.map(({ keys }) => keys),
    pool,
  );
  checkCollisions(all, heads, hashes, maps, origin);
  return { hashes, keys: takeColumn(all, origin), maps };
}

async function readKeys(
  { bundle, meta }: Segment,
  start: number,
  count: number,
  pool: StringPool,
): Promise<Column> {
  if (meta.keyMeta !== null) return readColumn(bundle, meta.keyMeta, [[start, count]], pool);
  const offsets = await bundle.sectionRanges('keyOffsets', [[start, count + 1]], 'f64');
  const first = offsets[0]!;
  const bytes = await bundle.sectionRanges('keyBytes', [[first, offsets[count]! - first]], 'u8');
  const codes = new Int32Array(count);
  for (let index = 0; index < count; index++) {
    codes[index] = pool.internBytes(bytes, offsets[index]! - first, offsets[index + 1]! - first);
  }
  const nullAt = meta.nullKey - start;
  const validity = nullAt >= 0 && nullAt < count ? new Uint8Array(count).fill(1) : null;
  if (validity !== null) validity[nullAt] = 0;
  // A segment without `keyMeta` has string keys, so the type is a scalar.
  return stringColumn(meta.keyType as ScalarType, codes, pool, validity);
}

/** Merges ascending hashes without repeats; `origin` is the position of each in the concatenation of all parts. */
function uniteHashes(
  parts: readonly BigUint64Array[],
  keep: EntityFilter | null,
): { hashes: BigUint64Array; origin: Int32Array; maps: Int32Array[] } {
  const total = parts.reduce((sum, part) => sum + part.length, 0);
  const bases: number[] = [];
  let base = 0;
  for (const part of parts) {
    bases.push(base);
    base += part.length;
  }
  // Two at a time, so that the hot loop sees two arrays whatever the number of segments.
  let runs = parts.map((part, index): UnitedRun => {
    const origin = new Int32Array(part.length);
    for (let at = 0; at < part.length; at++) origin[at] = bases[index]! + at;
    return { hashes: part, origin };
  });
  while (runs.length > 1) {
    const next: UnitedRun[] = [];
    for (let index = 0; index < runs.length; index += 2) {
      const right = runs[index + 1];
      next.push(right === undefined ? runs[index]! : uniteTwo(runs[index]!, right));
    }
    runs = next;
  }
  const united = filtered(
    runs[0] ?? { hashes: new BigUint64Array(0), origin: new Int32Array(0) },
    keep,
  );
  assert(united.hashes.length <= total, 'scan: no more entities than keys');
  const maps = parts.map((part) => indexIn(part, united.hashes));
  return { ...united, maps };
}

interface UnitedRun {
  readonly hashes: BigUint64Array;
  readonly origin: Int32Array;
}

function uniteTwo(left: UnitedRun, right: UnitedRun): UnitedRun {
  const hashes = new BigUint64Array(left.hashes.length + right.hashes.length);
  const origin = new Int32Array(hashes.length);
  let length = 0;
  const leftWords = wordsOf(left.hashes);
  const rightWords = wordsOf(right.hashes);
  let l = 0;
  let r = 0;
  while (l < left.hashes.length || r < right.hashes.length) {
    const takesLeft =
      r === right.hashes.length ||
      (l < left.hashes.length && !isBelow(rightWords, r, leftWords, l));
    if (takesLeft) {
      if (r < right.hashes.length && isSame(leftWords, l, rightWords, r)) r++;
      hashes[length] = left.hashes[l]!;
      origin[length++] = left.origin[l++]!;
    } else {
      hashes[length] = right.hashes[r]!;
      origin[length++] = right.origin[r++]!;
    }
  }
  return { hashes: hashes.slice(0, length), origin: origin.slice(0, length) };
}

function filtered(run: UnitedRun, keep: EntityFilter | null): UnitedRun {
  if (keep === null) return run;
  const { buffer, byteOffset, length } = run.hashes;
  const words = new Uint32Array(buffer, byteOffset, length * 2);
  const kept: number[] = [];
  for (let index = 0; index < length; index++) {
    if (keep(words[2 * index]!, words[2 * index + 1]!)) kept.push(index);
  }
  return {
    hashes: BigUint64Array.from(kept, (index) => run.hashes[index]!),
    origin: Int32Array.from(kept, (index) => run.origin[index]!),
  };
}

/** The index in `all` of each of `part`, −1 where it is missing; both ascend. */
function indexIn(part: BigUint64Array, all: BigUint64Array): Int32Array {
  const map = new Int32Array(part.length);
  const partWords = wordsOf(part);
  const allWords = wordsOf(all);
  let at = 0;
  for (let index = 0; index < part.length; index++) {
    while (at < all.length && isBelow(allWords, at, partWords, index)) at++;
    map[index] = at < all.length && isSame(allWords, at, partWords, index) ? at : -1;
  }
  return map;
}

/** Segments that have one hash must have one key for it. */
function checkCollisions(
  all: Column,
  parts: readonly BigUint64Array[],
  hashes: BigUint64Array,
  maps: readonly Int32Array[],
  origin: Int32Array,
): void {
  let base = 0;
  for (const [index, part] of parts.entries()) {
    const map = maps[index]!;
    for (let at = 0; at < part.length; at++) {
      const entity = map[at]!;
      if (entity < 0) continue;
      const first = origin[entity]!;
      if (first === base + at || isSameKey(all, first, base + at)) continue;
      throw keyCollision(all, first, base + at, hashes[entity]!);
    }
    base += part.length;
  }
}

function isSameKey(keys: Column, left: number, right: number): boolean {
  if (keys.validity !== null && keys.validity[left] !== keys.validity[right]) return false;
  if (keys.validity !== null && keys.validity[left] === 0) return true;
  if (keys.physical === 'string') return keys.codes[left] === keys.codes[right];
  if (keys.physical === 'fixed') return Object.is(keys.values[left], keys.values[right]);
  return keyText(keys, left) === keyText(keys, right);
}
