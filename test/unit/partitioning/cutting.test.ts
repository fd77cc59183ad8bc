/** partitioning.md, section 5.1 and 5.9: no cutting, batch size or order of files changes a byte. */
import { describe, expect, test } from 'vitest';
import type { Tuning } from '../../../shared/wire/query-request.ts';
import type { TestTable } from './ask.ts';
import { ask, csv, sameForAll } from './ask.ts';

/** 60 entities, 3 of them busy, events on boundaries and between, ties and nulls. */
function makeEvents(): { buy: string[]; visit: string[] } {
  const buy: string[] = [];
  const visit: string[] = [];
  let seed = 7;
  const next = (below: number): number => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % below;
  };
  for (let at = 0; at < 160; at++) {
    const minute = String(next(60)).padStart(2, '0');
    const second = next(3) === 0 ? '00' : String(next(60)).padStart(2, '0');
    const who = `u${next(3) === 0 ? next(3) : next(60)}`;
    const day = next(10) === 0 ? '2023-12-31' : '2024-01-0' + (1 + next(3));
    const qty = next(5) === 0 ? '' : String(next(9));
    const line = `${day}T1${next(3)}:${minute}:${second},${next(3)},${who}`;
    buy.push(`${line},${qty},u${next(70)}`);
    if (next(2) === 0) visit.push(`${line},p${next(4)}`);
  }
  return { buy, visit };
}

const EVENTS = makeEvents();
const THIRD = Math.ceil(EVENTS.buy.length / 3);
const BUY_FILES = [0, 1, 2].map((part) =>
  csv('qty,peer', EVENTS.buy.slice(part * THIRD, (part + 1) * THIRD)),
);
const TABLES: readonly TestTable[] = [
  { name: 'Buy', files: BUY_FILES },
  { name: 'Visit', files: [csv('page', EVENTS.visit)] },
];

const RANGES = [1, 2, 16, 256];
const SLICES = [1, 2, 8, 64];
const BATCH_ROWS = [1, 7, 4096];

/** Every value with every other at least once, without the whole product. */
const TUNINGS: readonly Tuning[] = [
  ...RANGES.flatMap((ranges, at) =>
    SLICES.slice(0, 3).map((slices, to) => ({
      ranges: slices === 8 && ranges === 256 ? 16 : ranges,
      slices,
      batchRows: BATCH_ROWS[(at + to) % 3]!,
    })),
  ).filter(({ ranges, slices }) => ranges * slices <= 256),
  ...BATCH_ROWS.map((batchRows) => ({ ranges: 2, slices: 64, batchRows })),
  { ranges: 1, slices: 1, batchRows: 1 },
  { ranges: 1, slices: 1, batchRows: 7 },
];
const SOME: readonly Tuning[] = [
  { ranges: 2, slices: 8, batchRows: 7 },
  { ranges: 16, slices: 2, batchRows: 1 },
  { ranges: 1, slices: 16, batchRows: 1 },
  { ranges: 4, slices: 1, batchRows: 4096 },
];

/** The same with lookups by requests and answers: small foreign sides are broadcast. */
const BY_REQUESTS: readonly Tuning[] = SOME.map((tuning) => ({
  ...tuning,
  disableRules: ['broadcast'],
}));

describe('every cutting gives the same bytes', () => {
  test('aggregations, unions and windows', async () => {
    const query = `{
      qty: Buy.qty, page: Visit.page, total: sum(Buy.qty), views: count(Visit),
      mean: mean(Buy.qty, window = sliding(3, is_valid(Visit))),
      since: sum(Buy.qty, window = since(Buy.qty > 5)), seen: Buy.peer | collect(max = 3), last: lag(1, Buy.qty)
    }`;
    const whole = await sameForAll({ tables: TABLES, query }, TUNINGS);
    expect(whole.split('\n').length).toBeGreaterThan(150);
  });

  test.each([
    ['shifts', '{ a: Buy.qty | shift_by(minutes), b: Buy.qty }'.replace('minutes', 'seconds(95)')],
    [
      'far shifts',
      '{ a: Buy.qty | shift_by(days(2)), b: Buy.qty | shift_by(days(1)) | shift_by(seconds(30)) }',
    ],
    ['held rows', '{ h: Buy.peer | shift_until(Buy.qty > 6), n: count(Buy) }'],
    ['a constant instant', '{ c: Buy.qty | shift_to("2024-01-02T11:00:00"), n: Visit.page }'],
    [
      're-keying',
      'with_key(Buy.peer, { q: Buy.qty, who: Buy.who }) | { t: sum($input.q), who: $input.who, n: count($input) }',
    ],
    [
      'a lookup',
      '{ q: Buy.qty, there: lookup(Buy.peer, sum(Buy.qty)), page: lookup(Buy.peer, Visit.page) }',
    ],
    ['a chain of lookups', '{ far: lookup(lookup(Buy.peer, last(Buy.peer)), count(Visit)) }'],
    [
      'a lookup of a re-keyed side',
      'let by = with_key(Buy.peer, Buy.qty, grouping = "who") in { t: lookup(Buy.peer, sum(by)), n: count(Visit) }',
    ],
    [
      'a lookup of a shifted side',
      '{ late: lookup(Buy.peer, last(Buy.qty | shift_by(seconds(300)))), q: Buy.qty }',
    ],
    ['ticks', '{ n: count(Buy), w: sum(Buy.qty, window = since(hourly())) } | when(hourly())'],
    ['ticks over shifts', '{ n: last(Buy.qty | shift_by(days(1))) } | when(daily())'],
  ])('%s', async (_, query) => {
    const tunings = query.includes('lookup') ? [...SOME, ...BY_REQUESTS] : SOME;
    const whole = await sameForAll({ tables: TABLES, query }, tunings);
    expect(whole.split('\n').length).toBeGreaterThan(10);
  });

  test('final results, at any time', async () => {
    const query =
      '{ n: count(Buy), t: sum(Buy.qty), page: last(Visit.page), h: count(Buy, window = since(hourly())) }';
    await sameForAll({ tables: TABLES, query, results: 'final' }, SOME);
    await sameForAll(
      { tables: TABLES, query, results: 'final', finalAt: '2024-01-02T10:30:00Z' },
      SOME,
    );
  });
});

test('files registered in another order, or cut otherwise, give the same rows', async () => {
  const query = 'with_key(Buy.peer, Buy.qty) | { s: sum($input), l: last($input), q: $input }';
  const [a, b, c] = BUY_FILES as [string, string, string];
  const first = await ask({ tables: [{ name: 'Buy', files: [a, b, c] }], query });
  for (const files of [
    [c, a, b],
    [b, c, a],
  ]) {
    expect(
      await ask({ tables: [{ name: 'Buy', files }], query, tuning: { ranges: 4, slices: 3 } }),
    ).toBe(first);
  }
});

test('every rule left out gives the same rows', async () => {
  const query = `{ n: lookup(Visit.who, Buy.qty), a: Buy.qty | when(time_of(Buy) >= "2024-01-02") , ok: (Visit.page == "p1") and true }`;
  const whole = await ask({ tables: TABLES, query });
  for (const rule of [
    'all',
    'simplify-logic',
    'known-new',
    'known-valid',
    'share-columns',
    'prune-time',
    'prune-entities',
    'drop-unused',
  ]) {
    expect(await ask({ tables: TABLES, query, tuning: { disableRules: [rule] } }), rule).toBe(
      whole,
    );
  }
  // The foreign side of the lookup has rows before the predicate's time.
  const [, ...lines] = whole
    .trim()
    .split('\n')
    .map((line) => line.split(','));
  expect(
    lines.filter(([time, , , , n]) => time! < '2024-01-02' && n !== '').length,
  ).toBeGreaterThan(0);
});
