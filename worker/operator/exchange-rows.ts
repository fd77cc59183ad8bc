/**
 * The rekey exchange: rows on their way to the bucket of their new key. One bucket-major object per producing cell.
 *
 *   rows      bucket 0: (time, subsort, new hash, old hash, old ordinal) ascending │ bucket 1: … │
 *   index     bucketRows[b] … bucketRows[b + 1]     dictionary of new keys in hash order, bucketEntities likewise
 *
 * The reader takes one bucket range from every producer, sorts by the same key and numbers equal (time, subsort, new
 * hash) by occurrence: the ordinal of partitioning.md R1.
 */
import type { Column } from '../../shared/column/column.ts';
import type { ColumnMeta } from '../../shared/column/codec.ts';
import { encodeColumn, readColumn } from '../../shared/column/codec.ts';
import type { StringPool } from '../../shared/column/string-pool.ts';
import { concatColumns, sliceColumn, takeColumn } from '../../shared/column/take.ts';
import { hashColumn } from '../../shared/kernel/hash.ts';
import type { BucketRange } from '../../shared/storage/buckets.ts';
import { BUCKETS, bucketOf } from '../../shared/storage/buckets.ts';
import { encodeBundle } from '../../shared/storage/bundle.ts';
import { openBundle } from '../../shared/storage/bundle-reader.ts';
import { bytesOf } from '../../shared/storage/join-bytes.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import type { DataType } from '../../shared/types/data-type.ts';
import type { DomainRows } from './domain-rows.ts';
import type { EntityList } from './entities.ts';
import { checkSameKey } from './entities.ts';
import { lowerBound, sliceRows } from './rows.ts';
import { identityOrder, sortByInt64, sortByUint64, wordsOf } from './sort.ts';

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
  ): Promise<{ rows: number; bytes: number }> {
    const rows = concatRows(this.#rows);
    const keys = concatColumns(this.#keyType, this.#keys, this.#pool);
    const hash = hashColumn(keys);
    const order = this.#order(rows, hash);
    const dictionary = distinctHashes(hash);
    for (let row = 0; row < rows.length; row++) {
      const first = dictionary.firstRow[dictionary.entity[row]!]!;
      if (first !== row) checkSameKey(keys, first, row);
    }
    const length = rows.length;
    const time = new BigInt64Array(length);
    const subsort = new BigUint64Array(length);
    const entity = new Uint32Array(length);
    const oldHash = new BigUint64Array(length);
    const ordinal = new Uint32Array(rows.ordinal === null ? 0 : length);
    const bucketRows = new Int32Array(BUCKETS + 1);
    const words = wordsOf(hash);
    for (let at = 0; at < length; at++) {
      const row = order[at]!;
      time[at] = rows.time[row]!;
      subsort[at] = rows.subsort[row]!;
      entity[at] = dictionary.entity[row]!;
      oldHash[at] = entityHash[rows.entity[row]!]!;
      bucketRows[bucketOf(words, row) + 1]!++;
    }
    if (rows.ordinal !== null) {
      for (let at = 0; at < length; at++) ordinal[at] = rows.ordinal[order[at]!]!;
    }
    for (let bucket = 0; bucket < BUCKETS; bucket++) bucketRows[bucket + 1]! += bucketRows[bucket]!;
    const bucketEntities = new Int32Array(BUCKETS + 1);
    const dictionaryWords = wordsOf(dictionary.hashes);
    for (let at = 0; at < dictionary.hashes.length; at++) {
      bucketEntities[bucketOf(dictionaryWords, at) + 1]!++;
    }
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      bucketEntities[bucket + 1]! += bucketEntities[bucket]!;
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
      { name: 'bucketRows', array: bucketRows },
      { name: 'bucketEntities', array: bucketEntities },
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

  /** By bucket of the new hash, then (time, subsort, new hash, old hash, old ordinal): rows arrive in that order but for the hashes. */
  #order(rows: DomainRows, hash: BigUint64Array): Int32Array {
    const words = wordsOf(hash);
    const starts = new Int32Array(BUCKETS + 1);
    for (let row = 0; row < rows.length; row++) starts[bucketOf(words, row) + 1]!++;
    for (let bucket = 0; bucket < BUCKETS; bucket++) starts[bucket + 1]! += starts[bucket]!;
    const order = new Int32Array(rows.length);
    for (let row = 0; row < rows.length; row++) {
      const bucket = bucketOf(words, row);
      order[starts[bucket]!] = row;
      starts[bucket]!++;
    }
    sortTies(
      order,
      (left, right) =>
        rows.time[left]! === rows.time[right]! &&
        rows.subsort[left]! === rows.subsort[right]! &&
        bucketOf(words, left) === bucketOf(words, right),
      (left, right) => (hash[left]! < hash[right]! ? -1 : hash[left]! > hash[right]! ? 1 : 0),
    );
    return order;
  }
}

/** One bucket range of a rekey exchange, from all producers: rows of one slice, in order. */
export interface ExchangedRows {
  readonly entities: EntityList;
  /** `entity` indexes `entities`. */
  readonly rows: DomainRows;
  readonly columns: readonly Column[];
}

export async function readExchange(
  store: ObjectStore,
  objectKeys: readonly string[],
  range: BucketRange,
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
    keyBase += part.hashes.length;
  }
  const order = sortByInt64(time, sortByUint64(subsort, identityOrder(length)));
  sortTies(
    order,
    (left, right) => time[left]! === time[right]! && subsort[left]! === subsort[right]!,
    (left, right) => {
      if (entity[left]! !== entity[right]!) return entity[left]! - entity[right]!;
      if (oldHash[left]! !== oldHash[right]!) return oldHash[left]! < oldHash[right]! ? -1 : 1;
      return oldOrdinal[left]! - oldOrdinal[right]!;
    },
  );
  return {
    entities: { hashes, keys: takeColumn(keys, keyPick) },
    rows: numberRows(time, subsort, entity, order),
    columns: types.map((type, index) =>
      takeColumn(
        concatColumns(
          type,
          parts.map((part) => part.columns[index]!),
          pool,
        ),
        order,
      ),
    ),
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
  range: BucketRange,
  pool: StringPool,
): Promise<Part> {
  const bundle = await openBundle(store, objectKey);
  const meta = bundle.meta as RowsMeta;
  const bucketRows = await bundle.section('bucketRows', 'i32');
  const bucketEntities = await bundle.section('bucketEntities', 'i32');
  const start = bucketRows[range.low]!;
  const count = bucketRows[range.high]! - start;
  const firstEntity = bucketEntities[range.low]!;
  const entities = bucketEntities[range.high]! - firstEntity;
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

/** Reorders stretches of `order` whose rows tie. Stretches are short: callbacks are affordable here. */
export function sortTies(
  order: Int32Array,
  ties: (left: number, right: number) => boolean,
  compare: (left: number, right: number) => number,
): void {
  let start = 0;
  while (start < order.length) {
    let end = start + 1;
    while (end < order.length && ties(order[start]!, order[end]!)) end++;
    if (end - start > 1) order.subarray(start, end).sort(compare);
    start = end;
  }
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

function numberRows(
  time: BigInt64Array,
  subsort: BigUint64Array,
  entity: Int32Array,
  order: Int32Array,
): DomainRows {
  const { length } = order;
  const out = {
    length,
    time: new BigInt64Array(length),
    subsort: new BigUint64Array(length),
    entity: new Int32Array(length),
    ordinal: new Uint32Array(length),
  };
  let ties = false;
  for (let at = 0; at < length; at++) {
    const row = order[at]!;
    out.time[at] = time[row]!;
    out.subsort[at] = subsort[row]!;
    out.entity[at] = entity[row]!;
    if (
      at > 0 &&
      out.entity[at - 1] === out.entity[at] &&
      out.time[at - 1]! === out.time[at]! &&
      out.subsort[at - 1]! === out.subsort[at]!
    ) {
      out.ordinal[at] = out.ordinal[at - 1]! + 1;
      ties = true;
    }
  }
  return ties ? out : { ...out, ordinal: null };
}

interface Distinct {
  /** Ascending, unsigned. */
  readonly hashes: BigUint64Array;
  readonly firstRow: Int32Array;
  /** Per row its index in `hashes`. */
  readonly entity: Int32Array;
}

function distinctHashes(hash: BigUint64Array): Distinct {
  const order = sortByUint64(hash, identityOrder(hash.length));
  const hashes = new BigUint64Array(hash.length);
  const firstRow = new Int32Array(hash.length);
  const entity = new Int32Array(hash.length);
  let count = 0;
  for (let at = 0; at < order.length; at++) {
    const row = order[at]!;
    if (at === 0 || hash[row]! !== hashes[count - 1]!) {
      hashes[count] = hash[row]!;
      firstRow[count] = row;
      count++;
    }
    entity[row] = count - 1;
  }
  return { hashes: hashes.slice(0, count), firstRow: firstRow.slice(0, count), entity };
}

function mergeHashes(lists: readonly BigUint64Array[]): BigUint64Array {
  const length = lists.reduce((sum, list) => sum + list.length, 0);
  const all = new BigUint64Array(length);
  let at = 0;
  for (const list of lists) {
    all.set(list, at);
    at += list.length;
  }
  return distinctHashes(all).hashes;
}
