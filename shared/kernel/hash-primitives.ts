/**
 * The hash of language.md, Appendix A (aHash 0.8.3 without AES), over 64-bit words kept as two 32-bit halves.
 *
 * Numbers of JavaScript hold a 32 × 32-bit product to 53 bits, so a 64 × 64-bit product takes four of them; a BigInt
 * per step would allocate. Results are written as (low, high) pairs into a Uint32Array, which is the memory layout of
 * a BigUint64Array on the little-endian machines that this runs on.
 */

/** Four 64-bit words (buffer, pad, extra0, extra1), each low half first. */
export type HashKey = Uint32Array;

const PI = [
  0x452821e638d01377n,
  0xbe5466cf34e90c6cn,
  0xc0ac29b7c97c50ddn,
  0x3f84d5b5b5470917n,
] as const;

export type HashSeeds = readonly [bigint, bigint, bigint, bigint];

/** The key of four seeds: SEEDS[i] XOR PI2[i]. */
export function hashKey(seeds: HashSeeds): HashKey {
  return new Uint32Array(BigUint64Array.from(seeds, (seed, index) => seed ^ PI[index]!).buffer);
}

/** Keys of `hash()`, `_key_hash`, `with_key`, `lookup` and samples. */
export const VALUE_KEY: HashKey = hashKey([1234n, 5678n, 9012n, 3456n]);

// MULT = 6364136223846793005
const MULT_LOW = 0x4c957f2d;
const MULT_HIGH = 0x5851f42d;
const TO_HIGH_WORD = 2 ** -32;

/** The `buffer` of the running hash as [low, high], int32 halves. One hash is computed at a time. */
const state = new Int32Array(2);

/**
 * The upper 32 bits of the product of two uint32. The double product is off by at most 2^10 and the product minus its
 * lower word is a multiple of 2^32, so rounding to the nearest multiple is exact.
 */
function highWord(left: number, right: number, low: number): number {
  return ((left * right - low) * TO_HIGH_WORD + 0.5) >>> 0;
}

/** state = low64(a · b) XOR high64(a · b), with a and b given as uint32 halves. */
function foldedMultiply(aLow: number, aHigh: number, bLow: number, bHigh: number): void {
  const low00 = Math.imul(aLow, bLow) >>> 0;
  const low01 = Math.imul(aLow, bHigh) >>> 0;
  const low10 = Math.imul(aHigh, bLow) >>> 0;
  const low11 = Math.imul(aHigh, bHigh) >>> 0;
  const word1 = highWord(aLow, bLow, low00) + low01 + low10;
  const carry1 = Math.floor(word1 * TO_HIGH_WORD);
  const word2 = highWord(aLow, bHigh, low01) + highWord(aHigh, bLow, low10) + low11 + carry1;
  const carry2 = Math.floor(word2 * TO_HIGH_WORD);
  const word3 = highWord(aHigh, bHigh, low11) + carry2;
  state[0] = low00 ^ (word2 >>> 0);
  state[1] = (word1 >>> 0) ^ (word3 >>> 0);
}

/** buffer = fm(x XOR buffer, MULT) */
function update(low: number, high: number): void {
  foldedMultiply((low ^ state[0]!) >>> 0, (high ^ state[1]!) >>> 0, MULT_LOW, MULT_HIGH);
}

/** buffer = rotl((buffer + pad) XOR fm(a XOR extra0, b XOR extra1), 23) */
function mixPair(key: HashKey, aLow: number, aHigh: number, bLow: number, bHigh: number): void {
  const low = (state[0]! >>> 0) + key[2]!;
  const high = (state[1]! >>> 0) + key[3]! + (low > 0xffff_ffff ? 1 : 0);
  foldedMultiply(
    (aLow ^ key[4]!) >>> 0,
    (aHigh ^ key[5]!) >>> 0,
    (bLow ^ key[6]!) >>> 0,
    (bHigh ^ key[7]!) >>> 0,
  );
  const mixedLow = state[0]! ^ low;
  const mixedHigh = state[1]! ^ high;
  state[0] = (mixedLow << 23) | (mixedHigh >>> 9);
  state[1] = (mixedHigh << 23) | (mixedLow >>> 9);
}

/** Writes rotl(fm(buffer, pad), buffer AND 63) to out[at], out[at + 1]. */
function finish(key: HashKey, out: Uint32Array, at: number): void {
  const rotation = state[0]! & 63;
  foldedMultiply(state[0]! >>> 0, state[1]! >>> 0, key[2]!, key[3]!);
  const swap = rotation >= 32;
  const low = swap ? state[1]! : state[0]!;
  const high = swap ? state[0]! : state[1]!;
  const bits = rotation & 31;
  if (bits === 0) {
    out[at] = low;
    out[at + 1] = high;
  } else {
    out[at] = (low << bits) | (high >>> (32 - bits));
    out[at + 1] = (high << bits) | (low >>> (32 - bits));
  }
}

function begin(key: HashKey): void {
  state[0] = key[0]!;
  state[1] = key[1]!;
}

/** The hash of a 64-bit word (an integer, a timestamp, the bits of a float) to out[at], out[at + 1]. */
export function hashWord(low: number, high: number, out: Uint32Array, at: number): void {
  begin(VALUE_KEY);
  update(low, high);
  finish(VALUE_KEY, out, at);
}

function word(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}

/** The hash of the string whose UTF-8 is bytes[start, end), to out[at] (low) and out[at + 1] (high). */
export function hashUtf8(
  bytes: Uint8Array,
  start: number,
  end: number,
  out: Uint32Array,
  at: number,
  key: HashKey = VALUE_KEY,
): void {
  begin(key);
  writeBytes(key, bytes, start, end);
  update(0xff, 0);
  finish(key, out, at);
}

function writeBytes(key: HashKey, bytes: Uint8Array, start: number, end: number): void {
  const length = end - start;
  multiplyByMult(length);
  if (length > 16) {
    mixBytes(key, bytes, end - 16);
    for (let from = start; end - from > 16; from += 16) mixBytes(key, bytes, from);
  } else if (length > 8) {
    const tail = end - 8;
    mixPair(
      key,
      word(bytes, start),
      word(bytes, start + 4),
      word(bytes, tail),
      word(bytes, tail + 4),
    );
  } else if (length >= 4) {
    mixPair(key, word(bytes, start), 0, word(bytes, end - 4), 0);
  } else if (length >= 2) {
    mixPair(key, bytes[start]! | (bytes[start + 1]! << 8), 0, bytes[end - 1]!, 0);
  } else if (length === 1) {
    mixPair(key, bytes[start]!, 0, bytes[start]!, 0);
  } else {
    mixPair(key, 0, 0, 0, 0);
  }
}

/** Mixes the two 64-bit words at `from`. */
function mixBytes(key: HashKey, bytes: Uint8Array, from: number): void {
  mixPair(
    key,
    word(bytes, from),
    word(bytes, from + 4),
    word(bytes, from + 8),
    word(bytes, from + 12),
  );
}

/** buffer = (buffer + length) · MULT, modulo 2^64. */
function multiplyByMult(length: number): void {
  const sum = (state[0]! >>> 0) + length;
  const low = sum >>> 0;
  const high = (state[1]! + (sum > 0xffff_ffff ? 1 : 0)) | 0;
  const lowProduct = Math.imul(low, MULT_LOW) >>> 0;
  state[0] = lowProduct;
  state[1] =
    highWord(low, MULT_LOW, lowProduct) + Math.imul(low, MULT_HIGH) + Math.imul(high, MULT_LOW);
}
