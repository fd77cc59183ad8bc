/** Aggregation one row at a time over plain values, straight from language.md 4.1 and 4.2: slow and obvious. */
import type { Value } from '../../../../../shared/column/values.ts';
import type { DataType } from '../../../../../shared/types/data-type.ts';
import type { AggregateSpec } from '../../../../../worker/operator/aggregate/aggregate.ts';

export interface Row {
  readonly entity: number;
  readonly value: Value;
  readonly isNew: boolean;
  readonly boundary: boolean;
}

/** The value at each row. A window is a list of parts, a part the list of the values it was fed. */
export function reference(spec: AggregateSpec, rows: readonly Row[]): Value[] {
  const windows = new Map<number, Value[][]>();
  const partsMax = spec.window !== null && spec.window.kind === 'sliding' ? spec.window.parts : 1;
  return rows.map((row) => {
    const parts = windows.get(row.entity) ?? [[]];
    windows.set(row.entity, parts);
    if (row.isNew && row.value !== null) parts.at(-1)!.push(row.value);
    const value = evaluate(spec, parts);
    if (spec.window !== null && row.boundary) {
      parts.push([]);
      if (parts.length > partsMax) parts.shift();
    }
    return value;
  });
}

function evaluate(spec: AggregateSpec, parts: readonly Value[][]): Value {
  const all = parts.flat();
  switch (spec.fn) {
    case 'count':
      return all.length;
    case 'count_if':
      return all.filter((value) => value === true).length;
    case 'first':
      return all[0] ?? null;
    case 'last':
      return all.at(-1) ?? null;
    case 'collect': {
      const latest = spec.max === null ? all : all.slice(-spec.max);
      return latest.length < (spec.min ?? 0) ? null : latest;
    }
    case 'min':
    case 'max': {
      const proper = all.filter((value) => !Number.isNaN(value)) as (number | bigint)[];
      if (proper.length === 0) return all[0] ?? null;
      return proper.reduce((best, value) =>
        (spec.fn === 'min' ? value < best : value > best) ? value : best,
      );
    }
    case 'sum': {
      const add = adder(spec.inputType);
      const sums = parts
        .filter((part) => part.length > 0)
        .map((part) => (part as (number | bigint)[]).reduce(add));
      return sums.length === 0 ? null : sums.reduce(add);
    }
    case 'mean':
    case 'variance':
    case 'stddev': {
      const moments = parts.filter((part) => part.length > 0).map(momentsOf);
      if (moments.length === 0) return null;
      const { count, mean, squares } = moments.reduce(mergeMoments);
      if (spec.fn === 'mean') return mean;
      if (count < 2) return null;
      return spec.fn === 'variance' ? squares / count : Math.pow(squares / count, 0.5);
    }
  }
}

interface Moments {
  readonly count: number;
  readonly mean: number;
  readonly squares: number;
}

function momentsOf(part: readonly Value[]): Moments {
  let mean = 0;
  let squares = 0;
  part.forEach((value, index) => {
    const distance = Number(value) - mean;
    mean += distance / (index + 1);
    squares += distance * (Number(value) - mean);
  });
  return { count: part.length, mean, squares };
}

function mergeMoments(older: Moments, newer: Moments): Moments {
  const count = older.count + newer.count;
  const distance = newer.mean - older.mean;
  return {
    count,
    mean: older.mean + (distance * newer.count) / count,
    squares:
      older.squares + newer.squares + (distance * distance * older.count * newer.count) / count,
  };
}

type Adder = (left: number | bigint, right: number | bigint) => number | bigint;

function adder(type: DataType): Adder {
  if (type.kind === 'f64') return (left, right) => Number(left) + Number(right);
  if (type.kind === 'f32') return (left, right) => Math.fround(Number(left) + Number(right));
  const bits = BigInt(type.kind.slice(1));
  const isSigned = type.kind.startsWith('i');
  const lowest = isSigned ? -(2n ** (bits - 1n)) : 0n;
  const highest = isSigned ? 2n ** (bits - 1n) - 1n : 2n ** bits - 1n;
  return (left, right) => {
    const sum = BigInt(left) + BigInt(right);
    const bounded = sum < lowest ? lowest : sum > highest ? highest : sum;
    return bits === 64n ? bounded : Number(bounded);
  };
}
