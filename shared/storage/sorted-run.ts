/**
 * A sorted run: output rows of one cell in order, with the keys of their entities, in one bundle.
 *
 *   time, subsort, entity                      per row, packed (run-keys.ts) or as i64, u64, i32; entity is an index
 *                                              into the run's own dictionary
 *   time-base i64                              of packed times: the first of each block
 *   entity-hash u64, column `k`                the dictionary: hashes ascending (unsigned), the key of each
 *   columns `f0`, `f1`, …                      the result's fields, per row
 *   sample-time, sample-subsort, sample-hash   the order key of every SAMPLE_ROWS-th row, from row 0 on
 *
 * The samples let a merge find the bytes around a split without reading the rows before it. A cell may write several
 * consecutive runs; rows that are equal in the order key are of one entity and keep their order.
 */
import { isBelow, wordsOf } from '../base/compare-words.ts';
import { assert, AssertionError } from '../base/assert.ts';
import { encodeColumn, encodeParts, hasNullRowsIn, readColumn, readFlat } from '../column/codec.ts';
import type { ColumnMeta } from '../column/codec.ts';
import type { Column, FlatRows } from '../column/column.ts';
import type { StringPool } from '../column/string-pool.ts';
import type { DataType } from '../types/data-type.ts';
import { encodeBundle, sectionOf } from './bundle.ts';
import type { Section } from './bundle.ts';
import { openBundle } from './bundle-reader.ts';
import type { BundleReader } from './bundle-reader.ts';
import { bytesOf } from './join-bytes.ts';
import type { ObjectStore } from './object-store.ts';
import {
  PACKED_ENTITIES_MAX,
  backHalves,
  backPart,
  blockOf,
  blocksOf,
  packEntities,
  packSubsorts,
  packTimes,
  unpackEntities,
  unpackSubsorts,
  unpackTimes,
} from './run-keys.ts';

/** 24 bytes of sample for about 24,000 bytes of order keys. */
export const SAMPLE_ROWS = 1024;

/** What is known of a run without reading it: plain JSON. `minTime` and `maxTime` are decimal nanoseconds. */
export interface RunRef {
  readonly key: string;
  /** At least 1: a cell without rows writes no run. */
  readonly rows: number;
  readonly minTime: string;
  readonly maxTime: string;
  readonly bytes: number;
}

/** Sorted by (time, subsort, entity); arrays of equal length. */
export interface RunRows {
  /** Nanoseconds since the Unix epoch. */
  readonly time: BigInt64Array;
  readonly subsort: BigUint64Array;
  /** Indices into the run's dictionary. */
  readonly entity: Int32Array;
}

export interface RunContents {
  /** The rows in pieces, one after another. */
  readonly rows: readonly RunRows[];
  /** Ascending, unsigned, without duplicates; entities without a row are allowed. */
  readonly entityHash: BigUint64Array;
  /** The key of each entity of `entityHash`. */
  readonly entityKeys: Column;
  readonly fields: readonly RunField[];
  /** Of all strings. */
  readonly pool: StringPool;
}

/** One value per row, in pieces that need not end where those of the rows do; names may repeat. */
export interface RunField {
  readonly name: string;
  readonly type: DataType;
  readonly parts: readonly Column[];
}

/** Arrays for a writer to fill, by name; they are its own until the run is written. */
export interface RunBuffers {
  u16(name: string, length: number): Uint16Array;
  u32(name: string, length: number): Uint32Array;
}

const NEW_BUFFERS: RunBuffers = {
  u16: (_, length) => new Uint16Array(length),
  u32: (_, length) => new Uint32Array(length),
};

interface RunMeta {
  readonly kind: 'sorted-run';
  readonly rows: number;
  /** Nanoseconds; null: times stand whole. */
  readonly timeUnit: number | null;
  /** Null: subsorts stand whole. */
  readonly subsortHigh: number | null;
  readonly key: ColumnMeta;
  readonly fields: readonly { readonly name: string; readonly column: ColumnMeta }[];
}

/** Writes the run as object `key`, which belongs to the caller's attempt. Same contents, same bytes. */
export async function writeSortedRun(
  store: ObjectStore,
  key: string,
  contents: RunContents,
  buffers: RunBuffers = NEW_BUFFERS,
): Promise<RunRef> {
  const { entityHash, entityKeys, fields, pool } = contents;
  const rows = contents.rows.filter((part) => part.time.length > 0);
  const count = rows.reduce((sum, part) => sum + part.time.length, 0);
  assertInOrder(rows, entityHash);
  assert(entityKeys.length === entityHash.length, 'sorted run: one key per entity');
  const times = timeSections(rows, count, buffers);
  const subsorts = subsortSections(rows, count, buffers);
  const sections: Section[] = [
    ...times.sections,
    ...subsorts.sections,
    entitySection(rows, count, entityHash.length, buffers),
    { name: 'entity-hash', array: entityHash },
  ];
  const keyColumn = encodeColumn('k', entityKeys);
  sections.push(...keyColumn.sections);
  const fieldMetas = fields.map(({ name, type, parts }, index) => {
    const encoded = encodeParts(`f${index}`, type, parts, pool);
    assert(encoded.meta.rows === count, `sorted run: field \`${name}\` has one value per row`);
    sections.push(...encoded.sections);
    return { name, column: encoded.meta };
  });
  sections.push(...sampleSections(rows, count, entityHash));
  const meta: RunMeta = {
    kind: 'sorted-run',
    rows: count,
    timeUnit: times.unit,
    subsortHigh: subsorts.high,
    key: keyColumn.meta,
    fields: fieldMetas,
  };
  const body = encodeBundle(meta, sections);
  await store.put(key, body);
  const last = rows.at(-1)!.time;
  return {
    key,
    rows: count,
    minTime: String(rows[0]!.time[0]),
    maxTime: String(last[last.length - 1]),
    bytes: bytesOf(body),
  };
}

function timeSections(
  rows: readonly RunRows[],
  count: number,
  buffers: RunBuffers,
): { sections: Section[]; unit: number | null } {
  const parts = rows.map((part) => part.time);
  const distances = buffers.u32('run-time', count);
  const bases = new BigInt64Array(blocksOf(count));
  const unit = packTimes(parts, distances, bases);
  if (unit === null) return { sections: [sectionOf('time', parts)], unit };
  const sections = [
    { name: 'time', array: distances },
    { name: 'time-base', array: bases },
  ];
  return { sections, unit };
}

function subsortSections(
  rows: readonly RunRows[],
  count: number,
  buffers: RunBuffers,
): { sections: Section[]; high: number | null } {
  const parts = rows.map((part) => part.subsort);
  const lowWords = buffers.u32('run-subsort', count);
  const high = packSubsorts(parts, lowWords);
  const section =
    high === null ? sectionOf('subsort', parts) : { name: 'subsort', array: lowWords };
  return { sections: [section], high };
}

function entitySection(
  rows: readonly RunRows[],
  count: number,
  entities: number,
  buffers: RunBuffers,
): Section {
  const parts = rows.map((part) => part.entity);
  if (entities > PACKED_ENTITIES_MAX) return sectionOf('entity', parts);
  const packed = buffers.u16('run-entity', count);
  packEntities(parts, packed);
  return { name: 'entity', array: packed };
}

function assertInOrder(rows: readonly RunRows[], entityHash: BigUint64Array): void {
  assert(rows.length > 0, 'sorted run: it has rows');
  let before = 0;
  let last: RunRows | null = null;
  for (const part of rows) {
    const { time, subsort, entity } = part;
    const count = time.length;
    assert(subsort.length === count && entity.length === count, 'sorted run: arrays of one length');
    const wrong = last !== null && !isJoined(last, part) ? 0 : firstDisorder(part);
    if (wrong >= 0) {
      throw new AssertionError(`sorted run: row ${before + wrong} is before the row above it`);
    }
    before += count;
    last = part;
  }
  const words = wordsOf(entityHash);
  for (let at = 1; at < entityHash.length; at++) {
    assert(isBelow(words, at - 1, words, at), 'sorted run: entity hashes ascend');
  }
}

/** Whether the first row of `part` may stand behind the last of `last`. */
function isJoined(last: RunRows, part: RunRows): boolean {
  const end = last.time.length - 1;
  const seam = {
    time: BigInt64Array.of(last.time[end]!, part.time[0]!),
    subsort: BigUint64Array.of(last.subsort[end]!, part.subsort[0]!),
    entity: Int32Array.of(last.entity[end]!, part.entity[0]!),
  };
  return firstDisorder(seam) < 0;
}

/** The first row that is before the row above it; −1 if none is. */
function firstDisorder({ time, subsort, entity }: RunRows): number {
  const count = time.length;
  // Subsorts by halves: unsigned 64-bit values that are compared leave their array, one object each.
  const halves = new Uint32Array(subsort.buffer, subsort.byteOffset, count * 2);
  for (let row = 1; row < count; row++) {
    if (time[row - 1]! < time[row]!) continue;
    const highBefore = halves[2 * row - 1]!;
    const high = halves[2 * row + 1]!;
    const lowBefore = halves[2 * row - 2]!;
    const low = halves[2 * row]!;
    const isInOrder =
      time[row - 1]! === time[row]! &&
      (highBefore < high ||
        (highBefore === high &&
          (lowBefore < low || (lowBefore === low && entity[row - 1]! <= entity[row]!))));
    if (!isInOrder) return row;
  }
  return -1;
}

function sampleSections(
  rows: readonly RunRows[],
  rowCount: number,
  entityHash: BigUint64Array,
): Section[] {
  const count = Math.ceil(rowCount / SAMPLE_ROWS);
  const time = new BigInt64Array(count);
  const subsort = new BigUint64Array(count);
  const hash = new BigUint64Array(count);
  let sample = 0;
  let before = 0;
  for (const part of rows) {
    const end = before + part.time.length;
    for (; sample * SAMPLE_ROWS < end; sample++) {
      const row = sample * SAMPLE_ROWS - before;
      time[sample] = part.time[row]!;
      subsort[sample] = part.subsort[row]!;
      hash[sample] = entityHash[part.entity[row]!]!;
    }
    before = end;
  }
  return [
    { name: 'sample-time', array: time },
    { name: 'sample-subsort', array: subsort },
    { name: 'sample-hash', array: hash },
  ];
}

/** Order keys of the rows 0, SAMPLE_ROWS, 2 · SAMPLE_ROWS, … */
export interface RunSamples {
  readonly time: BigInt64Array;
  readonly subsort: BigUint64Array;
  readonly hash: BigUint64Array;
}

/** An open run: each method is a few ranged reads. Arrays may be views of shared buffers: do not write to them. */
export class SortedRun {
  readonly rows: number;
  readonly fieldNames: readonly string[];
  readonly #bundle: BundleReader;
  readonly #meta: RunMeta;
  #entityHash: Promise<BigUint64Array> | null = null;

  constructor(bundle: BundleReader) {
    this.#bundle = bundle;
    // Written by `writeSortedRun`; the bundle has verified its checksum.
    this.#meta = bundle.meta as RunMeta;
    assert(this.#meta.kind === 'sorted-run', `object \`${bundle.key}\` is a sorted run`);
    this.rows = this.#meta.rows;
    this.fieldNames = this.#meta.fields.map((field) => field.name);
  }

  async samples(): Promise<RunSamples> {
    const [time, subsort, hash] = await Promise.all([
      this.#bundle.section('sample-time', 'i64'),
      this.#bundle.section('sample-subsort', 'u64'),
      this.#bundle.section('sample-hash', 'u64'),
    ]);
    return { time, subsort, hash };
  }

  /** The hashes of the dictionary, ascending; read once. */
  entityHash(): Promise<BigUint64Array> {
    this.#entityHash ??= this.#bundle.section('entity-hash', 'u64');
    return this.#entityHash;
  }

  /** The rows from `from` on into `target`, as many as its arrays have. */
  async readRows(from: number, target: RunRows): Promise<void> {
    await Promise.all([
      this.#readTimes(from, target.time),
      this.#readSubsorts(from, target.subsort),
      this.#readEntities(from, target.entity),
    ]);
  }

  async #readTimes(from: number, time: BigInt64Array): Promise<void> {
    const { timeUnit } = this.#meta;
    if (timeUnit === null || time.length === 0) {
      return this.#bundle.readInto('time', [[from, time.length]], time);
    }
    const first = blockOf(from);
    const bases = new BigInt64Array(blockOf(from + time.length - 1) + 1 - first);
    await Promise.all([
      this.#bundle.readInto('time', [[from, time.length]], backPart(time)),
      this.#bundle.readInto('time-base', [[first, bases.length]], bases),
    ]);
    unpackTimes(time, from, bases, timeUnit);
  }

  async #readSubsorts(from: number, subsort: BigUint64Array): Promise<void> {
    const { subsortHigh } = this.#meta;
    const rows = [[from, subsort.length]] as const;
    if (subsortHigh === null) return this.#bundle.readInto('subsort', rows, subsort);
    await this.#bundle.readInto('subsort', rows, backPart(subsort));
    unpackSubsorts(subsort, subsortHigh);
  }

  async #readEntities(from: number, entity: Int32Array): Promise<void> {
    const rows = [[from, entity.length]] as const;
    if (this.#bundle.find('entity')?.kind !== 'u16') {
      return this.#bundle.readInto('entity', rows, entity);
    }
    await this.#bundle.readInto('entity', rows, backHalves(entity));
    unpackEntities(entity);
  }

  /** The keys of entities from … to − 1 of the dictionary. */
  readKeys(from: number, to: number, pool: StringPool): Promise<Column> {
    return readColumn(this.#bundle, this.#meta.key, [[from, to - from]], pool);
  }

  /** Rows from … to − 1 of a field, by its place. */
  readField(index: number, from: number, to: number, pool: StringPool): Promise<Column> {
    return readColumn(this.#bundle, this.#field(index), [[from, to - from]], pool);
  }

  /** Rows from `from` on of a flat field into `target`, as many as it has slots; strings as codes of `pool`. */
  readFlatField(index: number, from: number, target: FlatRows, pool: StringPool): Promise<void> {
    const rows = [[from, target.values.length]] as const;
    return readFlat(this.#bundle, this.#field(index), rows, target, pool);
  }

  hasNulls(index: number): boolean {
    return hasNullRowsIn(this.#field(index));
  }

  #field(index: number): ColumnMeta {
    const field = this.#meta.fields[index];
    assert(field !== undefined, `object \`${this.#bundle.key}\` has no field ${index}`);
    return field.column;
  }
}

export async function openSortedRun(
  store: ObjectStore,
  ref: Pick<RunRef, 'key'>,
): Promise<SortedRun> {
  return new SortedRun(await openBundle(store, ref.key));
}
