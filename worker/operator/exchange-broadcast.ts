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
import type { Held } from './recent-reads.ts';
import { RecentReads } from './recent-reads.ts';
import type { RoughScale } from './rough-times.ts';
import { roughScale, roughTimes } from './rough-times.ts';
import type { StoredPart } from './stored-rows.ts';
import { readStoredColumn, slotsOf, storedArrays } from './stored-rows.ts';

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

/**
 * What the cells of all ranges wrote, to be released when the cell is done; `objectKeys` are in order of range, so that
 * hashes ascend.
 */
export async function holdBroadcast(
  store: ObjectStore,
  objectKeys: readonly string[],
  type: DataType,
  pool: StringPool,
): Promise<Held<Broadcast>> {
  let kept = keptOfStore.get(store);
  if (kept === undefined) {
    kept = new RecentReads({
      bytesMax: KEPT_BYTES_MAX,
      bytesOf: ({ bytes }) => bytes,
      reuse: ({ scratch }) => scratch.giveBack(),
    });
    keptOfStore.set(store, kept);
  }
  // Strings are codes of the cell's pool, and what is not flat has arrays of its own: another cell reads it again.
  const isKept = physicalOf(type) !== null;
  const { value, release } = await kept.hold(objectKeys.join(' '), async (makeRoom) => {
    const parts = await openParts(store, objectKeys);
    const bytes = bytesOfParts(parts, isKept);
    makeRoom(bytes);
    const scratch = new Scratch();
    const rows = await readRows(parts, scratch);
    return {
      rows,
      values: isKept ? await readValues(parts, type, pool, scratch) : null,
      bytes,
      scratch,
    };
  });
  const values =
    value.values ??
    (await readValues(await openParts(store, objectKeys), type, pool, new Scratch()));
  return { value: { ...value.rows, values }, release };
}

/** What a thread keeps of broadcasts for its next cell. */
const KEPT_BYTES_MAX = 96 << 20;

interface KeptBroadcast {
  readonly rows: ChangeRows;
  /** Null: not kept. */
  readonly values: Column | null;
  readonly bytes: number;
  readonly scratch: Scratch;
}

const keptOfStore = new WeakMap<ObjectStore, RecentReads<KeptBroadcast>>();

interface BroadcastPart extends StoredPart {
  readonly bundle: BundleReader;
  readonly meta: ColumnMeta;
}

/** The objects of the foreign ranges, and their changes one after another. */
async function openParts(
  store: ObjectStore,
  objectKeys: readonly string[],
): Promise<BroadcastPart[]> {
  const bundles = await Promise.all(objectKeys.map((objectKey) => openBundle(store, objectKey)));
  let end = 0;
  return bundles.map((bundle) => {
    const { value } = bundle.meta as BroadcastMeta;
    const start = end;
    end += value.rows;
    return { bundle, meta: value, ranges: [[0, value.rows]], rows: value.rows, start };
  });
}

function bytesOfParts(parts: readonly BroadcastPart[], hasValues: boolean): number {
  return parts.reduce(
    (sum, { bundle, rows }) => sum + bundle.find('hash')!.count * 8 + rows * (hasValues ? 33 : 24),
    0,
  );
}

async function readRows(parts: readonly BroadcastPart[], scratch: Scratch): Promise<ChangeRows> {
  const partEntities = startsOf(parts.map(({ bundle }) => bundle.find('hash')!.count));
  const partChanges = startsOf(parts.map(({ rows }) => rows));
  const { time, subsort, entity } = storedArrays(parts, scratch);
  const hashes = scratch.u64('hash', partEntities[parts.length]!);
  await Promise.all(
    parts.map(async (part, at) => {
      const { bundle } = part;
      const base = partEntities[at]!;
      const slots = slotsOf({ length: time.length, time, subsort, entity }, part);
      await Promise.all([
        readWhole(bundle, 'hash', hashes.subarray(base, partEntities[at + 1])),
        readWhole(bundle, 'time', slots.time),
        readWhole(bundle, 'subsort', slots.subsort),
        readWhole(bundle, 'entity', slots.entity),
      ]);
      for (let row = 0; row < slots.length; row++) slots.entity[row]! += base;
    }),
  );
  const scale = scaleOf(time, partChanges);
  const rough = roughTimes(time, scale, scratch.i32('rough', time.length));
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

function readValues(
  parts: readonly BroadcastPart[],
  type: DataType,
  pool: StringPool,
  scratch: Scratch,
): Promise<Column> {
  return readStoredColumn(type, parts, parts, pool, scratch, 0);
}
