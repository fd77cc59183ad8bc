/**
 * An append-only pool of distinct strings: a string is interned once and is a small integer afterwards.
 * Equal strings have equal codes, so kernels compare codes and hash each distinct string once.
 *
 *   bytes    c a t d o g …          UTF-8, one after another
 *   offsets  0     3     6 …        code c spans offsets[c] … offsets[c + 1] − 1
 *   table    open addressing over FNV-1a of the bytes, load ≤ 1/2; slots hold code + 1, 0 is free
 */
const INITIAL_SLOTS = 1024;
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8');

export class StringPool {
  #bytes = new Uint8Array(16 * 1024);
  #offsets = new Int32Array(512);
  #hashes = new Int32Array(512);
  #table = new Int32Array(INITIAL_SLOTS);
  #count = 0;
  #decoded: (string | undefined)[] = [];

  get size(): number {
    return this.#count;
  }

  get byteLength(): number {
    return this.#offsets[this.#count]!;
  }

  /** All bytes; valid up to `byteLength`. The array is replaced when the pool grows: do not keep it. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** Offsets; valid up to `size` (inclusive). Replaced when the pool grows: do not keep it. */
  get offsets(): Int32Array {
    return this.#offsets;
  }

  /** The code of the string bytes[start, end). */
  internBytes(source: Uint8Array, start: number, end: number): number {
    let hash = 0x811c9dc5 | 0;
    for (let at = start; at < end; at++) hash = Math.imul(hash ^ source[at]!, 0x01000193);
    hash ^= hash >>> 15;
    const length = end - start;
    const mask = this.#table.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const entry = this.#table[slot]!;
      if (entry === 0) return this.#append(source, start, end, hash, slot);
      const code = entry - 1;
      if (this.#hashes[code] !== hash) continue;
      const from = this.#offsets[code]!;
      if (this.#offsets[code + 1]! - from !== length) continue;
      let same = true;
      for (let at = 0; at < length; at++) {
        if (this.#bytes[from + at] !== source[start + at]) {
          same = false;
          break;
        }
      }
      if (same) return code;
    }
  }

  intern(text: string): number {
    const bytes = encoder.encode(text);
    return this.internBytes(bytes, 0, bytes.length);
  }

  /** The string of a code, decoded once. */
  get(code: number): string {
    const known = this.#decoded[code];
    if (known !== undefined) return known;
    const text = decoder.decode(this.#bytes.subarray(this.#offsets[code]!, this.#offsets[code + 1]!));
    this.#decoded[code] = text;
    return text;
  }

  #append(source: Uint8Array, start: number, end: number, hash: number, slot: number): number {
    const code = this.#count;
    const from = this.#offsets[code]!;
    const to = from + (end - start);
    if (to > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(to, this.#bytes.length * 2));
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    if (code + 2 > this.#offsets.length) {
      const offsets = new Int32Array(this.#offsets.length * 2);
      offsets.set(this.#offsets);
      this.#offsets = offsets;
      const hashes = new Int32Array(offsets.length);
      hashes.set(this.#hashes);
      this.#hashes = hashes;
    }
    for (let at = start; at < end; at++) this.#bytes[from + at - start] = source[at]!;
    this.#offsets[code + 1] = to;
    this.#hashes[code] = hash;
    this.#table[slot] = code + 1;
    this.#count++;
    if (this.#count * 2 > this.#table.length) this.#rehash();
    return code;
  }

  #rehash(): void {
    const table = new Int32Array(this.#table.length * 2);
    const mask = table.length - 1;
    for (let code = 0; code < this.#count; code++) {
      let slot = this.#hashes[code]! & mask;
      while (table[slot] !== 0) slot = (slot + 1) & mask;
      table[slot] = code + 1;
    }
    this.#table = table;
  }
}
