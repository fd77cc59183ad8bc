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
import type { BundleReader } from '../../shared/storage/bundle-reader.ts';
import { openBundle } from '../../shared/storage/bundle-reader.ts';
import { bytesOf } from '../../shared/storage/join-bytes.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import type { DataType } from '../../shared/types/data-type.ts';
import { distinctKeys } from './distinct-keys.ts';
import type { DomainRows } from './domain-rows.ts';
import type { EntityList } from './entities.ts';
import { checkSameKey } from './entities.ts';
import { distinctHashes } from './hash-index.ts';
import { lowerBound, sliceRows } from './rows.ts';
import { isBelow, wordsOf } from '../../shared/base/compare-words.ts';
import { identityOrder } from '../order/order-rows.ts';
import { Scratch } from '../scratch.ts';
import type { RowArrays, RowsInOrder, StoredPart } from './stored-rows.ts';
import { readStoredColumn, slotsOf, storedArrays, takeInOrder } from './stored-rows.ts';

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
export interface ExchangedRows extends RowsInOrder {
  /** Indexed by `entity` of the rows. */
  readonly entities: EntityList;
}

export async function readExchange(
  store: ObjectStore,
  objectKeys: readonly string[],
  range: number,
  keyType: DataType,
  types: readonly DataType[],
  pool: StringPool,
): Promise<ExchangedRows> {
  const opened = await Promise.all(
    objectKeys.map((objectKey) => openPart(store, objectKey, range, pool)),
  );
  const inTurn = opened.toSorted((left, right) =>
    left.firstOldHash < right.firstOldHash ? -1 : 1,
  );
  let end = 0;
  const parts = inTurn.map((part) => {
    const start = end;
    end += part.rows;
    return { ...part, start };
  });
  const { entities, remaps } = uniteKeys(parts, keyType, pool);
  const asStored = new Scratch();
  const stored = storedArrays(parts, asStored);
  const [columns] = await Promise.all([
    Promise.all(
      types.map((type, index) => {
        const pieces = parts.map(({ bundle, columns: metas }) => ({ bundle, meta: metas[index]! }));
        return readStoredColumn(type, pieces, parts, pool, asStored, index);
      }),
    ),
    ...parts.map((part, at) => readRows(part, remaps[at]!, slotsOf(stored, part))),
  ]);
  const taken = takeInOrder({ stored, columns, asStored, isFiltered: false, canTie: true });
  return { ...taken, entities };
}

/** What one producer sent to a range. */
interface Part extends Omit<StoredPart, 'start'> {
  readonly bundle: BundleReader;
  readonly hashes: BigUint64Array;
  readonly keys: Column;
  readonly firstEntity: number;
  /** The first hash among the producer's entities; 0 if it has none. */
  readonly firstOldHash: bigint;
  readonly columns: readonly ColumnMeta[];
}

async function openPart(
  store: ObjectStore,
  objectKey: string,
  range: number,
  pool: StringPool,
): Promise<Part> {
  const bundle = await openBundle(store, objectKey);
  const meta = bundle.meta as RowsMeta;
  const [rangeRows, rangeEntities, [firstOldHash = 0n]] = await Promise.all([
    bundle.section('rangeRows', 'i32'),
    bundle.section('rangeEntities', 'i32'),
    bundle.section('firstOldHash', 'u64'),
  ]);
  const start = rangeRows[range]!;
  const rows = rangeRows[range + 1]! - start;
  const firstEntity = rangeEntities[range]!;
  const entities = [[firstEntity, rangeEntities[range + 1]! - firstEntity]] as const;
  const [hashes, keys] = await Promise.all([
    bundle.sectionRanges('entityHash', entities, 'u64'),
    readColumn(bundle, meta.key, entities, pool),
  ]);
  const ranges = [[start, rows]] as const;
  return { bundle, ranges, rows, hashes, keys, firstEntity, firstOldHash, columns: meta.columns };
}

/** The entities of all parts, and per part the place there of each of its own. */
function uniteKeys(
  parts: readonly Part[],
  keyType: DataType,
  pool: StringPool,
): { entities: EntityList; remaps: readonly Int32Array[] } {
  const hashes = mergeHashes(parts.map((part) => part.hashes));
  const all = parts.map((part) => part.keys);
  const keys = concatColumns(keyType, all, pool);
  const keyPick = new Int32Array(hashes.length).fill(-1);
  const hashWords = wordsOf(hashes);
  let keyBase = 0;
  const remaps = parts.map((part) => {
    const remap = new Int32Array(part.hashes.length);
    const partWords = wordsOf(part.hashes);
    for (let row = 0, to = 0; row < part.hashes.length; row++) {
      while (isBelow(hashWords, to, partWords, row)) to++;
      remap[row] = to;
      if (keyPick[to] === -1) keyPick[to] = keyBase + row;
      else checkSameKey(keys, keyPick[to]!, keyBase + row);
    }
    keyBase += part.hashes.length;
    return remap;
  });
  return { entities: { hashes, keys: takeColumn(keys, keyPick) }, remaps };
}

async function readRows(
  { bundle, ranges, firstEntity }: Part,
  remap: Int32Array,
  { time, subsort, entity }: RowArrays,
): Promise<void> {
  const stored = new Uint32Array(entity.buffer, entity.byteOffset, entity.length);
  await Promise.all([
    bundle.readInto('time', ranges, time),
    bundle.readInto('subsort', ranges, subsort),
    bundle.readInto('entity', ranges, stored),
  ]);
  for (let row = 0; row < entity.length; row++) entity[row] = remap[entity[row]! - firstEntity]!;
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
    columns: columns.map((column) => sliceColumn(column!, start, end)),
  };
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
