import { describe, expect, test } from 'vitest';
import { parseTimestamp } from '../../../../shared/time/parse-timestamp.ts';
import type { TickKind } from '../../../../shared/plan/logical.ts';
import { TickOperator } from '../../../../worker/operator/tick.ts';
import { printTimestamp } from '../../../../shared/time/print-timestamp.ts';
import { rowsOf } from './domain.ts';

const UINT64_MAX = 2n ** 64n - 1n;
const ANN = 0;
const BOB = 1;

function at(time: string): bigint {
  return parseTimestamp(`2024-01-01T${time}Z`)!;
}

type Event = readonly [time: string, entity: number];

/** Runs a tick over batches that are cut at `cuts`; `time entity` per row. */
function run(tick: TickKind, events: readonly Event[], cuts: readonly string[] = []): string[] {
  const times = events.map(([time]) => at(time));
  const operator = new TickOperator(tick, times.length === 0 ? null : times.at(-1)!, 2);
  const edges = [null, ...cuts.map(at), null];
  return edges.slice(1).flatMap((high, index) => {
    const low = edges[index]!;
    const parent = rowsOf(
      events
        .filter(
          (_, row) => (low === null || times[row]! >= low) && (high === null || times[row]! < high),
        )
        .map(([time, entity]) => [at(time), 0, entity]),
    );
    const rows = operator.process(parent, low, high);
    expect([...rows.subsort].every((subsort) => subsort === UINT64_MAX)).toBe(true);
    expect(rows.ordinal).toBeNull();
    return Array.from(
      rows.time,
      (time, row) => `${printTimestamp(time, 'ns', 'shortest').slice(11)} ${rows.entity[row]}`,
    );
  });
}

describe('ticks', () => {
  /** partitioning.md 4.5. */
  const EVENTS: readonly Event[] = [
    ['10:00:30', ANN],
    ['10:02:10', BOB],
  ];

  test('go on for an entity until the last event of all, and start at its own first', () => {
    expect(run('minutely', EVENTS)).toEqual(['10:01:00 0', '10:02:00 0']);
  });

  test('an event exactly on a boundary is seen by its tick, the first and the last one too', () => {
    expect(
      run('minutely', [
        ['10:00:00', BOB],
        ['10:01:00', ANN],
      ]),
    ).toEqual(['10:00:00 1', '10:01:00 0', '10:01:00 1']);
  });

  test('do not depend on where batches are cut', () => {
    const events: readonly Event[] = [...EVENTS, ['10:02:10', ANN], ['10:05:00', BOB]];
    const whole = run('minutely', events);
    expect(whole).toHaveLength(2 + 2 * 3);
    for (const cuts of [
      ['10:01:00'],
      ['10:00:59.999999999', '10:01:00', '10:01:00.000000001'],
      ['09:00:00', '10:02:10', '10:03:00', '11:00:00'],
    ]) {
      expect(run('minutely', events, cuts)).toEqual(whole);
    }
  });

  test('none in a domain without rows, and none where no boundary lies within the data', () => {
    expect(run('minutely', [])).toEqual([]);
    expect(run('hourly', EVENTS)).toEqual([]);
  });

  test('finished comes 1 ns after the last time, for all who had a row, whatever the cuts', () => {
    const expected = ['10:02:10.000000001 0', '10:02:10.000000001 1'];
    expect(run('finished', EVENTS)).toEqual(expected);
    expect(run('finished', EVENTS, ['10:02:10', '10:02:10.000000001'])).toEqual(expected);
    expect(run('finished', EVENTS, ['10:02:10.000000002'])).toEqual(expected);
  });

  test('who has been seen is state: a later operator goes on from it', () => {
    const first = new TickOperator('minutely', at('10:03:00'), 2);
    first.process(rowsOf([[at('10:00:30'), 0, BOB]]), null, at('10:01:00'));
    const second = new TickOperator('minutely', at('10:03:00'), 2);
    second.load(first.seen, Int32Array.of(0, 1));
    const rows = second.process(rowsOf([]), at('10:01:00'), at('10:03:00'));
    expect([...rows.time]).toEqual([at('10:01:00'), at('10:02:00')]);
    expect([...rows.entity]).toEqual([BOB, BOB]);
  });

  test('too many rows in one batch are refused before they are made', () => {
    const entities = 6_400;
    const operator = new TickOperator(
      'minutely',
      at('10:00:00') + 10_000n * 60_000_000_000n,
      entities,
    );
    const parent = rowsOf(
      Array.from({ length: entities }, (_, entity) => [at('10:00:00'), 0, entity]),
    );
    expect(() => operator.process(parent, null, null)).toThrow('TICK_ROWS_PER_BATCH_MAX');
  });
});
