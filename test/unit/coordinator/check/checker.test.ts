import { describe, expect, test } from 'vitest';
import { checkQuery } from '../../../../coordinator/check/check-query.ts';
import { TABLES, check, typeName, typed, valid } from './support.ts';

describe('types of results', () => {
  test.each([
    ['Num.n + 1.5', 'f64'],
    ['Num.n / Num.m', 'i64'],
    ['Wide.u8 + Wide.i8', 'i16'],
    ['-Wide.u32', 'i64'],
    ['-Wide.u64', 'f64'],
    ['null', 'null'],
    ['if(true, null)', 'null'],
    ['count(Num)', 'u32'],
    ['mean(Num.n)', 'f64'],
    ['sum(Wide.u16)', 'u16'],
    ['first(Str.s)', 'string'],
    ['collect(Num.n, max = 3)', 'list<i64>'],
    ['collect(Num.n, max = 3)[0]', 'i64'],
    ['lag(1, Num.time)', 'timestamp_s'],
    ['time_of(Num)', 'timestamp_ns'],
    ['Num.time | add_time(days(3))', 'timestamp_ns'],
    ['Lists.m["k"]', 'i64'],
    ['Lists.r.x', 'list<string>'],
    ['flatten(Lists.l)', 'list<i64>'],
    ['json(Lists.js).a', 'string'],
    ['Num.time == "2024-01-01"', 'bool'],
    ['coalesce(Num.time, time_of(Num))', 'timestamp_ns'],
    ['coalesce({a: 1, b: 2.5}, {b: 1, a: 2.5})', '{a: f64, b: f64}'],
    ['extend({n: 1.5, z: 1}, {a: 1, n: 2})', '{n: f64, z: i64, a: i64}'],
    ['select_fields(Num, "n", "key")', '{key: string, n: i64}'],
    ['remove_fields(Num, "n", "key", "m")', '{time: timestamp_s, subsort: i64}'],
    ['5 as i16', 'i16'],
    ['Num.n as list<string>', 'list<string>'],
  ])('%s is %s', (expression, type) => {
    expect(typeName(expression)).toBe(type);
  });
});

describe('casts are explicit', () => {
  test('of arguments to their bound', () => {
    expect(typed('Wide.i32 + Wide.f64')).toMatchObject({
      op: 'call',
      fn: 'add',
      args: [
        { op: 'cast', type: { kind: 'f64' }, input: { op: 'field', name: 'i32' } },
        { op: 'field', name: 'f64' },
      ],
    });
  });

  test('of literals, which are folded', () => {
    expect(typed('Wide.f64 + 1')).toMatchObject({
      args: [{}, { op: 'literal', value: 1, type: { kind: 'f64' } }],
    });
    expect(typed('Num.n == null')).toMatchObject({
      args: [{}, { op: 'literal', value: null, type: { kind: 'i64' } }],
    });
    expect(typed('time_of(Num) == "1970-01-02"')).toMatchObject({
      args: [{ op: 'time_of' }, { op: 'literal', value: 86_400_000_000_000n }],
    });
    expect(typed('year(Num.time)')).toMatchObject({
      args: [{ op: 'cast', type: { kind: 'timestamp_ns' } }],
    });
  });

  test('of records as a whole', () => {
    expect(typed('coalesce({a: Num.n}, {a: 2.5})')).toMatchObject({
      args: [{ op: 'cast', input: { op: 'record' } }, { op: 'record' }],
    });
  });

  test('none where the type is right', () => {
    expect(typed('(Num.n as i64) + 1')).toMatchObject({ args: [{ op: 'field', name: 'n' }, {}] });
  });
});

describe('lowering', () => {
  test('lag is an element of collect', () => {
    expect(typed('lag(2, Num.n)')).toMatchObject({
      op: 'call',
      fn: 'index',
      args: [
        { op: 'literal', value: 0n },
        { op: 'aggregate', fn: 'collect', min: 3, max: 3, window: null, input: { name: 'n' } },
      ],
    });
  });

  test('arguments stand in parameter order, defaults included', () => {
    expect(typed('substring(end = 3, s = Str.s)')).toMatchObject({
      fn: 'substring',
      args: [{ name: 's' }, { op: 'literal', value: null }, { op: 'literal', value: 3n }],
    });
    expect(typed('Num.n | sub(2)')).toMatchObject({ args: [{ value: 2n }, { name: 'n' }] });
  });

  test('brackets', () => {
    expect(typed('Lists.a[1]')).toMatchObject({
      fn: 'index',
      args: [{ value: 1n }, { name: 'a' }],
    });
    expect(typed('Lists.m["k"]')).toMatchObject({
      fn: 'get',
      args: [{ value: 'k' }, { name: 'm' }],
    });
    expect(typed('json(Lists.js)["k"]')).toMatchObject({
      op: 'field',
      name: 'k',
      base: { fn: 'json' },
    });
  });

  test('windows', () => {
    expect(typed('sum(Num.n, window = sliding(3, Num.n > 1))')).toMatchObject({
      op: 'aggregate',
      window: { kind: 'sliding', parts: 3, condition: { op: 'call', fn: 'gt' } },
    });
    expect(typed('let w = since(daily()) in count(Num, window = w)')).toMatchObject({
      window: { kind: 'since', condition: { op: 'tick', tick: 'daily' } },
    });
  });

  test('record forms keep their sources', () => {
    expect(typed('Num | select_fields($input, "n")')).toMatchObject({
      op: 'reshape',
      values: [{ op: 'field', name: 'n', base: { op: 'table' } }],
      sources: [{ op: 'table' }],
    });
  });
});

test('a bound value is one object wherever it is used', () => {
  const expr = valid('let x = sum(Num.n) in { a: x, b: x } | { c: $input, d: $input }');
  if (expr.op !== 'record') throw new Error('expected a record');
  expect(expr.values[0]).toBe(expr.values[1]);
  const inner = expr.values[0]!;
  if (inner.op !== 'record') throw new Error('expected a record');
  expect(inner.values[0]).toBe(inner.values[1]);
});

test('groupings', () => {
  expect(typed('5').grouping).toBeNull();
  expect(typed('count(5)').grouping).toBeNull();
  expect(typed('Num.n + 1').grouping).toBe('shopper');
  expect(typed('lookup(Num.n, last(Names.name))').grouping).toBe('shopper');
  expect(valid('with_key(Num.n, Num)').grouping).toBe('i64');
  expect(valid('with_key(Num.n, Num, grouping = "code")').grouping).toBe('code');
  expect(valid('{ a: with_key(Num.n, Num.m), b: 1 }').grouping).toBe('i64');
});

describe('constants are folded (language.md 7.10)', () => {
  test.each([
    ['1 + 2 * 3', 7n],
    ['-5', -5n],
    ['1 / 0', null],
    ['9223372036854775807 + 1', -9223372036854775808n],
    ['7 / 2.0', 3.5],
    ['clamp(12, max = 9)', 9n],
    ['substring("Hello World", start = -3)', 'rld'],
    ['upper("a") == "A"', true],
    ['null and false', false],
    ['{a: 1, b: "x"}.b', 'x'],
    ['({a: 1} | extend({b: 2})).b', 2n],
    ['"07" as i64', 7n],
    ['300 as u8', null],
    ['if(false, 5)', null],
    ['hash("hello")', 1472103086483932002n],
    ['json("{\\"a\\": 10}").a', '10'],
    ['list_len(5 as list<i64>)', 1],
    ['year("2024-03-15")', 2024],
  ])('%s is %s', (expression, value) => {
    expect(typed(expression)).toMatchObject({ op: 'literal', value });
  });

  test('records of constants become records of literals', () => {
    expect(typed('if(true, {a: 1 + 1})')).toMatchObject({
      op: 'record',
      values: [{ op: 'literal', value: 2n }],
    });
    expect(typed('if(false, {a: 1})')).toMatchObject({
      op: 'literal',
      value: null,
      type: { kind: 'record' },
    });
  });

  test('aggregations of constants are not', () => {
    expect(typed('count(5)').op).toBe('aggregate');
  });
});

describe('limits', () => {
  function chain(length: number, step: (name: string) => string, first: string): string {
    const bindings = Array.from(
      { length },
      (_, index) => `let a${index + 1} = ${step(`a${index}`)}`,
    );
    return `let a0 = ${first} ${bindings.join(' ')} in { x: a${length}, n: Num.n }`;
  }

  test.each([
    ['a deep chain of names', chain(5_000, (name) => `${name} + 1`, 'Num.n')],
    ['records that double', chain(60, (name) => `{ x: ${name}, y: ${name} }`, 'Num.n')],
  ])('%s is refused', (_, query) => {
    expect(check(query).diagnostics.map(({ code }) => code)).toEqual(['E0011']);
  });

  test.each([
    ['expressions that double', chain(60, (name) => `${name} + ${name}`, 'Num.n')],
    [
      'constant lists that double',
      chain(60, (name) => `union(${name}, ${name})`, '1 as list<i64>'),
    ],
    ['constants in a deep chain', chain(5_000, (name) => `${name} + 1`, '1')],
    [
      'thousands of fields',
      `{ ${Array.from({ length: 15_000 }, (_, i) => `f${i}: Num.n`).join()} }`,
    ],
  ])('%s are checked in no time', (_, query) => {
    const started = performance.now();
    expect(check(query).diagnostics).toEqual([]);
    expect(performance.now() - started).toBeLessThan(3000);
  });

  test('thousands of errors are reported in part', () => {
    const query = `{ ${Array.from({ length: 15_000 }, (_, i) => `f${i}: Num.zz${i}`).join()} }`;
    expect(check(query).diagnostics).toHaveLength(200);
  });
});

test.each(['Num.n', '5', 'seconds(1)', 'daily()', 'collect(Num.n, max = 1)'])(
  '%s may be a formula, not a query',
  (query) => {
    expect(checkQuery({ query, formulas: [], tables: TABLES }).expr).toBeNull();
    const { expr, diagnostics } = checkQuery({
      query,
      formulas: [],
      tables: TABLES,
      kind: 'formula',
    });
    expect(diagnostics).toEqual([]);
    expect(expr).not.toBeNull();
  },
);
