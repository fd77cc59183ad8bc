/** partitioning.md, section 5: facts, frontier, ties, shifts, lookups and isolation, with rows derived by hand. */
import { describe, expect, test } from 'vitest';
import type { Tuning } from '../../../shared/wire/query-request.ts';
import type { Question, TestTable } from './ask.ts';
import { ask, csv, rows, sameForAll } from './ask.ts';

const CUTS: readonly Tuning[] = [
  { ranges: 4, slices: 1, batchRows: 1 },
  { ranges: 1, slices: 5, batchRows: 1 },
  { ranges: 16, slices: 8, batchRows: 4096 },
  // Lookups by requests and answers too: small foreign sides are broadcast.
  { ranges: 4, slices: 5, batchRows: 7, disableRules: ['broadcast'] },
];

/** The rows of the uncut query, which every cutting gives too. */
async function answer(question: Question): Promise<string[]> {
  await sameForAll(question, CUTS);
  return rows(question);
}

function table(name: string, header: string, lines: readonly string[]): TestTable {
  return { name, files: [csv(header, lines)] };
}

/** partitioning.md 4.5: bob holds the last event. */
const LAST_BY_BOB = table('T', 'x', ['10:00:30,0,ann,1', '10:02:10,0,bob,2']);

describe('facts', () => {
  test('the last event of another entity makes ticks go on', async () => {
    expect(
      await answer({ tables: [LAST_BY_BOB], query: '{ t: sum(T.x) } | when(minutely())' }),
    ).toEqual(['10:01:00 MAX ann | 1', '10:02:00 MAX ann | 1']);
  });

  test.each([
    ['before an event', '10:02:09', []],
    ['on an event', '10:02:10', ['10:02:10.000000001 MAX ann | 1']],
    ['after all events', '10:30:00', ['10:30:00.000000001 MAX ann | 1']],
  ])('ticks end with the last event that final_at keeps: %s', async (_, at, expected) => {
    expect(
      await answer({
        tables: [LAST_BY_BOB],
        query: '{ t: sum(T.x) } | when(minutely())',
        results: 'final',
        finalAt: `2024-01-01T${at}Z`,
      }),
    ).toEqual(expected);
  });

  test('a final result is dated by the last event of all, kept by the query or not', async () => {
    const query = '{ x: T.x } | when(T.x == 1)';
    expect(await answer({ tables: [LAST_BY_BOB], query, results: 'final' })).toEqual([
      '10:02:10.000000001 MAX ann | 1',
    ]);
  });

  test('one entity asked for by key: the same final date and rows, read from one bucket', async () => {
    const query = '{ x: sum(T.x) } | when(T.who == "ann")';
    const expected = ['10:02:10.000000001 MAX ann | 1'];
    expect(await rows({ tables: [LAST_BY_BOB], query, results: 'final' })).toEqual(expected);
    expect(await rows({ tables: [LAST_BY_BOB], query })).toEqual(['10:00:30 0 ann | 1']);
    const tuning = { disableRules: ['all'] };
    expect(await rows({ tables: [LAST_BY_BOB], query, results: 'final', tuning })).toEqual(
      expected,
    );
  });

  test('ticks over shifted rows go on to the last target; final results are dated by it', async () => {
    const T = table('T', 'x', ['10:00:00,0,ann,1', '10:01:00,0,ann,2', '10:02:00,0,ann,3']);
    expect(
      await answer({
        tables: [T],
        query: '{ l: last(T.x | shift_by(seconds(150))) } | when(minutely())',
      }),
    ).toEqual(['10:03:00 MAX ann | 1', '10:04:00 MAX ann | 2']);
    expect(
      await answer({
        tables: [T],
        query: '{ f: last(T.x) | when(finished()), s: T.x | shift_by(seconds(150)) }',
      }),
    ).toEqual([
      '10:02:00.000000001 MAX ann | 3, ',
      '10:02:30 0 ann | , 1',
      '10:03:30 1 ann | , 2',
      '10:04:30 2 ann | , 3',
    ]);
    expect(
      await answer({ tables: [T], query: '{ s: T.x | shift_by(seconds(150)) }', results: 'final' }),
    ).toEqual(['10:04:30.000000001 MAX ann | 3']);
  });

  test('ticks over filtered rows: keys are those kept, the end is that of all', async () => {
    const T = table('T', 'x', ['10:00:30,0,ann,1', '10:00:40,0,bob,9', '10:02:10,0,cy,1']);
    expect(
      await answer({
        tables: [T],
        query: '{ n: count(T | when(T.x > 5), window = since(minutely())) }',
      }),
    ).toEqual(['10:00:40 0 bob | 1', '10:01:00 MAX bob | 1', '10:02:00 MAX bob | 0']);
  });

  test('ticks over re-keyed rows', async () => {
    const T = table('T', 'k', ['10:00:30,0,ann,x', '10:00:40,0,bob,y', '10:02:10,0,cy,y']);
    expect(
      await answer({ tables: [T], query: '{ n: count(with_key(T.k, T.who)) } | when(minutely())' }),
    ).toEqual([
      '10:01:00 MAX x | 1',
      '10:01:00 MAX y | 1',
      '10:02:00 MAX x | 1',
      '10:02:00 MAX y | 1',
    ]);
  });

  test('an entity that comes late, and slices without any event', async () => {
    const T = table('T', 'x', ['10:00:00,0,ann,1', '16:00:00,0,bob,2', '16:00:00,0,ann,3']);
    expect(
      await answer({
        tables: [T],
        query: '{ s: sum(T.x), n: count(T, window = since(hourly())) } | when(hourly())',
      }),
    ).toEqual([
      '10:00:00 MAX ann | 1, 1',
      ...[11, 12, 13, 14, 15].map((hour) => `${hour}:00:00 MAX ann | 1, 0`),
      '16:00:00 MAX ann | 4, 1',
      '16:00:00 MAX bob | 2, 1',
    ]);
  });
});

describe('frontier', () => {
  const lines = Array.from(
    { length: 40 },
    (_, at) => `10:${String(at).padStart(2, '0')}:00,0,u${at % 7},${at}`,
  );
  const T = table('T', 'x', lines);

  test.each([
    '{ x: T.x, s: sum(T.x) }',
    '{ x: T.x | shift_by(seconds(600)), y: T.x }',
    '{ x: T.x | shift_to("2024-01-01T10:20:00") , y: T.x }',
    '{ l: lookup(T.who, sum(T.x)), n: count(T) }',
  ])('a preview is exactly the first n rows, of %s', async (query) => {
    const whole = (await ask({ tables: [T], query })).split('\n');
    for (const limit of [1, 7, 39, 1_000]) {
      for (const tuning of [
        {},
        { slices: 8, ranges: 4 },
        { slices: 40, ranges: 1, batchRows: 1 },
      ]) {
        const some = (await ask({ tables: [T], query, limit, tuning })).split('\n');
        expect(some.filter(Boolean)).toEqual(whole.slice(0, limit + 1).filter(Boolean));
      }
    }
  });

  test('events after a cut change nothing before it', async () => {
    const query =
      '{ x: T.x, s: sum(T.x), d: T.x | shift_by(seconds(90)), l: lookup(T.who, last(T.x)) }';
    const whole = await rows({ tables: [T], query, tuning: { slices: 7 } });
    for (const count of [5, 20, 33]) {
      const prefix = table('T', 'x', lines.slice(0, count));
      const cut = `10:${String(count).padStart(2, '0')}:00`;
      const before = (all: readonly string[]): string[] => all.filter((row) => row < cut);
      expect(before(await rows({ tables: [prefix], query, tuning: { ranges: 2 } }))).toEqual(
        before(whole),
      );
    }
  });
});

describe('ties', () => {
  test('the same triple twice in one table stays two rows that pair with themselves', async () => {
    const T = table('T', 'x', ['10:00:00,5,ann,1', '10:00:00,5,ann,2']);
    expect(
      await answer({ tables: [T], query: '{ x: T.x, y: T.x * 10 | when(T.x > 1), s: sum(T.x) }' }),
    ).toEqual(['10:00:00 5 ann | 1, , 1', '10:00:00 5 ann | 2, 20, 3']);
  });

  test('in two files of a table they are two rows, in two tables they are one', async () => {
    const one = csv('x', ['10:00:00,5,ann,1']);
    const two = csv('x', ['10:00:00,5,ann,2']);
    const both = await answer({
      tables: [{ name: 'T', files: [one, two] }],
      query: '{ x: T.x, n: count(T) }',
    });
    expect(both.map((row) => row.split(' | ')[0])).toEqual(['10:00:00 5 ann', '10:00:00 5 ann']);
    expect(both.map((row) => row.split(', ')[1])).toEqual(['1', '2']);
    expect(
      await answer({
        tables: [
          { name: 'A', files: [one] },
          { name: 'B', files: [two] },
        ],
        query: '{ a: A.x, b: B.x }',
      }),
    ).toEqual(['10:00:00 5 ann | 1, 2']);
  });

  test('default subsorts of two tables never pair rows (4.1)', async () => {
    const A = { name: 'A', subsort: null, files: ['at,who,n\n2024-01-01T10:00:00,ann,1\n'] };
    const B = { name: 'B', subsort: null, files: ['at,who,m\n2024-01-01T10:00:00,ann,9\n'] };
    const both = await rows({ tables: [A, B], query: '{ n: A.n, m: B.m }' });
    expect(new Set(both.map((row) => row.split(' | ')[1]))).toEqual(new Set([', 9', '1, ']));
  });

  test('collisions after re-keying stand in order of the old hash (4.3)', async () => {
    const Buy = table('Buy', 'item,qty', [
      '10:00:00,0,bob,x,1',
      '10:00:00,0,ann,x,2',
      '10:00:00,0,cy,x,4',
    ]);
    expect(
      await answer({
        tables: [Buy],
        query: 'with_key(Buy.item, Buy.qty) | { q: $input, s: sum($input) }',
      }),
    ).toEqual(['10:00:00 0 x | 2, 2', '10:00:00 0 x | 1, 3', '10:00:00 0 x | 4, 7']);
  });

  test('a re-keyed row pairs with a row of the table that has its key, by ordinal', async () => {
    const Buy = table('Buy', 'item', ['10:00:00,0,ann,x', '10:00:00,0,bob,x']);
    const Item = { ...table('Item', 'p', ['10:00:00,0,x,7']), grouping: 'item' };
    expect(
      await answer({
        tables: [Buy, Item],
        query: 'let b = with_key(Buy.item, Buy.who, grouping = "item") in { b, p: Item.p }',
      }),
    ).toEqual(['10:00:00 0 x | ann, 7', '10:00:00 0 x | bob, ']);
  });

  test('a lookup sees foreign rows at exactly its (time, subsort); of two the last (4.4, R5)', async () => {
    const Names = {
      ...table('Names', 'name', [
        '10:00:00,0,x,early',
        '10:00:00,1,x,tie',
        '10:00:00,1,x,tie2',
        '10:00:00,2,x,late',
      ]),
      grouping: 'code',
    };
    const Ask = table('Ask', 'k', [
      '09:00:00,0,ann,x',
      '10:00:00,1,ann,x',
      '10:00:00,1,bob,x',
      '10:00:00,2,ann,x',
      '11:00:00,0,ann,x',
      '11:00:00,1,ann,',
      '11:00:00,2,ann,unknown',
    ]);
    expect(
      await answer({
        tables: [Names, Ask],
        query:
          '{ exact: lookup(Ask.k, Names.name), last: lookup(Ask.k, last(Names.name)), n: lookup(Ask.k, count(Names)) }',
      }),
    ).toEqual([
      '09:00:00 0 ann | , , ',
      '10:00:00 1 ann | tie2, tie2, 3',
      '10:00:00 1 bob | tie2, tie2, 3',
      '10:00:00 2 ann | late, late, 4',
      '11:00:00 0 ann | , late, 4',
      '11:00:00 1 ann | , , ',
      '11:00:00 2 ann | , , ',
    ]);
  });

  test('times before 1970 come first, in their order', async () => {
    const T = table('T', 'x', [
      '1969-12-31T23:59:59,0,ann,1',
      '1969-12-31T23:59:58,0,ann,2',
      '1970-01-01T00:00:00,0,ann,3',
    ]);
    expect(
      (
        await answer({
          tables: [T],
          query: '{ x: T.x, s: sum(T.x), d: T.x | shift_by(seconds(1)) }',
        })
      ).map((row) => row.split(' | ')[1]),
    ).toEqual(['2, 2, ', '1, 3, 2', '3, 6, ', ', 6, 1', ', 6, 3']);
  });
});

describe('shifts', () => {
  const ANN = [
    '10:00:00,0,ann,1',
    '10:01:00,5,ann,2',
    '10:02:00,1,ann,3',
    '10:03:00,5,ann,4',
    '10:04:00,5,ann,5',
  ];
  const query = '{ now: Buy.qty, was: Buy.qty | shift_by(seconds(60)) }';

  test('adding an entity changes no other’s rows (4.2)', async () => {
    const alone = await answer({ tables: [table('Buy', 'qty', ANN)], query });
    expect(alone.filter((row) => row.startsWith('10:02:00'))).toEqual(['10:02:00 1 ann | 3, 2']);
    const more = await answer({
      tables: [table('Buy', 'qty', [...ANN, '10:00:30,0,bob,9'])],
      query,
    });
    expect(more.filter((row) => row.includes(' ann '))).toEqual(alone);
  });

  test('of one entity and time: source order', async () => {
    const T = table('T', 'x,to', [
      '10:00:00,3,ann,1,2024-01-01T10:05:00Z',
      '10:00:00,1,ann,2,2024-01-01T10:05:00Z',
      '10:01:00,0,ann,3,2024-01-01T10:04:00Z',
      '10:02:00,0,bob,4,2024-01-01T10:05:00Z',
    ]);
    expect(await answer({ tables: [T], query: '{ x: T.x | shift_to(T.to) }' })).toEqual([
      '10:04:00 0 ann | 3',
      '10:05:00 0 bob | 4',
      '10:05:00 1 ann | 2',
      '10:05:00 2 ann | 1',
    ]);
  });

  test('a shift of a shift', async () => {
    const T = table('T', 'x', ['10:00:00,0,ann,1', '10:00:10,0,ann,2', '10:00:10,0,bob,3']);
    expect(
      await answer({
        tables: [T],
        query:
          '{ x: T.x | shift_by(seconds(60)) | shift_to("2024-01-01T10:01:30") | shift_by(days(1)) }',
      }),
    ).toEqual([
      '2024-01-02T10:01:30 0 ann | 1',
      '2024-01-02T10:01:30 0 bob | 3',
      '2024-01-02T10:01:30 1 ann | 2',
    ]);
  });
});

describe('lookups', () => {
  const lines = Array.from({ length: 60 }, (_, at) => {
    const peer =
      at % 10 < 3 ? 'u0' : at % 10 === 4 ? '' : at % 10 === 5 ? 'nobody' : `u${(at * 3) % 11}`;
    return `10:${String(at).padStart(2, '0')}:00,${at % 3},u${at % 11},${peer},${at}`;
  });
  const T = table('T', 'peer,x', lines);

  /** The rows as a loop over the events gives them. */
  function expected(value: (key: string, until: number) => string): string[] {
    return lines.map((line, at) => {
      const [time, seq, who, peer] = line.split(',') as [string, string, string, string];
      return `${time} ${seq} ${who} | ${value(peer, at)}`;
    });
  }
  const lastOf = (key: string, until: number): string => {
    const seen = lines.slice(0, until + 1).map((line) => line.split(','));
    return seen.findLast(([, , who]) => who === key)?.[4] ?? '';
  };
  const sumOf = (key: string, until: number): string => {
    const mine = lines
      .slice(0, until + 1)
      .map((line) => line.split(','))
      .filter(([, , who]) => who === key);
    return mine.length === 0 ? '' : String(mine.reduce((sum, cells) => sum + Number(cells[4]), 0));
  };

  test('of itself, with a hot key, null and unknown keys', async () => {
    expect(await answer({ tables: [T], query: '{ s: lookup(T.peer, sum(T.x)) }' })).toEqual(
      expected(sumOf),
    );
  });

  test('a chain', async () => {
    const peerOf = (key: string, until: number): string => {
      const mine = lines
        .slice(0, until + 1)
        .map((line) => line.split(','))
        .filter(([, , who]) => who === key);
      return mine.at(-1)?.[3] ?? '';
    };
    expect(
      await answer({
        tables: [T],
        query: '{ x: lookup(lookup(T.peer, last(T.peer)), last(T.x)) }',
      }),
    ).toEqual(expected((key, until) => lastOf(peerOf(key, until), until)));
  });

  test('one inside the foreign side of another', async () => {
    expect(
      await answer({ tables: [T], query: '{ x: lookup(T.peer, last(lookup(T.peer, sum(T.x)))) }' }),
    ).toHaveLength(lines.length);
  });

  test('of a shifted foreign side: what has arrived by then', async () => {
    expect(
      await answer({
        tables: [T],
        query: '{ x: lookup(T.peer, last(T.x | shift_by(seconds(600)))) }',
      }),
    ).toHaveLength(lines.length);
    // Shifted rows have small subsorts: they are seen by requests at their time whose subsort is not smaller.
    const late = await rows({
      tables: [T],
      query: '{ x: lookup(T.who, last(T.x | shift_by(seconds(601)))) }',
    });
    expect(late).toEqual(
      lines.map((line, at) => {
        const [time, seq, who] = line.split(',') as [string, string, string];
        return `${time} ${seq} ${who} | ${at < 11 ? '' : lastOf(who, at - 11)}`;
      }),
    );
  });

  test('of a re-keyed foreign side', async () => {
    const query =
      'let by = with_key(T.peer, T.x, grouping = "who") in { n: lookup(T.who, count(by)) }';
    const counts = (who: string, until: number): string => {
      const mine = lines.slice(0, until + 1).filter((line) => line.split(',')[3] === who);
      return mine.length === 0 ? '' : String(mine.length);
    };
    expect(await answer({ tables: [T], query })).toEqual(
      lines.map((line, at) => {
        const [time, seq, who] = line.split(',') as [string, string, string];
        return `${time} ${seq} ${who} | ${counts(who, at)}`;
      }),
    );
  });

  test('a filter on the requester’s key does not filter the foreign side', async () => {
    const query = '{ s: lookup(T.peer, sum(T.x)) } | when(T.who == "u1")';
    expect(await answer({ tables: [T], query })).toEqual(
      expected(sumOf).filter((row) => row.includes(' u1 | ')),
    );
  });
});

test('isolation: without lookups and a new last time, another entity changes nothing', async () => {
  const lines = Array.from(
    { length: 30 },
    (_, at) => `10:${String(at).padStart(2, '0')}:00,${at % 2},u${at % 3},${at}`,
  );
  const query = `{ x: T.x, s: sum(T.x, window = since(minutely())), d: T.x | shift_by(seconds(61)),
    h: T.x | shift_until(T.x > 20), l: lag(2, T.x) }`;
  const whole = await answer({ tables: [table('T', 'x', lines)], query });
  const without = lines.filter((line, at) => !line.includes(',u1,') || at === lines.length - 1);
  const rest = await answer({ tables: [table('T', 'x', without)], query });
  expect(rest.filter((row) => !row.includes(' u1 '))).toEqual(
    whole.filter((row) => !row.includes(' u1 ')),
  );
});

test('two keys of a re-keyed side with one hash are an error that names both', async () => {
  // The hash of a record does not tell apart (1, 2) and (2, 1) (language.md, appendix A).
  const F = table('F', 'a,b', ['10:00:00,0,ann,1,2', '10:01:00,0,bob,2,1']);
  await expect(
    rows({ tables: [F], query: '{ n: count(with_key({ a: F.a, b: F.b }, F.who)) }' }),
  ).rejects.toMatchObject({
    class: 'data',
    code: 'KEY_HASH_COLLISION',
  });
});
