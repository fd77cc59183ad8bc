/**
 * All kernels by the name of their Fenl function, and three names that are no functions of the language: `cast` (to the
 * type of the result), `field` and `record`.
 */
import { ARITHMETIC_KERNELS } from './arithmetic.ts';
import { castColumn } from './cast.ts';
import { COLLECTION_KERNELS } from './collection.ts';
import { COMPARE_KERNELS } from './compare.ts';
import { GENERAL_KERNELS } from './general.ts';
import type { Kernel } from './kernel.ts';
import { LOGIC_KERNELS } from './logic.ts';
import { STRING_KERNELS } from './string.ts';
import { TIME_KERNELS } from './time.ts';

const KERNELS = {
  ...ARITHMETIC_KERNELS,
  ...LOGIC_KERNELS,
  ...COMPARE_KERNELS,
  ...GENERAL_KERNELS,
  ...STRING_KERNELS,
  ...TIME_KERNELS,
  ...COLLECTION_KERNELS,
  cast: (args, outType, context) => castColumn(args[0]!, outType, context),
} satisfies Record<string, Kernel>;

export type KernelName = keyof typeof KERNELS;

export const KERNEL_NAMES: readonly string[] = Object.keys(KERNELS);

export function isKernelName(name: string): name is KernelName {
  return Object.hasOwn(KERNELS, name);
}

export function kernelOf(name: KernelName): Kernel {
  return KERNELS[name];
}
