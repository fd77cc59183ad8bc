/** Evaluates one call of a pointwise function over columns. */
import type { KernelContext } from './kernel.ts';
import { isKernelName, kernelOf } from './registry.ts';
import type { Column } from '../column/column.ts';
import { nullColumn } from '../column/column.ts';
import { assert } from '../base/assert.ts';
import type { DataType } from '../types/data-type.ts';

/**
 * `fn` of `args`, whose types are those of the instantiated signature: the checker has cast them. A result of type
 * `null` needs no kernel. Throws an assertion for unknown functions and wrong arguments, never for values.
 */
export function evaluateCall(
  fn: string,
  args: readonly Column[],
  outType: DataType,
  context: KernelContext,
): Column {
  assert(isKernelName(fn), `no kernel is called ${fn}`);
  for (const arg of args) {
    assert(arg.length === context.length, `${fn}: arguments have ${context.length} rows`);
  }
  if (outType.kind === 'null') return nullColumn(context.length);
  const result = kernelOf(fn)(args, outType, context);
  assert(result.length === context.length, `${fn}: the result has ${context.length} rows`);
  return result;
}
