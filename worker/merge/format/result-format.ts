/** What every output format is to the merge: a header, the bytes of row groups, and a footer over where they lie. */
import type { Column } from '../../../shared/column/column.ts';
import type { DataType, Field } from '../../../shared/types/data-type.ts';

/** The columns of a result: `_time`, `_subsort`, `_key_hash`, `_key`, then the fields (language.md 3.9). */
export interface ResultSchema {
  readonly keyType: DataType;
  readonly fields: readonly Field[];
  /** Unit of timestamp_ns columns in Parquet and Arrow; `us` refuses values that it cannot express. */
  readonly timestamps: 'ns' | 'us';
}

/** Up to `rowGroupRows` consecutive rows of the result, in the total order. */
export interface RowGroup {
  readonly length: number;
  /** Nanoseconds since the Unix epoch. */
  readonly time: BigInt64Array;
  readonly subsort: BigUint64Array;
  /** Per row an index into `entityHash` and `entityKeys`, which may hold entities without a row here. */
  readonly entity: Int32Array;
  /** Ascending, unsigned. */
  readonly entityHash: BigUint64Array;
  readonly entityKeys: Column;
  /** As the fields of the schema, one value per row. */
  readonly fields: readonly Column[];
}

/**
 * A row group as bytes of the file; they are good until the next row group is encoded, by any writer of the thread.
 * `footer` is plain JSON: what the format's footer needs to know about it. */
export interface EncodedRowGroup {
  readonly bytes: Uint8Array;
  readonly footer: unknown;
}

/** `offset` is the first byte of the row group in the file. */
export interface PlacedRowGroup {
  readonly offset: number;
  readonly bytes: number;
  readonly rows: number;
  readonly footer: unknown;
}

/** A file is `header()`, the bytes of every row group in order, `footer(…)`; same rows, same bytes. */
export interface ResultFormat {
  header(): Uint8Array;
  encode(group: RowGroup): EncodedRowGroup;
  footer(groups: readonly PlacedRowGroup[]): Uint8Array;
}
