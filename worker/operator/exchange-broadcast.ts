/**
 * The broadcast exchange of lookups (partitioning.md, "Broadcast"): every value that a column has in a slice, for any
 * cell to look up by itself. There are no requests and no way back.
 *
 *   changes   (time, subsort, entity, value) in order, before them the values at the start of the slice, at time −∞
 *   hash      of the entities, ascending; `entity` counts them
 *
 * One object per foreign range: the reader puts them one after another and numbers the entities through.
 */
import type { Column } from '../../shared/column/column.ts';
import { isValid, physicalOf } from '../../shared/column/column.ts';
import type { ColumnMeta } from '../../shared/column/codec.ts';
import { encodeColumn, readColumn } from '../../shared/column/codec.ts';
import type { StringPool } from '../../shared/column/string-pool.ts';
import { NO_ROW, concatColumns, takeColumn } from '../../shared/column/take.ts';
import { encodeBundle } from '../../shared/storage/bundle.ts';
import { openBundle } from '../../shared/storage/bundle-reader.ts';
import { bytesOf } from '../../shared/storage/join-bytes.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import type { DataType } from '../../shared/types/data-type.ts';
import type { DomainRows } from './domain-rows.ts';
import { RecentReads } from './recent-reads.ts';

/** The time of a value that was there before the slice: no row is earlier. */
const BEFORE = -(2n ** 63n);

interface BroadcastMeta {
  readonly value: ColumnMeta;
}

/** Collects the values of one foreign cell over one slice. */
export class BroadcastWriter {
  readonly #type: DataType;
  readonly #entityCount: number;
  readonly #pool: StringPool;
  /** Entities with a value at the start of the slice, and these values. */
  #before = new Int32Array(0);
  readonly #rows: DomainRows[] = [];
  readonly #values: Column[] = [];

  constructor(type: DataType, entityCount: number, pool: StringPool) {
    this.#type = type;
    this.#entityCount = entityCount;
    this.#pool = pool;
  }

  /** Row r of `values` is the value of entity target[r] at the start of the slice, null: it has none. Called first. */
  startFrom(values: Column, target: Int32Array): void {
    const picked = new Int32Array(target.length);
    let count = 0;
    for (let row = 0; row < target.length; row++) if (isValid(values, row)) picked[count++] = row;
    const kept = picked.subarray(0, count);
    this.#before = kept.map((row) => target[row]!);
    this.#values.push(takeColumn(values, kept));
  }

  add(rows: DomainRows, values: Column): void {
    this.#rows.push(rows);
    this.#values.push(values);
  }

  /** One row per entity: its value after all rows so far, null where it has none. */
  latest(): Column {
    const picked = new Int32Array(this.#entityCount).fill(NO_ROW);
    let base = 0;
    for (const entity of [this.#before, ...this.#rows.map((rows) => rows.entity)]) {
      for (let row = 0; row < entity.length; row++) picked[entity[row]!] = base + row;
      base += entity.length;
    }
    return takeColumn(concatColumns(this.#type, this.#values, this.#pool), picked);
  }

  /** `entityHash` has the hash of each entity. */
  async finish(
    store: ObjectStore,
    objectKey: string,
    entityHash: BigUint64Array,
  ): Promise<{ rows: number; bytes: number }> {
    const length = this.#rows.reduce((sum, rows) => sum + rows.length, this.#before.length);
    const time = new BigInt64Array(length);
    const subsort = new BigUint64Array(length);
    const entity = new Int32Array(length);
    let at = this.#before.length;
    time.fill(BEFORE, 0, at);
    entity.set(this.#before);
    for (const rows of this.#rows) {
      time.set(rows.time, at);
      subsort.set(rows.subsort, at);
      entity.set(rows.entity, at);
      at += rows.length;
    }
    const value = encodeColumn('value', concatColumns(this.#type, this.#values, this.#pool));
    const meta: BroadcastMeta = { value: value.meta };
    const body = encodeBundle(meta, [
      { name: 'hash', array: entityHash },
      { name: 'time', array: time },
      { name: 'subsort', array: subsort },
      { name: 'entity', array: entity },
      ...value.sections,
    ]);
    await store.put(objectKey, body);
    return { rows: length, bytes: bytesOf(body) };
  }
}

/** When and of whom all values of a slice are, one part per foreign range. */
export interface ChangeRows {
  /** Of all foreign entities, ascending (unsigned). */
  readonly hashes: BigUint64Array;
  /** Per part its first entity, and the end: an entity has changes in its part only. */
  readonly partEntities: Int32Array;
  /** Per part its first change, and the end. */
  readonly partChanges: Int32Array;
  /** Within a part in order of (time, subsort). */
  readonly time: BigInt64Array;
  readonly subsort: BigUint64Array;
  readonly entity: Int32Array;
}

export interface Broadcast extends ChangeRows {
  readonly values: Column;
}

/** What the cells of all ranges wrote; `objectKeys` are in order of range, so that hashes ascend. */
export async function readBroadcast(
  store: ObjectStore,
  objectKeys: readonly string[],
  type: DataType,
  pool: StringPool,
): Promise<Broadcast> {
  const recent = recentOf(store);
  const name = objectKeys.join(' ');
  const rows = await recent.rows.get(name, () => readRows(store, objectKeys));
  const read = (): Promise<Column> => readValues(store, objectKeys, type, pool);
  // Strings are codes of the cell's pool: another cell cannot have them.
  const values = physicalOf(type) === null ? await read() : await recent.values.get(name, read);
  return { ...rows, values };
}

/** What a thread keeps of broadcasts for its next cell. */
const KEPT_ROWS_BYTES_MAX = 64 << 20;
const KEPT_VALUES_BYTES_MAX = 32 << 20;

interface Recent {
  readonly rows: RecentReads<ChangeRows>;
  readonly values: RecentReads<Column>;
}

const recentOfStore = new WeakMap<ObjectStore, Recent>();

function recentOf(store: ObjectStore): Recent {
  let recent = recentOfStore.get(store);
  if (recent === undefined) {
    recent = {
      rows: new RecentReads(
        KEPT_ROWS_BYTES_MAX,
        ({ hashes, time }) => hashes.length * 8 + time.length * 20,
      ),
      values: new RecentReads(KEPT_VALUES_BYTES_MAX, ({ length }) => length * 9),
    };
    recentOfStore.set(store, recent);
  }
  return recent;
}

async function readRows(store: ObjectStore, objectKeys: readonly string[]): Promise<ChangeRows> {
  const parts = await Promise.all(
    objectKeys.map(async (objectKey) => {
      const bundle = await openBundle(store, objectKey);
      const [hashes, time, subsort, entity] = await Promise.all([
        bundle.section('hash', 'u64'),
        bundle.section('time', 'i64'),
        bundle.section('subsort', 'u64'),
        bundle.section('entity', 'i32'),
      ]);
      return { hashes, time, subsort, entity };
    }),
  );
  const partEntities = new Int32Array(parts.length + 1);
  const partChanges = new Int32Array(parts.length + 1);
  for (const [at, part] of parts.entries()) {
    partEntities[at + 1] = partEntities[at]! + part.hashes.length;
    partChanges[at + 1] = partChanges[at]! + part.time.length;
  }
  const hashes = new BigUint64Array(partEntities[parts.length]!);
  const length = partChanges[parts.length]!;
  const time = new BigInt64Array(length);
  const subsort = new BigUint64Array(length);
  const entity = new Int32Array(length);
  for (const [at, part] of parts.entries()) {
    const base = partEntities[at]!;
    const start = partChanges[at]!;
    hashes.set(part.hashes, base);
    time.set(part.time, start);
    subsort.set(part.subsort, start);
    for (let row = 0; row < part.entity.length; row++) {
      entity[start + row] = base + part.entity[row]!;
    }
  }
  return { hashes, partEntities, partChanges, time, subsort, entity };
}

async function readValues(
  store: ObjectStore,
  objectKeys: readonly string[],
  type: DataType,
  pool: StringPool,
): Promise<Column> {
  const parts = objectKeys.map(async (objectKey) => {
    const bundle = await openBundle(store, objectKey);
    return readColumn(bundle, (bundle.meta as BroadcastMeta).value, null, pool);
  });
  return concatColumns(type, await Promise.all(parts), pool);
}
