/** Benchmark of the aggregations: `node test/bench/kernels/aggregate.ts` prints nanoseconds per row. */
import { createAggregate } from '../../../worker/operator/aggregate/aggregate.ts';
import type { AggregateSpec } from '../../../worker/operator/aggregate/aggregate.ts';
import { fixedColumn, stringColumn } from '../../../shared/column/column.ts';
import type { Column } from '../../../shared/column/column.ts';
import { StringPool } from '../../../shared/column/string-pool.ts';
import { F64, I64, STRING, U32 } from '../../../shared/types/data-type.ts';
import type { DataType } from '../../../shared/types/data-type.ts';

const ROWS = 2_000_000;
const BATCH_ROWS = 16_384;
const ENTITIES = 50_000;
const STRINGS = 1_000;
const REPEATS = 7;

interface Case {
  readonly name: string;
  readonly spec: AggregateSpec;
  readonly input: Column;
  readonly nulls?: boolean;
  readonly boundaryEvery?: number;
}

interface Batch {
  readonly rows: { readonly length: number; readonly entity: Int32Array };
  readonly input: Column;
  readonly boundary: Uint8Array | null;
}

// A fixed linear congruential sequence, so that every run measures the same data.
let seed = 42;
function random(bound: number): number {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((seed / 2 ** 32) * bound);
}

const pool = new StringPool();
const entity = Int32Array.from({ length: ROWS }, () => random(ENTITIES));
const doubles = fixedColumn(
  F64,
  Float64Array.from({ length: ROWS }, () => random(1000) / 7),
);
const integers = fixedColumn(
  I64,
  BigInt64Array.from({ length: ROWS }, () => BigInt(random(1e6))),
);
const codes = Int32Array.from({ length: STRINGS }, (_, index) => pool.intern(`page ${index}`));
const strings = stringColumn(
  STRING,
  Int32Array.from({ length: ROWS }, () => codes[random(STRINGS)]!),
  pool,
);
const validity = Uint8Array.from({ length: ROWS }, () => (random(10) === 0 ? 0 : 1));

const cases: readonly Case[] = [
  { name: 'sum f64', spec: spec('sum', F64, F64), input: doubles },
  { name: 'sum f64, 10 % null', spec: spec('sum', F64, F64), input: doubles, nulls: true },
  { name: 'sum i64', spec: spec('sum', I64, I64), input: integers },
  { name: 'sum i64, 10 % null', spec: spec('sum', I64, I64), input: integers, nulls: true },
  { name: 'count', spec: spec('count', F64, U32), input: doubles },
  { name: 'min f64', spec: spec('min', F64, F64), input: doubles },
  { name: 'max i64', spec: spec('max', I64, I64), input: integers },
  { name: 'mean f64', spec: spec('mean', F64, F64), input: doubles },
  { name: 'mean i64', spec: spec('mean', I64, F64), input: integers },
  { name: 'variance f64', spec: spec('variance', F64, F64), input: doubles },
  { name: 'last string', spec: spec('last', STRING, STRING), input: strings },
  {
    name: 'collect string max=2',
    spec: { ...spec('collect', STRING, { kind: 'list', element: STRING }), max: 2, min: 2 },
    input: strings,
  },
  {
    name: 'sum f64 since, every 10th row',
    spec: { ...spec('sum', F64, F64), window: { kind: 'since' } },
    input: doubles,
    boundaryEvery: 10,
  },
  {
    name: 'sum f64 sliding(4), every 10th row',
    spec: { ...spec('sum', F64, F64), window: { kind: 'sliding', parts: 4 } },
    input: doubles,
    boundaryEvery: 10,
  },
  {
    name: 'sum i64 sliding(4), every 10th row',
    spec: { ...spec('sum', I64, I64), window: { kind: 'sliding', parts: 4 } },
    input: integers,
    boundaryEvery: 10,
  },
];

// All cases run once before any is measured: the loops have then seen every type that they will see in a worker.
for (const one of cases) run(one, batchesOf(one));
for (const one of cases) {
  const batches = batchesOf(one);
  let bestMs = Infinity;
  for (let repeat = 0; repeat < REPEATS; repeat++) bestMs = Math.min(bestMs, run(one, batches));
  console.log(`${one.name.padEnd(36)} ${((bestMs * 1e6) / ROWS).toFixed(1).padStart(6)} ns/row`);
}

function spec(fn: AggregateSpec['fn'], inputType: DataType, outputType: DataType): AggregateSpec {
  return { fn, inputType, outputType, window: null, max: null, min: null };
}

function batchesOf(one: Case): Batch[] {
  const batches: Batch[] = [];
  const { boundaryEvery } = one;
  for (let start = 0; start < ROWS; start += BATCH_ROWS) {
    const end = Math.min(start + BATCH_ROWS, ROWS);
    const length = end - start;
    batches.push({
      rows: { length, entity: entity.slice(start, end) },
      input: rowsOf(one.input, start, end, one.nulls === true),
      boundary:
        boundaryEvery === undefined
          ? null
          : Uint8Array.from({ length }, () => (random(boundaryEvery) === 0 ? 1 : 0)),
    });
  }
  return batches;
}

function rowsOf(column: Column, start: number, end: number, nulls: boolean): Column {
  const shared = { length: end - start, validity: nulls ? validity.slice(start, end) : null };
  switch (column.physical) {
    case 'fixed':
      return { ...column, ...shared, values: column.values.slice(start, end) };
    case 'string':
      return { ...column, ...shared, codes: column.codes.slice(start, end) };
    default:
      throw new Error(`no benchmark uses ${column.physical} columns`);
  }
}

/** Milliseconds for all batches, with a new operator. */
function run(one: Case, batches: readonly Batch[]): number {
  const operator = createAggregate(one.spec, ENTITIES, pool);
  const start = performance.now();
  for (const { rows, input, boundary } of batches) operator.process(rows, input, null, boundary);
  return performance.now() - start;
}
