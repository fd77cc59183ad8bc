/** The rows of a batch in merged order: read from the runs, merged, and gathered row group by row group. */
import { assert } from '../../shared/base/assert.ts';
import type { Column } from '../../shared/column/column.ts';
import { StringPool } from '../../shared/column/string-pool.ts';
import { concatColumns, takeColumn } from '../../shared/column/take.ts';
import type { ResultSchema, RowGroup } from './format/result-format.ts';
import { readEntityKeys, uniteEntities } from './entity-union.ts';
import type { EntityUnion } from './entity-union.ts';
import { mergeSources } from './merge-sources.ts';
import { mapLimited } from './map-limited.ts';
import { READS_MAX, extentsOf } from './merge-source.ts';
import type { MergeSource, RunExtent } from './merge-source.ts';
import type { OrderKeys } from './order-keys.ts';
import { selectSplit } from './select-split.ts';
import type { Scratch } from './scratch.ts';
import type { SplitWindow } from './split-window.ts';

/** Rows of a part of every source, in the order of the sources, some more than the batch has, and how they merge. */
export interface Batch {
  readonly rows: number;
  readonly keys: OrderKeys;
  /** Of each entity of `keys`. */
  readonly entityKeys: Column;
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
  scratch: Scratch,
): Promise<Positions> {
  const read = await readKeys(sources, window.low, window.high, scratch);
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
  scratch: Scratch,
): Promise<{ batch: Batch; to: Positions }> {
  const read = await readKeys(sources, from, high, scratch);
  const to = selectWithin(read, from, count);
  // What was read beyond the split, some 2,000 rows a source, is left where it is.
  const ends = read.starts.map((start, source) => start + to[source]! - from[source]!);
  const before = from.reduce((sum, position) => sum + position, 0);
  const order = scratch.i32('order', count - before);
  mergeSources(read.keys, read.starts, ends, order, scratch.i32('rank', read.union.entity.length));
  // One pool per batch, so that its strings are let go of with it.
  const pool = new StringPool();
  const entityKeys = await readEntityKeys(read.union, schema.keyType, pool);
  const { extents } = read.union;
  const fields: Column[] = [];
  for (const [index, field] of schema.fields.entries()) {
    const parts = await mapLimited(extents, READS_MAX, (extent) =>
      extent.run.readField(index, extent.from, extent.to, pool),
    );
    fields.push(concatColumns(field.type, parts, pool));
  }
  return { batch: { rows: order.length, keys: read.keys, entityKeys, fields, order }, to };
}

/** Rows from … to − 1 of the batch in merged order. Gathering a row group at a time keeps its columns in the cache. */
export function gatherRowGroup(batch: Batch, from: number, to: number, scratch: Scratch): RowGroup {
  const rows = batch.order.subarray(from, to);
  const { keys } = batch;
  const time = scratch.i64('row-time', rows.length);
  const subsort = scratch.u64('row-subsort', rows.length);
  const entity = scratch.i32('row-entity', rows.length);
  for (let at = 0; at < rows.length; at++) time[at] = keys.time[rows[at]!]!;
  for (let at = 0; at < rows.length; at++) subsort[at] = keys.subsort[rows[at]!]!;
  for (let at = 0; at < rows.length; at++) entity[at] = keys.entity[rows[at]!]!;
  return {
    length: rows.length,
    time,
    subsort,
    entity,
    entityHash: keys.hash,
    entityKeys: batch.entityKeys,
    fields: batch.fields.map((field) => takeColumn(field, rows)),
  };
}

/** Order keys and entities of a range of every source. */
interface ReadKeys {
  readonly keys: OrderKeys;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** Its extents are in the order of `keys`. */
  readonly union: EntityUnion;
}

async function readKeys(
  sources: readonly MergeSource[],
  low: Float64Array,
  high: Float64Array,
  scratch: Scratch,
): Promise<ReadKeys> {
  const starts = new Int32Array(sources.length);
  const ends = new Int32Array(sources.length);
  const extents: RunExtent[] = [];
  let count = 0;
  for (const [index, source] of sources.entries()) {
    extents.push(...extentsOf(source, low[index]!, high[index]!));
    starts[index] = count;
    count += high[index]! - low[index]!;
    ends[index] = count;
  }
  const rows = await mapLimited(extents, READS_MAX, ({ run, from, to }) => run.readRows(from, to));
  const union = await uniteEntities(
    extents,
    rows.map(({ entity }) => entity),
    scratch.i32('entity', count),
  );
  const time = scratch.i64('time', count);
  const subsort = scratch.u64('subsort', count);
  let at = 0;
  for (const part of rows) {
    time.set(part.time, at);
    subsort.set(part.subsort, at);
    at += part.time.length;
  }
  assert(at === count, 'merge: the extents of a source are its rows');
  return { keys: { time, subsort, entity: union.entity, hash: union.hash }, starts, ends, union };
}

function selectWithin(read: ReadKeys, low: Float64Array, count: number): Positions {
  let before = 0;
  for (let source = 0; source < low.length; source++) before += low[source]!;
  const split = selectSplit(read.keys, read.starts, read.ends, count - before);
  return low.map((position, source) => position + split[source]! - read.starts[source]!);
}
