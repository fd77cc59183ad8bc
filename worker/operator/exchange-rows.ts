/**
 * The rekey exchange: rows on their way to the range of their new key. One range-major object per producing cell.
 *
 *   rows      range 0: (time, subsort, new hash, old hash, old ordinal) ascending │ range 1: … │
 *   index     rangeRows[r] … rangeRows[r + 1]     dictionary of new keys in hash order, rangeEntities likewise
 *
 * The reader takes one range from every producer, merges them by the same key and numbers equal (time, subsort, new
 * hash) by occurrence: the ordinal of partitioning.md R1.
 */
import type { Column } from '../../shared/column/column.ts';
import type { ColumnMeta } from '../../shared/column/codec.ts';
import { encodeColumn, readColumn } from '../../shared/column/codec.ts';
import type { StringPool } from '../../shared/column/string-pool.ts';
import { concatColumns, sliceColumn, takeColumn } from '../../shared/column/take.ts';
import { hashColumn } from '../../shared/kernel/hash.ts';
import { bucketOf, rangeShift } from '../../shared/storage/buckets.ts';
import { encodeBundle } from '../../shared/storage/bundle.ts';
import { openBundle } from '../../shared/storage/bundle-reader.ts';
import { bytesOf } from '../../shared/storage/join-bytes.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import type { DataType } from '../../shared/types/data-type.ts';
import type { DomainRows } from './domain-rows.ts';
import type { EntityList } from './entities.ts';
import { checkSameKey } from './entities.ts';
import type { DistinctHashes } from './hash-index.ts';
import { distinctHashes } from './hash-index.ts';
import { mergeRuns } from './merge-runs.ts';
import { lowerBound, sliceRows } from './rows.ts';
import { wordsOf } from './sort.ts';

interface RowsMeta {
  readonly key: ColumnMeta;
  readonly columns: readonly ColumnMeta[];
}

export class ExchangeWriter {
  readonly #keyType: DataType;
  readonly #types: readonly DataType[];
  readonly #pool: StringPool;
  readonly #rows: DomainRows[] = [];
  readonly #keys: Column[] = [];
  readonly #columns: Column[][];

  constructor(keyType: DataType, types: readonly DataType[], pool: StringPool) {
    this.#keyType = keyType;
    this.#types = types;
    this.#pool = pool;
    this.#columns = types.map(() => []);
  }

  add(rows: DomainRows, key: Column, columns: readonly Column[]): void {
    this.#rows.push(rows);
    this.#keys.push(key);
    for (const [at, column] of columns.entries()) this.#columns[at]!.push(column);
  }

  /** Writes what was added; `entityHash` has the hash of each old entity index. */
  async finish(
    store: ObjectStore,
    objectKey: string,
    entityHash: BigUint64Array,
    ranges: number,
  ): Promise<{ rows: number; bytes: number }> {
    const rows = concatRows(this.#rows);
    const keys = concatColumns(this.#keyType, this.#keys, this.#pool);
    const hash = hashColumn(keys);
    const dictionary = distinctHashes(hash);
    checkKeys(keys, dictionary);
    const rangeRows = rangeStarts(hash, ranges);
    const rangeEntities = rangeStarts(dictionary.hashes, ranges);
    const order = outgoingOrder(rows, hash, dictionary.place, rangeRows);
    const length = rows.length;
    const time = new BigInt64Array(length);
    const subsort = new BigUint64Array(length);
    const entity = new Uint32Array(length);
    const oldHash = new BigUint64Array(length);
    const ordinal = new Uint32Array(rows.ordinal === null ? 0 : length);
    for (let at = 0; at < length; at++) {
      const row = order[at]!;
      time[at] = rows.time[row]!;
      subsort[at] = rows.subsort[row]!;
      entity[at] = dictionary.place[row]!;
      oldHash[at] = entityHash[rows.entity[row]!]!;
    }
    if (rows.ordinal !== null) {
      for (let at = 0; at < length; at++) ordinal[at] = rows.ordinal[order[at]!]!;
    }
    const key = encodeColumn('key', takeColumn(keys, dictionary.firstRow));
    const columns = this.#types.map((type, index) =>
      encodeColumn(
        `c${index}`,
        takeColumn(concatColumns(type, this.#columns[index]!, this.#pool), order),
      ),
    );
    const meta: RowsMeta = { key: key.meta, columns: columns.map((column) => column.meta) };
    const body = encodeBundle(meta, [
      { name: 'rangeRows', array: rangeRows },
      { name: 'rangeEntities', array: rangeEntities },
      { name: 'entityHash', array: dictionary.hashes },
      { name: 'time', array: time },
      { name: 'subsort', array: subsort },
      { name: 'entity', array: entity },
      { name: 'oldHash', array: oldHash },
      { name: 'oldOrdinal', array: ordinal },
      ...key.sections,
      ...columns.flatMap((column) => column.sections),
    ]);
    await store.put(objectKey, body);
    return { rows: length, bytes: bytesOf(body) };
  }
}

/** The first row of each range, and the end, when rows are ordered by range. */
function rangeStarts(hash: BigUint64Array, ranges: number): Int32Array {
  const starts = new Int32Array(ranges + 1);
  const shift = rangeShift(ranges);
  const words = wordsOf(hash);
  for (let row = 0; row < hash.length; row++) starts[(bucketOf(words, row) >> shift) + 1]!++;
  for (let range = 0; range < ranges; range++) starts[range + 1]! += starts[range]!;
  return starts;
}

/**
 * By range of the new hash, then (time, subsort, new hash, old hash, old ordinal). Rows arrive in that order but for
 * the new hashes, whose order `place` has.
 */
function outgoingOrder(
  rows: DomainRows,
  hash: BigUint64Array,
  place: Int32Array,
  rangeRows: Int32Array,
): Int32Array {
  const ranges = rangeRows.length - 1;
  const shift = rangeShift(ranges);
  const words = wordsOf(hash);
  const time = wordsOf(rows.time);
  const subsort = wordsOf(rows.subsort);
  const next = rangeRows.slice();
  const order = new Int32Array(rows.length);
  for (let row = 0; row < rows.length; row++) {
    const range = bucketOf(words, row) >> shift;
    order[next[range]!] = row;
    next[range]!++;
  }
  for (let range = 0; range < ranges; range++) {
    const end = rangeRows[range + 1]!;
    let start = rangeRows[range]!;
    for (let at = start + 1; at <= end; at++) {
      if (at < end && isSameInstant(time, subsort, order[at - 1]!, order[at]!)) continue;
      if (at - start > 1)
        order.subarray(start, at).sort((left, right) => place[left]! - place[right]!);
      start = at;
    }
  }
  return order;
}

function isSameInstant(
  time: Uint32Array,
  subsort: Uint32Array,
  left: number,
  right: number,
): boolean {
  return (
    time[left * 2] === time[right * 2] &&
    time[left * 2 + 1] === time[right * 2 + 1] &&
    subsort[left * 2] === subsort[right * 2] &&
    subsort[left * 2 + 1] === subsort[right * 2 + 1]
  );
}

/** Fails if rows of one hash have different keys. */
function checkKeys(keys: Column, { place, firstRow }: DistinctHashes): void {
  if (keys.physical === 'string' && keys.validity === null) {
    const { codes } = keys;
    for (let row = 0; row < place.length; row++) {
      const first = firstRow[place[row]!]!;
      if (codes[first] !== codes[row]) checkSameKey(keys, first, row);
    }
    return;
  }
  for (let row = 0; row < place.length; row++) {
    const first = firstRow[place[row]!]!;
    if (first !== row) checkSameKey(keys, first, row);
  }
}

/** One range of a rekey exchange, from all producers: rows of one slice, in order. */
export interface ExchangedRows {
  readonly entities: EntityList;
  /** `entity` indexes `entities`. */
  readonly rows: DomainRows;
  readonly columns: readonly Column[];
}

export async function readExchange(
  store: ObjectStore,
  objectKeys: readonly string[],
  range: number,
  keyType: DataType,
  types: readonly DataType[],
  pool: StringPool,
): Promise<ExchangedRows> {
  const parts = await Promise.all(
    objectKeys.map((objectKey) => readPart(store, objectKey, range, pool)),
  );
  const hashes = mergeHashes(parts.map((part) => part.hashes));
  const length = parts.reduce((sum, part) => sum + part.time.length, 0);
  const time = new BigInt64Array(length);
  const subsort = new BigUint64Array(length);
  const entity = new Int32Array(length);
  const oldHash = new BigUint64Array(length);
  const oldOrdinal = new Uint32Array(length);
  const keys = concatColumns(
    keyType,
    parts.map((part) => part.keys),
    pool,
  );
  const keyPick = new Int32Array(hashes.length).fill(-1);
  const starts = [0];
  let at = 0;
  let keyBase = 0;
  for (const part of parts) {
    const remap = new Int32Array(part.hashes.length);
    for (let row = 0, to = 0; row < part.hashes.length; row++) {
      while (hashes[to]! < part.hashes[row]!) to++;
      remap[row] = to;
      if (keyPick[to] === -1) keyPick[to] = keyBase + row;
      else checkSameKey(keys, keyPick[to]!, keyBase + row);
    }
    time.set(part.time, at);
    subsort.set(part.subsort, at);
    oldHash.set(part.oldHash, at);
    if (part.oldOrdinal !== null) oldOrdinal.set(part.oldOrdinal, at);
    for (let row = 0; row < part.entity.length; row++) {
      entity[at + row] = remap[part.entity[row]! - part.firstEntity]!;
    }
    at += part.time.length;
    starts.push(at);
    keyBase += part.hashes.length;
  }
  const order = mergeRuns(time, subsort, starts, (left, right) => {
    if (entity[left]! !== entity[right]!) return entity[left]! - entity[right]!;
    if (oldHash[left]! !== oldHash[right]!) return oldHash[left]! < oldHash[right]! ? -1 : 1;
    return oldOrdinal[left]! - oldOrdinal[right]!;
  });
  return {
    entities: { hashes, keys: takeColumn(keys, keyPick) },
    rows: numberRows(time, subsort, entity, order),
    columns: types.map((type, index) => {
      const column = concatColumns(
        type,
        parts.map((part) => part.columns[index]!),
        pool,
      );
      return order === null ? column : takeColumn(column, order);
    }),
  };
}

interface Part {
  readonly hashes: BigUint64Array;
  readonly keys: Column;
  readonly firstEntity: number;
  readonly time: BigInt64Array;
  readonly subsort: BigUint64Array;
  readonly entity: Uint32Array;
  readonly oldHash: BigUint64Array;
  readonly oldOrdinal: Uint32Array | null;
  readonly columns: readonly Column[];
}

async function readPart(
  store: ObjectStore,
  objectKey: string,
  range: number,
  pool: StringPool,
): Promise<Part> {
  const bundle = await openBundle(store, objectKey);
  const meta = bundle.meta as RowsMeta;
  const rangeRows = await bundle.section('rangeRows', 'i32');
  const rangeEntities = await bundle.section('rangeEntities', 'i32');
  const start = rangeRows[range]!;
  const count = rangeRows[range + 1]! - start;
  const firstEntity = rangeEntities[range]!;
  const entities = rangeEntities[range + 1]! - firstEntity;
  const rows = [[start, count]] as const;
  const hasOrdinals = (bundle.find('oldOrdinal')?.count ?? 0) > 0;
  return {
    hashes: await bundle.sectionRanges('entityHash', [[firstEntity, entities]], 'u64'),
    keys: await readColumn(bundle, meta.key, [[firstEntity, entities]], pool),
    firstEntity,
    time: await bundle.sectionRanges('time', rows, 'i64'),
    subsort: await bundle.sectionRanges('subsort', rows, 'u64'),
    entity: await bundle.sectionRanges('entity', rows, 'u32'),
    oldHash: await bundle.sectionRanges('oldHash', rows, 'u64'),
    oldOrdinal: hasOrdinals ? await bundle.sectionRanges('oldOrdinal', rows, 'u32') : null,
    columns: await Promise.all(
      meta.columns.map((column) => readColumn(bundle, column, rows, pool)),
    ),
  };
}

/** The rows of a batch: those with low ≤ time < high. */
export function sliceExchanged(
  exchanged: ExchangedRows,
  low: bigint | null,
  high: bigint | null,
): { rows: DomainRows; columns: readonly Column[] } {
  const { rows, columns } = exchanged;
  const start = low === null ? 0 : lowerBound(rows.time, low);
  const end = high === null ? rows.length : lowerBound(rows.time, high);
  return {
    rows: sliceRows(rows, start, end),
    columns: columns.map((column) => sliceColumn(column, start, end)),
  };
}

export function concatRows(parts: readonly DomainRows[]): DomainRows {
  if (parts.length === 1) return parts[0]!;
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const time = new BigInt64Array(length);
  const subsort = new BigUint64Array(length);
  const entity = new Int32Array(length);
  const ordinal = parts.some((part) => part.ordinal !== null) ? new Uint32Array(length) : null;
  let at = 0;
  for (const part of parts) {
    time.set(part.time, at);
    subsort.set(part.subsort, at);
    entity.set(part.entity, at);
    if (ordinal !== null && part.ordinal !== null) ordinal.set(part.ordinal, at);
    at += part.length;
  }
  return { length, time, subsort, entity, ordinal };
}

/** The rows in `order` (null: as they stand), which has equal rows side by side, numbered within these. */
function numberRows(
  time: BigInt64Array,
  subsort: BigUint64Array,
  entity: Int32Array,
  order: Int32Array | null,
): DomainRows {
  const { length } = entity;
  const rows = {
    length,
    time: order === null ? time : new BigInt64Array(length),
    subsort: order === null ? subsort : new BigUint64Array(length),
    entity: order === null ? entity : new Int32Array(length),
  };
  if (order !== null) {
    for (let at = 0; at < length; at++) {
      const row = order[at]!;
      rows.time[at] = time[row]!;
      rows.subsort[at] = subsort[row]!;
      rows.entity[at] = entity[row]!;
    }
  }
  const timeWords = wordsOf(rows.time);
  const subsortWords = wordsOf(rows.subsort);
  const ordinal = new Uint32Array(length);
  let ties = false;
  for (let at = 1; at < length; at++) {
    if (
      rows.entity[at - 1] === rows.entity[at] &&
      isSameInstant(timeWords, subsortWords, at - 1, at)
    ) {
      ordinal[at] = ordinal[at - 1]! + 1;
      ties = true;
    }
  }
  return { ...rows, ordinal: ties ? ordinal : null };
}

function mergeHashes(lists: readonly BigUint64Array[]): BigUint64Array {
  if (lists.length === 1) return lists[0]!;
  const length = lists.reduce((sum, list) => sum + list.length, 0);
  const all = new BigUint64Array(length);
  let at = 0;
  for (const list of lists) {
    all.set(list, at);
    at += list.length;
  }
  return distinctHashes(all).hashes;
}
