/**
 * A sorted run: output rows of one cell in order, with the keys of their entities, in one bundle.
 *
 *   time i64, subsort u64, entity i32          per row; entity is an index into the run's own dictionary
 *   entity-hash u64, column `k`                the dictionary: hashes ascending (unsigned), the key of each
 *   columns `f0`, `f1`, …                      the result's fields, per row
 *   sample-time, sample-subsort, sample-hash   the order key of every SAMPLE_ROWS-th row, from row 0 on
 *
 * The samples let a merge find the bytes around a split without reading the rows before it. A cell may write several
 * consecutive runs; rows that are equal in the order key are of one entity and keep their order.
 */
import { assert, AssertionError } from '../base/assert.ts';
import { encodeColumn, readColumn } from '../column/codec.ts';
import type { ColumnMeta } from '../column/codec.ts';
import type { Column } from '../column/column.ts';
import type { StringPool } from '../column/string-pool.ts';
import { encodeBundle } from './bundle.ts';
import type { Section } from './bundle.ts';
import { openBundle } from './bundle-reader.ts';
import type { BundleReader } from './bundle-reader.ts';
import { bytesOf } from './join-bytes.ts';
import type { ObjectStore } from './object-store.ts';

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
  readonly rows: RunRows;
  /** Ascending, unsigned, without duplicates; entities without a row are allowed. */
  readonly entityHash: BigUint64Array;
  /** The key of each entity of `entityHash`. */
  readonly entityKeys: Column;
  /** One value per row; names may repeat. */
  readonly fields: readonly { readonly name: string; readonly column: Column }[];
}

interface RunMeta {
  readonly kind: 'sorted-run';
  readonly rows: number;
  readonly key: ColumnMeta;
  readonly fields: readonly { readonly name: string; readonly column: ColumnMeta }[];
}

/** Writes the run as object `key`, which belongs to the caller's attempt. Same contents, same bytes. */
export async function writeSortedRun(
  store: ObjectStore,
  key: string,
  contents: RunContents,
): Promise<RunRef> {
  const { rows, entityHash, entityKeys, fields } = contents;
  const count = rows.time.length;
  assertInOrder(rows, entityHash);
  assert(entityKeys.length === entityHash.length, 'sorted run: one key per entity');
  const sections: Section[] = [
    { name: 'time', array: rows.time },
    { name: 'subsort', array: rows.subsort },
    { name: 'entity', array: rows.entity },
    { name: 'entity-hash', array: entityHash },
  ];
  const keyColumn = encodeColumn('k', entityKeys);
  sections.push(...keyColumn.sections);
  const fieldMetas = fields.map(({ name, column }, index) => {
    assert(column.length === count, `sorted run: field \`${name}\` has one value per row`);
    const encoded = encodeColumn(`f${index}`, column);
    sections.push(...encoded.sections);
    return { name, column: encoded.meta };
  });
  sections.push(...sampleSections(rows, entityHash));
  const meta: RunMeta = {
    kind: 'sorted-run',
    rows: count,
    key: keyColumn.meta,
    fields: fieldMetas,
  };
  const body = encodeBundle(meta, sections);
  await store.put(key, body);
  return {
    key,
    rows: count,
    minTime: String(rows.time[0]),
    maxTime: String(rows.time[count - 1]),
    bytes: bytesOf(body),
  };
}

function assertInOrder({ time, subsort, entity }: RunRows, entityHash: BigUint64Array): void {
  const count = time.length;
  assert(count > 0, 'sorted run: it has rows');
  assert(subsort.length === count && entity.length === count, 'sorted run: arrays of one length');
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
    if (!isInOrder) throw new AssertionError(`sorted run: row ${row} is before the row above it`);
  }
  for (let at = 1; at < entityHash.length; at++) {
    assert(entityHash[at - 1]! < entityHash[at]!, 'sorted run: entity hashes ascend');
  }
}

function sampleSections(rows: RunRows, entityHash: BigUint64Array): Section[] {
  const count = Math.ceil(rows.time.length / SAMPLE_ROWS);
  const time = new BigInt64Array(count);
  const subsort = new BigUint64Array(count);
  const hash = new BigUint64Array(count);
  for (let sample = 0; sample < count; sample++) {
    const row = sample * SAMPLE_ROWS;
    time[sample] = rows.time[row]!;
    subsort[sample] = rows.subsort[row]!;
    hash[sample] = entityHash[rows.entity[row]!]!;
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

  /** Rows from … to − 1. */
  async readRows(from: number, to: number): Promise<RunRows> {
    const ranges = [[from, to - from]] as const;
    const [time, subsort, entity] = await Promise.all([
      this.#bundle.sectionRanges('time', ranges, 'i64'),
      this.#bundle.sectionRanges('subsort', ranges, 'u64'),
      this.#bundle.sectionRanges('entity', ranges, 'i32'),
    ]);
    return { time, subsort, entity };
  }

  /** The keys of entities from … to − 1 of the dictionary. */
  readKeys(from: number, to: number, pool: StringPool): Promise<Column> {
    return readColumn(this.#bundle, this.#meta.key, [[from, to - from]], pool);
  }

  /** Rows from … to − 1 of a field, by its place. */
  readField(index: number, from: number, to: number, pool: StringPool): Promise<Column> {
    const field = this.#meta.fields[index];
    assert(field !== undefined, `object \`${this.#bundle.key}\` has no field ${index}`);
    return readColumn(this.#bundle, field.column, [[from, to - from]], pool);
  }
}

export async function openSortedRun(
  store: ObjectStore,
  ref: Pick<RunRef, 'key'>,
): Promise<SortedRun> {
  return new SortedRun(await openBundle(store, ref.key));
}
