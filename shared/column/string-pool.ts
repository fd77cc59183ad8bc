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
/** Strings that are looked up together. */
const TOGETHER = 512;
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
  /** Hashes of the strings that are looked up together. */
  readonly #together = new Int32Array(TOGETHER);

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
    const words = this.#wordsOf(source);
    return this.#find(source, words, start, end, hashOf(words, start, end));
  }

  /**
   * The codes of the strings source[starts[i], ends[i]), one for each of `codes`, as if interned one after another. Hashes,
   * slots and bytes are each looked at for many strings in a row: a miss of the cache is then waited for together with the
   * next ones.
   */
  internAll(source: Uint8Array, starts: Int32Array, ends: Int32Array, codes: Int32Array): void {
    const words = this.#wordsOf(source);
    const hashes = this.#together;
    for (let from = 0; from < codes.length; from += TOGETHER) {
      const to = Math.min(from + TOGETHER, codes.length);
      for (let at = from; at < to; at++) hashes[at - from] = hashOf(words, starts[at]!, ends[at]!);
      findMarks(this.#table, hashes, codes, from, to);
      this.#keepSame(words, starts, ends, codes, from, to);
      for (let at = from; at < to; at++) {
        if (codes[at]! >= 0) continue;
        codes[at] = this.#find(source, words, starts[at]!, ends[at]!, hashes[at - from]!);
      }
    }
  }

  /** Codes whose string is not the one that is looked for become −1. */
  #keepSame(
    words: DataView,
    starts: Int32Array,
    ends: Int32Array,
    codes: Int32Array,
    from: number,
    to: number,
  ): void {
    const known = this.#words;
    const offsets = this.#offsets;
    for (let at = from; at < to; at++) {
      const code = codes[at]!;
      if (code < 0) continue;
      const start = starts[at]!;
      const end = ends[at]!;
      const offset = offsets[code]!;
      if (offsets[code + 1]! - offset === end - start) {
        if (isSame(words, start, end, known, offset)) continue;
      }
      codes[at] = -1;
    }
  }

  #wordsOf(source: Uint8Array): DataView {
    if (source !== this.#source) {
      this.#source = source;
      this.#sourceWords = viewOf(source);
    }
    return this.#sourceWords;
  }

  #find(source: Uint8Array, words: DataView, start: number, end: number, hash: number): number {
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

/** Of each hash the code in the first slot with its mark; −1 if there is none. */
function findMarks(
  table: Int32Array,
  hashes: Int32Array,
  codes: Int32Array,
  from: number,
  to: number,
): void {
  const mask = table.length - 1;
  for (let at = from; at < to; at++) {
    const hash = hashes[at - from]!;
    let slot = hash & mask;
    let entry = table[slot]!;
    while (entry !== 0 && ((entry ^ hash) & ~mask) !== 0) {
      slot = (slot + 1) & mask;
      entry = table[slot]!;
    }
    codes[at] = (entry & mask) - 1;
  }
}

/**
 * Two sums of words, of even and of odd ones, so that neither waits for the other, with the last mix of MurmurHash3. The
 * last word overlaps the one before where the length is no multiple of 4.
 */
function hashOf(words: DataView, start: number, end: number): number {
  let even = end - start;
  let odd = 0x165667b1;
  const last = end - 4;
  if (last < start) {
    for (let at = start; at < end; at++) even = addWord(even, words.getUint8(at));
  } else {
    let at = start;
    for (; at + 4 < last; at += 8) {
      even = addWord(even, words.getInt32(at, true));
      odd = addWord(odd, words.getInt32(at + 4, true));
    }
    if (at < last) even = addWord(even, words.getInt32(at, true));
    odd = addWord(odd, words.getInt32(last, true));
  }
  let hash = even ^ Math.imul(odd, 0x9e3779b1);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

function addWord(sum: number, word: number): number {
  const mixed = Math.imul(sum ^ word, 0xcc9e2d51);
  return (mixed << 15) | (mixed >>> 17);
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
