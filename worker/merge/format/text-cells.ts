/** Columns prepared for writing cell by cell: the kind of a cell chooses a branch that sees one kind of array. */
import type { Column } from '../../../shared/column/column.ts';
import type { Validity } from '../../../shared/column/column.ts';
import type { StringPool } from '../../../shared/column/string-pool.ts';
import type { RowGroup } from './result-format.ts';

export type Cells = { readonly validity: Validity } & (
  | { readonly kind: 'bool'; readonly values: Uint8Array }
  | { readonly kind: 'i32'; readonly values: Int32Array }
  | { readonly kind: 'u32'; readonly values: Uint32Array }
  /** Low and high halves of 64-bit numbers, alternating. */
  | { readonly kind: 'i64'; readonly halves: Int32Array }
  | { readonly kind: 'u64'; readonly halves: Int32Array }
  | { readonly kind: 'timestamp-ns'; readonly halves: Int32Array }
  | { readonly kind: 'f64'; readonly values: Float64Array }
  | { readonly kind: 'string'; readonly codes: Int32Array; readonly pool: StringPool }
  /** Everything else goes through the text of one value. */
  | { readonly kind: 'other'; readonly column: Column }
);

export function cellsOf(column: Column): Cells {
  const { validity } = column;
  if (column.physical === 'string') {
    return { kind: 'string', validity, codes: column.codes, pool: column.pool };
  }
  if (column.physical !== 'fixed') return { kind: 'other', validity, column };
  const { values } = column;
  switch (column.type.kind) {
    case 'timestamp_ns':
      return { kind: 'timestamp-ns', validity, halves: halvesOf(values) };
    case 'i64':
    case 'duration_s':
    case 'duration_ms':
    case 'duration_us':
    case 'duration_ns':
      return { kind: 'i64', validity, halves: halvesOf(values) };
    case 'u64':
      return { kind: 'u64', validity, halves: halvesOf(values) };
    default:
      break;
  }
  if (values instanceof Float64Array) return { kind: 'f64', validity, values };
  const isPlainInteger = /^[iu](8|16|32)$|^interval/.test(column.type.kind);
  if (column.type.kind === 'bool' && values instanceof Uint8Array) {
    return { kind: 'bool', validity, values };
  }
  if (values instanceof Uint32Array) return { kind: 'u32', validity, values };
  if (isPlainInteger && values instanceof Int32Array) return { kind: 'i32', validity, values };
  if (isPlainInteger && !(values instanceof BigInt64Array || values instanceof BigUint64Array)) {
    return { kind: 'i32', validity, values: new Int32Array(values) };
  }
  return { kind: 'other', validity, column };
}

export function halvesOf(values: ArrayBufferView): Int32Array {
  return new Int32Array(values.buffer, values.byteOffset, values.byteLength / 4);
}

/** Text per entity, made when its first row of the row group comes: most rows only copy it. */
export class EntityTexts {
  /** Where the text of each entity starts and ends in `bytes`; start −1: not made yet. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;

  constructor(group: RowGroup) {
    this.starts = new Int32Array(group.entityHash.length).fill(-1);
    this.ends = new Int32Array(group.entityHash.length);
  }
}
