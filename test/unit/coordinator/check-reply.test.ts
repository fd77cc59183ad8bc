/** language.md 8.1: what the answer to a query that is only compiled tells of it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Engine } from '../../../coordinator/engine.ts';
import type { CheckReply } from '../../../shared/wire/client.ts';
import type { QueryRequest } from '../../../shared/wire/query-request.ts';
import { inlineTable, openTestEngine } from '../../support/engine.ts';

let engine: Engine;

beforeAll(async () => {
  engine = await openTestEngine();
});
afterAll(() => engine.close());

const [BUY, ITEM] = [
  ['Buy', 'at,who,item,qty\n2024-01-01T10:00:00Z,ann,a,1\n'],
  ['Item', 'at,who,price\n2024-01-01T10:00:00Z,a,2.5\n'],
].map(([name, text]) =>
  inlineTable({
    name: name!,
    time: 'at',
    key: 'who',
    subsort: null,
    grouping: name!,
    texts: [text!],
  }),
);

function check(query: string, change: Partial<QueryRequest> = {}): Promise<CheckReply> {
  return engine.check({
    tables: [BUY!, ITEM!],
    views: [
      { name: 'spend', text: 'Buy.qty * unit' },
      { name: 'unit', text: 'lookup(Buy.item, last(Item.price))' },
      { name: 'broken', text: 'spend + absent + absent' },
    ],
    query,
    results: 'history',
    output: { path: null, format: 'csv', layout: 'file', overwrite: false, timestamps: 'ns' },
    ...change,
  });
}

describe('a compiled query tells', () => {
  test('the names that it does not bind itself', async () => {
    const query = 'let x = spend in { x, y: x | neg($input), n: count(Buy), x2: x + Buy.qty }';
    const { freeNames, missingNames } = await check(query);
    expect(freeNames).toEqual(['spend', 'Buy']);
    expect(missingNames).toEqual([]);
  });

  test('the names that nobody provides, its own and those of views', async () => {
    const { freeNames, missingNames, type, reads } = await check('{ a: broken, b: nowhere.x }');
    expect(freeNames).toEqual(['broken', 'nowhere']);
    expect(missingNames).toEqual(['nowhere', 'absent']);
    expect(type).toBeNull();
    expect(reads).toEqual([]);
  });

  test('names as far as they can be made out where the syntax is wrong', async () => {
    const { freeNames, missingNames } = await check('{ a: Buy.qty, b: Item.price + }');
    expect(freeNames).toEqual(['Buy']);
    expect(missingNames).toEqual([]);
  });

  test('the columns that are read of each table, and where only a sample is', async () => {
    const query = '{ spend, who: Buy.who }';
    const whole = [
      { table: 'Buy', columns: ['item', 'qty', 'who'], isSampled: false },
      { table: 'Item', columns: ['price'], isSampled: false },
    ];
    expect((await check(query)).reads).toEqual(whole);
    expect((await check(query, { sample: { percent: 10 } })).reads).toEqual([
      { ...whole[0], isSampled: true },
      whole[1],
    ]);
    const both = '{ s: lookup(Buy.item, sum(Buy.qty)) }';
    const own = { sample: { keys: ['ann'] }, views: [] };
    expect((await check(both, own)).reads).toEqual([
      { table: 'Buy', columns: ['qty'], isSampled: false },
      { table: 'Buy', columns: ['item'], isSampled: true },
    ]);
  });

  test('whether a state can be saved and gone on with', async () => {
    const query = '{ n: count(Buy) }';
    const resumable = async (change: Partial<QueryRequest>): Promise<boolean> =>
      (await check(query, change)).isResumable;
    expect(await resumable({ results: 'final' })).toBe(true);
    expect(await resumable({ results: 'final', finalAt: '2024-01-01' })).toBe(false);
    expect(await resumable({ results: 'history' })).toBe(false);
    expect(await resumable({ results: 'history', changedSince: '2024-01-01' })).toBe(true);
  });
});
