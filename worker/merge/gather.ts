/** The rows of a batch in merged order: read from the runs, merged, and gathered row group by row group. */
import { assert } from '../../shared/base/assert.ts';
import type { Column } from '../../shared/column/column.ts';
import { StringPool } from '../../shared/column/string-pool.ts';
import { concatColumns, takeColumn } from '../../shared/column/take.ts';
import type { RunRows } from '../../shared/storage/sorted-run.ts';

import type { ResultSchema, RowGroup } from './format/result-format.ts';
import { uniteEntities } from './entity-union.ts';
import type { EntityUnion } from './entity-union.ts';
import { mergeSources } from './loser-tree.ts';
import { mapLimited } from './map-limited.ts';
import { READS_MAX, extentsOf } from './merge-source.ts';
import type { MergeSource, RunExtent } from './merge-source.ts';
import { allocateOrderKeys } from './order-keys.ts';
import type { OrderKeys } from './order-keys.ts';
import { selectSplit } from './select-split.ts';
import type { SplitWindow } from './split-window.ts';

/** Rows of a part of every source, in the order of the sources, and how they merge. */
export interface Batch {
  readonly rows: number;
  readonly keys: OrderKeys;
  readonly entities: EntityUnion;
  readonly fields: readonly Column[];
  /** Row numbers of this batch in merged order. */
  readonly order: Int32Array;
}

/** Per source the row number where the next batch starts. */
export type Positions = Float64Array;

/** The exact split with `count` rows before it, by reading the order keys of its window. */
export async function locateSplit(
  sources: readonly MergeSource[],
  window: SplitWindow,
  count: number,
): Promise<Positions> {
  const read = await readKeys(sources, window.low, window.high);
  return selectWithin(read, window.low, count);
}

/**
 * Reads and merges the rows from `from` up to the split with `count` rows before it, which lies before `high`.
 * Returns where that split is.
 */
export async function readBatch(
  sources: readonly MergeSource[],
  from: Positions,
  high: Float64Array,
  count: number,
  schema: ResultSchema,
): Promise<{ batch: Batch; to: Positions }> {
  const read = await readKeys(sources, from, high);
  const to = selectWithin(read, from, count);
  const { keys, starts, ends, extents, entity } = cutKeys(read, sources, from, to);
  const order = new Int32Array(keys.time.length);
  mergeSources(keys, starts, ends, order);
  // One pool per batch, so that its strings are let go of with it.
  const pool = new StringPool();
  const entities = await uniteEntities(
    extents.map((extent, at) => ({ extent, entity: entity[at]! })),
    schema.keyType,
    pool,
  );
  const fields: Column[] = [];
  for (const [index, field] of schema.fields.entries()) {
    const parts = await mapLimited(extents, READS_MAX, (extent) =>
      extent.run.readField(index, extent.from, extent.to, pool),
    );
    fields.push(concatColumns(field.type, parts, pool));
  }
  return { batch: { rows: order.length, keys, entities, fields, order }, to };
}

/** Rows from … to − 1 of the batch in merged order. Gathering a row group at a time keeps its columns in the cache. */
export function gatherRowGroup(batch: Batch, from: number, to: number): RowGroup {
  const rows = batch.order.subarray(from, to);
  const { keys, entities } = batch;
  const time = new BigInt64Array(rows.length);
  const subsort = new BigUint64Array(rows.length);
  const entity = new Int32Array(rows.length);
  for (let at = 0; at < rows.length; at++) time[at] = keys.time[rows[at]!]!;
  for (let at = 0; at < rows.length; at++) subsort[at] = keys.subsort[rows[at]!]!;
  for (let at = 0; at < rows.length; at++) entity[at] = entities.entity[rows[at]!]!;
  return {
    length: rows.length,
    time,
    subsort,
    entity,
    entityHash: entities.hash,
    entityKeys: entities.keys,
    fields: batch.fields.map((field) => takeColumn(field, rows)),
  };
}

/** Order keys and entities of a range of every source. */
interface ReadKeys {
  readonly keys: OrderKeys;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** In the order of `keys`, each with its rows as read. */
  readonly extents: readonly (RunExtent & { readonly source: number; readonly rows: RunRows })[];
}

async function readKeys(
  sources: readonly MergeSource[],
  low: Float64Array,
  high: Float64Array,
): Promise<ReadKeys> {
  const wanted = sources.flatMap((source, index) =>
    extentsOf(source, low[index]!, high[index]!).map((extent) => ({ ...extent, source: index })),
  );
  const extents = await mapLimited(wanted, READS_MAX, async (extent) => {
    const [rows, hash] = await Promise.all([
      extent.run.readRows(extent.from, extent.to),
      extent.run.entityHash(),
    ]);
    return { ...extent, rows, hash };
  });
  const count = extents.reduce((sum, { rows }) => sum + rows.time.length, 0);
  const keys = allocateOrderKeys(count);
  const starts = new Int32Array(sources.length);
  const ends = new Int32Array(sources.length);
  let at = 0;
  let next = 0;
  for (let source = 0; source < sources.length; source++) {
    starts[source] = at;
    for (; next < extents.length && extents[next]!.source === source; next++) {
      const { rows, hash } = extents[next]!;
      keys.time.set(rows.time, at);
      keys.subsort.set(rows.subsort, at);
      spreadHashes(rows.entity, hash, keys.hash, at);
      at += rows.time.length;
    }
    ends[source] = at;
  }
  return { keys, starts, ends, extents };
}

function spreadHashes(
  entity: Int32Array,
  dictionary: BigUint64Array,
  out: BigUint64Array,
  at: number,
): void {
  for (let row = 0; row < entity.length; row++) out[at + row] = dictionary[entity[row]!]!;
}

function selectWithin(read: ReadKeys, low: Float64Array, count: number): Positions {
  let before = 0;
  for (let source = 0; source < low.length; source++) before += low[source]!;
  const split = selectSplit(read.keys, read.starts, read.ends, count - before);
  return low.map((position, source) => position + split[source]! - read.starts[source]!);
}

/** The keys up to `to` without the rest of the window, so that row numbers are those of the fields read for the same rows. */
function cutKeys(
  read: ReadKeys,
  sources: readonly MergeSource[],
  from: Positions,
  to: Positions,
): {
  keys: OrderKeys;
  starts: Int32Array;
  ends: Int32Array;
  extents: RunExtent[];
  entity: Int32Array[];
} {
  let rows = 0;
  for (let source = 0; source < from.length; source++) rows += to[source]! - from[source]!;
  const keys = allocateOrderKeys(rows);
  const starts = new Int32Array(sources.length);
  const ends = new Int32Array(sources.length);
  const extents: RunExtent[] = [];
  const entity: Int32Array[] = [];
  let at = 0;
  for (let source = 0; source < sources.length; source++) {
    const start = read.starts[source]!;
    const end = start + to[source]! - from[source]!;
    starts[source] = at;
    keys.time.set(read.keys.time.subarray(start, end), at);
    keys.subsort.set(read.keys.subsort.subarray(start, end), at);
    keys.hash.set(read.keys.hash.subarray(start, end), at);
    at += end - start;
    ends[source] = at;
  }
  const left = to.map((position, source) => position - from[source]!);
  for (const extent of read.extents) {
    const count = Math.min(left[extent.source]!, extent.to - extent.from);
    if (count === 0) continue;
    left[extent.source] = left[extent.source]! - count;
    extents.push({ run: extent.run, from: extent.from, to: extent.from + count });
    entity.push(extent.rows.entity.subarray(0, count));
  }
  assert(
    left.every((count) => count === 0),
    'merge: a split lies beyond what was read',
  );
  return { keys, starts, ends, extents, entity };
}
