/** Buckets: entities whose 64-bit hash starts with the same bits. */

export const BUCKET_BITS = 8;
export const BUCKETS: number = 1 << BUCKET_BITS;

/** Half-open range of buckets. */
export interface BucketRange {
  readonly low: number;
  readonly high: number;
}

/** Range `index` of `count` equal ranges; `count` is a power of two up to BUCKETS. */
export function bucketRange(index: number, count: number): BucketRange {
  const width = BUCKETS / count;
  return { low: index * width, high: (index + 1) * width };
}

/** The bucket of the hash in words 2 × row (low) and 2 × row + 1 (high). */
export function bucketOf(words: Uint32Array, row: number): number {
  return words[row * 2 + 1]! >>> (32 - BUCKET_BITS);
}

/** Bucket b belongs to range b >> rangeShift(count) of `count` ranges. */
export function rangeShift(count: number): number {
  return Math.clz32(count) - Math.clz32(BUCKETS);
}
