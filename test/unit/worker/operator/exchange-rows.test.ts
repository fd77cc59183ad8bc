import { describe, expect, test } from 'vitest';
import { StringPool } from '../../../../shared/column/string-pool.ts';
import type { Value } from '../../../../shared/column/values.ts';
import { hashColumn } from '../../../../shared/kernel/hash.ts';
import { openMemoryStore } from '../../../../shared/storage/memory-store.ts';
import type { DataType } from '../../../../shared/types/data-type.ts';
import { I64, STRING } from '../../../../shared/types/data-type.ts';
import {
  ExchangeWriter,
  readExchange,
  sliceExchanged,
} from '../../../../worker/operator/exchange-rows.ts';
import { column, plain, printRows, rowsOf } from './domain.ts';
import type { Row } from './domain.ts';

/** A row of a producer (its entity indexes the producer's old entities), its new key and a value. */
type Sent = readonly [row: Row, key: Value, value: number];

interface Producer {
  readonly oldHashes: readonly bigint[];
  /** Batches. */
  readonly batches: readonly (readonly Sent[])[];
}

async function exchange(
  producers: readonly Producer[],
  keyType: DataType = STRING,
  ranges = 1,
): Promise<{ rows: string[]; values: unknown[]; keys: unknown[] }> {
  const store = openMemoryStore();
  const keys: string[] = [];
  for (const [at, { oldHashes, batches }] of producers.entries()) {
    const pool = new StringPool();
    const writer = new ExchangeWriter(keyType, [I64], pool);
    for (const batch of batches) {
      writer.add(
        rowsOf(batch.map(([row]) => row)),
        column(
          keyType,
          batch.map(([, key]) => key),
          pool,
        ),
        [
          column(
            I64,
            batch.map(([, , value]) => value),
            pool,
          ),
        ],
      );
    }
    await writer.finish(store, `x${at}`, BigUint64Array.from(oldHashes), ranges);
    keys.push(`x${at}`);
  }
  const answer = { rows: [] as string[], values: [] as unknown[], keys: [] as unknown[] };
  for (let range = 0; range < ranges; range++) {
    const pool = new StringPool();
    const read = await readExchange(store, keys, range, keyType, [I64], pool);
    answer.rows.push(...printRows(read.rows));
    answer.values.push(...plain(read.columns[0]!));
    answer.keys.push(...plain(read.entities.keys));
    const { hashes } = read.entities;
    expect([...hashColumn(read.entities.keys)]).toEqual([...hashes]);
    for (let at = 1; at < hashes.length; at++) expect(hashes[at]! > hashes[at - 1]!).toBe(true);
  }
  return answer;
}

/** partitioning.md 4.3: rows of one new entity at one instant stand in order of the old hash. */
const ANN_BOB_CY = [10n, 20n, 2n ** 63n];

describe('the rekey exchange', () => {
  test('collisions are numbered in order of old hash, unsigned, wherever they came from', async () => {
    const whole = await exchange([
      {
        oldHashes: ANN_BOB_CY,
        batches: [
          [
            [[10, 0, 0], 'x', 2],
            [[10, 0, 1], 'x', 1],
            [[10, 0, 2], 'x', 4],
          ],
        ],
      },
    ]);
    expect(whole).toEqual({
      rows: ['10.0 0', '10.0 0#1', '10.0 0#2'],
      values: [2, 1, 4],
      keys: ['x'],
    });
    const parted = await exchange([
      { oldHashes: [2n ** 63n], batches: [[[[10, 0, 0], 'x', 4]]] },
      { oldHashes: [20n], batches: [[[[10, 0, 0], 'x', 1]]] },
      { oldHashes: [10n], batches: [[[[10, 0, 0], 'x', 2]]] },
    ]);
    expect(parted).toEqual(whole);
  });

  test('rows of one old entity keep the order of their old ordinals; gaps in these close', async () => {
    const { rows, values } = await exchange([
      {
        oldHashes: [10n, 20n],
        batches: [
          [
            [[10, 0, 0, 0], 'x', 1],
            [[10, 0, 0, 3], 'x', 2],
            [[10, 0, 1, 0], 'x', 3],
          ],
        ],
      },
    ]);
    expect(rows).toEqual(['10.0 0', '10.0 0#1', '10.0 0#2']);
    expect(values).toEqual([1, 2, 3]);
  });

  test('another time, subsort or new key starts a new ordinal', async () => {
    const { rows } = await exchange([
      {
        oldHashes: [10n, 20n],
        batches: [
          [
            [[10, 0, 0], 'x', 1],
            [[10, 0, 1], 'y', 2],
          ],
          [
            [[10, 1, 0], 'x', 3],
            [[11, 1, 0], 'x', 4],
            [[11, 1, 1], 'x', 5],
          ],
        ],
      },
    ]);
    expect(rows.filter((row) => row.includes('#'))).toEqual(['11.1 ' + rows.at(-1)!.slice(5)]);
    expect(rows).toHaveLength(5);
  });

  test('rows of one instant go by new hash, then as they came; every range has its own', async () => {
    // k0 … k7 in order of hash; old entity 0 sends 7 … 0, entity 1 again, at one instant, then one row later.
    const pool = new StringPool();
    const names = Array.from({ length: 8 }, (_, at) => `k${at}`);
    const hash = hashColumn(column(STRING, names, pool));
    const keys = names.toSorted((a, b) =>
      hash[names.indexOf(a)]! < hash[names.indexOf(b)]! ? -1 : 1,
    );
    const reversed = keys.toReversed();
    const sent: Sent[] = [
      [[9, 0, 0], keys[3]!, 100],
      ...reversed.map((key, at): Sent => [[10, 0, 0, at], key, 7 - at]),
      ...reversed.map((key, at): Sent => [[10, 0, 1, at], key, 17 - at]),
      [[10, 1, 0], keys[0]!, 200],
    ];
    const inOrder = keys.flatMap((_, at) => [at, at + 10]);
    for (const batches of [[sent], [sent.slice(0, 1), sent.slice(1)]]) {
      const whole = await exchange([{ oldHashes: [10n, 20n], batches }]);
      expect(whole.values).toEqual([100, ...inOrder, 200]);
      expect(whole.keys).toEqual(keys);
      const parted = await exchange([{ oldHashes: [10n, 20n], batches }], STRING, 256);
      expect((parted.values as number[]).filter((value) => value < 100)).toEqual(inOrder);
      expect(parted.keys).toEqual(keys);
    }
  });

  test('a null key is the entity of hash 0, not the empty string', async () => {
    const { keys, rows, values } = await exchange([
      {
        oldHashes: [10n, 20n],
        batches: [
          [
            [[10, 0, 0], null, 1],
            [[10, 0, 1], null, 2],
            [[11, 0, 0], '', 3],
          ],
        ],
      },
    ]);
    expect(keys).toEqual([null, '']);
    expect(rows).toEqual(['10.0 0', '10.0 0#1', '11.0 1']);
    expect(values).toEqual([1, 2, 3]);
  });

  test('every row reaches one bucket range, whatever their number', async () => {
    const names = Array.from({ length: 200 }, (_, at) => `key ${at}`);
    const producer: Producer = {
      oldHashes: [10n],
      batches: [names.map((name, at): Sent => [[at, 0, 0], name, at])],
    };
    for (const ranges of [1, 2, 16, 256]) {
      const { keys, values } = await exchange(
        [producer, { oldHashes: [], batches: [] }],
        STRING,
        ranges,
      );
      expect(keys.map(String).toSorted()).toEqual(names.toSorted());
      expect((values as number[]).toSorted((a, b) => a - b)).toEqual(names.map((_, at) => at));
    }
  });

  test('an exchange without rows', async () => {
    expect(await exchange([{ oldHashes: [], batches: [] }])).toEqual({
      rows: [],
      values: [],
      keys: [],
    });
  });

  test('two new keys with one hash are an error that names both, in one producer or in two', async () => {
    // Of records the hash is symmetric, and a record of nulls has the hash of null (language.md, appendix A).
    const type: DataType = {
      kind: 'record',
      fields: [
        { name: 'a', type: I64 },
        { name: 'b', type: I64 },
      ],
    };
    const one: Sent = [[10, 0, 0], { a: 1, b: 2 }, 1];
    const two: Sent = [[11, 0, 0], { a: 2, b: 1 }, 2];
    const message = 'two entity keys have the same hash: {"a":"1","b":"2"} and {"a":"2","b":"1"}';
    await expect(exchange([{ oldHashes: [10n], batches: [[one, two]] }], type)).rejects.toThrow(
      message,
    );
    await expect(
      exchange(
        [
          { oldHashes: [10n], batches: [[one]] },
          { oldHashes: [10n], batches: [[two]] },
        ],
        type,
      ),
    ).rejects.toThrow(message);
  });

  test('batches are cut by time', async () => {
    const store = openMemoryStore();
    const pool = new StringPool();
    const writer = new ExchangeWriter(STRING, [I64], pool);
    writer.add(
      rowsOf([
        [10, 0],
        [11, 0],
        [11, 1],
        [12, 0],
      ]),
      column(STRING, ['x', 'x', 'x', 'x'], pool),
      [column(I64, [1, 2, 3, 4], pool)],
    );
    await writer.finish(store, 'x', BigUint64Array.of(1n), 1);
    const read = await readExchange(store, ['x'], 0, STRING, [I64], pool);
    const { rows, columns } = sliceExchanged(read, 11n, 12n);
    expect(printRows(rows)).toEqual(['11.0 0', '11.1 0']);
    expect(plain(columns[0]!)).toEqual([2, 3]);
    expect(sliceExchanged(read, null, null).rows.length).toBe(4);
  });
});
