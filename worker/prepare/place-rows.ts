/** Where rows are stored: by bucket of their entity, within a bucket in the order of the order key. */
import { BUCKETS, bucketOf } from '../../shared/storage/buckets.ts';
import { orderRows } from '../order/order-rows.ts';
import { Scratch } from '../scratch.ts';

/** The rows by bucket: used up within one call. */
const scratch = new Scratch();

/** What orders the rows of a part; `subsort` null: rows of one time keep their order. */
export interface PlacedRows {
  readonly times: BigInt64Array;
  readonly subsort: BigUint64Array | null;
  /** Dense, in the order of the hashes. */
  readonly entity: Int32Array;
}

/** The slot of each row, a permutation, in `slots`. `hashes` are those of the entities. */
export function placeRows(keys: PlacedRows, hashes: BigUint64Array, slots: Int32Array): Int32Array {
  const bucketOfRow = bucketsOf(keys.entity, hashes);
  const starts = new Int32Array(BUCKETS + 1);
  for (let row = 0; row < bucketOfRow.length; row++) {
    const after = bucketOfRow[row]! + 1;
    starts[after] = starts[after]! + 1;
  }
  for (let bucket = 0; bucket < BUCKETS; bucket++) starts[bucket + 1]! += starts[bucket]!;
  const { rows, times, subsort, entity } = byBucket(keys, bucketOfRow, starts.slice());
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    const from = starts[bucket]!;
    const to = starts[bucket + 1]!;
    // A bucket is small enough to be ordered in the cache.
    const order = orderRows(
      times.subarray(from, to),
      subsort === null ? null : subsort.subarray(from, to),
      entity.subarray(from, to),
      scratch.i32('order', to - from),
    );
    for (let at = 0; at < to - from; at++) {
      slots[rows[from + (order === null ? at : order[at]!)]!] = from + at;
    }
  }
  return slots;
}

/** One byte a row, in scratch. */
function bucketsOf(entity: Int32Array, hashes: BigUint64Array): Uint8Array {
  const words = new Uint32Array(hashes.buffer, hashes.byteOffset, hashes.length * 2);
  const bucketOfEntity = new Uint8Array(hashes.length);
  for (let index = 0; index < hashes.length; index++) {
    bucketOfEntity[index] = bucketOf(words, index);
  }
  const buckets = scratch.u8('buckets', entity.length);
  for (let row = 0; row < entity.length; row++) buckets[row] = bucketOfEntity[entity[row]!]!;
  return buckets;
}

/**
 * The rows by bucket, each bucket's in their old order, in scratch. `next` are the starts of the buckets, and is used
 * up.
 */
function byBucket(
  { times, subsort, entity }: PlacedRows,
  bucketOfRow: Uint8Array,
  next: Int32Array,
): PlacedRows & { readonly rows: Int32Array } {
  const { length } = bucketOfRow;
  const rows = scratch.i32('rows', length);
  const timesBy = scratch.i64('times', length);
  for (let row = 0; row < length; row++) {
    const bucket = bucketOfRow[row]!;
    const to = next[bucket]!;
    next[bucket] = to + 1;
    rows[to] = row;
    timesBy[to] = times[row]!;
  }
  // Without a subsort the entity decides nothing.
  if (subsort === null) return { rows, times: timesBy, subsort, entity: new Int32Array(0) };
  const entityBy = scratch.i32('entities', length);
  const subsortBy = scratch.u64('subsorts', length);
  for (let at = 0; at < length; at++) {
    subsortBy[at] = subsort[rows[at]!]!;
    entityBy[at] = entity[rows[at]!]!;
  }
  return { rows, times: timesBy, subsort: subsortBy, entity: entityBy };
}
