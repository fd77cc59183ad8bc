/**
 * State snapshots: the state of a cell's operators at the end of its slice, one row per entity in hash order.
 *
 * A snapshot is a function of the events before its time alone (partitioning.md, R8): entities without a row so far are
 * left out, nothing in it is a dense index or a count of batches, and ranges split and join by rows. Rows that wait for a
 * later slice are referenced by the object that holds them.
 */
import { createHash } from 'node:crypto';
import { AppError } from '../../shared/base/app-error.ts';
import type { Column } from '../../shared/column/column.ts';
import type { ColumnMeta } from '../../shared/column/codec.ts';
import { encodeColumn, readColumn } from '../../shared/column/codec.ts';
import type { StringPool } from '../../shared/column/string-pool.ts';
import { takeColumn } from '../../shared/column/take.ts';
import type { DomainId } from '../../shared/plan/logical.ts';
import { encodeBundle } from '../../shared/storage/bundle.ts';
import { openBundle } from '../../shared/storage/bundle-reader.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import type { Entities, EntityList } from './entities.ts';

export const STATE_VERSION = 2;

/** An object of rows that wait: for their time (shift-to.ts) or for a release (shift-until.ts). */
export interface PendingReference {
  readonly domain: DomainId;
  readonly key: string;
  readonly rows: number;
  /** Decimal nanoseconds: when it is past, the object is used up. Null: its rows wait for a release. */
  readonly lastTarget: string | null;
}

interface StateMeta {
  readonly version: number;
  /** Decimal nanoseconds: the state holds the events before this time. Null: all events. */
  readonly time: string | null;
  readonly key: ColumnMeta;
  readonly columns: readonly ColumnMeta[];
  readonly pending: readonly PendingReference[];
}

export interface StateSnapshot {
  readonly entities: EntityList;
  /** By operator and part, one row per entity of `entities`. */
  readonly columns: ReadonlyMap<string, Column>;
  readonly pending: readonly PendingReference[];
}

export interface SaveOptions {
  readonly store: ObjectStore;
  /** The object's key is this and the digest of its content. */
  readonly keyPrefix: string;
  readonly time: string | null;
  readonly entities: Entities;
  /** Byte per entity: 1 where it has had a row. */
  readonly seen: Uint8Array;
  /** One row per entity of the cell. */
  readonly columns: readonly { readonly name: string; readonly column: Column }[];
  readonly pending: readonly PendingReference[];
}

/** Writes a snapshot under the digest of its content; returns its key. */
export async function saveState(options: SaveOptions): Promise<string> {
  const { entities, seen } = options;
  const rows = new Int32Array(entities.count);
  let count = 0;
  for (let entity = 0; entity < entities.count; entity++)
    if (seen[entity] === 1) rows[count++] = entity;
  const kept = rows.subarray(0, count);
  const hashes = new BigUint64Array(count);
  for (let at = 0; at < count; at++) hashes[at] = entities.hashes[kept[at]!]!;
  const key = encodeColumn('key', takeColumn(entities.keys, kept));
  const columns = options.columns.map(({ name, column }) =>
    encodeColumn(name, takeColumn(column, kept)),
  );
  const meta: StateMeta = {
    version: STATE_VERSION,
    time: options.time,
    key: key.meta,
    columns: columns.map((column) => column.meta),
    pending: options.pending,
  };
  const body = encodeBundle(meta, [
    { name: 'entityHash', array: hashes },
    ...key.sections,
    ...columns.flatMap((column) => column.sections),
  ]);
  const digest = createHash('sha256');
  for (const bytes of body) digest.update(bytes);
  const objectKey = `${options.keyPrefix}-${digest.digest('hex').slice(0, 32)}`;
  await options.store.put(objectKey, body);
  return objectKey;
}

export async function loadState(
  store: ObjectStore,
  objectKey: string,
  pool: StringPool,
): Promise<StateSnapshot> {
  const bundle = await openBundle(store, objectKey);
  const meta = bundle.meta as StateMeta;
  if (meta.version !== STATE_VERSION) {
    throw new AppError(
      'data',
      'STATE_VERSION',
      `state snapshot ${objectKey} has format version ${meta.version}, this engine reads ${STATE_VERSION}`,
    );
  }
  const hashes = await bundle.section('entityHash', 'u64');
  const keys = await readColumn(bundle, meta.key, null, pool);
  const columns = new Map<string, Column>();
  for (const column of meta.columns) {
    columns.set(column.name, await readColumn(bundle, column, null, pool));
  }
  return { entities: { hashes, keys }, columns, pending: meta.pending };
}
