import { describe, expect, test } from 'vitest';
import { check, problems } from './support.ts';

function notes(query: string): readonly string[] {
  return check(query).diagnostics.flatMap((item) => item.notes);
}

/** The column of a piece of a query. */
function at(query: string, piece: string): number {
  return query.lastIndexOf(piece) + 1;
}

describe('acceptance vectors (language.md 9.3)', () => {
  test.each([
    ['{ a: Num.zzz as i64 }', ['E0001@10']],
    ['{ a: Num.zzz } | last()', ['E0001@10']],
    ['{ a: Num.m as number }', ['E0002@15']],
    ['{ a: Num.m as wibble }', ['E0002@15']],
    ['{ a: Num.key as duration_ns }', ['E0002@17']],
    ['{ a: cel(Num.n) }', ['E0007@6']],
    ['{ a: 1, a: 2, b: 3, b: 4, q: Num.n }', ['E0009@3', 'E0009@15']],
    ['Num.n | extend(Num.m)', ['E0010@16']],
    ['{ a: exp(Str.s) }', ['E0010@6']],
    ['{ a: Str.s + Str.n }', ['E0015@12']],
    ['{ a: Str.s + Str.s }', ['E0010@12']],
    ['{ a: ceil(x = Num.n, x = 5) }', ['E0008@6']],
    ['{ a: ceil(x = Num.n, 5) }', ['E0008@22']],
    ['{ a: coalesce() }', ['E0008@6']],
    ['{ a: ceil(+ Num.n) }', ['E0011@11']],
    ['{ a: ceil(x:) }', ['E0011@12']],
    ['{ a: Num.n', ['E0011@11']],
    ['Num.time', ['E0013@']],
    ['since(Num.m > 10)', ['E0013@']],
    ['{ w: since(Num.m > 10) }', ['E0010@6']],
    ['{ w: null as window, n: Num.n }', ['E0010@6']],
    ['{ w: is_valid(null as window), n: Num.n }', ['E0010@6']],
    ['{ c: count(Num.n, window = null as window) }', []],
    ['{ l: lag(Num.n, Num.n) }', ['E0014@10']],
    ['{ d: seconds_between(Num.time, Num.time) }', ['E0013@6']],
    ['{ c: Num.n | count(since(Num.n < 5)) }', ['W2001:warning@12', 'E0010@14']],
    ['{ c: Num.n | count(sliding(Num.n)) }', ['E0014@28']],
    ['{ a: lookup(Num.key, 50) }', ['E0008@22']],
    ['{ a: lookup(50, Num | last()) }', ['E0008@13']],
    ['{ }', ['E0008@1']],
    ['Num | extend({})', ['E0008@14']],
  ])('%s', (query, expected) => {
    expect(problems(query)).toEqual(expected);
  });

  test('notes', () => {
    expect(notes('{ a: cel(Num.n) }')).toEqual([
      "Nearest matches: 'ceil', 'eq', 'len', 'mul', 'neg'",
    ]);
    expect(notes('{ a: Str.s + Str.s }')).toEqual(["Expected 'number'"]);
    expect(notes('{ c: count(since(Num.n < 5)) }')).toEqual(["Expected 'any'"]);
    expect(notes('{ a: ceil(x = Num.n, x = 5) }')).toEqual(["Nearest matches: 'n'"]);
    expect(notes('{ a: coalesce() }')).toContain('Expected 1 but got 0');
    expect(notes('{ a: Num.n as wibble }')).toEqual(['From type i64']);
  });

  test('the printed type is the one of the column', () => {
    expect(check('Num.time').diagnostics[0]?.message).toContain('timestamp_s');
  });
});

describe('names', () => {
  test.each([
    ['{ a: Nun.n }', ['E0006@6']],
    ['$input', ['E0006@1']],
    ['sum()', ['E0006@1']],
    ['let x = 1 in { a: x, b: Num.n }', []],
    ['let x = 1 in { b: Num.n }', ['W2001:warning@5']],
    ['let x = Num.n let x = x + 1 in { x }', []],
    ['Num.n | { a: Num.m }', ['W2001:warning@7']],
    ['Num.n | { a: $input }', []],
    ['Num.n | (Num.m | { a: $input })', ['W2001:warning@7']],
    // A call whose arguments do not fit takes no input.
    ['{ a: Num.n | neg(1, 2) }', ['W2001:warning@12', 'E0008@21']],
    ['{ a: Num.n | nothing(2) }', ['W2001:warning@12', 'E0007@14']],
    ['let count = count(Buy) in { count }', []],
    ['let x = y in { x, n: Num.n }', ['E0006@9']],
  ])('%s', (query, expected) => {
    expect(problems(query)).toEqual(expected);
  });

  test('the nearest names are those in scope, never $input', () => {
    expect(notes('let total = 1 in Num | { a: totl }')[0]).toMatch(/^Nearest matches: 'total', /);
    expect(notes('let total = 1 in Num | { a: totl }').join()).not.toContain('$input');
  });
});

describe('arguments (language.md 1.7)', () => {
  test.each([
    ['{ a: substring(Str.s, 0) }', ['E0008@23']],
    ['{ a: substring(Str.s, start = 0) }', []],
    ['{ a: sub(Num.n, a = 1) }', ['E0008@10']],
    ['{ a: sub(Num.n, b = 1) }', []],
    ['{ a: sub(b = 1, a = Num.n) }', []],
    ['{ a: ceil(Num.n, Num.m) }', ['E0008@18']],
    ['{ a: Num.n | sub() }', ['E0008@14']],
    ['{ a: Num.n | coalesce() }', ['W2001:warning@12', 'E0008@14']],
    ['{ a: Num.n | coalesce($input) }', []],
    ['{ a: Num.n | if(Num.m > 1) }', []],
    ['{ a: clamp(Num.n, 1, 2) }', ['E0008@19']],
  ])('%s', (query, expected) => {
    expect(problems(query)).toEqual(expected);
  });
});

describe('types', () => {
  test.each([
    ['{ a: Lists.um | get(4) }', ['E0010@17']],
    ['{ a: Lists.um | get(4 as u64) }', []],
    ['{ a: Lists.m | get(4) }', ['E0015@16']],
    ['{ a: Lists.a | get("k") }', ['E0010@16']],
    ['{ a: Lists.m | index(0) }', ['E0010@16']],
    ['{ a: Lists.a[0], b: Lists.m["k"], c: json(Lists.js)["k"] }', []],
    ['{ a: Lists.a["k"] }', ['E0010@13']],
    ['{ a: Num.n[0] }', ['E0010@11']],
    ['{ a: Lists.r.x }', []],
    ['{ a: Lists.r.y }', ['E0001@14']],
    ['{ a: Num.n.y }', ['E0001@6']],
    ['{ a: json(Lists.js).a.b }', ['E0001@6']],
    ['{ a: json(json(Lists.js)) }', ['E0010@6']],
    ['{ a: json(Lists.js) }', ['E0010@6']],
    ['{ a: json(Lists.js) as string }', ['E0002@24']],
    ['{ a: Str.s < Str.s }', ['E0010@12']],
    ['{ a: count_if(Num.n) }', ['E0010@6']],
    ['{ a: hash(Lists.a) }', ['E0010@6']],
    ['{ a: lag(1, Str.s) }', ['E0010@6']],
    ['{ a: sum(Num.n, window = daily()) }', ['E0010@26']],
    ['{ a: sum(Num.n, window = 5) }', ['E0010@26']],
    ['{ a: sum(Num.n, window = null) }', []],
    ['let w = since(Num.n > 1) in { a: sum(Num.n, window = w) }', []],
    ['{ a: sum(Num.n, window = since(Num)) }', ['E0010@26']],
    ['{ a: if(true, since(Num.n > 1)) }', ['E0010@6']],
    ['{ a: year(Wide.date) }', ['E0010@6']],
  ])('%s', (query, expected) => {
    expect(problems(query)).toEqual(expected);
  });
});

describe('records (language.md 7.9)', () => {
  test.each([
    ['select_fields(Num, "x", "n")', ['E0001@20']],
    ['select_fields(Num, Num.n)', ['E0014@20']],
    ['select_fields(Num, 5)', ['E0010@20']],
    ['remove_fields(Str.s, "n")', ['E0010@15']],
    ['remove_fields(Num, $input)', ['E0006@20', 'E0014@20']],
    ['{ a: Num.n } | remove_fields($input, "a")', ['E0008@16']],
    ['{ a: Num.n } | remove_fields("a")', ['E0008@16']],
  ])('%s', (query, expected) => {
    // A pipe whose right side ignores it is not what these cases are about.
    expect(problems(query).filter((problem) => !problem.startsWith('W2001'))).toEqual(expected);
  });
});

describe('constants', () => {
  test.each([
    ['{ a: lag(-1, Num.n) }', ['E0014@10']],
    ['{ a: lag(1 + 1, Num.n) }', []],
    ['{ a: collect(Num.n, max = -(-3)) }', []],
    ['{ a: collect(Num.n, max = null) }', []],
    ['{ a: collect(Num.n, max = 0) }', ['E0014@27']],
    ['{ a: collect(Num.n, max = 1, min = 2) }', ['E0002@36']],
    ['{ a: Num.n | collect(max = Num.m) | index(1) }', ['E0014@28', 'E0010@37']],
    ['{ a: Num.zzz | collect(max = 1) | index(1) }', ['E0001@10']],
    ['{ a: sum(Num.n, window = sliding(0, Num.n > 1)) }', ['E0014@34']],
    ['{ a: with_key(Num.n, Num, grouping = Num.key) }', ['E0014@38']],
  ])('%s', (query, expected) => {
    expect(problems(query)).toEqual(expected);
  });
});

describe('groupings and entities', () => {
  test.each([
    ['{ a: Num.n + Names.code }', ['W2001@12']],
    ['{ a: Num.n, b: Names.code }', ['W2001@1']],
    ['{ a: lookup(Num.n, last(Names.name)) }', []],
    ['{ a: lookup(Num.key, last(Names.name)) }', ['E0010@13']],
    ['{ a: lookup(since(Num.n > 1), last(Names.name)) }', ['E0010@6']],
    ['{ a: with_key(Num.n, Num.m, grouping = "code"), b: Names.name }', []],
    ['{ a: with_key(Num.key, Num.m, grouping = "code") }', ['E0010@42']],
    ['{ a: with_key(Num.key, Num.m), b: with_key(Num.key, Num.n) }', []],
  ])('%s', (query, expected) => {
    expect(problems(query)).toEqual(expected);
  });

  test('the code W2001 is an error here', () => {
    const [item] = check('{ a: Num.n, b: Names.code }').diagnostics;
    expect(item).toMatchObject({ severity: 'error', title: 'Incompatible grouping' });
  });
});

describe('time domains (language.md 3.7)', () => {
  test.each([
    ['{ a: Num.n + Str.n }', ['W2000:warning@12']],
    ['{ a: Num.n + last(Str.n) }', []],
    ['{ a: Num.n, b: Str.n }', []],
    ['{ a: Num.n, b: Str.n } | { c: $input.a + 1 }', []],
    ['{ a: Num.n + (Num.n | shift_by(seconds(1))) }', ['W2000:warning@12']],
    ['{ a: (Num.m | shift_by(seconds(1))) + (Num.n | shift_by(seconds(1))) }', []],
    ['{ a: shift_until(Str.n > 1, Num.n) }', []],
  ])('%s', (query, expected) => {
    expect(problems(query)).toEqual(expected);
  });
});

describe('ticks (language.md 5.4)', () => {
  test.each([
    ['{ a: count(Num, window = since(daily())) }', []],
    ['{ a: count(Num, window = since(daily() or Num.n > 3)) }', []],
    ['{ n: Num.n } | when(hourly())', []],
    ['{ n: Num.n | if(hourly()) }', []],
    ['let cadence = hourly() in { n: count(Num, window = since(cadence)) }', []],
    ['{ a: daily(), n: Num.n }', ['E0010@6']],
    ['{ a: !daily(), b: hourly(), n: Num.n }', ['E0010@7', 'E0010@19']],
    ['{ p: daily(), q: { n: Num.n } }.q', ['E0010@6']],
    ['{ a: 5 | when(daily()), n: Num.n }', ['E0010@15']],
    ['{ a: shift_until(daily(), Num.n) }', ['E0010@18']],
    ['{ a: lookup(Num.n, last(Names.name) | when(daily())) }', []],
    [
      '{ a: lookup(Num.n, if(is_valid(Names.name), daily())), n: Num.n | when(daily()) }',
      ['E0010@45'],
    ],
  ])('%s', (query, expected) => {
    expect(problems(query)).toEqual(expected);
  });
});

describe('the query as a whole', () => {
  test.each([
    ['{ a: 1 }', ['E0013@']],
    ['{ a: count(5) }', ['E0013@']],
    ['{ a: time_of(5) }', ['E0013@']],
    ['{ a: count(5), n: Num.n }', []],
    ['{ a: time_of(5), n: Num.n }', ['E0010@6']],
    ['{ a: days_between(Num.time, Num.time) } | last()', ['E0013@']],
    ['{ a: { d: seconds_between(Num.time, Num.time) }, n: Num.n }', []],
    ['{ a: seconds(1), b: days(2), n: Num.n }', ['E0013@6', 'E0013@21']],
  ])('%s', (query, expected) => {
    expect(problems(query)).toEqual(expected);
  });

  test('a cast is suggested', () => {
    const messages = check('{ a: seconds(1), b: days(2), n: Num.n }').diagnostics.map(
      (d) => d.message,
    );
    expect(messages[0]).toContain("'as i64'");
    expect(messages[1]).toContain("'as i32'");
  });
});

describe('one mistake is reported once', () => {
  test.each([
    'let x = Num.zzz in { a: x + 1, b: x.y, c: x as i64, d: sum(x) | last(), e: x[0] }',
    '{ a: select_fields(Num.zzz, "a"), b: Num.n }',
    '{ a: Num.zzz as wibble }',
  ])('%s', (query) => {
    expect(problems(query)).toEqual([`E0001@${at(query, 'zzz')}`]);
  });
});
