/**
 * Batching does not show: a run cut into batches, with the state saved and restored under other entity indices between
 * them, gives the values and the final state of one batch; and those of an evaluator that takes one row at a time.
 */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { reference } from './reference.ts';
import type { Row } from './reference.ts';
import { StringPool } from '../../../../../shared/column/string-pool.ts';
import { takeColumn } from '../../../../../shared/column/take.ts';
import { columnFromValues, columnValues } from '../../../../../shared/column/values.ts';
import type { Value } from '../../../../../shared/column/values.ts';
import { printType, scalar } from '../../../../../shared/types/data-type.ts';
import type { DataType } from '../../../../../shared/types/data-type.ts';
import { createAggregate } from '../../../../../worker/operator/aggregate/aggregate.ts';
import type {
  AggregateFunction,
  AggregateOperator,
  AggregateSpec,
} from '../../../../../worker/operator/aggregate/aggregate.ts';

const ENTITIES = 4;

interface TypeCase {
  readonly type: DataType;
  readonly value: fc.Arbitrary<Value>;
}

const int64Edge: fc.Arbitrary<Value> = fc.constantFrom(
  -(2n ** 63n),
  2n ** 63n - 1n,
  2n ** 62n,
  -(2n ** 62n),
);
const double = fc.oneof(
  { weight: 6, arbitrary: fc.double({ min: -100, max: 100, noNaN: true }) },
  { weight: 1, arbitrary: fc.constantFrom(NaN, -0, 0, Infinity, -Infinity, 1e300) },
);
const smallInt64: fc.Arbitrary<Value> = fc.bigInt({ min: -5n, max: 5n });
const string: fc.Arbitrary<Value> = fc.constantFrom('', 'a', 'b', 'né');

const numbers: readonly TypeCase[] = [
  { type: scalar('f64'), value: double },
  { type: scalar('f32'), value: double.map((value) => Math.fround(value)) },
  { type: scalar('i64'), value: fc.oneof(smallInt64, int64Edge) },
  { type: scalar('u64'), value: fc.constantFrom(0n, 1n, 7n, 2n ** 63n, 2n ** 64n - 1n) },
  { type: scalar('i32'), value: fc.constantFrom(0, 1, -1, 2 ** 31 - 1, -(2 ** 31)) },
  { type: scalar('u8'), value: fc.integer({ min: 0, max: 255 }) },
  { type: scalar('i16'), value: fc.integer({ min: -32768, max: 32767 }) },
  { type: scalar('u32'), value: fc.constantFrom(0, 5, 2 ** 31, 2 ** 32 - 1) },
];
const ordered: readonly TypeCase[] = [
  ...numbers,
  { type: scalar('timestamp_ns'), value: fc.oneof(smallInt64, int64Edge) },
  { type: scalar('interval_months'), value: fc.integer({ min: -5, max: 5 }) },
];
const bools: TypeCase = { type: scalar('bool'), value: fc.boolean() };
const anything: readonly TypeCase[] = [
  ...ordered,
  bools,
  { type: scalar('string'), value: string },
  {
    type: {
      kind: 'record',
      fields: [
        { name: 'a', type: scalar('i64') },
        { name: 'b', type: scalar('string') },
      ],
    },
    value: fc.record({ a: fc.option(smallInt64), b: fc.option(string) }) as fc.Arbitrary<Value>,
  },
  {
    type: { kind: 'list', element: scalar('string') },
    value: fc.array(fc.option(string), { maxLength: 3 }) as fc.Arbitrary<Value>,
  },
];

const functions: readonly (readonly [AggregateFunction, readonly TypeCase[]])[] = [
  ['count', anything],
  ['count_if', [bools]],
  ['sum', numbers],
  ['min', ordered],
  ['max', ordered],
  ['mean', numbers],
  ['variance', numbers],
  ['stddev', numbers],
  ['first', anything],
  ['last', anything],
  ['collect', anything],
];

interface Scenario {
  readonly spec: AggregateSpec;
  readonly rows: readonly Row[];
  readonly allNew: boolean;
  readonly cuts: readonly number[];
  /** For each batch the entities in the order of their indices there. */
  readonly orders: readonly (readonly number[])[];
}

function scenarios(fn: AggregateFunction, cases: readonly TypeCase[]): fc.Arbitrary<Scenario> {
  const window = fc.oneof(
    fc.constant(null),
    fc.constant({ kind: 'since' } as const),
    fc.integer({ min: 1, max: 7 }).map((parts) => ({ kind: 'sliding', parts }) as const),
  );
  const limits = fc.record({
    max: fc.option(fc.integer({ min: 1, max: 9 })),
    min: fc.integer({ min: 0, max: 3 }),
  });
  return fc
    .record({ typeCase: fc.constantFrom(...cases), window, limits, allNew: fc.boolean() })
    .chain(({ typeCase, window: extent, limits: { max, min }, allNew }) => {
      const row = fc.record({
        entity: fc.nat({ max: ENTITIES - 1 }),
        value: fc.option(typeCase.value, { freq: 4 }),
        isNew: allNew ? fc.constant(true) : fc.boolean(),
        boundary: extent === null ? fc.constant(false) : fc.boolean(),
      });
      const isCollect = fn === 'collect';
      const spec: AggregateSpec = {
        fn,
        inputType: typeCase.type,
        outputType: outputType(fn, typeCase.type),
        window: extent,
        max: isCollect ? max : null,
        min: isCollect ? min : null,
      };
      return fc.record({
        spec: fc.constant(spec),
        rows: fc.array(row, { maxLength: 60 }),
        allNew: fc.constant(allNew),
        cuts: fc.array(fc.nat({ max: 60 }), { maxLength: 5 }),
        orders: fc.array(
          fc.shuffledSubarray([0, 1, 2, 3], { minLength: ENTITIES, maxLength: ENTITIES }),
          { minLength: 6, maxLength: 6 },
        ),
      });
    });
}

function outputType(fn: AggregateFunction, type: DataType): DataType {
  if (fn === 'count' || fn === 'count_if') return scalar('u32');
  if (fn === 'mean' || fn === 'variance' || fn === 'stddev') return scalar('f64');
  return fn === 'collect' ? { kind: 'list', element: type } : type;
}

/**
 * Runs the rows in the given batches; returns the values and the state with entities in their own order. With `lastOnly`
 * the values are those of the last row of each entity in each batch, latest row first.
 */
function runBatches(
  scenario: Scenario,
  cuts: readonly number[],
  lastOnly = false,
): { values: Value[]; state: object } {
  const { spec, rows, orders } = scenario;
  const pool = new StringPool();
  const bounds = [
    0,
    ...cuts.filter((cut) => cut <= rows.length).toSorted((a, b) => a - b),
    rows.length,
  ];
  const values: Value[] = [];
  let operator: AggregateOperator | null = null;
  let order: readonly number[] = [];
  for (let batch = 0; batch + 1 < bounds.length; batch++) {
    const before = order;
    order = orders[batch]!;
    const next = createAggregate(spec, ENTITIES, pool);
    if (operator !== null) {
      const saved = operator.save().map(({ name, column }) => [name, column] as const);
      next.load(
        new Map(saved),
        Int32Array.from(before, (entity) => order.indexOf(entity)),
      );
    }
    operator = next;
    const part = rows.slice(bounds[batch], bounds[batch + 1]);
    const batchRows = {
      length: part.length,
      entity: Int32Array.from(part, (row) => order.indexOf(row.entity)),
    };
    const input = columnFromValues(
      spec.inputType,
      part.map((row) => row.value),
      pool,
    );
    const isNew = scenario.allNew ? null : Uint8Array.from(part, (row) => (row.isNew ? 1 : 0));
    const boundary =
      spec.window === null ? null : Uint8Array.from(part, (row) => (row.boundary ? 1 : 0));
    const result = lastOnly
      ? operator.processLast(batchRows, input, isNew, boundary, Int32Array.from(lastRows(part)))
      : operator.process(batchRows, input, isNew, boundary);
    expect(printType(result.type)).toBe(printType(spec.outputType));
    values.push(...columnValues(result));
  }
  const toOwnOrder = Int32Array.from({ length: ENTITIES }, (_, entity) => order.indexOf(entity));
  const state = operator!.save().map(({ name, column }) => ({
    name,
    type: printType(column.type),
    values: columnValues(takeColumn(column, toOwnOrder)),
  }));
  return { values, state };
}

/** The last row of each entity, latest first. */
function lastRows(rows: readonly Row[]): number[] {
  const found = new Map<number, number>();
  for (const [at, row] of rows.entries()) found.set(row.entity, at);
  return [...found.values()].toSorted((a, b) => b - a);
}

test.each(functions)('%s: at last rows alone, the values of all rows there', (fn, cases) => {
  fc.assert(
    fc.property(scenarios(fn, cases), (scenario) => {
      const { rows, cuts } = scenario;
      const whole = runBatches(scenario, cuts);
      const last = runBatches(scenario, cuts, true);
      const bounds = [0, ...cuts.filter((cut) => cut <= rows.length), rows.length].toSorted(
        (a, b) => a - b,
      );
      const picked = bounds
        .slice(1)
        .flatMap((end, batch) =>
          lastRows(rows.slice(bounds[batch]!, end)).map((at) => whole.values[bounds[batch]! + at]!),
        );
      expect(last.values).toEqual(picked);
      expect(last.state).toEqual(whole.state);
    }),
    { numRuns: 100 },
  );
});

test.each(functions)('%s: any batches, same values, same state', (fn, cases) => {
  fc.assert(
    fc.property(scenarios(fn, cases), (scenario) => {
      const whole = runBatches(scenario, []);
      expect(whole.values).toEqual(reference(scenario.spec, scenario.rows));
      expect(runBatches(scenario, scenario.cuts)).toEqual(whole);
    }),
    { numRuns: 150 },
  );
});

test.each([
  ['first', null],
  ['last', null],
  ['collect', null],
  ['first', { kind: 'sliding', parts: 3 }],
  ['last', { kind: 'sliding', parts: 3 }],
  ['collect', { kind: 'sliding', parts: 3 }],
] as const)('%s with window %j survives the dropping of old inputs', (fn, window) => {
  const type = scalar('string');
  const spec: AggregateSpec = {
    fn,
    inputType: type,
    outputType: outputType(fn, type),
    window,
    max: fn === 'collect' ? 5 : null,
    min: null,
  };
  // More rows than a log keeps as garbage, in few batches; parts end within and between them.
  const rows: Row[] = Array.from({ length: 300_000 }, (_, row) => ({
    entity: row % 2,
    value: row % 3 === 0 ? null : `value ${row % 1000}`,
    isNew: true,
    boundary: window !== null && row % 40_007 === 0,
  }));
  const pool = new StringPool();
  const operator = createAggregate(spec, 2, pool);
  const values: Value[] = [];
  for (let start = 0; start < rows.length; start += 25_000) {
    const part = rows.slice(start, start + 25_000);
    const result = operator.process(
      { length: part.length, entity: Int32Array.from(part, (row) => row.entity) },
      columnFromValues(
        type,
        part.map((row) => row.value),
        pool,
      ),
      null,
      window === null ? null : Uint8Array.from(part, (row) => (row.boundary ? 1 : 0)),
    );
    // Ends of batches are enough, and spare the reference evaluator.
    values.push(...columnValues(takeColumn(result, Int32Array.of(0, part.length - 1))));
  }
  const ends = rows.keys().filter((row) => row % 25_000 === 0 || row % 25_000 === 24_999);
  expect(values).toEqual(Array.from(ends, (row) => latestOf(spec, rows, row)));
});

/** The value at one row, from the rows of its entity before it. */
function latestOf(spec: AggregateSpec, rows: readonly Row[], at: number): Value {
  const { entity } = rows[at]!;
  const partsMax = spec.window === null ? Infinity : 3;
  let parts = 1;
  const found: Value[] = [];
  for (let row = at; row >= 0; row--) {
    const one = rows[row]!;
    if (one.entity !== entity) continue;
    if (row < at && one.boundary && ++parts > partsMax) break;
    if (one.value !== null) found.push(one.value);
  }
  if (spec.fn === 'collect') return found.slice(0, spec.max ?? undefined).toReversed();
  return (spec.fn === 'last' ? found[0] : found.at(-1)) ?? null;
}
