import { describe, expect, it } from 'vitest';
import { call } from './call.ts';
import { parseTimestamp } from '../../../../shared/time/parse-timestamp.ts';
import { I32, I64, scalar, TIMESTAMP_NS, U32 } from '../../../../shared/types/data-type.ts';

const MONTHS = scalar('interval_months');
const DAYS = scalar('interval_days');
const SECONDS = scalar('duration_s');

function at(text: string): bigint {
  const time = parseTimestamp(text);
  if (time === null) throw new Error(`no timestamp: ${text}`);
  return time;
}

const ONE = at('2024-03-15T13:45:30Z');

describe('date parts', () => {
  it.each([
    ['year', I32, 2024],
    ['month_of_year', U32, 3],
    ['month_of_year0', U32, 2],
    ['day_of_month', U32, 15],
    ['day_of_month0', U32, 14],
    ['day_of_year', U32, 75],
    ['day_of_year0', U32, 74],
  ] as const)('%s', (fn, type, expected) => {
    expect(call(fn, type, [TIMESTAMP_NS, [ONE, null]])).toEqual([expected, null]);
  });

  it('round down before the epoch', () => {
    const eve = [TIMESTAMP_NS, [-1n]] as const;
    expect(call('year', I32, eve)).toEqual([1969]);
    expect(call('month_of_year', U32, eve)).toEqual([12]);
    expect(call('day_of_month', U32, eve)).toEqual([31]);
    expect(call('day_of_year', U32, eve)).toEqual([365]);
    expect(call('day_of_year', U32, [TIMESTAMP_NS, [at('2024-12-31T23:59:59.999999999')]])).toEqual(
      [366],
    );
  });
});

describe('seconds, days, months', () => {
  it('count, with days null for negatives and both intervals null outside of int32', () => {
    expect(call('seconds', SECONDS, [I64, [-90n, null]])).toEqual([-90n, null]);
    expect(call('days', DAYS, [I64, [0n, 3n, -1n, 2n ** 31n, 2n ** 31n - 1n]])).toEqual([
      0,
      3,
      null,
      null,
      2 ** 31 - 1,
    ]);
    expect(call('months', MONTHS, [I64, [-13n, 2n ** 31n]])).toEqual([-13, null]);
  });
});

describe('add_time', () => {
  function add(type: typeof DAYS, delta: bigint | number | null, time: bigint | null): unknown {
    return call('add_time', TIMESTAMP_NS, [type, [delta]], [TIMESTAMP_NS, [time]])[0];
  }

  it('gives the examples of the catalogue', () => {
    expect(add(SECONDS, 90n, ONE)).toBe(at('2024-03-15T13:47:00'));
    expect(add(DAYS, 20, ONE)).toBe(at('2024-04-04T13:45:30'));
    expect(add(MONTHS, -13, ONE)).toBe(at('2023-02-15T13:45:30'));
    expect(add(MONTHS, 1, at('2024-01-31'))).toBe(at('2024-02-29T00:00:00'));
  });

  it('clamps to the last day and keeps the time of day', () => {
    expect(add(MONTHS, 1, at('2023-01-31T12:34:56.000000007'))).toBe(
      at('2023-02-28T12:34:56.000000007'),
    );
    expect(add(MONTHS, -1, at('1970-03-31'))).toBe(at('1970-02-28'));
  });

  it('is null for null and on overflow', () => {
    expect(add(SECONDS, null, ONE)).toBe(null);
    expect(add(SECONDS, 1n, null)).toBe(null);
    expect(add(scalar('duration_ns'), 1n, 2n ** 63n - 1n)).toBe(null);
    expect(add(scalar('duration_ns'), -1n, -(2n ** 63n))).toBe(null);
    expect(add(SECONDS, 2n ** 60n, 0n)).toBe(null);
    expect(add(MONTHS, 2 ** 31 - 1, ONE)).toBe(null);
    expect(add(DAYS, 2 ** 31 - 1, ONE)).toBe(null);
    expect(call('add_time', TIMESTAMP_NS, [scalar('null'), [null]], [TIMESTAMP_NS, [ONE]])).toEqual(
      [null],
    );
  });
});

describe('differences', () => {
  function between(fn: string, type: typeof DAYS, from: bigint, to: bigint): unknown {
    return call(fn, type, [TIMESTAMP_NS, [from]], [TIMESTAMP_NS, [to]])[0];
  }

  it('gives the published vectors', () => {
    expect(
      between('days_between', DAYS, at('1996-06-21T00:00:00'), at('1996-06-19T05:00:00')),
    ).toBe(-1);
    expect(between('months_between', MONTHS, at('1996-05-21'), at('1996-06-20'))).toBe(1);
    expect(
      between('seconds_between', SECONDS, at('1996-05-21T23:00:00'), at('1996-06-20T00:00:00')),
    ).toBe(2_509_200n);
    expect(between('seconds_between', SECONDS, ONE, at('2024-03-15T13:45:31.9'))).toBe(1n);
    expect(between('days_between', DAYS, ONE, at('2024-03-17T00:00:00'))).toBe(1);
    expect(between('months_between', MONTHS, at('2023-12-31'), ONE)).toBe(3);
  });

  it('truncates the exact difference toward zero on either side of the epoch', () => {
    const second = 1_000_000_000n;
    for (const from of [-2_300_000_000n, -700_000_000n, 0n, 300_000_000n, 1_900_000_000n]) {
      for (const to of [-3_100_000_000n, -200_000_000n, 0n, 700_000_000n, 5_000_000_001n]) {
        expect(between('seconds_between', SECONDS, from, to)).toBe((to - from) / second);
      }
    }
    const [min, max] = [-(2n ** 63n), 2n ** 63n - 1n];
    expect(between('seconds_between', SECONDS, min, max)).toBe((max - min) / second);
  });
});
