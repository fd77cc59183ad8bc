/**
 * Columns of a segment's rows, in the order in which the segment stores its rows, as a bundle. The columns that a query
 * reads are prepared together; those that only a later one needs come in another bundle beside it. Sections:
 *
 *   column <i>/…   the columns (shared/column/codec.ts)
 */
import { AppError } from '../base/app-error.ts';
import { assert } from '../base/assert.ts';
import type { Column } from '../column/column.ts';
import type { ColumnMeta } from '../column/codec.ts';
import { encodeColumn } from '../column/codec.ts';
import type { Field } from '../types/data-type.ts';
import type { Section } from './bundle.ts';
import { encodeBundle } from './bundle.ts';
import type { BundleReader } from './bundle-reader.ts';
import { openBundle } from './bundle-reader.ts';
import type { ObjectStore } from './object-store.ts';

export const SEGMENT_COLUMNS_VERSION = 1;

export interface SegmentColumnsMeta {
  readonly format: 'segment-columns';
  readonly version: number;
  readonly rows: number;
  readonly columns: readonly { readonly name: string; readonly meta: ColumnMeta }[];
}

/** Where a column is found. */
export interface StoredColumn {
  readonly bundle: BundleReader;
  readonly meta: ColumnMeta;
}

/** Chunks for one put. Each column has `rows` rows. */
export function encodeSegmentColumns(
  rows: number,
  columns: readonly { readonly name: string; readonly column: Column }[],
): readonly Uint8Array[] {
  const sections: Section[] = [];
  const metas = columns.map(({ name, column }, index) => {
    assert(column.length === rows, `segment: column ${name} has ${column.length} of ${rows} rows`);
    const encoded = encodeColumn(`column ${index}`, column);
    sections.push(...encoded.sections);
    return { name, meta: encoded.meta };
  });
  const meta: SegmentColumnsMeta = {
    format: 'segment-columns',
    version: SEGMENT_COLUMNS_VERSION,
    rows,
    columns: metas,
  };
  return encodeBundle(meta, sections);
}

/** The columns in the bundles `keys`, by name. */
export async function openSegmentColumns(
  store: ObjectStore,
  keys: readonly string[],
): Promise<ReadonlyMap<string, StoredColumn>> {
  const bundles = await Promise.all(keys.map((key) => openBundle(store, key)));
  const columns = new Map<string, StoredColumn>();
  for (const bundle of bundles) {
    // What `encodeSegmentColumns` wrote: the footer's checksum holds.
    const meta = bundle.meta as SegmentColumnsMeta;
    if (meta.format !== 'segment-columns' || meta.version !== SEGMENT_COLUMNS_VERSION) {
      throw new AppError(
        'data',
        'SEGMENT_VERSION',
        `object \`${bundle.key}\` in ${store.description} has no columns of format version ${SEGMENT_COLUMNS_VERSION}`,
        { details: { key: bundle.key } },
      );
    }
    for (const { name, meta: column } of meta.columns) columns.set(name, { bundle, meta: column });
  }
  return columns;
}

/**
 * Where the values of a table column come from. The key column is the key of the row's entity; a time column in
 * nanoseconds and a 64-bit subsort column have the bits of the order key, so none of them is stored twice.
 */
export type ColumnOrigin = 'stored' | 'key' | 'time' | 'subsort';

export function columnOrigin(
  { name, type }: Field,
  table: { readonly time: string; readonly key: string; readonly subsort: string | null },
): ColumnOrigin {
  if (name === table.key) return 'key';
  if (name === table.time && type.kind === 'timestamp_ns') return 'time';
  if (name === table.subsort && (type.kind === 'u64' || type.kind === 'i64')) return 'subsort';
  return 'stored';
}
