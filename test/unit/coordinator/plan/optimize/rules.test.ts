import { describe, expect, test } from 'vitest';
import { dropUnused } from '../../../../../coordinator/plan/optimize/drop-unused.ts';
import { knownNew } from '../../../../../coordinator/plan/optimize/known-new.ts';
import { knownValid } from '../../../../../coordinator/plan/optimize/known-valid.ts';
import { RULES, optimizePlan } from '../../../../../coordinator/plan/optimize/optimizer.ts';
import { pruneEntities } from '../../../../../coordinator/plan/optimize/prune-entities.ts';
import { pruneTime } from '../../../../../coordinator/plan/optimize/prune-time.ts';
import { shareColumns } from '../../../../../coordinator/plan/optimize/share-columns.ts';
import { simplifyLogic } from '../../../../../coordinator/plan/optimize/simplify-logic.ts';
import type { LogicalPlan } from '../../../../../shared/plan/logical.ts';
import { BOOL } from '../../../../../shared/types/data-type.ts';
import { built, lines } from '../support.ts';

const QUERIES = [
  '{ q: Buy.qty }',
  '{ a: sum(Buy.qty) + sum(Buy.qty), v: count(Visit), m: Buy.qty + count(Visit) }',
  '{ q: Buy.qty } | when(time_of(Buy) >= "2024-01-02" and Buy.who == "ann")',
  '{ l: lookup(Buy.qty, last(Names.name)), q: Buy.qty | shift_until(Buy.price > 3.0) }',
  'with_key(Buy.qty, { p: Buy.price, w: Buy.who }) | { s: sum($input.p) }',
  '{ w: last(Buy.qty | shift_by(seconds(5))) | when(minutely()) }',
];

/** Every node refers to earlier nodes only, and columns to domains that exist. */
function assertSound({ domains, columns, root }: LogicalPlan): void {
  const text = JSON.stringify({ domains, columns, root });
  expect(text).not.toContain('undefined');
  for (const [id, domain] of domains.entries()) {
    const inputs =
      domain.op === 'scan' ? [] : domain.op === 'union' ? domain.inputs : [domain.input];
    for (const input of inputs) expect(input).toBeLessThan(id);
  }
  for (const column of columns) expect(domains[column.domain]).toBeDefined();
  for (const { column } of root.fields) expect(columns[column]!.domain).toBe(root.domain);
}

describe('the optimizer', () => {
  test.each(QUERIES)(
    'settles, changes no plan that it has settled, and can leave out any rule: %s',
    (query) => {
      const plan = built(query);
      const before = JSON.stringify(plan);
      const settled = optimizePlan(plan).plan;
      expect(JSON.stringify(plan)).toBe(before);
      expect(optimizePlan(settled).plan).toBe(settled);
      assertSound(settled);
      expect(optimizePlan(plan, ['all'])).toEqual({ plan, steps: [] });
      for (const { name } of RULES) {
        const { plan: without, steps } = optimizePlan(plan, [name]);
        assertSound(without);
        expect(steps.map(({ rule }) => rule)).not.toContain(name);
      }
    },
  );
});

describe('drop-unused', () => {
  test('drops what no field needs, and numbers the rest anew', () => {
    expect(lines(dropUnused.apply(built('{ t: sum(Buy.qty) }')))).toEqual([
      'd0 scan Buy  [shopper]',
      'c0 column qty: i64',
      'c1 sum(c0): i64',
      'result d0 {t: c1}',
    ]);
  });

  test('keeps the newness that a final result reads', () => {
    const plan = built('{ x: count(Buy.qty, window = since(Visit.page == "a")) , c: 1}');
    const { root } = dropUnused.apply(plan);
    expect(root.isNew === null).toBe(plan.root.isNew === null);
  });

  test('returns the same plan where all is used', () => {
    const plan = dropUnused.apply(built('{ q: Buy.qty }'));
    expect(dropUnused.apply(plan)).toBe(plan);
  });
});

describe('simplify-logic', () => {
  const simple = (expression: string): string[] =>
    lines(dropUnused.apply(simplifyLogic.apply(built(`{ b: ${expression} }`))));

  test('and true, or false are nothing, on either side', () => {
    const plain = simple('Buy.qty > 1');
    expect(simple('(Buy.qty > 1) and true')).toEqual(plain);
    expect(simple('true and (Buy.qty > 1)')).toEqual(plain);
    expect(simple('false or ((Buy.qty > 1) or false)')).toEqual(plain);
  });

  test('decides nothing about a null: and false, or true stay', () => {
    expect(simple('(Buy.qty > 1) and false').join()).toContain('logical_and');
    expect(simple('(Buy.qty > 1) or true').join()).toContain('logical_or');
  });

  test('a cast to the same type is nothing, another one stays', () => {
    expect(simple('(Buy.qty as i64)').join()).not.toContain('cast');
    expect(simple('(Buy.qty as i32)').join()).toContain('cast');
  });
});

describe('share-columns', () => {
  test('equal columns are one, also where only their inputs became equal', () => {
    const [first, second] = [0, 1].map((at) => ({
      op: 'call' as const,
      fn: 'not',
      args: [at],
      domain: 0,
      type: BOOL,
    }));
    const literal = { op: 'literal' as const, value: true, domain: 0, type: BOOL };
    const { domains, root } = built('{ q: Buy.qty }');
    const plan: LogicalPlan = {
      version: 1,
      domains: [domains[0]!],
      columns: [literal, literal, first!, second!],
      root: {
        ...root,
        domain: 0,
        isNew: 3,
        fields: [
          { name: 'a', column: 2 },
          { name: 'b', column: 3 },
        ],
      },
    };
    expect(shareColumns.apply(plan).root).toMatchObject({
      isNew: 2,
      fields: [{ column: 2 }, { column: 2 }],
    });
  });

  test('columns of different domains stay apart', () => {
    const plan = built('{ a: time_of(Buy), b: time_of(Visit) }');
    const { columns } = optimizePlan(plan).plan;
    expect(columns.filter(({ op }) => op === 'time')).toHaveLength(2);
  });
});

describe('known-new', () => {
  test('an aggregation of rows that are all new asks no newness', () => {
    const plan = built('{ q: Buy.qty }');
    const [literal, aggregate] = [
      { op: 'literal' as const, value: true, domain: 0, type: BOOL },
      {
        op: 'aggregate' as const,
        fn: 'count',
        input: 0,
        isNew: 0,
        window: null,
        max: null,
        min: null,
        domain: 0,
        type: { kind: 'u32' as const },
      },
    ];
    const made: LogicalPlan = {
      ...plan,
      columns: [literal, aggregate],
      root: { ...plan.root, isNew: 0, fields: [{ name: 'n', column: 1 }] },
    };
    const after = knownNew.apply(made);
    expect(after.columns[1]).toMatchObject({ isNew: null });
    expect(after.root.isNew).toBeNull();
    const never = { ...made, columns: [{ ...literal, value: false }, aggregate] };
    expect(knownNew.apply(never)).toBe(never);
  });
});

describe('prune-time', () => {
  const ranges = (query: string): unknown[] =>
    optimizePlan(built(query)).plan.domains.flatMap((domain) =>
      domain.op === 'scan' ? [domain.range ?? null] : [],
    );
  const day = (date: string, plus = 0n): string =>
    (BigInt(Date.parse(`${date}T00:00:00Z`)) * 1_000_000n + plus).toString();

  test.each([
    ['time_of(Buy) >= "2024-01-02"', day('2024-01-02'), null],
    ['time_of(Buy) > "2024-01-02"', day('2024-01-02', 1n), null],
    ['time_of(Buy) < "2024-01-02"', null, day('2024-01-02')],
    ['time_of(Buy) <= "2024-01-02"', null, day('2024-01-02', 1n)],
    ['"2024-01-02" <= time_of(Buy)', day('2024-01-02'), null],
    ['"2024-01-02" > time_of(Buy)', null, day('2024-01-02')],
    [
      'time_of(Buy) >= "2024-01-02" and Buy.qty > 1 and time_of(Buy) < "2024-01-05" and time_of(Buy) < "2024-01-04"',
      day('2024-01-02'),
      day('2024-01-04'),
    ],
  ])('reads only what %s keeps', (condition, low, high) => {
    expect(ranges(`{ q: Buy.qty } | when(${condition})`)).toEqual([{ low, high }]);
  });

  test.each([
    ['an alternative', '{ q: Buy.qty } | when(time_of(Buy) >= "2024-01-02" or Buy.qty > 1)'],
    [
      'an aggregation before the filter',
      '{ q: sum(Buy.qty) } | when(time_of(Buy) >= "2024-01-02")',
    ],
    [
      'an as-of value before the filter',
      '{ v: last(Visit.page), q: Buy.qty } | when(time_of(Buy) >= "2024-01-02")',
    ],
    [
      'another reader of the table',
      '{ q: Buy.qty | when(time_of(Buy) >= "2024-01-02"), all: count(Buy) }',
    ],
    [
      'a tick',
      '{ n: count(Buy | when(time_of(Buy) >= "2024-01-02"), window = since(minutely())) }',
    ],
    ['no literal', '{ q: Buy.qty } | when(time_of(Buy) >= Buy.at)'],
  ])('reads everything where there is %s', (_, query) => {
    for (const range of ranges(query)) expect(range).toBeNull();
  });

  test('reads everything where a lookup looks at the table: its foreign side is whole', () => {
    const query =
      '{ l: lookup(Visit.page, Buy.qty), q: Buy.qty | when(time_of(Buy) >= "2024-01-02") }';
    expect(ranges(query).every((range) => range === null)).toBe(true);
    expect(pruneTime.apply(built(query))).toEqual(built(query));
  });
});

describe('prune-entities', () => {
  const only = (query: string): unknown => optimizePlan(built(query)).plan.root.entityKey;

  test('a filter on the key at the root leaves one entity', () => {
    expect(only('{ q: Buy.qty } | when(Buy.who == "ann")')).toBe('ann');
    expect(only('{ q: sum(Buy.qty) } | when("ann" == Buy.who and Buy.qty > 3)')).toBe('ann');
    expect(only('{ n: Names.name } | when(Names.code == 7)')).toBe('7');
  });

  test.each([
    ['an alternative', '{ q: Buy.qty } | when(Buy.who == "ann" or Buy.qty > 3)'],
    ['another column', '{ q: Buy.qty } | when(Buy.seq == 1)'],
    ['a filter below the root', '{ a: Buy.qty | when(Buy.who == "ann"), q: Buy.qty }'],
    [
      'a lookup',
      '{ l: lookup(Visit.page, sum(Buy.qty)), w: Visit.who } | when(Visit.who == "ann")',
    ],
    ['re-keying', 'with_key(Buy.seq, { w: Buy.who }) | when($input.w == "ann")'],
    ['ticks', '{ n: count(Buy, window = since(minutely())), w: Buy.who } | when(Buy.who == "ann")'],
    ['a null', '{ q: Buy.qty } | when(Buy.who == null)'],
  ])('not where there is %s', (_, query) => {
    expect(only(query)).toBeUndefined();
  });

  test('says so once', () => {
    const plan = pruneEntities.apply(built('{ q: Buy.qty } | when(Buy.who == "ann")'));
    expect(pruneEntities.apply(plan)).toBe(plan);
  });
});

describe('known-valid', () => {
  const valid = (query: string): string[] =>
    lines(dropUnused.apply(knownValid.apply(knownNew.apply(built(query)))));

  test('counting a table reads none of its columns', () => {
    expect(valid('{ n: count(Buy) }')).toEqual([
      'd0 scan Buy  [shopper]',
      'c0 literal true: bool',
      'c1 count(c0): u32',
      'result d0 {n: c1}',
    ]);
  });

  test('so does a window that another table closes: its rows are not new', () => {
    expect(valid('{ n: count(Buy, window = since(is_valid(Visit))) }').join('\n')).not.toMatch(
      /column|record|is_valid/,
    );
  });

  test('a field may be null: its validity is asked for', () => {
    const plan = built('{ n: count(Buy.qty), v: is_valid(Buy.qty) }');
    expect(knownValid.apply(plan)).toBe(plan);
  });

  test('a table that was moved to more rows is null on the others', () => {
    const plan = built('{ v: is_valid(Buy), w: is_valid(Visit) }');
    const { columns } = knownValid.apply(plan);
    // The table moved to the union is asked; a table on its own rows is not.
    for (const node of columns) {
      if (node.op === 'call' && node.fn === 'is_valid') {
        expect(columns[node.args[0]!]!.op).toBe('move');
      }
    }
  });
});
