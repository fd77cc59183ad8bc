/** What a kernel is: the pointwise meaning of one Fenl function over whole columns. */
import type { Column, FixedArray, FixedColumn, FixedPhysical } from '../column/column.ts';
import { physicalOf } from '../column/column.ts';
import type { StringPool } from '../column/string-pool.ts';
import { allNullColumn } from '../column/validity.ts';
import { AssertionError } from '../base/assert.ts';
import { printType } from '../types/data-type.ts';
import type { DataType, ScalarType } from '../types/data-type.ts';

export interface KernelContext {
  /** Rows of every argument and of the result. Needed where there are no arguments to ask. */
  readonly length: number;
  /** The pool of all string arguments; new strings go there. */
  readonly pool: StringPool;
  /** The name that `field` accesses. */
  readonly field?: string;
}

/**
 * Arguments have been cast to the parameter types of the instantiated signature; each has `context.length` rows. The
 * result has type `outType` and as many rows. Kernels never change an argument, and may return one.
 */
export type Kernel = (args: readonly Column[], outType: DataType, context: KernelContext) => Column;

/** `arg` as a fixed-width column. A null literal that nothing gave a type becomes nulls of `type`. */
export function fixedArg(arg: Column, type: DataType, context: KernelContext): FixedColumn {
  const column = arg.physical === 'null' ? allNullColumn(type, arg.length, context.pool) : arg;
  if (column.physical !== 'fixed') {
    throw new AssertionError(`expected a column of ${printType(type)}, got ${printType(arg.type)}`);
  }
  return column;
}

/** `type` as the type of a fixed-width column. */
export function fixedType(type: DataType): ScalarType {
  if (physicalOf(type) === null) throw new AssertionError(`${printType(type)} is not fixed-width`);
  return type as ScalarType; // physicalOf answers for scalar types only
}

export function physicalOfColumn(column: FixedColumn): FixedPhysical {
  return physicalOf(column.type)!; // a fixed column has a fixed-width type
}

/** The 32-bit halves of 64-bit values, low half first (all supported machines are little-endian). */
export function halvesOf(values: FixedArray): Int32Array {
  return new Int32Array(values.buffer, values.byteOffset, values.length * 2);
}

export function isFloat(physical: FixedPhysical): boolean {
  return physical === 'f32' || physical === 'f64';
}

export function is64BitInt(physical: FixedPhysical): boolean {
  return physical === 'i64' || physical === 'u64';
}
