/** Dense values of a page moved to the rows that hold them: one loop per width. */
import type { RawValues } from './leaf-values.ts';

/**
 * Moves the dense values out[at … at + stored) to the rows that hold them, from the back so that nothing is overwritten
 * before it is moved, and marks those rows in `validity`. A row has a value where its
 * definition level is the highest.
 */
export function spread(
  out: RawValues,
  at: number,
  definitions: Int32Array,
  definitionMax: number,
  stored: number,
  validity: Uint8Array,
): void {
  if (out instanceof BigInt64Array) spread8(out, at, definitions, definitionMax, stored, validity);
  else if (out instanceof Int32Array)
    spread4(out, at, definitions, definitionMax, stored, validity);
  else spread1(out, at, definitions, definitionMax, stored, validity);
}

function spread8(
  out: BigInt64Array,
  at: number,
  definitions: Int32Array,
  definitionMax: number,
  stored: number,
  validity: Uint8Array,
): void {
  let from = at + stored;
  for (let row = definitions.length - 1; row >= 0; row--) {
    if (definitions[row] === definitionMax) {
      out[at + row] = out[--from]!;
      validity[at + row] = 1;
    } else {
      out[at + row] = 0n;
      validity[at + row] = 0;
    }
  }
}

function spread4(
  out: Int32Array,
  at: number,
  definitions: Int32Array,
  definitionMax: number,
  stored: number,
  validity: Uint8Array,
): void {
  let from = at + stored;
  for (let row = definitions.length - 1; row >= 0; row--) {
    if (definitions[row] === definitionMax) {
      out[at + row] = out[--from]!;
      validity[at + row] = 1;
    } else {
      out[at + row] = 0;
      validity[at + row] = 0;
    }
  }
}

function spread1(
  out: Uint8Array,
  at: number,
  definitions: Int32Array,
  definitionMax: number,
  stored: number,
  validity: Uint8Array,
): void {
  let from = at + stored;
  for (let row = definitions.length - 1; row >= 0; row--) {
    if (definitions[row] === definitionMax) {
      out[at + row] = out[--from]!;
      validity[at + row] = 1;
    } else {
      out[at + row] = 0;
      validity[at + row] = 0;
    }
  }
}
