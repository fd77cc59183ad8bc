/**
 * The RLE / bit-packed hybrid encoding of Parquet (Encodings.md): levels, dictionary indices and booleans.
 *
 *   run := varint header, then
 *     header even: one value of ⌈width / 8⌉ bytes, repeated header >> 1 times
 *     header odd : (header >> 1) groups of 8 values, bit-packed from the least significant bit
 */
import { ParquetFormatError } from './format-error.ts';

/** Decodes `out.length` values of `width` bits from bytes [start, end). Returns the position after the last run. */
export function decodeHybrid(
  bytes: Uint8Array,
  start: number,
  end: number,
  width: number,
  out: Int32Array,
): number {
  const count = out.length;
  if (width === 0) {
    out.fill(0);
    return start;
  }
  let position = start;
  let filled = 0;
  while (filled < count) {
    let header = 0;
    for (let shift = 0; ; shift += 7) {
      if (position >= end) throw new ParquetFormatError('runs end before the last value');
      const byte = bytes[position++]!;
      header |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    if ((header & 1) === 0) {
      const length = Math.min(header >>> 1, count - filled);
      let value = 0;
      for (let shift = 0; shift < width; shift += 8) value |= bytes[position++]! << shift;
      out.fill(value, filled, filled + length);
      filled += length;
    } else {
      const values = (header >>> 1) * 8;
      const length = Math.min(values, count - filled);
      const packedEnd = position + (header >>> 1) * width;
      // The last group may be cut short at the end of the page.
      if (position + Math.ceil((length * width) / 8) > end) {
        throw new ParquetFormatError('bit-packed run is longer than its page');
      }
      unpack(bytes, position, width, out, filled, length);
      position = packedEnd;
      filled += length;
    }
  }
  return position;
}

/** Whether the first run is `count` times `value`, so that nothing needs to be decoded to know them all. */
export function isOneRun(
  bytes: Uint8Array,
  start: number,
  end: number,
  width: number,
  count: number,
  value: number,
): boolean {
  let position = start;
  let header = 0;
  for (let shift = 0; ; shift += 7) {
    // Where the runs are damaged the decoder says so.
    if (position >= end || shift > 28) return false;
    const byte = bytes[position++]!;
    header |= (byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  if ((header & 1) !== 0 || header >>> 1 < count) return false;
  let repeated = 0;
  for (let shift = 0; shift < width; shift += 8) repeated |= bytes[position++]! << shift;
  return repeated === value;
}

/** Unpacks `length` values of `width` (1 … 32) bits. */
function unpack(
  bytes: Uint8Array,
  start: number,
  width: number,
  out: Int32Array,
  from: number,
  length: number,
): void {
  const to = from + length;
  let position = start;
  if (width === 8) {
    for (let at = from; at < to; at++) out[at] = bytes[position++]!;
  } else if (width === 16) {
    for (let at = from; at < to; at++, position += 2) {
      out[at] = bytes[position]! | (bytes[position + 1]! << 8);
    }
  } else if (width <= 24) {
    // At most width − 1 bits are left over, so a byte more always fits 32 bits.
    const mask = (1 << width) - 1;
    let buffer = 0;
    let bits = 0;
    for (let at = from; at < to; at++) {
      while (bits < width) {
        buffer |= bytes[position++]! << bits;
        bits += 8;
      }
      out[at] = buffer & mask;
      buffer >>>= width;
      bits -= width;
    }
  } else {
    const modulus = 2 ** width;
    let buffer = 0;
    let bits = 0;
    for (let at = from; at < to; at++) {
      while (bits < width) {
        buffer += bytes[position++]! * 2 ** bits;
        bits += 8;
      }
      out[at] = (buffer % modulus) | 0;
      buffer = Math.floor(buffer / modulus);
      bits -= width;
    }
  }
}

/** The number of bits that hold 0 … max. */
export function bitWidth(max: number): number {
  return 32 - Math.clz32(max);
}
