/** Where rows are stored: by bucket of their entity, within a bucket in the order of the order key. */
import { BUCKETS, bucketOf } from '../../shared/storage/buckets.ts';

export interface StoredOrder {
  /** Row r is stored in slot slots[r]. */
  readonly slots: Int32Array;
  /** Of each slot: the place of its row in the order of all rows. */
  readonly rank: Uint32Array;
}

/** A stable counting sort by bucket of the rows `rankToRow` (null: as they are). `hashes` are those of the entities. */
export function placeByBucket(
  rankToRow: Int32Array | null,
  entity: Int32Array,
  hashes: BigUint64Array,
): StoredOrder {
  const bucketOfRow = bucketsOf(entity, hashes);
  const next = new Int32Array(BUCKETS + 1);
  for (let row = 0; row < bucketOfRow.length; row++) {
    const after = bucketOfRow[row]! + 1;
    next[after] = next[after]! + 1;
  }
  for (let bucket = 0; bucket < BUCKETS; bucket++) next[bucket + 1]! += next[bucket]!;
  const slots = new Int32Array(entity.length);
  const rank = new Uint32Array(entity.length);
  for (let at = 0; at < entity.length; at++) {
    const row = rankToRow === null ? at : rankToRow[at]!;
    const bucket = bucketOfRow[row]!;
    const slot = next[bucket]!;
    next[bucket] = slot + 1;
    slots[row] = slot;
    rank[slot] = at;
  }
  return { slots, rank };
}

/** One byte a row, which the loop over rows in another order finds in the cache. */
function bucketsOf(entity: Int32Array, hashes: BigUint64Array): Uint8Array {
  const words = new Uint32Array(hashes.buffer, hashes.byteOffset, hashes.length * 2);
  const bucketOfEntity = new Uint8Array(hashes.length);
  for (let index = 0; index < hashes.length; index++) {
    bucketOfEntity[index] = bucketOf(words, index);
  }
  const buckets = new Uint8Array(entity.length);
  for (let row = 0; row < entity.length; row++) buckets[row] = bucketOfEntity[entity[row]!]!;
  return buckets;
}
