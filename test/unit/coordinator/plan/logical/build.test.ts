import { describe, expect, test } from 'vitest';
import { optimizePlan } from '../../../../../coordinator/plan/optimize/optimizer.ts';
import { built, lines } from '../support.ts';

function plan(query: string): string[] {
  return lines(optimizePlan(built(query)).plan);
}

describe('the logical plan', () => {
  test('of the example on top of shared/plan/logical.ts', () => {
    expect(plan('{ total: sum(Buy.qty), views: count(Visit) }')).toEqual([
      'd0 scan Buy  [shopper]',
      'c0 column qty: i64',
      'c1 sum(c0): i64',
      'd1 scan Visit  [shopper]',
      'c2 literal true: bool',
      'c3 count(c2): u32',
      'd2 union d0 d1  [shopper]',
      'c4 move c1 as-of: i64',
      'c5 move c3 as-of: u32',
      'result d2 {total: c4, views: c5}',
    ]);
  });

  test('the union of a domain with itself is itself: nothing moves', () => {
    expect(plan('{ a: Buy.qty + sum(Buy.qty) }')).toEqual([
      'd0 scan Buy  [shopper]',
      'c0 column qty: i64',
      'c1 sum(c0): i64',
      'c2 add(c0, c1): i64',
      'result d0 {a: c2}',
    ]);
  });

  test('the rows of a filter are among those of its input', () => {
    expect(
      plan('{ a: Buy.qty | when(Buy.qty > 1), b: Buy.qty }').filter((line) => line.startsWith('d')),
    ).toEqual(['d0 scan Buy  [shopper]', 'd1 filter d0 condition=c2  [shopper]']);
  });

  test('a discrete value moves as null, an aggregation as of the row', () => {
    const text = plan('{ m: Buy.qty + count(Visit) }').join('\n');
    expect(text).toContain('move c0 discrete: i64');
    expect(text).toContain('move c3 as-of: i64');
  });

  test('ticks hang on the input of the aggregation, and the same tick is one domain', () => {
    const text = plan(
      '{ w: sum(Buy.qty, window = since(hourly())), n: count(Buy, window = since(hourly())) } | when(hourly())',
    );
    const ticks = text.filter((line) => line.includes(' tick '));
    expect(ticks).toEqual([
      expect.stringMatching(/^d\d+ tick d0 hourly/),
      expect.stringMatching(/^d\d+ tick d\d+ hourly/),
    ]);
  });

  test('a field of a record is the column of the field, also through a filter and a new key', () => {
    expect(
      plan('with_key(Buy.who, { q: Buy.qty, p: Buy.price } | when(Buy.qty > 1)) | { q: $input.q }'),
    ).not.toContain(expect.stringContaining('record('));
  });

  test('a constant field takes the rows of the others', () => {
    expect(plan('{ one: 1, q: Buy.qty }')).toEqual([
      'd0 scan Buy  [shopper]',
      'c0 column qty: i64',
      'c1 literal "1": i64',
      'result d0 {one: c1, q: c0}',
    ]);
  });
});
