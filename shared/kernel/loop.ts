/**
 * Emits the loops of kernels: one function per operation and physical type, made the first time it is needed.
 *
 * A loop that has seen several kinds of typed array runs an order of magnitude slower than one that has seen a single
 * kind, and closures made at one place share what they have seen. So each (operation, type) gets a function of its own:
 *
 *   loop('add i64', ['left', 'right', 'out'], 'out[row] = left[row] + right[row];')
 *
 *   function (length, left, right, out) {
 *     for (let row = 0; row < length; row++) { out[row] = left[row] + right[row]; }
 *   }
 *
 * Bodies are constants of the kernel files; nothing from a query ever enters them.
 */
import type { FixedArray } from '../column/column.ts';

export type Loop = (length: number, ...arrays: readonly FixedArray[]) => void;

const loops = new Map<string, Loop>();

/** The loop called `name`, over arrays called `parameters`. A name always stands for the same body. */
export function loop(name: string, parameters: readonly string[], body: string): Loop {
  const known = loops.get(name);
  if (known !== undefined) return known;
  const source = [
    '"use strict";',
    'for (let row = 0; row < length; row++) {',
    `  ${body}`,
    '}',
    `//# sourceURL=kernel/${name.replaceAll(' ', '-')}.js`,
  ].join('\n');
  // The Function constructor is typed as returning any function; the parameters are those of a Loop.
  const made = new Function('length', ...parameters, source) as Loop;
  loops.set(name, made);
  return made;
}
