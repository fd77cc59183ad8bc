/** Arrays that a thread uses again and again: fresh pages cost ten times as much as filling pages that are there. */
import { assert } from '../shared/base/assert.ts';
import type { FlatRows } from '../shared/column/column.ts';
import { isStringType, physicalOf } from '../shared/column/column.ts';
import { elementBytesOf, viewAs } from '../shared/storage/bundle.ts';
import type { ScalarType } from '../shared/types/data-type.ts';

/** Arrays by name, each as long as was asked for last; what they hold is left over. Of one piece of work at a time. */
export class Scratch {
  readonly #buffers = new Map<string, ArrayBuffer>();

  u8(name: string, length: number): Uint8Array<ArrayBuffer> {
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

  /**
   * Gives the memory to whoever needs some next, when nothing of it is needed. Never after a failure: a request that is
   * under way may still write to it.
   */
  giveBack(): void {
    for (const buffer of this.#buffers.values()) {
      if (buffer.byteLength >= KEPT_BUFFER_BYTES_MIN) free.push(buffer);
    }
    this.#buffers.clear();
    let bytes = free.reduce((sum, { byteLength }) => sum + byteLength, 0);
    while (bytes > KEPT_BYTES_MAX) bytes -= free.shift()!.byteLength;
  }

  #buffer(name: string, bytes: number): ArrayBuffer {
    const known = this.#buffers.get(name);
    if (known !== undefined && known.byteLength >= bytes) return known;
    // Some room, so that the next batch with a few more rows fits.
    const made = takeBuffer(bytes) ?? new ArrayBuffer(bytes + (bytes >>> 4));
    this.#buffers.set(name, made);
    return made;
  }
}

/** Of all buffers that a thread keeps; a table with wide rows may need more than is worth keeping. */
const KEPT_BYTES_MAX = 512 << 20;
/** Smaller ones are not worth looking for. */
const KEPT_BUFFER_BYTES_MIN = 64 << 10;
/** A buffer serves requests of at least its size by this: a small request must not take a large buffer away. */
const FIT_MAX = 2;

/** What nobody uses: the one that was given back first goes first. */
const free: ArrayBuffer[] = [];

/** The smallest that fits; null if none does. */
function takeBuffer(bytes: number): ArrayBuffer | null {
  let best = -1;
  for (let at = 0; at < free.length; at++) {
    const { byteLength } = free[at]!;
    if (byteLength < bytes || byteLength > bytes * FIT_MAX) continue;
    if (best < 0 || byteLength < free[best]!.byteLength) best = at;
  }
  return best < 0 ? null : free.splice(best, 1)[0]!;
}
