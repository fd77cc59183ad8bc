import { describe, expect, test } from 'vitest';
import { lowered, stages } from '../support.ts';

describe('stages', () => {
  test('a query of one kind of entity is one stage; only columns that are needed are read', () => {
    expect(stages('{ t: sum(Buy.qty), v: count(Visit) }')).toEqual([
      '0 shopper: Buy(qty), Visit() -> result',
    ]);
  });

  test('a lookup is a request, a response and the requester again', () => {
    expect(stages('{ l: lookup(Buy.qty, last(Names.name)), p: Buy.price }')).toEqual([
      '0 shopper: Buy(qty) -> request0',
      '1 code: Names(name), request0 -> response1 after 0',
      '2 shopper: Buy(price), response1 -> result after 1',
    ]);
  });

  test('requests of one key space are made by one stage, and so are the answers', () => {
    expect(
      stages('{ a: lookup(Buy.qty, last(Names.name)), b: lookup(Buy.seq, first(Names.name)) }'),
    ).toEqual([
      '0 shopper: Buy(qty seq) -> request0, request2',
      '1 code: Names(name), request0 -> response1 after 0',
      '2 code: Names(name), request2 -> response3 after 0',
      '3 shopper: Buy(), response1, response3 -> result after 1 2',
    ]);
  });

  test('a lookup in the key of a lookup waits for its answer', () => {
    expect(stages('{ a: lookup(lookup(Buy.qty, last(Names.code)), last(Names.name)) }')).toEqual([
      '0 shopper: Buy(qty) -> request1',
      '1 code: Names(code), request1 -> response2 after 0',
      '2 shopper: Buy(), response2 -> request0 after 1',
      '3 code: Names(name), request0 -> response3 after 2',
      '4 shopper: Buy(), response3 -> result after 3',
    ]);
  });

  test('a lookup of its own grouping is a second scan', () => {
    expect(stages('{ a: lookup(Visit.page, sum(Buy.qty)) }')).toEqual([
      '0 shopper: Visit(page) -> request0',
      '1 shopper: Buy(qty), request0 -> response1 after 0',
      '2 shopper: Visit(), response1 -> result after 1',
    ]);
  });

  test('re-keying sends the key and the columns that are read after it', () => {
    const query = 'with_key(Buy.qty, { p: Buy.price, w: Buy.who }) | { s: sum($input.p) }';
    expect(stages(query)).toEqual([
      '0 shopper: Buy(price qty) -> rekey0',
      '1 i64: rekey0 -> result after 0',
    ]);
    const [exchange] = lowered(query).exchanges;
    expect(exchange).toMatchObject({ kind: 'rekey', columns: [expect.any(Number)] });
  });

  test('a table joins the stage of the rows that came to its grouping', () => {
    expect(
      stages(
        'let b = with_key(Buy.qty, Buy.price, grouping = "code") in { s: sum(b), n: Names.name }',
      ),
    ).toEqual([
      '0 shopper: Buy(price qty) -> rekey0',
      '1 code: Names(name), rekey0 -> result after 0',
    ]);
  });
});

describe('broadcasts', () => {
  /** The stages with the foreign sides of all lookups broadcast. */
  function broadcast(query: string): string[] {
    const { columns } = lowered(query).logical;
    const values = columns.flatMap((node) => (node.op === 'lookup' ? [node.value] : []));
    return stages(query, { broadcasts: new Set(values) });
  }

  test('need no requests: the requester reads its key and looks by itself', () => {
    expect(broadcast('{ l: lookup(Buy.qty, last(Names.name)), p: Buy.price }')).toEqual([
      '0 code: Names(name) -> broadcast0',
      '1 shopper: Buy(price qty), broadcast0 -> result after 0',
    ]);
  });

  test('of one column are one, and a stage sends all that it has', () => {
    expect(
      broadcast(
        '{ a: lookup(Buy.qty, last(Names.name)), b: lookup(Buy.seq, last(Names.name)), c: lookup(Buy.seq, first(Names.name)) }',
      ),
    ).toEqual([
      '0 code: Names(name) -> broadcast0, broadcast1',
      '1 shopper: Buy(qty seq), broadcast0, broadcast1 -> result after 0',
    ]);
  });

  test('answer a chain of lookups in one stage', () => {
    expect(broadcast('{ a: lookup(lookup(Buy.qty, last(Names.code)), last(Names.name)) }')).toEqual(
      [
        '0 code: Names(code name) -> broadcast0, broadcast1',
        '1 shopper: Buy(qty), broadcast0, broadcast1 -> result after 0',
      ],
    );
  });

  test('stand beside requests where only some sides are small', () => {
    const query =
      '{ a: lookup(Buy.qty, last(Names.name)), b: lookup(Visit.page, sum(Buy.qty)), c: Buy.seq }';
    const { columns } = lowered(query).logical;
    const [small] = columns.flatMap((node) => (node.op === 'lookup' ? [node.value] : []));
    expect(stages(query, { broadcasts: new Set([small!]) })).toEqual([
      '0 shopper: Visit(page) -> request0',
      '1 shopper: Buy(qty), request0 -> response1 after 0',
      '2 code: Names(name) -> broadcast2',
      '3 shopper: Buy(qty seq), Visit(), response1, broadcast2 -> result after 1 2',
    ]);
  });
});

describe('bounds', () => {
  test('of whole tables are known before: no stage finds them', () => {
    expect(stages('{ n: count(Buy) } | when(minutely())')).toEqual([
      '0 shopper: Buy(), bounds of scan -> result',
    ]);
    expect(stages('{ n: Buy.qty, p: Visit.page }', { results: 'final' })).toEqual([
      '0 shopper: Buy(qty), Visit(page), bounds of union -> result',
    ]);
  });

  test('of shifted rows are found by a stage of the times and targets alone', () => {
    expect(stages('{ w: last(Buy.qty | shift_by(seconds(5))) | when(minutely()) }')).toEqual([
      '0 shopper: Buy() -> bounds of shift-to',
      '1 shopper: Buy(qty), bounds of shift-to -> result after 0',
    ]);
  });

  test('are not needed where the time of the final result is given', () => {
    const query = '{ x: Buy.qty | shift_by(seconds(5)) }';
    expect(stages(query, { results: 'final' })).toEqual([
      '0 shopper: Buy() -> bounds of shift-to',
      '1 shopper: Buy(qty), bounds of shift-to -> result after 0',
    ]);
    expect(stages(query, { results: 'final', finalAt: true })).toEqual([
      '0 shopper: Buy(qty) -> result',
    ]);
  });

  test('of a table that final_at cuts are found by a stage', () => {
    expect(
      stages('{ n: count(Buy) } | when(minutely())', {
        results: 'final',
        finalAt: true,
        hasStaticBounds: () => false,
      }),
    ).toEqual([
      '0 shopper: Buy() -> bounds of scan',
      '1 shopper: Buy(), bounds of scan -> result after 0',
    ]);
  });

  test('of rows that come by an exchange: the stage that sends them is asked before', () => {
    expect(
      stages('{ n: count(with_key(Buy.qty, Buy.who | shift_by(seconds(5)))) } | when(minutely())'),
    ).toEqual([
      '0 shopper: Buy(qty who) -> bounds of shift-to, rekey0',
      '1 i64: rekey0, bounds of with-key -> result after 0',
    ]);
  });
});
