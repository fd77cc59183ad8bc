/**
 * An append-only pool of distinct strings: a string is interned once and is a small integer afterwards.
 * Equal strings have equal codes, so kernels compare codes and hash each distinct string once.
 *
 *   bytes    c a t d o g …          UTF-8, one after another
 *   offsets  0     3     6 …        code c spans offsets[c] … offsets[c + 1] − 1
 *   hashes   hash of c, …           for a larger table
 *   table    mark | code + 1, …     open addressing from slot hash mod size on, load ≤ 1/2; 0 is free
 *
 * A table of 2ⁿ slots has codes below 2ⁿ, so the n bits of the hash that chose the slot make room for the code and the
 * others are the mark. Half the bytes of a pair, and a table that does not fit the cache costs a miss for each string.
 *
 * Strings are hashed and compared by words of 4 bytes. Codes go by order of arrival, so no result depends on the hash.
 */
const INITIAL_SLOTS = 1024;
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8');

export class StringPool {
  #bytes: Uint8Array = new Uint8Array(16 * 1024);
  #words = viewOf(this.#bytes);
  #offsets = new Int32Array(512);
  #hashes = new Int32Array(512);
  #table = new Int32Array(INITIAL_SLOTS);
  #count = 0;
  #decoded: (string | undefined)[] = [];
  /** What the last string came from, and the same bytes as words: strings come in long runs from one array. */
  #source: Uint8Array = new Uint8Array(0);
  #sourceWords = viewOf(this.#source);
  /** UTF-8 of the last text. */
  #text = new Uint8Array(256);

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
    if (source !== this.#source) {
      this.#source = source;
      this.#sourceWords = viewOf(source);
    }
    const words = this.#sourceWords;
    const hash = hashOf(words, start, end);
    const table = this.#table;
    const mask = table.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const entry = table[slot]!;
      if (entry === 0) return this.#append(source, start, end, hash, slot);
      if (((entry ^ hash) & ~mask) !== 0) continue;
      const next = entry & mask;
      const from = this.#offsets[next - 1]!;
      if (this.#offsets[next]! - from !== end - start) continue;
      if (isSame(words, start, end, this.#words, from)) return next - 1;
    }
  }

  intern(text: string): number {
    // A code unit of UTF-16 takes at most 3 bytes.
    if (this.#text.length < text.length * 3) this.#text = new Uint8Array(text.length * 4);
    const { written } = encoder.encodeInto(text, this.#text);
    return this.internBytes(this.#text, 0, written);
  }

  /** The string of a code, decoded once. */
  get(code: number): string {
    const known = this.#decoded[code];
    if (known !== undefined) return known;
    const text = decoder.decode(
      this.#bytes.subarray(this.#offsets[code]!, this.#offsets[code + 1]!),
    );
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
      this.#words = viewOf(grown);
    }
    if (code + 2 > this.#offsets.length) {
      const offsets = new Int32Array(this.#offsets.length * 2);
      offsets.set(this.#offsets);
      this.#offsets = offsets;
      const hashes = new Int32Array(offsets.length);
      hashes.set(this.#hashes);
      this.#hashes = hashes;
    }
    const bytes = this.#bytes;
    for (let at = start; at < end; at++) bytes[from + at - start] = source[at]!;
    this.#offsets[code + 1] = to;
    this.#hashes[code] = hash;
    this.#table[slot] = entryOf(hash, code, this.#table.length - 1);
    this.#count++;
    if (this.#count * 2 > this.#table.length) this.#rehash();
    return code;
  }

  #rehash(): void {
    const table = new Int32Array(this.#table.length * 2);
    const mask = table.length - 1;
    const hashes = this.#hashes;
    for (let code = 0; code < this.#count; code++) {
      const hash = hashes[code]!;
      let slot = hash & mask;
      while (table[slot] !== 0) slot = (slot + 1) & mask;
      table[slot] = entryOf(hash, code, mask);
    }
    this.#table = table;
  }
}

function entryOf(hash: number, code: number, mask: number): number {
  return (hash & ~mask) | (code + 1);
}

function viewOf({ buffer, byteOffset, length }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, length);
}

/** Rounds and last mix of MurmurHash3; the last word overlaps the one before where the length is no multiple of 4. */
function hashOf(words: DataView, start: number, end: number): number {
  let hash = end - start;
  const last = end - 4;
  if (last < start) {
    for (let at = start; at < end; at++) hash = mix(hash, words.getUint8(at));
  } else {
    for (let at = start; at < last; at += 4) hash = mix(hash, words.getInt32(at, true));
    hash = mix(hash, words.getInt32(last, true));
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

function mix(hash: number, word: number): number {
  const scrambled = Math.imul(word, 0xcc9e2d51);
  const mixed = hash ^ Math.imul((scrambled << 15) | (scrambled >>> 17), 0x1b873593);
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}

/** Whether words[start, end) are the bytes of `known` from `from` on. */
function isSame(
  words: DataView,
  start: number,
  end: number,
  known: DataView,
  from: number,
): boolean {
  const last = end - 4;
  const shift = from - start;
  if (last < start) {
    for (let at = start; at < end; at++) {
      if (words.getUint8(at) !== known.getUint8(at + shift)) return false;
    }
    return true;
  }
  for (let at = start; at < last; at += 4) {
    if (words.getInt32(at, true) !== known.getInt32(at + shift, true)) return false;
  }
  return words.getInt32(last, true) === known.getInt32(last + shift, true);
}
