/**
 * The two exchanges of a lookup (partitioning.md, "Lookup by exchange").
 *
 *   requester cell ── request: bucket-major (foreign hash, time, subsort, row number) ──> foreign cell
 *   requester cell <── response: requester-major (row number, value), absent where there is no answer ── foreign cell
 */
import type { Column } from '../../shared/column/column.ts';
import type { ColumnMeta } from '../../shared/column/codec.ts';
import { encodeColumn, readColumn } from '../../shared/column/codec.ts';
import type { StringPool } from '../../shared/column/string-pool.ts';
import { concatColumns, takeColumn } from '../../shared/column/take.ts';
import { hashColumn } from '../../shared/kernel/hash.ts';
import type { BucketRange } from '../../shared/storage/buckets.ts';
import { BUCKETS, bucketOf } from '../../shared/storage/buckets.ts';
import { encodeBundle } from '../../shared/storage/bundle.ts';
import { openBundle } from '../../shared/storage/bundle-reader.ts';
import { bytesOf } from '../../shared/storage/join-bytes.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import type { DataType } from '../../shared/types/data-type.ts';
import type { DomainRows } from './domain-rows.ts';
import { findHash } from './entities.ts';
import { identityOrder, sortByInt32, sortByInt64, sortByUint64, wordsOf } from './sort.ts';

interface RequestPart {
  readonly time: BigInt64Array;
  readonly subsort: BigUint64Array;
  readonly hash: BigUint64Array;
  readonly row: Uint32Array;
}

/** Collects the requests of one cell over one slice. */
export class RequestWriter {
  readonly #parts: RequestPart[] = [];
  /** Rows of the requesting domain seen so far: the next row number. */
  #row = 0;

  add(rows: DomainRows, key: Column): void {
    const hash = hashColumn(key);
    const pick = new Int32Array(rows.length);
    let count = 0;
    for (let row = 0; row < rows.length; row++) {
      if (key.validity === null || key.validity[row] === 1) pick[count++] = row;
    }
    const part: RequestPart = {
      time: new BigInt64Array(count),
      subsort: new BigUint64Array(count),
      hash: new BigUint64Array(count),
      row: new Uint32Array(count),
    };
    for (let at = 0; at < count; at++) {
      const row = pick[at]!;
      part.time[at] = rows.time[row]!;
      part.subsort[at] = rows.subsort[row]!;
      part.hash[at] = hash[row]!;
      part.row[at] = this.#row + row;
    }
    this.#parts.push(part);
    this.#row += rows.length;
  }

  async finish(store: ObjectStore, objectKey: string): Promise<{ rows: number; bytes: number }> {
    const length = this.#parts.reduce((sum, part) => sum + part.row.length, 0);
    const starts = new Int32Array(BUCKETS + 1);
    for (const part of this.#parts) {
      const words = wordsOf(part.hash);
      for (let at = 0; at < part.row.length; at++) starts[bucketOf(words, at) + 1]!++;
    }
    for (let bucket = 0; bucket < BUCKETS; bucket++) starts[bucket + 1]! += starts[bucket]!;
    const bucketRows = starts.slice();
    const out: RequestPart = {
      time: new BigInt64Array(length),
      subsort: new BigUint64Array(length),
      hash: new BigUint64Array(length),
      row: new Uint32Array(length),
    };
    // Requests arrive in order of (time, subsort, row): a stable distribution keeps it within each bucket.
    for (const part of this.#parts) {
      const words = wordsOf(part.hash);
      for (let at = 0; at < part.row.length; at++) {
        const to = starts[bucketOf(words, at)]!++;
        out.time[to] = part.time[at]!;
        out.subsort[to] = part.subsort[at]!;
        out.hash[to] = part.hash[at]!;
        out.row[to] = part.row[at]!;
      }
    }
    const body = encodeBundle({}, [
      { name: 'bucketRows', array: bucketRows },
      { name: 'time', array: out.time },
      { name: 'subsort', array: out.subsort },
      { name: 'hash', array: out.hash },
      { name: 'row', array: out.row },
    ]);
    await store.put(objectKey, body);
    return { rows: length, bytes: bytesOf(body) };
  }
}

/** The requests of one slice that concern a cell's entities, in order of (time, subsort). */
export interface Requests {
  readonly length: number;
  readonly time: BigInt64Array;
  readonly subsort: BigUint64Array;
  readonly entity: Int32Array;
  /** Which producer asks: its place in the list of objects. */
  readonly origin: Int32Array;
  readonly row: Uint32Array;
}

/** Requests for unknown entities have no answer and are left out. */
export async function readRequests(
  store: ObjectStore,
  objectKeys: readonly string[],
  range: BucketRange,
  entityHash: BigUint64Array,
): Promise<Requests> {
  const parts = await Promise.all(
    objectKeys.map(async (objectKey): Promise<RequestPart> => {
      const bundle = await openBundle(store, objectKey);
      const bucketRows = await bundle.section('bucketRows', 'i32');
      const start = bucketRows[range.low]!;
      const rows = [[start, bucketRows[range.high]! - start]] as const;
      return {
        time: await bundle.sectionRanges('time', rows, 'i64'),
        subsort: await bundle.sectionRanges('subsort', rows, 'u64'),
        hash: await bundle.sectionRanges('hash', rows, 'u64'),
        row: await bundle.sectionRanges('row', rows, 'u32'),
      };
    }),
  );
  const total = parts.reduce((sum, part) => sum + part.row.length, 0);
  const time = new BigInt64Array(total);
  const subsort = new BigUint64Array(total);
  const entity = new Int32Array(total);
  const origin = new Int32Array(total);
  const row = new Uint32Array(total);
  let length = 0;
  for (const [from, part] of parts.entries()) {
    const words = wordsOf(part.hash);
    for (let at = 0; at < part.row.length; at++) {
      const index = findHash(entityHash, words, at);
      if (index < 0) continue;
      time[length] = part.time[at]!;
      subsort[length] = part.subsort[at]!;
      entity[length] = index;
      origin[length] = from;
      row[length] = part.row[at]!;
      length++;
    }
  }
  const order = sortByInt64(time, sortByUint64(subsort, identityOrder(length)));
  const out = {
    length,
    time: new BigInt64Array(length),
    subsort: new BigUint64Array(length),
    entity: new Int32Array(length),
    origin: new Int32Array(length),
    row: new Uint32Array(length),
  };
  for (let at = 0; at < length; at++) {
    const source = order[at]!;
    out.time[at] = time[source]!;
    out.subsort[at] = subsort[source]!;
    out.entity[at] = entity[source]!;
    out.origin[at] = origin[source]!;
    out.row[at] = row[source]!;
  }
  return out;
}

interface ResponseMeta {
  readonly value: ColumnMeta;
}

/** Collects the answers of one foreign cell over one slice. */
export class ResponseWriter {
  readonly #type: DataType;
  readonly #pool: StringPool;
  readonly #origins: Int32Array[] = [];
  readonly #rows: Uint32Array[] = [];
  readonly #values: Column[] = [];

  constructor(type: DataType, pool: StringPool) {
    this.#type = type;
    this.#pool = pool;
  }

  /** Null values are left out: no answer means null. */
  add(origin: Int32Array, row: Uint32Array, value: Column): void {
    const { validity } = value;
    if (value.physical === 'null') return;
    if (validity === null) {
      this.#origins.push(origin);
      this.#rows.push(row);
      this.#values.push(value);
      return;
    }
    const pick = new Int32Array(row.length);
    let count = 0;
    for (let at = 0; at < row.length; at++) if (validity[at] === 1) pick[count++] = at;
    const kept = pick.subarray(0, count);
    const origins = new Int32Array(count);
    const rows = new Uint32Array(count);
    for (let at = 0; at < count; at++) {
      origins[at] = origin[kept[at]!]!;
      rows[at] = row[kept[at]!]!;
    }
    this.#origins.push(origins);
    this.#rows.push(rows);
    this.#values.push(takeColumn(value, kept));
  }

  async finish(
    store: ObjectStore,
    objectKey: string,
    originCount: number,
  ): Promise<{ rows: number; bytes: number }> {
    const length = this.#rows.reduce((sum, rows) => sum + rows.length, 0);
    const origin = new Int32Array(length);
    const row = new Uint32Array(length);
    let at = 0;
    for (const [index, rows] of this.#rows.entries()) {
      origin.set(this.#origins[index]!, at);
      row.set(rows, at);
      at += rows.length;
    }
    const order = sortByInt32(origin, sortByInt32(row, identityOrder(length)));
    const originRows = new Int32Array(originCount + 1);
    const sortedRow = new Uint32Array(length);
    for (let to = 0; to < length; to++) {
      sortedRow[to] = row[order[to]!]!;
      originRows[origin[order[to]!]! + 1]!++;
    }
    for (let each = 0; each < originCount; each++) originRows[each + 1]! += originRows[each]!;
    const value = encodeColumn(
      'value',
      takeColumn(concatColumns(this.#type, this.#values, this.#pool), order),
    );
    const meta: ResponseMeta = { value: value.meta };
    const body = encodeBundle(meta, [
      { name: 'originRows', array: originRows },
      { name: 'row', array: sortedRow },
      ...value.sections,
    ]);
    await store.put(objectKey, body);
    return { rows: length, bytes: bytesOf(body) };
  }
}

/** The answers to one requesting cell of one slice. */
export class Responses {
  readonly #values: Column;
  /** Row number → row of `values`, −1 without an answer. */
  readonly #index: Int32Array;
  #row = 0;

  constructor(values: Column, index: Int32Array) {
    this.#values = values;
    this.#index = index;
  }

  /** The answers for the next `length` rows of the requesting domain. */
  next(length: number): Column {
    const pick = new Int32Array(length).fill(-1);
    const known = this.#index.subarray(this.#row, this.#row + length);
    pick.set(known);
    this.#row += length;
    return takeColumn(this.#values, pick);
  }
}

export async function readResponses(
  store: ObjectStore,
  objectKeys: readonly string[],
  origin: number,
  type: DataType,
  pool: StringPool,
): Promise<Responses> {
  const parts = await Promise.all(
    objectKeys.map(async (objectKey) => {
      const bundle = await openBundle(store, objectKey);
      const meta = bundle.meta as ResponseMeta;
      const originRows = await bundle.section('originRows', 'i32');
      const start = originRows[origin]!;
      const range = [[start, originRows[origin + 1]! - start]] as const;
      return {
        row: await bundle.sectionRanges('row', range, 'u32'),
        value: await readColumn(bundle, meta.value, range, pool),
      };
    }),
  );
  let rows = 0;
  for (const { row } of parts) {
    for (let at = 0; at < row.length; at++) if (row[at]! >= rows) rows = row[at]! + 1;
  }
  const index = new Int32Array(rows).fill(-1);
  let base = 0;
  for (const { row } of parts) {
    for (let at = 0; at < row.length; at++) index[row[at]!] = base + at;
    base += row.length;
  }
  const values = concatColumns(
    type,
    parts.map((part) => part.value),
    pool,
  );
  return new Responses(values, index);
}
