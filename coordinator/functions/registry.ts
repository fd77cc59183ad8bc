/** All functions of the language by name. Help, completion, the reference page and the checker read this and nothing else. */
import { assert } from '../../shared/base/assert.ts';
import { AGGREGATION } from './aggregation.ts';
import { ARITHMETIC } from './arithmetic.ts';
import { COLLECTIONS } from './collections.ts';
import { COMPARISON } from './comparison.ts';
import type { FunctionEntry } from './entry.ts';
import { GENERAL } from './general.ts';
import { LOGIC } from './logic.ts';
import { parseSignature } from './parse-signature.ts';
import { RECORDS } from './records.ts';
import type { Signature } from './signature.ts';
import { STRINGS } from './strings.ts';
import { TIME } from './time.ts';

export interface FunctionDefinition {
  readonly name: string;
  readonly family: string;
  readonly entry: FunctionEntry;
  readonly signature: Signature;
}

const FAMILIES: readonly (readonly [string, readonly FunctionEntry[]])[] = [
  ['arithmetic', ARITHMETIC],
  ['logic', LOGIC],
  ['comparison', COMPARISON],
  ['general', GENERAL],
  ['strings', STRINGS],
  ['time', TIME],
  ['aggregation', AGGREGATION],
  ['collections', COLLECTIONS],
  ['records', RECORDS],
];

/** In the order of the families and their entries. */
export const FUNCTIONS: ReadonlyMap<string, FunctionDefinition> = defineFunctions();

/** The names worth suggesting for a misspelt one. */
export function publicFunctionNames(): string[] {
  return [...FUNCTIONS.values()].filter(({ entry }) => !entry.internal).map(({ name }) => name);
}

function defineFunctions(): Map<string, FunctionDefinition> {
  const functions = new Map<string, FunctionDefinition>();
  for (const [family, entries] of FAMILIES) {
    for (const entry of entries) {
      const signature = parseSignature(entry.signature);
      const { name } = signature;
      assert(!functions.has(name), `function ${name} is defined twice`);
      functions.set(name, { name, family, entry, signature });
    }
  }
  return functions;
}
