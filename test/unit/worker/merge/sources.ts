/** Random sources for merge tests: rows of several cells with ties in time and within an entity, and their plain sorted order. */
import fc from 'fast-check';
import { StringPool } from '../../../../shared/column/string-pool.ts';
import { columnFromValues } from '../../../../shared/column/values.ts';
import { writeSortedRun } from '../../../../shared/storage/sorted-run.ts';
import type { RunRef } from '../../../../shared/storage/sorted-run.ts';
import type { ObjectStore } from '../../../../shared/storage/object-store.ts';
import { F64, STRING } from '../../../../shared/types/data-type.ts';

export interface Row {
  readonly time: bigint;
  readonly subsort: bigint;
  readonly hash: bigint;
  /** Where it stands among the rows of its order key. */
  readonly ordinal: number;
}

export function compareRow(left: Row, right: Row): number {
  if (left.time !== right.time) return left.time < right.time ? -1 : 1;
  if (left.subsort !== right.subsort) return left.subsort < right.subsort ? -1 : 1;
  if (left.hash !== right.hash) return left.hash < right.hash ? -1 : 1;
  return left.ordinal - right.ordinal;
}

const HASHES = Array.from(
  { length: 12 },
  (_, index) => BigInt(index) * 0x1555_5555_5555_5555n + 3n,
);

/** Rows of one result, with few distinct times and subsorts, so that every kind of tie comes up. */
export const rowsArbitrary: fc.Arbitrary<Row[]> = fc
  .array(
    fc.tuple(
      fc.constantFrom(-(2n ** 63n), -5n, 0n, 7n, 2n ** 62n, 2n ** 63n - 1n),
      fc.constantFrom(0n, 1n, 2n ** 63n, 2n ** 64n - 1n),
      fc.constantFrom(...HASHES),
    ),
    { maxLength: 200 },
  )
  .map((keys) => {
    const seen = new Map<string, number>();
    return keys.map(([time, subsort, hash]) => {
      const name = `${time}/${subsort}/${hash}`;
      const ordinal = seen.get(name) ?? 0;
      seen.set(name, ordinal + 1);
      return { time, subsort, hash, ordinal };
    });
  });

/** The rows spread over `count` sources by entity, each sorted: no two sources share an order key. */
export function spread(rows: readonly Row[], count: number): Row[][] {
  const sources = Array.from({ length: count }, (): Row[] => []);
  for (const row of rows) sources[HASHES.indexOf(row.hash) % count]!.push(row);
  return sources.map((source) => source.sort(compareRow));
}

/** Writes one source as consecutive runs of at most `runRows` rows. Field `n` tells the rows apart, `label` is text with nulls. */
export async function writeSource(
  store: ObjectStore,
  name: string,
  rows: readonly Row[],
  runRows: number,
): Promise<RunRef[]> {
  const refs: RunRef[] = [];
  for (let from = 0; from < rows.length; from += runRows) {
    const part = rows.slice(from, from + runRows);
    const pool = new StringPool();
    const hashes = [...new Set(part.map((row) => row.hash))].sort((a, b) => (a < b ? -1 : 1));
    const contents = {
      rows: [
        {
          time: BigInt64Array.from(part, (row) => row.time),
          subsort: BigUint64Array.from(part, (row) => row.subsort),
          entity: Int32Array.from(part, (row) => hashes.indexOf(row.hash)),
        },
      ],
      entityHash: BigUint64Array.from(hashes),
      entityKeys: columnFromValues(STRING, hashes.map(keyOf), pool),
      fields: [
        { name: 'n', type: F64, parts: [columnFromValues(F64, part.map(numberOf), pool)] },
        { name: 'label', type: STRING, parts: [columnFromValues(STRING, part.map(labelOf), pool)] },
      ],
      pool,
    };
    refs.push(await writeSortedRun(store, `${name}-${from}`, contents));
  }
  return refs;
}

export function keyOf(hash: bigint): string {
  return `key ${hash}`;
}

export function numberOf(row: Row): number {
  return Number(row.time % 1000n) + Number(row.subsort % 100n) / 8 + row.ordinal;
}

export function labelOf(row: Row): string | null {
  return row.ordinal % 3 === 1 ? null : `l${row.ordinal}`;
}
