/**
 * The rekey exchange: rows on their way to the range of their new key. One range-major object per producing cell.
 *
 *   rows      range 0: (time, subsort, new hash, old hash, old ordinal) ascending │ range 1: … │
 *   index     rangeRows[r] … rangeRows[r + 1]     dictionary of new keys in hash order, rangeEntities likewise
 *
 * The reader takes one range from every producer, merges them by the same key and numbers equal (time, subsort, new
 * hash) by occurrence: the ordinal of partitioning.md R1. Old hashes and ordinals are not sent: the rows of a producer
 * are in their order, and the old hashes of one producer are all before or all after those of another.
 */
import type { Column } from '../../shared/column/column.ts';
import type { ColumnMeta } from '../../shared/column/codec.ts';
import { encodeColumn, readColumn } from '../../shared/column/codec.ts';
import type { StringPool } from '../../shared/column/string-pool.ts';
import { concatColumns, sliceColumn, takeColumn } from '../../shared/column/take.ts';
import { bucketOf, rangeShift } from '../../shared/storage/buckets.ts';
import { encodeBundle } from '../../shared/storage/bundle.ts';
import { openBundle } from '../../shared/storage/bundle-reader.ts';
import { bytesOf } from '../../shared/storage/join-bytes.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import type { DataType } from '../../shared/types/data-type.ts';
import { distinctKeys } from './distinct-keys.ts';
import type { DomainRows } from './domain-rows.ts';
import type { EntityList } from './entities.ts';
import { checkSameKey } from './entities.ts';
import { distinctHashes } from './hash-index.ts';
import { mergeRuns } from './merge-runs.ts';
import { lowerBound, sliceRows } from './rows.ts';
import { isBelow, wordsOf } from '../../shared/base/compare-words.ts';
import { identityOrder } from './sort.ts';

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
    const keys = concatColumns(this.#keyType, this.#keys, this.#pool);
    const dictionary = distinctKeys(keys);
    const rangeEntities = rangeStarts(dictionary.hashes, ranges);
    const sent = outgoingRows(this.#rows, dictionary.place, rangeEntities);
    const key = encodeColumn('key', takeColumn(keys, dictionary.firstRow));
    const columns = this.#types.map((type, index) =>
      encodeColumn(
        `c${index}`,
        takeColumn(concatColumns(type, this.#columns[index]!, this.#pool), sent.order),
      ),
    );
    const length = sent.order.length;
    const meta: RowsMeta = { key: key.meta, columns: columns.map((column) => column.meta) };
    const body = encodeBundle(meta, [
      { name: 'rangeRows', array: sent.rangeRows },
      { name: 'rangeEntities', array: rangeEntities },
      { name: 'entityHash', array: dictionary.hashes },
      { name: 'time', array: sent.time },
      { name: 'subsort', array: sent.subsort },
      { name: 'entity', array: sent.entity },
      { name: 'firstOldHash', array: entityHash.slice(0, 1) },
      ...key.sections,
      ...columns.flatMap((column) => column.sections),
    ]);
    await store.put(objectKey, body);
    return { rows: length, bytes: bytesOf(body) };
  }
}

/** The first of each range among ascending hashes, and the end. */
function rangeStarts(hashes: BigUint64Array, ranges: number): Int32Array {
  const starts = new Int32Array(ranges + 1);
  const shift = rangeShift(ranges);
  const words = wordsOf(hashes);
  for (let at = 0; at < hashes.length; at++) starts[(bucketOf(words, at) >> shift) + 1]!++;
  for (let range = 0; range < ranges; range++) starts[range + 1]! += starts[range]!;
  return starts;
}

interface OutgoingRows {
  readonly rangeRows: Int32Array;
  readonly time: BigInt64Array;
  readonly subsort: BigUint64Array;
  /** Place of the new key. */
  readonly entity: Uint32Array;
  /** Which of the rows as they were added. */
  readonly order: Int32Array;
}

/**
 * By range of the new hash, then (time, subsort, new hash, old hash, old ordinal). Rows arrive in that order but for the
 * new hashes, whose order `place` has: distributing them keeps it, where those of one instant go by place. Batches part
 * no instant.
 */
function outgoingRows(
  batches: readonly DomainRows[],
  place: Int32Array,
  rangeEntities: Int32Array,
): OutgoingRows {
  const ranges = rangeEntities.length - 1;
  const rangeOf = new Uint8Array(rangeEntities[ranges]!);
  for (let range = 0; range < ranges; range++) {
    rangeOf.fill(range, rangeEntities[range]!, rangeEntities[range + 1]!);
  }
  const { length } = place;
  const rangeRows = new Int32Array(ranges + 1);
  for (let row = 0; row < length; row++) rangeRows[rangeOf[place[row]!]! + 1]!++;
  for (let range = 0; range < ranges; range++) rangeRows[range + 1]! += rangeRows[range]!;
  const next = rangeRows.slice();
  const time = new BigInt64Array(length);
  const subsort = new BigUint64Array(length);
  const entity = new Uint32Array(length);
  const order = new Int32Array(length);
  let base = 0;
  for (const rows of batches) {
    const arrival = byPlaceWithinInstants(rows, place.subarray(base, base + rows.length));
    for (let at = 0; at < rows.length; at++) {
      const row = arrival === null ? at : arrival[at]!;
      const key = place[base + row]!;
      const range = rangeOf[key]!;
      const to = next[range]!;
      next[range] = to + 1;
      time[to] = rows.time[row]!;
      subsort[to] = rows.subsort[row]!;
      entity[to] = key;
      order[to] = base + row;
    }
    base += rows.length;
  }
  return { rangeRows, time, subsort, entity, order };
}

/** The rows with those of each instant ordered by place; null where they are so already. Stable. */
function byPlaceWithinInstants(rows: DomainRows, place: Int32Array): Int32Array | null {
  const time = wordsOf(rows.time);
  const subsort = wordsOf(rows.subsort);
  let order: Int32Array | null = null;
  let start = 0;
  let isAscending = true;
  for (let row = 1; row <= rows.length; row++) {
    if (row < rows.length && isSameInstant(time, subsort, row - 1, row)) {
      if (place[row]! < place[row - 1]!) isAscending = false;
      continue;
    }
    if (!isAscending) {
      order ??= identityOrder(rows.length);
      order.subarray(start, row).sort((left, right) => place[left]! - place[right]!);
      isAscending = true;
    }
    start = row;
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
  const all = await Promise.all(
    objectKeys.map((objectKey) => readPart(store, objectKey, range, pool)),
  );
  const parts = all.toSorted((left, right) => (left.firstOldHash < right.firstOldHash ? -1 : 1));
  const hashes = mergeHashes(parts.map((part) => part.hashes));
  const length = parts.reduce((sum, part) => sum + part.time.length, 0);
  const time = new BigInt64Array(length);
  const subsort = new BigUint64Array(length);
  const entity = new Int32Array(length);
  const keys = concatColumns(
    keyType,
    parts.map((part) => part.keys),
    pool,
  );
  const keyPick = new Int32Array(hashes.length).fill(-1);
  const hashWords = wordsOf(hashes);
  const starts = [0];
  let at = 0;
  let keyBase = 0;
  for (const part of parts) {
    const remap = new Int32Array(part.hashes.length);
    const partWords = wordsOf(part.hashes);
    for (let row = 0, to = 0; row < part.hashes.length; row++) {
      while (isBelow(hashWords, to, partWords, row)) to++;
      remap[row] = to;
      if (keyPick[to] === -1) keyPick[to] = keyBase + row;
      else checkSameKey(keys, keyPick[to]!, keyBase + row);
    }
    time.set(part.time, at);
    subsort.set(part.subsort, at);
    for (let row = 0; row < part.entity.length; row++) {
      entity[at + row] = remap[part.entity[row]! - part.firstEntity]!;
    }
    at += part.time.length;
    starts.push(at);
    keyBase += part.hashes.length;
  }
  const order = mergeRuns(time, subsort, starts, (left, right) => entity[left]! - entity[right]!);
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
  /** The first hash among the producer's entities; 0 if it has none. */
  readonly firstOldHash: bigint;
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
  const [firstOldHash = 0n] = await bundle.section('firstOldHash', 'u64');
  return {
    hashes: await bundle.sectionRanges('entityHash', [[firstEntity, entities]], 'u64'),
    keys: await readColumn(bundle, meta.key, [[firstEntity, entities]], pool),
    firstEntity,
    time: await bundle.sectionRanges('time', rows, 'i64'),
    subsort: await bundle.sectionRanges('subsort', rows, 'u64'),
    entity: await bundle.sectionRanges('entity', rows, 'u32'),
    firstOldHash,
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
  let ordinal: Uint32Array | null = null;
  for (let at = 1; at < length; at++) {
    if (
      rows.entity[at - 1] === rows.entity[at] &&
      isSameInstant(timeWords, subsortWords, at - 1, at)
    ) {
      ordinal ??= new Uint32Array(length);
      ordinal[at] = ordinal[at - 1]! + 1;
    }
  }
  return { ...rows, ordinal };
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
