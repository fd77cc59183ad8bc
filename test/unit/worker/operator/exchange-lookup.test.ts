import { describe, expect, test } from 'vitest';
import { StringPool } from '../../../../shared/column/string-pool.ts';
import type { Value } from '../../../../shared/column/values.ts';
import { hashColumn } from '../../../../shared/kernel/hash.ts';
import { openMemoryStore } from '../../../../shared/storage/memory-store.ts';
import type { ObjectStore } from '../../../../shared/storage/object-store.ts';
import { I64, STRING } from '../../../../shared/types/data-type.ts';
import {
  RequestWriter,
  ResponseWriter,
  readRequests,
  readResponses,
} from '../../../../worker/operator/exchange-lookup.ts';
import { column, plain, rowsOf } from './domain.ts';
import type { Row } from './domain.ts';

type Asked = readonly [row: Row, key: Value];

async function send(
  store: ObjectStore,
  key: string,
  batches: readonly (readonly Asked[])[],
  ranges = 1,
): Promise<number> {
  const pool = new StringPool();
  const writer = new RequestWriter();
  for (const batch of batches) {
    writer.add(
      rowsOf(batch.map(([row]) => row)),
      column(
        STRING,
        batch.map(([, asked]) => asked),
        pool,
      ),
    );
  }
  return (await writer.finish(store, key, ranges)).rows;
}

/** Hashes of known foreign keys in hash order, and the index of each key among them. */
function foreign(keys: readonly string[]): {
  hashes: BigUint64Array;
  indexOf: (key: string) => number;
} {
  const hash = (key: string): bigint => hashColumn(column(STRING, [key], new StringPool()))[0]!;
  const hashes = BigUint64Array.from(keys.map(hash).toSorted((a, b) => (a < b ? -1 : 1)));
  return { hashes, indexOf: (key) => hashes.indexOf(hash(key)) };
}

describe('requests', () => {
  test('of all producers come in order of (time, subsort), each with its origin and row number', async () => {
    const store = openMemoryStore();
    const { hashes, indexOf } = foreign(['x', 'y']);
    await send(store, 'q0', [
      [
        [[10, 5], 'x'],
        [[20, 0], 'y'],
      ],
      [[[30, 0], 'x']],
    ]);
    await send(store, 'q1', [
      [
        [[10, 2], 'y'],
        [[10, 5], 'y'],
        [[25, 2n ** 63n], 'x'],
      ],
    ]);
    const requests = await readRequests(store, ['q0', 'q1'], 0, hashes);
    const printed = Array.from(
      requests.time,
      (time, at) =>
        `${time}.${requests.subsort[at]} ${requests.entity[at] === indexOf('x') ? 'x' : 'y'} <- ${requests.origin[at]}:${requests.row[at]}`,
    );
    expect(printed).toEqual([
      '10.2 y <- 1:0',
      '10.5 x <- 0:0',
      '10.5 y <- 1:1',
      '20.0 y <- 0:1',
      `25.${2n ** 63n} x <- 1:2`,
      '30.0 x <- 0:2',
    ]);
  });

  test('a null key asks nothing, but its row is counted', async () => {
    const store = openMemoryStore();
    expect(
      await send(store, 'q', [
        [
          [[10, 0], null],
          [[11, 0], 'x'],
        ],
        [
          [[12, 0], null],
          [[13, 0], 'x'],
        ],
      ]),
    ).toBe(2);
    const requests = await readRequests(store, ['q'], 0, foreign(['x']).hashes);
    expect([...requests.row]).toEqual([1, 3]);
  });

  test('a key that no foreign entity has is left out', async () => {
    const store = openMemoryStore();
    await send(store, 'q', [
      [
        [[10, 0], 'unknown'],
        [[11, 0], 'x'],
      ],
    ]);
    const requests = await readRequests(store, ['q'], 0, foreign(['x']).hashes);
    expect([...requests.time]).toEqual([11n]);
    expect((await readRequests(store, ['q'], 0, new BigUint64Array(0))).length).toBe(0);
  });

  test('each range gets the requests for its keys, and every request goes to one', async () => {
    const store = openMemoryStore();
    const keys = Array.from({ length: 100 }, (_, at) => `k${at}`);
    await send(store, 'q', [keys.map((key, at): Asked => [[at, 0], key])], 16);
    const { hashes } = foreign(keys);
    const rows: number[] = [];
    for (let range = 0; range < 16; range++) {
      rows.push(...(await readRequests(store, ['q'], range, hashes)).row);
    }
    expect(rows.toSorted((a, b) => a - b)).toEqual(keys.map((_, at) => at));
  });
});

describe('responses', () => {
  test('go back to their origin by row number; no answer and null are null', async () => {
    const store = openMemoryStore();
    const pool = new StringPool();
    const first = new ResponseWriter(I64, pool);
    first.add(Int32Array.of(1, 0, 0), Uint32Array.of(4, 2, 0), column(I64, [40, 20, null], pool));
    first.add(Int32Array.of(0), Uint32Array.of(1), column(I64, [10], pool));
    await first.finish(store, 'a0', 2);
    const second = new ResponseWriter(I64, pool);
    second.add(Int32Array.of(1), Uint32Array.of(0), column(I64, [7], pool));
    await second.finish(store, 'a1', 2);
    const zero = await readResponses(store, ['a0', 'a1'], 0, I64, pool);
    expect(plain(zero.next(2))).toEqual([null, 10]);
    expect(plain(zero.next(0))).toEqual([]);
    expect(plain(zero.next(3))).toEqual([20, null, null]);
    const one = await readResponses(store, ['a0', 'a1'], 1, I64, pool);
    expect(plain(one.next(5))).toEqual([7, null, null, null, 40]);
  });

  test('nobody answered', async () => {
    const store = openMemoryStore();
    const pool = new StringPool();
    await new ResponseWriter(STRING, pool).finish(store, 'a', 1);
    const responses = await readResponses(store, ['a'], 0, STRING, pool);
    expect(plain(responses.next(2))).toEqual([null, null]);
  });
});
