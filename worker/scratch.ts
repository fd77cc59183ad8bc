/** Arrays that a thread uses again and again: fresh pages cost ten times as much as filling pages that are there. */
import { assert } from '../shared/base/assert.ts';
import type { FlatRows } from '../shared/column/column.ts';
import { isStringType, physicalOf } from '../shared/column/column.ts';
import { elementBytesOf, viewAs } from '../shared/storage/bundle.ts';
import type { ScalarType } from '../shared/types/data-type.ts';

/** Arrays by name, each as long as was asked for last; what they hold is left over. Of one piece of work at a time. */
export class Scratch {
  readonly #buffers = new Map<string, ArrayBuffer>();

  get byteLength(): number {
    let bytes = 0;
    for (const buffer of this.#buffers.values()) bytes += buffer.byteLength;
    return bytes;
  }

  u8(name: string, length: number): Uint8Array {
    return new Uint8Array(this.#buffer(name, length), 0, length);
  }

  u16(name: string, length: number): Uint16Array {
    return new Uint16Array(this.#buffer(name, length * 2), 0, length);
  }

  i32(name: string, length: number): Int32Array {
    return new Int32Array(this.#buffer(name, length * 4), 0, length);
  }

  u32(name: string, length: number): Uint32Array {
    return new Uint32Array(this.#buffer(name, length * 4), 0, length);
  }

  i64(name: string, length: number): BigInt64Array {
    return new BigInt64Array(this.#buffer(name, length * 8), 0, length);
  }

  u64(name: string, length: number): BigUint64Array {
    return new BigUint64Array(this.#buffer(name, length * 8), 0, length);
  }

  /** Of `length` rows, for values that are all written before they are read. */
  flat(name: string, type: ScalarType, length: number, hasNulls: boolean): FlatRows {
    const physical = isStringType(type) ? 'i32' : physicalOf(type);
    assert(physical !== null, `scratch: ${type.kind} is flat`);
    return {
      values: viewAs(physical, this.u8(name, length * elementBytesOf(physical))),
      validity: hasNulls ? this.u8(`${name} validity`, length) : null,
    };
  }

  #buffer(name: string, bytes: number): ArrayBuffer {
    const known = this.#buffers.get(name);
    if (known !== undefined && known.byteLength >= bytes) return known;
    // Some room, so that the next batch with a few more rows fits.
    const made = new ArrayBuffer(bytes + (bytes >>> 4));
    this.#buffers.set(name, made);
    return made;
  }
}

/** Of all that a thread keeps for the next user; a table with wide rows may need more than is worth keeping. */
const KEPT_BYTES_MAX = 512 << 20;

/** The one that was given back first goes first. */
const spares: { readonly purpose: string; readonly scratch: Scratch }[] = [];

/** One that nobody else of this thread uses until it is given back, with the arrays that its last user had. */
export function takeScratch(purpose: string): Scratch {
  const at = spares.findLastIndex((spare) => spare.purpose === purpose);
  const [spare] = at < 0 ? [] : spares.splice(at, 1);
  return spare?.scratch ?? new Scratch();
}

/** When nothing of it is needed. Never after a failure: a request that is under way may still write to it. */
export function giveBack(purpose: string, scratch: Scratch): void {
  if (scratch.byteLength > KEPT_BYTES_MAX) return;
  spares.push({ purpose, scratch });
  let bytes = spares.reduce((sum, spare) => sum + spare.scratch.byteLength, 0);
  while (bytes > KEPT_BYTES_MAX) bytes -= spares.shift()!.scratch.byteLength;
}
