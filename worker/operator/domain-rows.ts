/** The rows of a domain in one batch: identities only, in columns. */

/** Subsort of ticks and final rows: after every event of the same instant. */
export const SUBSORT_MAX: bigint = 0xffff_ffff_ffff_ffffn;

/**
 * Sorted by (time, subsort, entity, ordinal) and free of duplicates. `entity` is a dense index assigned in hash order
 * (unsigned), so this is the order key with its tie-break (partitioning.md, R1). All arrays have `length` slots.
 */
export interface DomainRows {
  readonly length: number;
  /** Nanoseconds since the Unix epoch. */
  readonly time: BigInt64Array;
  readonly subsort: BigUint64Array;
  readonly entity: Int32Array;
  /** Null: all zero. */
  readonly ordinal: Uint32Array | null;
}
