import { describe, expect, test } from 'vitest';
import type { TimeBounds } from '../../../../coordinator/run/bounds.ts';
import { boundsOf, hull } from '../../../../coordinator/run/bounds.ts';
import type { Domain } from '../../../../shared/plan/logical.ts';
import { parseTimestamp } from '../../../../shared/time/parse-timestamp.ts';
import { built } from '../plan/support.ts';

const at = (text: string): bigint => parseTimestamp(text)!;
const between = (low: string, high: string): TimeBounds => ({ low: at(low), high: at(high) });

const DATA: Readonly<Record<string, TimeBounds>> = {
  Buy: between('2024-01-01T10:00:30Z', '2024-01-01T10:02:10Z'),
  Visit: between('2024-01-01T09:59:00Z', '2024-01-01T10:01:00Z'),
  Names: null,
};

function sources(_: number, node: Domain): TimeBounds | undefined {
  return node.op === 'scan' ? DATA[node.table] : undefined;
}

/** The bounds of the domain of a query. */
function boundsFor(query: string): TimeBounds | undefined {
  const plan = built(query);
  return boundsOf(plan, plan.root.domain, sources);
}

describe('bounds', () => {
  test('of a union are the hull of its parts, and those without rows add nothing', () => {
    expect(boundsFor('{ q: Buy.qty, p: Visit.page }')).toEqual(
      between('2024-01-01T09:59:00Z', '2024-01-01T10:02:10Z'),
    );
    expect(hull(null, null)).toBeNull();
    expect(hull(null, DATA['Buy']!)).toEqual(DATA['Buy']);
    expect(boundsFor('{ n: Names.name }')).toBeNull();
  });

  test('of filtered and re-keyed rows are those before', () => {
    expect(boundsFor('{ q: Buy.qty } | when(Buy.qty > 100)')).toEqual(DATA['Buy']);
    expect(boundsFor('with_key(Buy.qty, { w: Buy.who })')).toEqual(DATA['Buy']);
  });

  test('of a lookup are those of its key', () => {
    expect(boundsFor('{ n: lookup(Buy.qty, last(Names.name)) }')).toEqual(DATA['Buy']);
  });

  test('of a shift only the data tell', () => {
    expect(boundsFor('{ q: Buy.qty | shift_by(seconds(5)) }')).toBeUndefined();
    expect(boundsFor('{ q: Buy.qty | shift_until(Buy.qty > 1), p: Visit.page }')).toBeUndefined();
  });

  describe('of a tick', () => {
    const tick = (kind: string, low: string, high: string): TimeBounds | undefined => {
      const plan = built(`{ n: count(Buy, window = since(${kind}())) }`);
      const domain = plan.domains.findIndex(({ op }) => op === 'tick');
      return boundsOf(plan, domain, () => between(low, high));
    };

    test.each([
      [
        'minutely',
        '2024-01-01T10:00:30Z',
        '2024-01-01T10:02:10Z',
        '2024-01-01T10:01:00Z',
        '2024-01-01T10:02:00Z',
      ],
      [
        'minutely',
        '2024-01-01T10:00:00Z',
        '2024-01-01T10:02:00Z',
        '2024-01-01T10:00:00Z',
        '2024-01-01T10:02:00Z',
      ],
      [
        'hourly',
        '1969-12-31T21:30:00Z',
        '1969-12-31T23:30:00Z',
        '1969-12-31T22:00:00Z',
        '1969-12-31T23:00:00Z',
      ],
      [
        'daily',
        '2024-02-28T00:00:00.000000001Z',
        '2024-03-02T23:00:00Z',
        '2024-02-29T00:00:00Z',
        '2024-03-02T00:00:00Z',
      ],
      [
        'monthly',
        '2020-05-17T00:00:00Z',
        '2024-03-31T00:00:00Z',
        '2020-06-01T00:00:00Z',
        '2024-03-01T00:00:00Z',
      ],
      [
        'yearly',
        '2001-01-01T00:00:00Z',
        '2024-12-31T23:59:59Z',
        '2001-01-01T00:00:00Z',
        '2024-01-01T00:00:00Z',
      ],
    ])('%s: the first and last boundary within %s and %s', (kind, low, high, first, last) => {
      expect(tick(kind, low, high)).toEqual(between(first, last));
    });

    test('none within: the parent’s', () => {
      expect(tick('hourly', '2024-01-01T10:00:30Z', '2024-01-01T10:02:10Z')).toEqual(
        between('2024-01-01T10:00:30Z', '2024-01-01T10:02:10Z'),
      );
    });

    test('finished: 1 ns after the parent’s last', () => {
      expect(tick('finished', '2024-01-01T10:00:30Z', '2024-01-01T10:02:10Z')).toEqual(
        between('2024-01-01T10:02:10.000000001Z', '2024-01-01T10:02:10.000000001Z'),
      );
    });
  });
});
