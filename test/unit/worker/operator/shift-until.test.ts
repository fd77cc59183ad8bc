import { describe, expect, test } from 'vitest';
import { StringPool } from '../../../../shared/column/string-pool.ts';
import { sliceColumn } from '../../../../shared/column/take.ts';
import { STRING } from '../../../../shared/types/data-type.ts';
import { openMemoryStore } from '../../../../shared/storage/memory-store.ts';
import { openHeld, writeHeld } from '../../../../worker/operator/held-log.ts';
import { sliceRows } from '../../../../worker/operator/rows.ts';
import { ShiftUntilOperator } from '../../../../worker/operator/shift-until.ts';
import { recordReads } from '../../../support/recording-store.ts';
import { column, plain, printRows, rowsOf } from './domain.ts';
import type { Row } from './domain.ts';

type Event = readonly [row: Row, value: string | null, release: boolean];

const EVENTS: readonly Event[] = [
  [[10, 0, 0], 'a', false],
  [[11, 0, 1], 'b', false],
  [[12, 0, 0], null, false],
  [[13, 0, 0], 'd', true],
  [[13, 0, 1], 'e', true],
  [[14, 0, 1], 'f', true],
  [[15, 0, 0], 'g', false],
  [[16, 0, 0], 'h', true],
  [[17, 0, 1], 'never', false],
];

interface Answer {
  readonly rows: string[];
  /** Objects of held rows that each slice left, and the rows in all that it wrote. */
  readonly objects: number[];
  readonly written: number;
}

/** A batch per `cuts`, and per `slices` another operator that goes on from what the last one left. */
async function hold(
  events: readonly Event[],
  cuts: readonly number[],
  slices: readonly number[],
  entityCount = 2,
): Promise<Answer> {
  const pool = new StringPool();
  const rows = rowsOf(events.map(([row]) => row));
  const values = column(
    STRING,
    events.map(([, value]) => value),
    pool,
  );
  const release = Uint8Array.from(events, (event) => (event[2] ? 1 : 0));
  const answer: Answer & { written: number } = { rows: [], objects: [], written: 0 };
  const store = openMemoryStore();
  const hashes = BigUint64Array.from({ length: entityCount }, (_, entity) => BigInt(entity * 10));
  let operator = new ShiftUntilOperator([STRING], entityCount, pool);
  const edges = [0, ...new Set([...cuts, ...slices].toSorted((a, b) => a - b)), events.length];
  for (const [index, end] of edges.slice(1).entries()) {
    const start = edges[index]!;
    if (slices.includes(start)) {
      const { kept, rows: held } = await operator.takeHeld();
      const references = [...kept];
      if (held !== null) {
        const key = `w${start}`;
        await writeHeld(store, key, held, hashes);
        references.push({ domain: 0, key, rows: held.entity.length, lastTarget: null });
        answer.written += held.entity.length;
      }
      answer.objects.push(references.length);
      const before = operator;
      operator = new ShiftUntilOperator([STRING], entityCount, pool);
      operator.emitted.set(before.emitted);
      operator.held.set(before.held);
      for (const reference of references) {
        operator.addEarlier(reference, await openHeld(store, reference.key, hashes, pool));
      }
    }
    const shifted = await operator.process(
      sliceRows(rows, start, end),
      release.subarray(start, end),
      [sliceColumn(values, start, end)],
    );
    const carried = plain(shifted.columns[0]!);
    for (const [at, row] of printRows(shifted.rows).entries()) {
      answer.rows.push(`${row} ${String(carried[at])}`);
    }
  }
  return answer;
}

describe('shift_until', () => {
  const EXPECTED = [
    '13.0 0 a',
    '13.0 1 b',
    '13.1 0 null',
    '13.1 1 e',
    '13.2 0 d',
    '14.2 1 f',
    '16.3 0 g',
    '16.4 0 h',
  ];

  test('releases all held rows of the entity in order of arrival, its own included, numbered per entity', async () => {
    expect((await hold(EVENTS, [], [])).rows).toEqual(EXPECTED);
  });

  test('gives the same rows for any batches and slices', async () => {
    for (const cut of [1, 2, 3, 5, 6, 7, 8]) {
      const batches = await hold(EVENTS, [cut], []);
      const slices = await hold(EVENTS, [], [cut]);
      expect(batches.rows, `batch before event ${cut}`).toEqual(EXPECTED);
      expect(slices.rows, `slice before event ${cut}`).toEqual(EXPECTED);
    }
    expect((await hold(EVENTS, [], [1, 2, 3, 5, 6, 7, 8])).rows).toEqual(EXPECTED);
  });

  test('two releases at one time: each emits what came since the other', async () => {
    const events: Event[] = [
      [[10, 0, 0], 'a', false],
      [[12, 0, 0], 'b', true],
      [[12, 1, 0], 'c', true],
    ];
    expect((await hold(events, [], [])).rows).toEqual(['12.0 0 a', '12.1 0 b', '12.2 0 c']);
  });

  test('rows that nothing releases are written once, whatever the slices', async () => {
    const events = Array.from({ length: 20 }, (_, at): Event => [[at, 0, at % 2], `v${at}`, false]);
    const { rows, objects, written } = await hold(events, [], [5, 10, 12, 13, 15]);
    expect(rows).toEqual([]);
    expect(objects).toEqual([1, 2, 3, 4, 5]);
    expect(written).toBe(15);
  });

  test('where nothing earlier is released nothing is read', async () => {
    const { store, reads } = recordReads(openMemoryStore());
    const hashes = BigUint64Array.of(0n, 10n);
    const pool = new StringPool();
    const first = column(STRING, ['a'], pool);
    await writeHeld(store, 'w', { entity: Int32Array.of(0), columns: [first] }, hashes);
    const operator = new ShiftUntilOperator([STRING], 2, pool);
    operator.held[0] = 1;
    const reference = { domain: 0, key: 'w', rows: 1, lastTarget: null };
    operator.addEarlier(reference, await openHeld(store, 'w', hashes, pool));
    const before = reads.length;
    const batch = [column(STRING, ['b', 'c'], pool)];
    const rows = rowsOf([
      [10, 0, 0],
      [11, 0, 1],
    ]);
    expect((await operator.process(rows, Uint8Array.of(0, 1), batch)).rows.length).toBe(1);
    const { kept, rows: held } = await operator.takeHeld();
    expect(kept).toEqual([reference]);
    expect(plain(held!.columns[0]!)).toEqual(['b']);
    expect(reads.length).toBe(before);
  });

  test('what is left of objects that are mostly dead is written anew', async () => {
    // Entity 0 releases its 8 rows; entity 1 holds 2 of the first object and 1 more.
    const events: Event[] = [
      ...Array.from({ length: 8 }, (_, at): Event => [[at, 0, 0], `a${at}`, false]),
      [[8, 0, 1], 'b', false],
      [[9, 0, 1], 'c', false],
      [[10, 0, 0], 'x', true],
      [[11, 0, 1], 'd', false],
      [[12, 0, 1], 'e', true],
    ];
    const { rows, objects, written } = await hold(events, [], [10, 12]);
    expect(objects).toEqual([1, 1]);
    expect(written).toBe(10 + 3);
    expect(rows.slice(-4)).toEqual(['12.0 1 b', '12.1 1 c', '12.2 1 d', '12.3 1 e']);
  });

  test('many slices leave no more than 32 objects, and the rows keep their order', async () => {
    const events = Array.from({ length: 200 }, (_, at): Event => {
      return [[at, 0, at % 3], `v${at}`, at > 100 && at % 50 === 1];
    });
    const slices = Array.from({ length: 199 }, (_, at) => at + 1);
    const whole = await hold(events, [], [], 3);
    const cut = await hold(events, [], slices, 3);
    expect(cut.rows).toEqual(whole.rows);
    expect(Math.max(...cut.objects)).toBe(32);
  });

  test('rows held over many batches are kept while the log drops what was released', async () => {
    // Entity 0 releases at every row, entity 1 never until the end: 200,000 rows pass one that stays.
    const pool = new StringPool();
    const operator = new ShiftUntilOperator([STRING], 2, pool);
    const ask = async (entity: number, value: string, flag: number): Promise<unknown[]> => {
      const size = 1_000;
      const rows = rowsOf(Array.from({ length: size }, (_, at): Row => [at, 0, entity]));
      const values = [
        column(
          STRING,
          Array.from({ length: size }, () => value),
          pool,
        ),
      ];
      const release = new Uint8Array(size).fill(0, 0, size - 1).fill(flag, size - 1);
      return plain((await operator.process(rows, release, values)).columns[0]!);
    };
    await ask(1, 'kept', 0);
    for (let batch = 0; batch < 200; batch++)
      expect((await ask(0, 'passed', 1)).length).toBe(1_000);
    const last = await ask(1, 'last', 1);
    expect(last).toEqual([
      ...Array<string>(1_000).fill('kept'),
      ...Array<string>(1_000).fill('last'),
    ]);
  });
});
