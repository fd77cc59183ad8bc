/** Arrays that a thread uses again and again: fresh pages cost ten times as much as filling pages that are there. */

/** Arrays by name, each as long as was asked for last; what they hold is left over. Of one piece of work at a time. */
export class Scratch {
  readonly #buffers = new Map<string, ArrayBuffer>();

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

  #buffer(name: string, bytes: number): ArrayBuffer {
    const known = this.#buffers.get(name);
    if (known !== undefined && known.byteLength >= bytes) return known;
    // Some room, so that the next batch with a few more rows fits.
    const made = new ArrayBuffer(bytes + (bytes >>> 4));
    this.#buffers.set(name, made);
    return made;
  }
}

let spare: Scratch | null = null;

/** One that no other merge of this thread uses until it is given back. */
export function takeScratch(): Scratch {
  const scratch = spare ?? new Scratch();
  spare = null;
  return scratch;
}

export function giveBack(scratch: Scratch): void {
  spare = scratch;
}
