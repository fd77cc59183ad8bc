/** The delta encodings of Parquet (Encodings.md): DELTA_BINARY_PACKED, DELTA_LENGTH_BYTE_ARRAY and DELTA_BYTE_ARRAY. */
import { ParquetFormatError } from './format-error.ts';

/** A position in the bytes of a page, moved by the decoders. */
export interface Cursor {
  readonly bytes: Uint8Array;
  position: number;
  readonly end: number;
}

/**
 * DELTA_BINARY_PACKED values into `out`, modulo its width. Int32 data of any size goes through 64 bits too: the
 * encoding is rare enough that one exact loop is worth more than two.
 */
export function decodeDelta(cursor: Cursor, out: BigInt64Array): void {
  const blockSize = readVarint(cursor);
  const miniblocks = readVarint(cursor);
  const total = readVarint(cursor);
  if (blockSize === 0 || miniblocks === 0 || blockSize % miniblocks !== 0) {
    throw new ParquetFormatError('delta header is damaged');
  }
  if (total < out.length) {
    throw new ParquetFormatError(`delta page has ${total} values, expected ${out.length}`);
  }
  const perMiniblock = blockSize / miniblocks;
  let value = readZigZag64(cursor);
  let filled = 0;
  if (filled < out.length) out[filled++] = value;
  while (filled < out.length) {
    const minDelta = readZigZag64(cursor);
    const widthsAt = cursor.position;
    cursor.position += miniblocks;
    for (let miniblock = 0; miniblock < miniblocks && filled < out.length; miniblock++) {
      const width = cursor.bytes[widthsAt + miniblock]!;
      const end = cursor.position + (perMiniblock * width) / 8;
      const length = Math.min(perMiniblock, out.length - filled);
      if (cursor.position + Math.ceil((length * width) / 8) > cursor.end || width > 64) {
        throw new ParquetFormatError('delta block is longer than its page');
      }
      let buffer = 0n;
      let bits = 0;
      let position = cursor.position;
      const wide = BigInt(width);
      const mask = (1n << wide) - 1n;
      if (width <= 24) {
        value = unpackNarrow(cursor, width, value, minDelta, out, filled, length);
        filled += length;
      } else {
        for (let index = 0; index < length; index++) {
          while (bits < width) {
            buffer |= BigInt(cursor.bytes[position++]!) << BigInt(bits);
            bits += 8;
          }
          value = BigInt.asIntN(64, value + minDelta + (buffer & mask));
          out[filled++] = value;
          buffer >>= wide;
          bits -= width;
        }
      }
      cursor.position = end;
    }
  }
}

/** Deltas of at most 24 bits are unpacked as numbers; only the sum is a BigInt. */
function unpackNarrow(
  cursor: Cursor,
  width: number,
  first: bigint,
  minDelta: bigint,
  out: BigInt64Array,
  from: number,
  length: number,
): bigint {
  const bytes = cursor.bytes;
  const mask = width === 0 ? 0 : (1 << width) - 1;
  let position = cursor.position;
  let buffer = 0;
  let bits = 0;
  let value = first;
  for (let at = from; at < from + length; at++) {
    while (bits < width) {
      buffer |= bytes[position++]! << bits;
      bits += 8;
    }
    value = BigInt.asIntN(64, value + minDelta + BigInt(buffer & mask));
    out[at] = value;
    buffer >>>= width;
    bits -= width;
  }
  return value;
}

/** DELTA_LENGTH_BYTE_ARRAY: all lengths, then all bytes. Calls `each` with the span of every value. */
export function decodeDeltaLength(
  cursor: Cursor,
  count: number,
  each: (bytes: Uint8Array, start: number, end: number, index: number) => void,
): void {
  const lengths = new BigInt64Array(count);
  decodeDelta(cursor, lengths);
  for (let index = 0; index < count; index++) {
    const end = cursor.position + Number(lengths[index]!);
    if (end > cursor.end) throw new ParquetFormatError('byte array is longer than its page');
    each(cursor.bytes, cursor.position, end, index);
    cursor.position = end;
  }
}

/** DELTA_BYTE_ARRAY: prefix lengths, then suffixes as DELTA_LENGTH_BYTE_ARRAY. */
export function decodeDeltaBytes(
  cursor: Cursor,
  count: number,
  each: (bytes: Uint8Array, start: number, end: number, index: number) => void,
): void {
  const prefixes = new BigInt64Array(count);
  decodeDelta(cursor, prefixes);
  let value = new Uint8Array(256);
  decodeDeltaLength(cursor, count, (bytes, start, end, index) => {
    const prefix = Number(prefixes[index]!);
    const length = prefix + end - start;
    if (length > value.length) {
      const grown = new Uint8Array(length * 2);
      grown.set(value);
      value = grown;
    }
    value.set(bytes.subarray(start, end), prefix);
    each(value, 0, length, index);
  });
}

function readVarint(cursor: Cursor): number {
  let result = 0;
  for (let factor = 1; ; factor *= 128) {
    if (cursor.position >= cursor.end) throw new ParquetFormatError('number is cut short');
    const byte = cursor.bytes[cursor.position++]!;
    result += (byte & 0x7f) * factor;
    if (byte < 0x80) return result;
  }
}

function readZigZag64(cursor: Cursor): bigint {
  let result = 0n;
  for (let shift = 0n; ; shift += 7n) {
    if (cursor.position >= cursor.end) throw new ParquetFormatError('number is cut short');
    const byte = cursor.bytes[cursor.position++]!;
    result |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return BigInt.asIntN(64, (result >> 1n) ^ -(result & 1n));
  }
}
