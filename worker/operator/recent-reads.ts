/** What a thread read last, for the next cell that reads the same: what all cells of a slice need is read once. */

interface Read<T> {
  readonly bytes: number;
  readonly value: T;
}

/** Up to `bytesMax` bytes, the least recently used dropped first; the latest stays whatever its size. */
export class RecentReads<T> {
  readonly #bytesMax: number;
  readonly #bytesOf: (value: T) => number;
  /** In order of use. */
  readonly #reads = new Map<string, Read<T>>();
  #bytes = 0;

  constructor(bytesMax: number, bytesOf: (value: T) => number) {
    this.#bytesMax = bytesMax;
    this.#bytesOf = bytesOf;
  }

  /** What `read` gave for this key; `key` names something that never changes. */
  async get(key: string, read: () => Promise<T>): Promise<T> {
    const value = this.#drop(key)?.value ?? (await read());
    // Another cell may have read it meanwhile.
    this.#drop(key);
    const bytes = this.#bytesOf(value);
    this.#reads.set(key, { bytes, value });
    this.#bytes += bytes;
    for (const old of this.#reads.keys()) {
      if (this.#bytes <= this.#bytesMax || old === key) break;
      this.#drop(old);
    }
    return value;
  }

  #drop(key: string): Read<T> | undefined {
    const known = this.#reads.get(key);
    if (known === undefined) return undefined;
    this.#reads.delete(key);
    this.#bytes -= known.bytes;
    return known;
  }
}
