/** Calls kernels on plain values: `call('add', I64, [I64, [1n]], [I64, [2n]])`. */
import { StringPool } from '../../../../shared/column/string-pool.ts';
import { columnFromValues, columnValues } from '../../../../shared/column/values.ts';
import type { Value } from '../../../../shared/column/values.ts';
import { castColumn } from '../../../../shared/kernel/cast.ts';
import { evaluateCall } from '../../../../shared/kernel/evaluate.ts';
import { sameType } from '../../../../shared/types/data-type.ts';
import type { DataType } from '../../../../shared/types/data-type.ts';

export type TypedValues = readonly [type: DataType, values: readonly Value[]];

export function call(fn: string, outType: DataType, ...args: readonly TypedValues[]): Value[] {
  return callField(fn, undefined, outType, ...args);
}

export function callField(
  fn: string,
  field: string | undefined,
  outType: DataType,
  ...args: readonly TypedValues[]
): Value[] {
  const pool = new StringPool();
  const columns = args.map(([type, values]) => columnFromValues(type, values, pool));
  const context = { length: args[0]![1].length, pool, ...(field === undefined ? {} : { field }) };
  const result = evaluateCall(fn, columns, outType, context);
  if (!sameType(result.type, outType)) throw new Error(`${fn}: the result has another type`);
  return columnValues(result);
}

export function cast(from: DataType, to: DataType, values: readonly Value[]): Value[] {
  const pool = new StringPool();
  const result = castColumn(columnFromValues(from, values, pool), to, { pool });
  if (!sameType(result.type, to)) throw new Error('cast: the result has another type');
  return columnValues(result);
}
