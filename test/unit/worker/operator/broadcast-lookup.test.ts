import { describe, expect, test } from 'vitest';
import { StringPool } from '../../../../shared/column/string-pool.ts';
import type { Value } from '../../../../shared/column/values.ts';
import { hashColumn } from '../../../../shared/kernel/hash.ts';
import { openMemoryStore } from '../../../../shared/storage/memory-store.ts';
import type { DataType } from '../../../../shared/types/data-type.ts';
import { I64, STRING } from '../../../../shared/types/data-type.ts';
import { BroadcastLookup } from '../../../../worker/operator/broadcast-lookup.ts';
import type { Broadcast } from '../../../../worker/operator/exchange-broadcast.ts';
import { BroadcastWriter, holdBroadcast } from '../../../../worker/operator/exchange-broadcast.ts';
import { column, plain, rowsOf } from './domain.ts';

/** (time, subsort, foreign key, value): rows of the foreign side in order. */
type Change = readonly [time: number, subsort: number | bigint, key: string, value: Value];
/** (time, subsort, key): rows that ask, in order. */
type Asking = readonly [time: number, subsort: number | bigint, key: string | null];

const KEYS = ['x', 'y', 'z'];
const hashOf = (key: string): bigint => hashColumn(column(STRING, [key], new StringPool()))[0]!;
const hashesOf = (keys: readonly string[]): BigUint64Array =>
  BigUint64Array.from(keys.map(hashOf).toSorted((a, b) => (a < b ? -1 : 1)));
const HASHES = hashesOf(KEYS);

interface Cell {
  readonly keys?: readonly string[];
  /** Values at the start of the slice by key. */
  readonly before?: Readonly<Record<string, Value>>;
  readonly batches: readonly (readonly Change[])[];
}

function writerOf({ keys = KEYS, before, batches }: Cell, type: DataType): BroadcastWriter {
  const pool = new StringPool();
  const hashes = hashesOf(keys);
  const entity = (key: string): number => hashes.indexOf(hashOf(key));
  const writer = new BroadcastWriter(type, keys.length, pool);
  if (before !== undefined) {
    const entries = Object.entries(before);
    writer.startFrom(
      column(
        type,
        entries.map(([, value]) => value),
        pool,
      ),
      Int32Array.from(entries, ([key]) => entity(key)),
    );
  }
  for (const batch of batches) {
    writer.add(
      rowsOf(batch.map(([time, subsort, key], at) => [time, subsort, entity(key), at])),
      column(
        type,
        batch.map(([, , , value]) => value),
        pool,
      ),
    );
  }
  return writer;
}

/** What a cell reads of these foreign cells, which stand in order of their keys' hashes. */
async function broadcast(
  cells: readonly Cell[],
  type: DataType,
  pool: StringPool,
): Promise<Broadcast> {
  const store = openMemoryStore();
  for (const [at, cell] of cells.entries()) {
    await writerOf(cell, type).finish(store, `b${at}`, hashesOf(cell.keys ?? KEYS));
  }
  const keys = cells.map((_, at) => `b${at}`);
  return (await holdBroadcast(store, keys, type, pool)).value;
}

async function answers(
  cells: readonly Cell[],
  batches: readonly (readonly Asking[])[],
  { continuous = true, type = I64 }: { continuous?: boolean; type?: DataType } = {},
): Promise<unknown[]> {
  const pool = new StringPool();
  const lookup = new BroadcastLookup(await broadcast(cells, type, pool), continuous);
  return batches.flatMap((batch) => {
    const rows = rowsOf(batch.map(([time, subsort]) => [time, subsort]));
    const keys = column(
      STRING,
      batch.map(([, , key]) => key),
      pool,
    );
    return plain(lookup.answers(rows, keys));
  });
}

describe('a lookup into a broadcast side', () => {
  const cell: Cell = {
    batches: [
      [
        [10, 0, 'x', 1],
        [20, 5, 'y', 2],
        [20, 5, 'x', 3],
      ],
      [[30, 0, 'x', null]],
    ],
  };

  test('gives the latest value, also where that is null; nothing before the first', async () => {
    const asking: Asking[] = [
      [9, 0, 'x'],
      [10, 1, 'x'],
      [19, 0, 'y'],
      [25, 0, 'x'],
      [25, 0, 'y'],
      [29, 0, 'x'],
      [31, 0, 'x'],
      [40, 0, 'y'],
    ];
    const expected = [null, 1, null, 3, 2, 3, null, 2];
    expect(await answers([cell], [asking])).toEqual(expected);
    // Batches of any size go on where the one before was.
    expect(
      await answers(
        [cell],
        asking.map((row) => [row]),
      ),
    ).toEqual(expected);
    expect(await answers([cell], [asking.slice(0, 3), [], asking.slice(3)])).toEqual(expected);
  });

  test('sees a value at exactly its own (time, subsort), not one a subsort later', async () => {
    expect(
      await answers(
        [cell],
        [
          [
            [20, 4, 'x'],
            [20, 5, 'x'],
            [20, 5, 'x'],
            [20, 2n ** 63n, 'y'],
          ],
        ],
      ),
    ).toEqual([1, 3, 3, 2]);
  });

  test('compares times signed, subsorts unsigned, both in all 64 bits', async () => {
    const far: Cell = {
      batches: [
        [
          [-(2 ** 40), 0, 'x', 1],
          [-1, 2n ** 63n, 'x', 2],
          [2 ** 32, 2n ** 32n, 'x', 3],
          [2 ** 32, 2n ** 64n - 1n, 'x', 4],
        ],
      ],
    };
    expect(
      await answers(
        [far],
        [
          [
            [-(2 ** 41), 2n ** 64n - 1n, 'x'],
            [-1, 2n ** 63n - 1n, 'x'],
            [0, 0, 'x'],
            [2 ** 32, 2n ** 32n - 1n, 'x'],
            [2 ** 32, 2n ** 63n, 'x'],
            [2 ** 32 + 1, 0, 'x'],
          ],
        ],
      ),
    ).toEqual([null, 1, 2, 2, 3, 4]);
  });

  test('of several values at one (time, subsort) gives the last', async () => {
    const ties: Cell = {
      batches: [
        [
          [10, 0, 'x', 1],
          [10, 0, 'x', 2],
          [10, 0, 'y', 7],
        ],
      ],
    };
    const asking: Asking[] = [
      [10, 0, 'x'],
      [10, 0, 'y'],
    ];
    expect(await answers([ties], [asking])).toEqual([2, 7]);
    expect(await answers([ties], [asking], { continuous: false })).toEqual([2, 7]);
  });

  test('of discrete values gives only what is there at exactly its (time, subsort)', async () => {
    expect(
      await answers(
        [cell],
        [
          [
            [10, 0, 'x'],
            [10, 1, 'x'],
            [20, 5, 'y'],
            [25, 0, 'y'],
            [30, 0, 'x'],
          ],
        ],
        { continuous: false },
      ),
    ).toEqual([1, null, 2, null, null]);
  });

  test('a null key and a key that nobody has find nothing', async () => {
    expect(
      await answers(
        [cell],
        [
          [
            [50, 0, null],
            [50, 0, 'y'],
            [50, 0, 'unknown'],
            [50, 0, 'z'],
          ],
          [
            [50, 0, 'unknown'],
            [50, 0, null],
          ],
        ],
      ),
    ).toEqual([null, 2, null, null, null, null]);
    expect(await answers([{ keys: [], batches: [] }], [[[1, 0, 'x']]])).toEqual([null]);
  });

  test('a slice starts with the values before it; a null is as good as none', async () => {
    const later: Cell = {
      before: { x: 4, y: null, z: 6 },
      batches: [[[10, 0, 'z', 60]]],
    };
    expect(
      await answers(
        [later],
        [
          [
            [9, 0, 'x'],
            [9, 0, 'y'],
            [9, 0, 'z'],
            [10, 0, 'x'],
            [10, 0, 'z'],
          ],
        ],
      ),
    ).toEqual([4, null, 6, 4, 60]);
  });

  test('finds strings, which are codes of another pool where they were written', async () => {
    const names: Cell = {
      batches: [
        [
          [10, 0, 'x', 'one'],
          [11, 0, 'y', 'two'],
          [12, 0, 'x', null],
        ],
      ],
    };
    expect(
      await answers(
        [names],
        [
          [
            [10, 0, 'x'],
            [11, 0, 'y'],
            [12, 0, 'x'],
          ],
        ],
        { type: STRING },
      ),
    ).toEqual(['one', 'two', null]);
  });

  test('each foreign range is in order by itself, whatever rows ask for the others', async () => {
    const keys = Array.from({ length: 40 }, (_, at) => `k${at}`).toSorted((a, b) =>
      hashOf(a) < hashOf(b) ? -1 : 1,
    );
    // Key number n has the value 100·n + t at the times t = n mod 5, n mod 5 + 5, …
    const cells = [keys.slice(0, 7), [], keys.slice(7, 8), keys.slice(8)].map((some): Cell => {
      const changes: Change[] = [];
      for (let time = 0; time < 50; time++) {
        for (const key of some) {
          const n = keys.indexOf(key);
          if (n % 5 === time % 5) changes.push([time, 0, key, 100 * n + time]);
        }
      }
      return { keys: some, batches: [changes.slice(0, 20), changes.slice(20)] };
    });
    const asking: Asking[] = [];
    const expected: (number | null)[] = [];
    for (let time = 0; time < 60; time++) {
      const n = (time * 7) % 40;
      asking.push([time, 1, keys[n]!]);
      const last = Math.min(time, 49);
      const at = last - ((last - (n % 5) + 5) % 5);
      expected.push(at < 0 ? null : 100 * n + at);
    }
    expect(await answers(cells, [asking.slice(0, 13), asking.slice(13)])).toEqual(expected);
  });
});

test('the values that the next slice starts with: the last of each entity', () => {
  const writer = writerOf(
    {
      before: { x: 1, y: 2 },
      batches: [
        [[10, 0, 'z', 5]],
        [
          [11, 0, 'x', null],
          [12, 0, 'z', 6],
        ],
      ],
    },
    I64,
  );
  const latest = plain(writer.latest());
  const of = (key: string): unknown => latest[HASHES.indexOf(hashOf(key))];
  expect([of('x'), of('y'), of('z')]).toEqual([null, 2, 6]);
});
