/** The encodings of Parquet pages, from typed arrays: bit-packed hybrid, delta, bits of bools, byte arrays. */
import type { ByteSink } from './byte-sink.ts';

/** Bits that hold every number in [0, largest]. */
export function bitWidthOf(largest: number): number {
  return 32 - Math.clz32(largest);
}

/**
 * RLE / bit-packing hybrid of values[from … to − 1], each below 2^bitWidth (1 … 32): one run if they are all equal, else
 * all of them bit-packed. Finer runs would save bytes that the page compression saves anyway.
 */
export function encodeHybrid(
  sink: ByteSink,
  values: Int32Array,
  from: number,
  to: number,
  bitWidth: number,
): void {
  const count = to - from;
  if (count === 0) return;
  const first = values[from]!;
  let differs = 0;
  for (let at = from; at < to; at++) differs |= values[at]! ^ first;
  if (differs === 0) {
    encodeRun(sink, first, count, bitWidth);
    return;
  }
  const groups = Math.ceil(count / 8);
  sink.varint(groups * 2 + 1);
  const bytes = groups * bitWidth;
  packBits(sink, values, from, to, bitWidth);
  sink.length += bytes;
}

/** `count` times the same value. */
export function encodeRun(sink: ByteSink, value: number, count: number, bitWidth: number): void {
  sink.varint(count * 2);
  for (let shift = 0; shift < bitWidth; shift += 8) sink.u8((value >>> shift) & 0xff);
}

/** Writes the bits at sink.length without moving it; what is left of the last group of 8 values is zero. */
function packBits(
  sink: ByteSink,
  values: Int32Array,
  from: number,
  to: number,
  bitWidth: number,
): void {
  const groups = Math.ceil((to - from) / 8);
  sink.reserve(groups * bitWidth + 4);
  const view = sink.view;
  let at = sink.length;
  sink.bytes.fill(0, at, at + groups * bitWidth);
  let word = 0;
  let used = 0;
  for (let row = from; row < to; row++) {
    const value = values[row]!;
    word |= value << used;
    used += bitWidth;
    if (used >= 32) {
      view.setUint32(at, word, true);
      at += 4;
      used -= 32;
      // A shift by 32 is a shift by 0 in JavaScript, so the word that ends exactly here is a case of its own.
      word = used === 0 ? 0 : value >>> (bitWidth - used);
    }
  }
  for (; used > 0; used -= 8) {
    sink.bytes[at++] = word & 0xff;
    word >>>= 8;
  }
}

const BLOCK_VALUES = 128;
const MINIBLOCKS = 4;
const MINIBLOCK_VALUES = BLOCK_VALUES / MINIBLOCKS;

/** The deltas of a block less the smallest of them; those that are not filled are zero. */
const deltas = new BigInt64Array(BLOCK_VALUES);
/** Value i is words[2i] (low) and words[2i + 1] (high). */
const words = new Uint32Array(deltas.buffer);
const least = new BigInt64Array(1);
const leastWords = new Int32Array(least.buffer);

/**
 * DELTA_BINARY_PACKED of 64-bit numbers: blocks of 128 deltas, each with its smallest delta and four bit widths.
 *
 *   header: 128, 4, count, zigzag(first)      block: zigzag(min delta), 4 widths, 4 × 32 packed (delta − min)
 *
 * Arithmetic wraps, as the format wants, so unsigned values may be passed as signed ones. Its loops go from typed array
 * to typed array, which V8 turns to 64-bit instructions: three times as fast as arithmetic by words.
 */
export function encodeDelta64(
  sink: ByteSink,
  values: BigInt64Array,
  from: number,
  to: number,
): void {
  writeDeltaHeader(sink, to - from);
  if (from === to) sink.varint(0);
  else {
    least[0] = values[from]!;
    writeZigzag64(sink, leastWords[0]!, leastWords[1]!);
  }
  for (let block = from + 1; block < to; block += BLOCK_VALUES) {
    const size = Math.min(BLOCK_VALUES, to - block);
    for (let at = 0; at < size; at++) deltas[at] = values[block + at]! - values[block + at - 1]!;
    least[0] = deltas[0]!;
    for (let at = 1; at < size; at++) if (deltas[at]! < least[0]!) least[0] = deltas[at]!;
    for (let at = 0; at < size; at++) deltas[at] = deltas[at]! - least[0]!;
    writeZigzag64(sink, leastWords[0]!, leastWords[1]!);
    packMiniblocks(sink, size);
  }
}

/** As `encodeDelta64`, for 32-bit numbers, with arithmetic modulo 2^32. */
export function encodeDelta32(sink: ByteSink, values: Int32Array, from: number, to: number): void {
  writeDeltaHeader(sink, to - from);
  sink.varint(from === to ? 0 : zigzag32(values[from]!));
  for (let block = from + 1; block < to; block += BLOCK_VALUES) {
    const size = Math.min(BLOCK_VALUES, to - block);
    let smallest = 0x7fff_ffff;
    for (let at = 0; at < size; at++) {
      const delta = (values[block + at]! - values[block + at - 1]!) | 0;
      if (delta < smallest) smallest = delta;
    }
    for (let at = 0; at < size; at++) {
      words[2 * at] = values[block + at]! - values[block + at - 1]! - smallest;
      words[2 * at + 1] = 0;
    }
    sink.varint(zigzag32(smallest));
    packMiniblocks(sink, size);
  }
}

function writeDeltaHeader(sink: ByteSink, count: number): void {
  sink.varint(BLOCK_VALUES);
  sink.varint(MINIBLOCKS);
  sink.varint(count);
}

function writeZigzag64(sink: ByteSink, low: number, high: number): void {
  const sign = high >> 31;
  sink.varint64((low << 1) ^ sign, ((high << 1) | (low >>> 31)) ^ sign);
}

function zigzag32(value: number): number {
  return ((value << 1) ^ (value >> 31)) >>> 0;
}

/** Widths and packed values of the block of `size` values in `words`. */
function packMiniblocks(sink: ByteSink, size: number): void {
  words.fill(0, 2 * size);
  sink.reserve(MINIBLOCKS + BLOCK_VALUES * 8);
  const widths = sink.length;
  sink.length += MINIBLOCKS;
  for (let miniblock = 0; miniblock < MINIBLOCKS; miniblock++) {
    const from = miniblock * MINIBLOCK_VALUES;
    // A miniblock without values has width 0 and no bytes; a partly filled one is padded with zeros.
    const width = from < size ? miniblockWidth(from) : 0;
    sink.bytes[widths + miniblock] = width;
    if (width === 0) continue;
    if (width <= 32) packMiniblock32(sink.view, sink.length, from, width);
    else packMiniblock64(sink.view, sink.length, from, width);
    sink.length += 4 * width;
  }
}

function miniblockWidth(from: number): number {
  let lowBits = 0;
  let highBits = 0;
  for (let at = 2 * from; at < 2 * (from + MINIBLOCK_VALUES); at += 2) {
    lowBits |= words[at]!;
    highBits |= words[at + 1]!;
  }
  return highBits === 0 ? bitWidthOf(lowBits) : 32 + bitWidthOf(highBits);
}

function packMiniblock32(view: DataView, offset: number, from: number, width: number): void {
  let at = offset;
  let word = 0;
  let used = 0;
  for (let value = 2 * from; value < 2 * (from + MINIBLOCK_VALUES); value += 2) {
    const bits = words[value]!;
    word |= bits << used;
    used += width;
    if (used >= 32) {
      view.setUint32(at, word, true);
      at += 4;
      used -= 32;
      word = used === 0 ? 0 : bits >>> (width - used);
    }
  }
}

/** Widths above 32: the low word of each value, then the rest of its bits. */
function packMiniblock64(view: DataView, offset: number, from: number, width: number): void {
  const highWidth = width - 32;
  let at = offset;
  let word = 0;
  let used = 0;
  for (let value = 2 * from; value < 2 * (from + MINIBLOCK_VALUES); value += 2) {
    const low = words[value]!;
    const high = words[value + 1]!;
    view.setUint32(at, word | (low << used), true);
    at += 4;
    word = used === 0 ? 0 : low >>> (32 - used);
    word |= high << used;
    used += highWidth;
    if (used >= 32) {
      view.setUint32(at, word, true);
      at += 4;
      used -= 32;
      word = used === 0 ? 0 : high >>> (highWidth - used);
    }
  }
}

/** PLAIN bools: one bit each, the lowest bit first. */
export function encodeBools(sink: ByteSink, values: Uint8Array, from: number, to: number): void {
  sink.reserve(Math.ceil((to - from) / 8));
  let bits = 0;
  let used = 0;
  for (let row = from; row < to; row++) {
    bits |= values[row]! << used;
    if (++used === 8) {
      sink.bytes[sink.length++] = bits;
      bits = 0;
      used = 0;
    }
  }
  if (used > 0) sink.bytes[sink.length++] = bits;
}

/** PLAIN byte arrays: length as u32, then the bytes. Entry c of a pool spans offsets[c] … offsets[c + 1] − 1. */
export function encodeByteArrays(
  sink: ByteSink,
  pool: { readonly bytes: Uint8Array; readonly offsets: Int32Array },
  codes: Int32Array,
  from: number,
  to: number,
): void {
  const { bytes: source, offsets } = pool;
  let total = 0;
  for (let row = from; row < to; row++) {
    const code = codes[row]!;
    total += 4 + offsets[code + 1]! - offsets[code]!;
  }
  sink.reserve(total);
  const { bytes, view } = sink;
  const sourceView = new DataView(source.buffer, source.byteOffset, source.byteLength);
  let at = sink.length;
  for (let row = from; row < to; row++) {
    const code = codes[row]!;
    const start = offsets[code]!;
    const end = offsets[code + 1]!;
    view.setUint32(at, end - start, true);
    at += 4;
    if (end - start > SHORT_COPY_BYTES) {
      bytes.set(source.subarray(start, end), at);
      at += end - start;
      continue;
    }
    let byte = start;
    for (; byte + 4 <= end; byte += 4, at += 4) {
      view.setUint32(at, sourceView.getUint32(byte, true), true);
    }
    for (; byte < end; byte++) bytes[at++] = source[byte]!;
  }
  sink.length = at;
}

/** Up to here a loop is faster than `set`, which makes a view first. */
const SHORT_COPY_BYTES = 96;
