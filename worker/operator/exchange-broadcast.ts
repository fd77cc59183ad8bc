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
import { encodeParts } from '../../shared/column/codec.ts';
import type { StringPool } from '../../shared/column/string-pool.ts';
import { NO_ROW, concatColumns, takeColumn } from '../../shared/column/take.ts';
import { encodeBundle, sectionOf } from '../../shared/storage/bundle.ts';
import type { SectionArray } from '../../shared/storage/bundle.ts';
import type { BundleReader } from '../../shared/storage/bundle-reader.ts';
import { openBundle } from '../../shared/storage/bundle-reader.ts';
import { bytesOf } from '../../shared/storage/join-bytes.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import type { DataType } from '../../shared/types/data-type.ts';
import type { DomainRows } from './domain-rows.ts';
import { Scratch } from '../scratch.ts';
import { lowerBound } from './lower-bound.ts';
import { RecentReads } from './recent-reads.ts';
import type { RoughScale } from './rough-times.ts';
import { roughScale, roughTimes } from './rough-times.ts';
import { readStoredColumn } from './stored-rows.ts';

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
    const before = this.#before.length;
    const length = this.#rows.reduce((sum, rows) => sum + rows.length, before);
    const value = encodeParts('value', this.#type, this.#values, this.#pool);
    const meta: BroadcastMeta = { value: value.meta };
    const body = encodeBundle(meta, [
      { name: 'hash', array: entityHash },
      sectionOf('time', [
        new BigInt64Array(before).fill(BEFORE),
        ...this.#rows.map((rows) => rows.time),
      ]),
      sectionOf('subsort', [new BigUint64Array(before), ...this.#rows.map((rows) => rows.subsort)]),
      sectionOf('entity', [this.#before, ...this.#rows.map((rows) => rows.entity)]),
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
  /** Of `time`, to be compared in its place: see `RoughScale`. */
  readonly rough: Int32Array;
  readonly scale: RoughScale;
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
        ({ hashes, time }) => hashes.length * 8 + time.length * 24,
      ),
      values: new RecentReads(KEPT_VALUES_BYTES_MAX, ({ length }) => length * 9),
    };
    recentOfStore.set(store, recent);
  }
  return recent;
}

async function readRows(store: ObjectStore, objectKeys: readonly string[]): Promise<ChangeRows> {
  const bundles = await Promise.all(objectKeys.map((objectKey) => openBundle(store, objectKey)));
  const partEntities = startsOf(bundles.map((bundle) => bundle.find('hash')!.count));
  const partChanges = startsOf(bundles.map((bundle) => bundle.find('time')!.count));
  const length = partChanges[bundles.length]!;
  const hashes = new BigUint64Array(partEntities[bundles.length]!);
  const time = new BigInt64Array(length);
  const subsort = new BigUint64Array(length);
  const entity = new Int32Array(length);
  await Promise.all(
    bundles.map(async (bundle, part) => {
      const [first, end] = [partChanges[part]!, partChanges[part + 1]!];
      const base = partEntities[part]!;
      const own = entity.subarray(first, end);
      await Promise.all([
        readWhole(bundle, 'hash', hashes.subarray(base, partEntities[part + 1])),
        readWhole(bundle, 'time', time.subarray(first, end)),
        readWhole(bundle, 'subsort', subsort.subarray(first, end)),
        readWhole(bundle, 'entity', own),
      ]);
      for (let row = 0; row < own.length; row++) own[row]! += base;
    }),
  );
  const scale = scaleOf(time, partChanges);
  const rough = roughTimes(time, scale);
  return { hashes, partEntities, partChanges, time, subsort, entity, rough, scale };
}

/** For the times of all parts but those from before the slice. */
function scaleOf(time: BigInt64Array, partChanges: Int32Array): RoughScale {
  let low: bigint | null = null;
  let high: bigint | null = null;
  for (let part = 0; part + 1 < partChanges.length; part++) {
    const end = partChanges[part + 1]!;
    const first = lowerBound(time, BEFORE + 1n, partChanges[part]!, end);
    if (first === end) continue;
    if (low === null || time[first]! < low) low = time[first]!;
    if (high === null || time[end - 1]! > high) high = time[end - 1]!;
  }
  return roughScale(low ?? 0n, high ?? 0n);
}

function readWhole(bundle: BundleReader, name: string, target: SectionArray): Promise<void> {
  return bundle.readInto(name, [[0, target.length]], target);
}

/** First of each of these many, one after another, and the end. */
function startsOf(counts: readonly number[]): Int32Array {
  const starts = new Int32Array(counts.length + 1);
  for (const [at, count] of counts.entries()) starts[at + 1] = starts[at]! + count;
  return starts;
}

async function readValues(
  store: ObjectStore,
  objectKeys: readonly string[],
  type: DataType,
  pool: StringPool,
): Promise<Column> {
  const parts = await Promise.all(
    objectKeys.map(async (objectKey) => {
      const bundle = await openBundle(store, objectKey);
      return { bundle, meta: (bundle.meta as BroadcastMeta).value };
    }),
  );
  const starts = startsOf(parts.map(({ meta }) => meta.rows));
  const placed = parts.map(({ meta }, at) => ({
    ranges: [[0, meta.rows]] as const,
    rows: meta.rows,
    start: starts[at]!,
  }));
  // Arrays of their own: the values stay when the cell is done.
  return readStoredColumn(type, parts, placed, pool, new Scratch(), 0);
}
