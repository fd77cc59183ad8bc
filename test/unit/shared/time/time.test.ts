import { describe, expect, it } from 'vitest';
import {
  addMonthsToDay,
  dayOfDate,
  dayOfHalves,
  dayOfTime,
  daysInMonth,
  firstDayOfMonth,
  monthOfDay,
} from '../../../../shared/time/calendar.ts';
import { parseTimestamp } from '../../../../shared/time/parse-timestamp.ts';
import {
  printTimestamp,
  TIMESTAMP_TEXT_BYTES,
  writeTimestampNs,
} from '../../../../shared/time/print-timestamp.ts';
import {
  countTickBoundaries,
  nextTickBoundary,
  tickBoundaries,
  tickCuts,
} from '../../../../shared/time/ticks.ts';
import type { CalendarTick } from '../../../../shared/time/ticks.ts';

const SECOND = 1_000_000_000n;
const MIN64 = -(2n ** 63n);
const MAX64 = 2n ** 63n - 1n;

function at(text: string): bigint {
  const time = parseTimestamp(text);
  if (time === null) throw new Error(`no timestamp: ${text}`);
  return time;
}

describe('calendar', () => {
  it('agrees with the dates of the platform for every day of 1670 to 2270 and its months', () => {
    const first = dayOfDate(1670, 1, 1);
    expect(first).toBe(Date.UTC(1670, 0, 1) / 86_400_000);
    for (let day = first; day < dayOfDate(2270, 1, 1); day++) {
      const date = new Date(day * 86_400_000);
      const month = monthOfDay(day);
      if (
        month !== date.getUTCFullYear() * 12 + date.getUTCMonth() ||
        day - firstDayOfMonth(month) + 1 !== date.getUTCDate()
      ) {
        expect.fail(`day ${day}`);
      }
    }
  });

  it('finds the day of instants around midnight and at both ends of int64', () => {
    const times = [MIN64, MIN64 + 1n, MAX64, -1n, 0n, 1n];
    for (const day of [-106_751n, -1n, 0n, 1n, 19_723n, 106_751n]) {
      times.push(day * 86_400n * SECOND - 1n, day * 86_400n * SECOND);
    }
    for (const time of times.filter((t) => t >= MIN64 && t <= MAX64)) {
      const halves = new Int32Array(new BigInt64Array([time]).buffer);
      const width = 86_400n * SECOND;
      const expected = Number((time - (((time % width) + width) % width)) / width);
      expect(dayOfHalves(halves[0]!, halves[1]!)).toBe(expected);
      expect(dayOfTime(time)).toBe(expected);
    }
  });

  it('clamps months to their last day', () => {
    expect(daysInMonth(2024 * 12 + 1)).toBe(29);
    expect(daysInMonth(1900 * 12 + 1)).toBe(28);
    expect(addMonthsToDay(dayOfDate(2024, 1, 31), 1)).toBe(dayOfDate(2024, 2, 29));
    expect(addMonthsToDay(dayOfDate(2024, 3, 31), -13)).toBe(dayOfDate(2023, 2, 28));
  });
});

describe('parseTimestamp', () => {
  it.each([
    ['1970-01-01', 0n],
    ['1970-01-01T00:00:01', SECOND],
    ['1970-01-01t00:00:01Z', SECOND],
    ['1970-01-01 000001', SECOND],
    ['1970-01-01T00:00:00.5', SECOND / 2n],
    ['1970-01-01T00:00:00.0000000019', 1n],
    ['1970-01-01T01:00:00+01:00', 0n],
    ['1970-01-01T01:00:00 +0130', -1800n * SECOND],
    ['1969-12-31T16:00:00-08', 0n],
    ['1969-12-31T16:00:00.25-08:00', SECOND / 4n],
    ['1996-12-19T16:39:57-08:00', 851_042_397n * SECOND],
    ['1677-09-21T00:12:43.145224192', MIN64],
    ['2262-04-11T23:47:16.854775807', MAX64],
  ])('reads %s', (text, time) => {
    expect(parseTimestamp(text)).toBe(time);
  });

  it.each([
    '',
    '2004-12-1',
    '2024-02-30',
    '2023-02-29',
    '2024-13-01',
    '2024-00-01',
    '2024-01-00',
    '2024-01-01T',
    '2024-01-01T10',
    '2024-01-01T10:00',
    '2024-01-01T24:00:00',
    '2024-01-01T10:60:00',
    '2024-01-01T10:00:61',
    '2024-01-01T10:00:00.',
    '2024-01-01T10:00:00 ',
    '2024-01-01T10:00:00  Z',
    '2024-01-01T10:00:00ZZ',
    '2024-01-01T10:00:00+1',
    '2024-01-01T10:00:00+1:00',
    '2024-01-01T10:00:00+01:',
    '2024-01-01T10:00:00 PST',
    '2024-01-01T10:0000',
    '2024/01/01',
    ' 2024-01-01',
    '2024-01-01Z',
    '2262-04-11T23:47:16.854775808',
    '0001-01-01',
  ])('refuses %j', (text) => {
    expect(parseTimestamp(text)).toBe(null);
  });
});

describe('printing', () => {
  it('is undone by parsing, in both forms', () => {
    for (const time of [MIN64, MAX64, -1n, 0n, 1n, 951_782_400n * SECOND + 123_456_789n]) {
      const text = printTimestamp(time, 'ns', 'fixed');
      expect(parseTimestamp(text)).toBe(time);
      expect(parseTimestamp(printTimestamp(time, 'ns', 'shortest'))).toBe(time);
      const bytes = new Uint8Array(TIMESTAMP_TEXT_BYTES);
      const halves = new Int32Array(new BigInt64Array([time]).buffer);
      writeTimestampNs(halves[0]!, halves[1]!, bytes, 0);
      expect(new TextDecoder().decode(bytes)).toBe(text);
    }
  });

  it('writes years outside of four digits with a sign', () => {
    expect(printTimestamp(253_402_300_800n, 's', 'shortest')).toBe('+10000-01-01T00:00:00');
    expect(printTimestamp(-62_198_755_200n, 's', 'shortest')).toBe('-0001-01-01T00:00:00');
  });
});

describe('ticks', () => {
  it.each<[CalendarTick, string]>([
    ['minutely', '2024-03-15T13:46:00'],
    ['hourly', '2024-03-15T14:00:00'],
    ['daily', '2024-03-16'],
    ['monthly', '2024-04-01'],
    ['yearly', '2025-01-01'],
  ])('%s: the next boundary, inclusive and exact', (kind, next) => {
    const boundary = at(next);
    expect(nextTickBoundary(kind, at('2024-03-15T13:45:30'))).toBe(boundary);
    expect(nextTickBoundary(kind, boundary)).toBe(boundary);
    expect(nextTickBoundary(kind, boundary + 1n)).toBeGreaterThan(boundary);
    expect(nextTickBoundary(kind, boundary - 1n)).toBe(boundary);
  });

  it('includes both ends', () => {
    const from = at('2024-01-31');
    expect([...tickBoundaries('daily', from, at('2024-02-02'))]).toEqual([
      from,
      at('2024-02-01'),
      at('2024-02-02'),
    ]);
    expect([...tickBoundaries('monthly', from, at('2024-03-01'))]).toEqual([
      at('2024-02-01'),
      at('2024-03-01'),
    ]);
    expect(countTickBoundaries('yearly', at('1960-01-01'), at('1971-06-01'))).toBe(12);
    expect(countTickBoundaries('hourly', from, from - 1n)).toBe(0);
    expect(countTickBoundaries('minutely', 1n, SECOND)).toBe(0);
  });

  it('works before the epoch and to the ends of int64', () => {
    expect(nextTickBoundary('daily', -1n)).toBe(0n);
    expect(nextTickBoundary('daily', -86_400n * SECOND - 1n)).toBe(-86_400n * SECOND);
    expect(countTickBoundaries('yearly', MIN64, MAX64)).toBe(2262 - 1678 + 1);
    const years = tickBoundaries('yearly', MIN64, MAX64);
    expect(years[0]).toBe(at('1678-01-01'));
    expect(years.at(-1)).toBe(at('2262-01-01'));
  });

  it('cuts so that no part has more boundaries than asked', () => {
    const from = at('2024-01-01');
    expect(tickCuts('daily', from, at('2024-01-05'), 2)).toEqual([
      at('2024-01-03'),
      at('2024-01-05'),
    ]);
    expect(tickCuts('daily', from, at('2024-01-05'), 5)).toEqual([]);
  });
});
