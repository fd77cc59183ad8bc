/** The rows of a batch in merged order: read from the runs, merged, and gathered row group by row group. */
import { assert } from '../../shared/base/assert.ts';
import { mapLimited } from '../../shared/base/map-limited.ts';
import { flatColumn, isFlatType } from '../../shared/column/column.ts';
import type { Column } from '../../shared/column/column.ts';
import { StringPool } from '../../shared/column/string-pool.ts';
import { concatColumns, takeColumn, takeFlat } from '../../shared/column/take.ts';
import type { DataType } from '../../shared/types/data-type.ts';
import type { ResultSchema, RowGroup } from './format/result-format.ts';
import { readEntityKeys, uniteEntities } from './entity-union.ts';
import type { EntityUnion } from './entity-union.ts';
import { mergeSources } from './merge-sources.ts';
import { READS_MAX, extentsOf } from './merge-source.ts';
import type { MergeSource, RunExtent } from './merge-source.ts';
import type { OrderKeys } from './order-keys.ts';
import { selectSplit } from './select-split.ts';
import type { Scratch } from '../scratch.ts';
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
  for (const [index, { type }] of schema.fields.entries()) {
    fields.push(await readField(extents, index, type, read.union.entity.length, pool, scratch));
  }
  return { batch: { rows: order.length, keys: read.keys, entityKeys, fields, order }, to };
}

/** A field of all extents; in arrays of the scratch if it is flat. */
async function readField(
  extents: readonly RunExtent[],
  index: number,
  type: DataType,
  rows: number,
  pool: StringPool,
  scratch: Scratch,
): Promise<Column> {
  if (!isFlatType(type)) {
    const parts = await mapLimited(extents, READS_MAX, ({ run, from, to }) =>
      run.readField(index, from, to, pool),
    );
    return concatColumns(type, parts, pool);
  }
  const hasNulls = extents.some(({ run }) => run.hasNulls(index));
  const all = scratch.flat(`field-${index}`, type, rows, hasNulls);
  const starts = startsOf(extents);
  await mapLimited(extents, READS_MAX, ({ run, from, to }, at) => {
    const start = starts[at]!;
    const end = start + to - from;
    const values = all.values.subarray(start, end);
    const validity = all.validity?.subarray(start, end) ?? null;
    return run.readFlatField(index, from, { values, validity }, pool);
  });
  return flatColumn(type, all, pool);
}

/** Where the rows of each extent start when they stand one after another. */
function startsOf(extents: readonly RunExtent[]): number[] {
  let count = 0;
  return extents.map(({ from, to }) => {
    const start = count;
    count += to - from;
    return start;
  });
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
    fields: batch.fields.map((field, index) => takeField(field, rows, index, scratch)),
  };
}

/** The rows of a field; in arrays of the scratch if it is flat. */
function takeField(field: Column, rows: Int32Array, index: number, scratch: Scratch): Column {
  if (field.physical !== 'fixed' && field.physical !== 'string') return takeColumn(field, rows);
  const { type, validity } = field;
  const target = scratch.flat(`row-field-${index}`, type, rows.length, validity !== null);
  return takeFlat(field, rows, target);
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
  const time = scratch.i64('time', count);
  const subsort = scratch.u64('subsort', count);
  const entity = scratch.i32('entity', count);
  const rowStarts = startsOf(extents);
  const entities = await mapLimited(extents, READS_MAX, async ({ run, from, to }, at) => {
    const start = rowStarts[at]!;
    const end = start + to - from;
    assert(end <= count, 'merge: the extents of a source are its rows');
    const own = entity.subarray(start, end);
    const target = { time: time.subarray(start, end), subsort: subsort.subarray(start, end) };
    await run.readRows(from, { ...target, entity: own });
    return own;
  });
  // Each extent's entities are renumbered where they stand.
  const union = await uniteEntities(extents, entities, entity);
  return { keys: { time, subsort, entity: union.entity, hash: union.hash }, starts, ends, union };
}

function selectWithin(read: ReadKeys, low: Float64Array, count: number): Positions {
  let before = 0;
  for (let source = 0; source < low.length; source++) before += low[source]!;
  const split = selectSplit(read.keys, read.starts, read.ends, count - before);
  return low.map((position, source) => position + split[source]! - read.starts[source]!);
}
