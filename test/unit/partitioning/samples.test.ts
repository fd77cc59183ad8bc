/** language.md 8.5: a query over a part of the entities is that query over the events of these entities. */
import { describe, expect, test } from 'vitest';
import type { SampleSpec, Tuning } from '../../../shared/wire/query-request.ts';
import { splitCsv } from '../../support/oracle/load-csv.ts';
import type { Question, TestTable } from './ask.ts';
import { ask, csv, rows, sameForAll } from './ask.ts';

const CUTS: readonly Tuning[] = [
  { ranges: 4, slices: 1, batchRows: 1 },
  { ranges: 1, slices: 5, batchRows: 7 },
  { ranges: 16, slices: 8, batchRows: 4096, disableRules: ['all'] },
];

const USERS = 40;

/** Events of 40 users, of whom each looks at another. */
const LINES = Array.from({ length: 160 }, (_, n) => {
  const time = `1${Math.floor(n / 60)}:${String(n % 60).padStart(2, '0')}:30`;
  return `${time},0,u${(n * 7) % USERS},${n % 9},u${(n * 11 + 3) % USERS}`;
});
const T: TestTable = { name: 'T', files: [csv('x,peer', LINES)] };

/** T with the events of some users only. */
function eventsOf(isKept: (key: string) => boolean): TestTable {
  const lines = LINES.filter((line) => isKept(line.split(',')[2]!));
  return { name: 'T', files: [csv('x,peer', lines)] };
}

/** The users whose hash is in the lowest `percent` of all hashes. */
async function lowest(percent: number): Promise<ReadonlySet<string>> {
  const [, ...lines] = splitCsv(await ask({ tables: [T], query: '{ x: T.x }' }));
  const highest = (2n ** 64n - 1n) * BigInt(percent * 10) + 500n;
  const kept = lines.filter(([, , hash]) => BigInt(hash!) <= highest / 1000n);
  return new Set(kept.map(([, , , key]) => key!));
}

const QUERIES: readonly Omit<Question, 'tables'>[] = [
  { query: '{ x: T.x, s: sum(T.x) }' },
  { query: '{ s: sum(T.x), l: last(T.peer) }', results: 'final' },
  { query: '{ s: sum(T.x) } | when(T.x > 4)', results: 'final' },
  {
    query: '{ n: count(T) } | when(T.at < ("2024-01-01T10:40:00" as timestamp_ns))',
    results: 'final',
  },
  { query: '{ s: sum(T.x) }', results: 'final', finalAt: '2024-01-01T11:00:00' },
  { query: '{ n: count(T, window = since(minutely())), f: T.x | when(finished()) }' },
  { query: '{ n: count(T, window = since(hourly())) } | when(hourly())' },
  { query: '{ x: T.x | shift_by(seconds(100)), h: T.x | shift_until(T.x > 6) }' },
  { query: 'with_key(T.peer, T.x) | { s: sum($input) }' },
];

describe('a sample', () => {
  test.each(QUERIES)('of a percentage: $query', async (question) => {
    const kept = await lowest(30);
    expect(kept.size).toBeGreaterThan(3);
    expect(kept.size).toBeLessThan(30);
    const sample = { percent: 30 };
    const answer = await sameForAll({ tables: [T], ...question, sample }, CUTS);
    expect(answer).toBe(await ask({ tables: [eventsOf((key) => kept.has(key))], ...question }));
  });

  test.each(QUERIES)('of some entities: $query', async (question) => {
    const sample = { keys: ['u3', 'u17', 'nobody', 'u3'] };
    const answer = await sameForAll({ tables: [T], ...question, sample }, CUTS);
    const kept = eventsOf((key) => key === 'u3' || key === 'u17');
    expect(answer).toBe(await ask({ tables: [kept], ...question }));
  });

  test('of all is the query itself', async () => {
    const question = { tables: [T], query: '{ s: sum(T.x) }' };
    expect(await ask({ ...question, sample: { percent: 100 } })).toBe(await ask(question));
  });

  test('leaves what is looked up whole, in the same table too', async () => {
    const query = '{ l: lookup(T.peer, sum(T.x)), x: T.x }';
    const sample = { keys: ['u3'] };
    const all = await rows({ tables: [T], query });
    const kept = all.filter((row) => row.includes(' u3 |'));
    expect(kept.length).toBe(4);
    await sameForAll({ tables: [T], query, sample }, CUTS);
    expect(await rows({ tables: [T], query, sample })).toEqual(kept);
  });

  test('leaves tables of another grouping whole', async () => {
    const visits: TestTable = {
      name: 'V',
      grouping: 'place',
      files: [csv('guest', ['10:00:00,0,rome,u3', '10:00:10,0,oslo,u4'])],
    };
    const query = '{ s: sum(T.x), n: count(with_key(V.guest, V, grouping = "who")) }';
    const kept = eventsOf((key) => key === 'u3');
    const sample = { keys: ['u3'] };
    expect(await ask({ tables: [T, visits], query, sample })).toBe(
      await ask({ tables: [kept, visits], query }),
    );
  });

  test('takes keys of other types as text', async () => {
    const numbers: TestTable = {
      name: 'N',
      files: [csv('x', ['10:00:00,0,7,1', '10:00:10,0,8,2', '10:00:20,0,7,3'])],
    };
    const question = { tables: [numbers], query: '{ s: sum(N.x) }' };
    expect(await rows({ ...question, sample: { keys: ['7'] } })).toEqual([
      '10:00:00 0 7 | 1',
      '10:00:20 0 7 | 4',
    ]);
    await expect(ask({ ...question, sample: { keys: ['seven'] } })).rejects.toMatchObject({
      class: 'user',
      code: 'SAMPLE_KEY',
    });
  });

  test.each<SampleSpec>([
    { percent: 0 },
    { percent: 0.05 },
    { percent: 101 },
    { percent: NaN },
    { keys: [] },
  ])('that makes no sense is refused: %j', async (sample) => {
    const question = { tables: [T], query: '{ s: sum(T.x) }', sample };
    await expect(ask(question)).rejects.toMatchObject({ code: 'SAMPLE_INVALID', class: 'user' });
  });

  test('has states of its own', async () => {
    const question = { tables: [T], query: '{ s: sum(T.x) }', results: 'final' } as const;
    const sample = { percent: 50 };
    const answer = await ask({ ...question, sample, saveState: 'half' });
    expect(await ask({ ...question, sample, resumeState: 'half' })).toBe(answer);
    await expect(ask({ ...question, resumeState: 'half' })).rejects.toMatchObject({
      code: 'STATE_UNFIT',
    });
  });
});
