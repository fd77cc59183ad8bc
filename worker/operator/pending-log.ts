/** The pending log: rows that wait beyond their slice, written once and read by ranges of target time. */
import { assert } from '../../shared/base/assert.ts';
import type { ColumnMeta } from '../../shared/column/codec.ts';
import { encodeColumn, readColumn } from '../../shared/column/codec.ts';
import type { StringPool } from '../../shared/column/string-pool.ts';
import { encodeBundle } from '../../shared/storage/bundle.ts';
import { openBundle } from '../../shared/storage/bundle-reader.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import { findHash } from './entities.ts';
import { lowerBound } from './rows.ts';
import type { PendingRows, PendingSource } from './shift-to.ts';
import { wordsOf } from '../../shared/base/compare-words.ts';

interface PendingMeta {
  readonly columns: readonly ColumnMeta[];
}

/** Rows sorted by (target, source order). Entities are stored by hash: indices differ from cell to cell. */
export async function writePending(
  store: ObjectStore,
  objectKey: string,
  pending: PendingRows,
  entityHash: BigUint64Array,
): Promise<void> {
  const hash = new BigUint64Array(pending.entity.length);
  for (let row = 0; row < hash.length; row++) hash[row] = entityHash[pending.entity[row]!]!;
  const columns = pending.columns.map((column, index) => encodeColumn(`c${index}`, column));
  const meta: PendingMeta = { columns: columns.map((column) => column.meta) };
  await store.put(
    objectKey,
    encodeBundle(meta, [
      { name: 'target', array: pending.target },
      { name: 'hash', array: hash },
      ...columns.flatMap((column) => column.sections),
    ]),
  );
}

export async function openPending(
  store: ObjectStore,
  objectKey: string,
  entityHash: BigUint64Array,
  pool: StringPool,
): Promise<PendingSource> {
  const bundle = await openBundle(store, objectKey);
  const meta = bundle.meta as PendingMeta;
  const targets = await bundle.section('target', 'i64');
  return {
    async read(low, high) {
      const start = low === null ? 0 : lowerBound(targets, low);
      const end = high === null ? targets.length : lowerBound(targets, high);
      if (start === end) return null;
      const range = [[start, end - start]] as const;
      const hash = await bundle.sectionRanges('hash', range, 'u64');
      const words = wordsOf(hash);
      const entity = new Int32Array(end - start);
      for (let row = 0; row < entity.length; row++) {
        entity[row] = findHash(entityHash, words, row);
        assert(entity[row]! >= 0, 'pending log: the entity of every row that waits is in the cell');
      }
      const columns = await Promise.all(
        meta.columns.map((column) => readColumn(bundle, column, range, pool)),
      );
      return { target: targets.slice(start, end), entity, columns };
    },
  };
}
