/**
 * The held log: rows that `shift_until` holds beyond their slice, written once and read when one of them is released.
 *
 *   object 1   ann 3 rows, bob 1       state   ann holds 2: the last two of all objects, one of them in object 2
 *   object 2   ann 1 row                       bob holds 0: what the objects have of him is dead
 *
 * A release takes all rows of an entity, so the live ones are always its last: the state needs no more than their number.
 */
import type { ColumnMeta } from '../../shared/column/codec.ts';
import { encodeColumn, readColumn } from '../../shared/column/codec.ts';
import type { Column } from '../../shared/column/column.ts';
import type { StringPool } from '../../shared/column/string-pool.ts';
import { encodeBundle } from '../../shared/storage/bundle.ts';
import { openBundle } from '../../shared/storage/bundle-reader.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import { indexHashes } from './entities.ts';

/** Rows by entity, those of one in order of arrival; columns as the shift carries them. */
export interface HeldRows {
  /** Ascending, one entry per row. */
  readonly entity: Int32Array;
  readonly columns: readonly Column[];
}

/** Held rows of an earlier slice. */
export interface HeldSource {
  /** Who has rows here, ascending, under the indices of the reading cell. */
  readonly entities: Int32Array;
  /** Rows starts[i] … starts[i + 1] − 1 are those of entities[i]. */
  readonly starts: Int32Array;
  /** The columns of all its rows. */
  read(): Promise<readonly Column[]>;
}

interface HeldMeta {
  readonly columns: readonly ColumnMeta[];
}

/** Entities are stored by hash: indices differ from cell to cell. */
export async function writeHeld(
  store: ObjectStore,
  objectKey: string,
  held: HeldRows,
  entityHash: BigUint64Array,
): Promise<void> {
  const { entities, starts } = runsOf(held.entity);
  const hash = new BigUint64Array(entities.length);
  for (let at = 0; at < hash.length; at++) hash[at] = entityHash[entities[at]!]!;
  const columns = held.columns.map((column, index) => encodeColumn(`c${index}`, column));
  const meta: HeldMeta = { columns: columns.map((column) => column.meta) };
  await store.put(
    objectKey,
    encodeBundle(meta, [
      { name: 'hash', array: hash },
      { name: 'starts', array: starts },
      ...columns.flatMap((column) => column.sections),
    ]),
  );
}

export async function openHeld(
  store: ObjectStore,
  objectKey: string,
  entityHash: BigUint64Array,
  pool: StringPool,
): Promise<HeldSource> {
  const bundle = await openBundle(store, objectKey);
  const meta = bundle.meta as HeldMeta;
  return {
    entities: indexHashes(await bundle.section('hash', 'u64'), entityHash),
    starts: await bundle.section('starts', 'i32'),
    read: () => Promise.all(meta.columns.map((column) => readColumn(bundle, column, null, pool))),
  };
}

/** The distinct values of an ascending array, and where each begins and the last ends. */
function runsOf(entity: Int32Array): { entities: Int32Array; starts: Int32Array } {
  const entities = new Int32Array(entity.length);
  const starts = new Int32Array(entity.length + 1);
  let count = 0;
  for (let row = 0; row < entity.length; row++) {
    if (row > 0 && entity[row] === entity[row - 1]) continue;
    entities[count] = entity[row]!;
    starts[count++] = row;
  }
  starts[count] = entity.length;
  return { entities: entities.slice(0, count), starts: starts.slice(0, count + 1) };
}
