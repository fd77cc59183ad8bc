import { describe, expect, test } from 'vitest';
import {
  BROADCAST_BYTES_MAX,
  FOREIGN_ROWS_PER_REQUEST_MAX,
  chooseBroadcasts,
} from '../../../../../coordinator/plan/lower/broadcast.ts';
import { optimizePlan } from '../../../../../coordinator/plan/optimize/optimizer.ts';
import { built } from '../support.ts';

/** Whether each lookup of a query is answered by a broadcast, given the tables' rows. */
function isBroadcast(query: string, rows: Readonly<Record<string, number>>): boolean[] {
  const { plan } = optimizePlan(built(query));
  const chosen = chooseBroadcasts(plan, (table) => rows[table] ?? Infinity);
  return plan.columns.flatMap((node) => (node.op === 'lookup' ? [chosen.has(node.value)] : []));
}

describe('a foreign side is broadcast', () => {
  const count = '{ n: lookup(Buy.qty, count(Names)) }';
  const name = '{ n: lookup(Buy.qty, last(Names.name)) }';

  test('as long as all its values fit in a cell beside the rows', () => {
    // 20 bytes a row and 9 for the number that `count` gives.
    const most = Math.floor(BROADCAST_BYTES_MAX / 29);
    expect(isBroadcast(count, { Buy: most, Names: most })).toEqual([true]);
    expect(isBroadcast(count, { Buy: most, Names: most + 1 })).toEqual([false]);
    // Texts are longer.
    expect(isBroadcast(name, { Buy: most, Names: most })).toEqual([false]);
    expect(isBroadcast(name, { Buy: most, Names: most / 2 })).toEqual([true]);
  });

  test('unless few rows ask: their requests are less than what every cell would read', () => {
    const asking = 1000;
    const most = asking * FOREIGN_ROWS_PER_REQUEST_MAX;
    expect(isBroadcast(count, { Buy: asking, Names: most })).toEqual([true]);
    expect(isBroadcast(count, { Buy: asking, Names: most + 1 })).toEqual([false]);
    // Two lookups of one column ask twice.
    const twice = '{ a: lookup(Buy.qty, count(Names)), b: lookup(Buy.seq, count(Names)) }';
    expect(isBroadcast(twice, { Buy: asking, Names: most + 1 })).toEqual([true, true]);
  });

  test('counted before filters and shifts, and of all tables that are united', () => {
    const some = '{ n: lookup(Buy.qty, count(Names | when(Names.name == "a"))) }';
    expect(isBroadcast(some, { Buy: 1, Names: 4 })).toEqual([true]);
    expect(isBroadcast(some, { Buy: 1, Names: 5 })).toEqual([false]);
    const both = '{ n: lookup(Visit.page, count(Buy) + count(Visit)) }';
    expect(isBroadcast(both, { Buy: 3, Visit: 1 })).toEqual([true]);
    expect(isBroadcast(both, { Buy: 4, Visit: 1 })).toEqual([false]);
  });

  test('not if only data tell how many values there are, or how long they are', () => {
    const ticks = '{ n: lookup(Buy.qty, count(Names) | when(daily())) }';
    expect(isBroadcast(ticks, { Buy: 10, Names: 1 })).toEqual([false]);
    const lists = '{ n: lookup(Buy.qty, Names.name | collect(max = null)) }';
    expect(isBroadcast(lists, { Buy: 10, Names: 1 })).toEqual([false]);
    expect(isBroadcast(count, { Buy: 10 })).toEqual([false]);
  });
});
