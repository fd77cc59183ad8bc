/**
 * The two exchanges of a lookup (partitioning.md, "Lookup by exchange").
 *
 *   requester cell ── request: range-major (foreign hash, time, subsort, row number) ──> foreign cell
 *   requester cell <── response: requester-major (row number, value), absent where there is no answer ── foreign cell
 */
import type { Column, Validity } from '../../shared/column/column.ts';
import type { ColumnMeta } from '../../shared/column/codec.ts';
import { encodeColumn, readColumn } from '../../shared/column/codec.ts';
import type { StringPool } from '../../shared/column/string-pool.ts';
import { concatColumns, takeColumn } from '../../shared/column/take.ts';
import { hashColumn } from '../../shared/kernel/hash.ts';
import { bucketOf, rangeShift } from '../../shared/storage/buckets.ts';
import { encodeBundle } from '../../shared/storage/bundle.ts';
import { openBundle } from '../../shared/storage/bundle-reader.ts';
import { bytesOf } from '../../shared/storage/join-bytes.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import type { DataType } from '../../shared/types/data-type.ts';
import type { DomainRows } from './domain-rows.ts';
import { HashIndex } from './hash-index.ts';
import { orderRows } from '../order/order-rows.ts';
import { wordsOf } from '../../shared/base/compare-words.ts';

interface RequestPart {
  readonly time: BigInt64Array;
  readonly subsort: BigUint64Array;
  readonly hash: BigUint64Array;
  readonly row: Uint32Array;
}

/** A batch of the requesting domain with its foreign keys. */
interface Asked {
  readonly rows: DomainRows;
  readonly hash: BigUint64Array;
  /** 0 where nothing is asked. */
  readonly validity: Validity;
}

/** Collects the requests of one cell over one slice. */
export class RequestWriter {
  readonly #asked: Asked[] = [];

  add(rows: DomainRows, key: Column): void {
    this.#asked.push({ rows, hash: hashColumn(key), validity: key.validity });
  }

  async finish(
    store: ObjectStore,
    objectKey: string,
    ranges: number,
  ): Promise<{ rows: number; bytes: number }> {
    const shift = rangeShift(ranges);
    const rangeRows = new Int32Array(ranges + 1);
    for (const { hash, validity } of this.#asked) {
      const words = wordsOf(hash);
      for (let row = 0; row < hash.length; row++) {
        if (validity === null || validity[row] === 1)
          rangeRows[(bucketOf(words, row) >> shift) + 1]!++;
      }
    }
    for (let range = 0; range < ranges; range++) rangeRows[range + 1]! += rangeRows[range]!;
    const length = rangeRows[ranges]!;
    const next = rangeRows.slice();
    const time = new BigInt64Array(length);
    const subsort = new BigUint64Array(length);
    const hashes = new BigUint64Array(length);
    const number = new Uint32Array(length);
    // Requests arrive in order of (time, subsort, row): a stable distribution keeps it within each range.
    let base = 0;
    for (const { rows, hash, validity } of this.#asked) {
      const words = wordsOf(hash);
      for (let row = 0; row < hash.length; row++) {
        if (validity !== null && validity[row] === 0) continue;
        const range = bucketOf(words, row) >> shift;
        const to = next[range]!;
        next[range] = to + 1;
        time[to] = rows.time[row]!;
        subsort[to] = rows.subsort[row]!;
        hashes[to] = hash[row]!;
        number[to] = base + row;
      }
      base += rows.length;
    }
    const body = encodeBundle({}, [
      { name: 'rangeRows', array: rangeRows },
      { name: 'time', array: time },
      { name: 'subsort', array: subsort },
      { name: 'hash', array: hashes },
      { name: 'row', array: number },
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

/** The requests of one slice to range `range`. Those for unknown entities have no answer and are left out. */
export async function readRequests(
  store: ObjectStore,
  objectKeys: readonly string[],
  range: number,
  entityHash: BigUint64Array,
): Promise<Requests> {
  const parts = await Promise.all(
    objectKeys.map(async (objectKey): Promise<RequestPart> => {
      const bundle = await openBundle(store, objectKey);
      const rangeRows = await bundle.section('rangeRows', 'i32');
      const start = rangeRows[range]!;
      const rows = [[start, rangeRows[range + 1]! - start]] as const;
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
  const known = new HashIndex(entityHash);
  let length = 0;
  for (const [from, part] of parts.entries()) {
    const words = wordsOf(part.hash);
    for (let at = 0; at < part.row.length; at++) {
      const index = known.find(words, at);
      if (index < 0) continue;
      time[length] = part.time[at]!;
      subsort[length] = part.subsort[at]!;
      entity[length] = index;
      origin[length] = from;
      row[length] = part.row[at]!;
      length++;
    }
  }
  const kept = { time: time.subarray(0, length), subsort: subsort.subarray(0, length) };
  const order = orderRows(kept.time, kept.subsort, null);
  if (order === null) {
    return {
      length,
      ...kept,
      entity: entity.subarray(0, length),
      origin: origin.subarray(0, length),
      row: row.subarray(0, length),
    };
  }
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
    const originRows = new Int32Array(originCount + 1);
    for (const origins of this.#origins) {
      for (let at = 0; at < origins.length; at++) originRows[origins[at]! + 1]!++;
    }
    for (let each = 0; each < originCount; each++) originRows[each + 1]! += originRows[each]!;
    const length = originRows[originCount]!;
    const next = originRows.slice();
    const row = new Uint32Array(length);
    const order = new Int32Array(length);
    // The requests of an origin are answered in order of their row numbers: distributing them keeps it.
    let base = 0;
    for (const [index, origins] of this.#origins.entries()) {
      const rows = this.#rows[index]!;
      for (let at = 0; at < origins.length; at++) {
        const origin = origins[at]!;
        const to = next[origin]!;
        next[origin] = to + 1;
        row[to] = rows[at]!;
        order[to] = base + at;
      }
      base += origins.length;
    }
    const answers = concatColumns(this.#type, this.#values, this.#pool);
    const value = encodeColumn('value', originCount === 1 ? answers : takeColumn(answers, order));
    const meta: ResponseMeta = { value: value.meta };
    const body = encodeBundle(meta, [
      { name: 'originRows', array: originRows },
      { name: 'row', array: row },
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
    const known = this.#index.subarray(this.#row, this.#row + length);
    this.#row += length;
    if (known.length === length) return takeColumn(this.#values, known);
    const pick = new Int32Array(length).fill(-1);
    pick.set(known);
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
