/**
 * Values of one leaf column, decoded page by page into one typed array.
 *
 * Values are kept in one of three widths whatever their type: bytes (bool), 4 bytes (int32, float, string codes) or
 * 8 bytes (int64, double, int96 as nanoseconds). Floats are moved as the integers of their bits. So there are three
 * copies of every loop, each of which only ever sees one array type, and the final type is a view of the same buffer.
 */
import type { Column, FixedArray, Validity } from '../../../shared/column/column.ts';
import { fixedColumn, physicalOf, stringColumn } from '../../../shared/column/column.ts';
import type { StringPool } from '../../../shared/column/string-pool.ts';
import { unreachable } from '../../../shared/base/assert.ts';
import { Scratch } from '../../scratch.ts';
import { decodeDelta, decodeDeltaBytes, decodeDeltaLength } from './delta.ts';
import { ParquetFormatError } from './format-error.ts';
import { decodeHybrid } from './hybrid.ts';
import type { PageContent } from './pages.ts';
import type { Leaf } from './schema.ts';

/** The dictionary indices of a page, or where its strings stand: used up within one call. */
const scratch = new Scratch();

export type RawValues = Uint8Array | Int32Array | BigInt64Array;

export function allocateRaw(leaf: Leaf, length: number): RawValues {
  switch (leaf.layout) {
    case 'bool':
      return new Uint8Array(length);
    case 'int32':
    case 'float':
    case 'float16':
    case 'bytes':
    case 'uuid':
      return new Int32Array(length);
    case 'int64':
    case 'int96':
    case 'double':
      return new BigInt64Array(length);
    default:
      return unreachable(leaf.layout);
  }
}

/** As `allocateRaw`, of `scratch`. Zeros, so that the slots of null rows hold values of the type. */
export function takeRaw(leaf: Leaf, length: number, scratch: Scratch, name: string): RawValues {
  switch (allocateRaw(leaf, 0).BYTES_PER_ELEMENT) {
    case 1:
      return scratch.u8(name, length).fill(0);
    case 4:
      return scratch.i32(name, length).fill(0);
    default:
      return scratch.i64(name, length).fill(0n);
  }
}

/** PLAIN values of a dictionary page; strings are interned here, once per entry. */
export function decodeDictionary(
  leaf: Leaf,
  bytes: Uint8Array,
  count: number,
  pool: StringPool,
): RawValues {
  const out = allocateRaw(leaf, count);
  decodePlain(leaf, bytes, 0, count, out, 0, pool);
  return out;
}

/** Writes the `page.stored` values of a page to out[at …], dense. */
export function decodeValues(
  leaf: Leaf,
  page: PageContent,
  dictionary: RawValues | null,
  out: RawValues,
  at: number,
  pool: StringPool,
): void {
  const { bytes, valuesAt: start, stored } = page;
  if (stored === 0) return;
  switch (page.encoding) {
    case 'PLAIN':
      decodePlain(leaf, bytes, start, stored, out, at, pool);
      return;
    case 'PLAIN_DICTIONARY':
    case 'RLE_DICTIONARY': {
      if (dictionary === null) throw new ParquetFormatError('page refers to a missing dictionary');
      const indices = scratch.i32('indices', stored);
      const width = bytes[start];
      if (width === undefined || width > 32) throw new ParquetFormatError('index width is damaged');
      decodeHybrid(bytes, start + 1, bytes.length, width, indices);
      gather(dictionary, indices, out, at);
      return;
    }
    case 'RLE': {
      if (!(out instanceof Uint8Array)) break;
      const flags = new Int32Array(stored);
      decodeHybrid(bytes, start + 4, bytes.length, 1, flags);
      for (let index = 0; index < stored; index++) out[at + index] = flags[index]!;
      return;
    }
    case 'DELTA_BINARY_PACKED': {
      const cursor = { bytes, position: start, end: bytes.length };
      if (out instanceof BigInt64Array) {
        decodeDelta(cursor, out.subarray(at, at + stored));
        return;
      }
      const wide = new BigInt64Array(stored);
      decodeDelta(cursor, wide);
      // The low halves: little-endian pairs.
      const halves = new Int32Array(wide.buffer);
      for (let index = 0; index < stored; index++) out[at + index] = halves[2 * index]!;
      return;
    }
    case 'DELTA_LENGTH_BYTE_ARRAY':
    case 'DELTA_BYTE_ARRAY': {
      if (leaf.layout !== 'bytes') break;
      const cursor = { bytes, position: start, end: bytes.length };
      const decode = page.encoding === 'DELTA_BYTE_ARRAY' ? decodeDeltaBytes : decodeDeltaLength;
      const codes = out as Int32Array; // The layout `bytes` is kept as codes; see allocateRaw.
      decode(cursor, stored, (source, from, to, index) => {
        codes[at + index] = pool.internBytes(source, from, to);
      });
      return;
    }
    case 'BYTE_STREAM_SPLIT':
      decodeStreamSplit(leaf, bytes, start, stored, out, at);
      return;
    default:
      break;
  }
  throw new ParquetFormatError(`encoding ${page.encoding} is not supported for ${leaf.layout}`);
}

function decodePlain(
  leaf: Leaf,
  bytes: Uint8Array,
  start: number,
  count: number,
  out: RawValues,
  at: number,
  pool: StringPool,
): void {
  const need = (length: number): void => {
    if (start + length > bytes.length) throw new ParquetFormatError('values are cut short');
  };
  switch (leaf.layout) {
    case 'bool':
      need(Math.ceil(count / 8));
      for (let index = 0; index < count; index++) {
        out[at + index] = (bytes[start + (index >> 3)]! >> (index & 7)) & 1;
      }
      return;
    case 'int32':
    case 'float':
    case 'int64':
    case 'double': {
      const width = out.BYTES_PER_ELEMENT;
      need(count * width);
      const target = new Uint8Array(out.buffer, out.byteOffset + at * width, count * width);
      target.set(bytes.subarray(start, start + count * width));
      return;
    }
    case 'int96':
      need(count * 12);
      decodeInt96(bytes, start, count, out as BigInt64Array, at);
      return;
    case 'float16':
      need(count * 2);
      decodeFloat16(bytes, start, count, out as Int32Array, at);
      return;
    case 'uuid':
      need(count * 16);
      for (let index = 0; index < count; index++) {
        out[at + index] = pool.intern(uuidText(bytes, start + index * 16));
      }
      return;
    case 'bytes':
      internPlain(bytes, start, count, out as Int32Array, at, pool);
      return;
    default:
      unreachable(leaf.layout);
  }
}

function internPlain(
  bytes: Uint8Array,
  start: number,
  count: number,
  out: Int32Array,
  at: number,
  pool: StringPool,
): void {
  const starts = scratch.i32('starts', count);
  const ends = scratch.i32('ends', count);
  let position = start;
  for (let index = 0; index < count; index++) {
    const from = position + 4;
    if (from > bytes.length) throw new ParquetFormatError('values are cut short');
    const length =
      bytes[position]! |
      (bytes[position + 1]! << 8) |
      (bytes[position + 2]! << 16) |
      (bytes[position + 3]! << 24);
    position = from + length;
    if (length < 0 || position > bytes.length) throw new ParquetFormatError('values are cut short');
    starts[index] = from;
    ends[index] = position;
  }
  pool.internAll(bytes, starts, ends, out.subarray(at, at + count));
}

/** 16 bytes as `8-4-4-4-12` hexadecimal digits. */
function uuidText(bytes: Uint8Array, start: number): string {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset + start, 16).toString('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** 8 bytes of nanoseconds within the day, 4 bytes of Julian day. */
function decodeInt96(
  bytes: Uint8Array,
  start: number,
  count: number,
  out: BigInt64Array,
  at: number,
): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const epochDay = 2_440_588;
  for (let index = 0; index < count; index++) {
    const nanos = view.getBigInt64(start + index * 12, true);
    const day = view.getInt32(start + index * 12 + 8, true) - epochDay;
    out[at + index] = BigInt.asIntN(64, BigInt(day) * 86_400_000_000_000n + nanos);
  }
}

/** Half floats to the bits of single floats. */
function decodeFloat16(
  bytes: Uint8Array,
  start: number,
  count: number,
  out: Int32Array,
  at: number,
): void {
  const floats = new Float32Array(out.buffer, out.byteOffset, out.length);
  for (let index = 0; index < count; index++) {
    const half = bytes[start + 2 * index]! | (bytes[start + 2 * index + 1]! << 8);
    const sign = half & 0x8000 ? -1 : 1;
    const exponent = (half >> 10) & 0x1f;
    const fraction = half & 0x3ff;
    if (exponent === 0) floats[at + index] = sign * fraction * 2 ** -24;
    else if (exponent < 31)
      floats[at + index] = sign * 2 ** (exponent - 15) * (1 + fraction / 1024);
    else floats[at + index] = fraction === 0 ? sign * Infinity : NaN;
  }
}

/** Byte k of every value stands in stream k. */
function decodeStreamSplit(
  leaf: Leaf,
  bytes: Uint8Array,
  start: number,
  count: number,
  out: RawValues,
  at: number,
): void {
  const width = leaf.layout === 'float16' ? 2 : out.BYTES_PER_ELEMENT;
  if (leaf.layout === 'bytes' || leaf.layout === 'uuid' || leaf.layout === 'int96') {
    throw new ParquetFormatError(`encoding BYTE_STREAM_SPLIT is not supported for ${leaf.layout}`);
  }
  if (start + count * width > bytes.length) throw new ParquetFormatError('values are cut short');
  const joined = new Uint8Array(count * width);
  for (let stream = 0; stream < width; stream++) {
    const from = start + stream * count;
    for (let index = 0; index < count; index++) {
      joined[index * width + stream] = bytes[from + index]!;
    }
  }
  if (leaf.layout === 'float16') decodeFloat16(joined, 0, count, out as Int32Array, at);
  else new Uint8Array(out.buffer, out.byteOffset + at * width, count * width).set(joined);
}

function gather(dictionary: RawValues, indices: Int32Array, out: RawValues, at: number): void {
  // The entry count is checked once: an index beyond it would read undefined.
  const entries = dictionary.length;
  let largest = 0;
  for (let index = 0; index < indices.length; index++) {
    const entry = indices[index]! >>> 0;
    if (entry > largest) largest = entry;
  }
  if (largest >= entries) {
    throw new ParquetFormatError(`index ${largest} is beyond the dictionary of ${entries} entries`);
  }
  if (dictionary instanceof BigInt64Array && out instanceof BigInt64Array) {
    gather8(dictionary, indices, out, at);
  } else if (dictionary instanceof Int32Array && out instanceof Int32Array) {
    gather4(dictionary, indices, out, at);
  } else if (dictionary instanceof Uint8Array && out instanceof Uint8Array) {
    for (let index = 0; index < indices.length; index++) {
      out[at + index] = dictionary[indices[index]!]!;
    }
  }
}

function gather4(dictionary: Int32Array, indices: Int32Array, out: Int32Array, at: number): void {
  for (let index = 0; index < indices.length; index++) {
    out[at + index] = dictionary[indices[index]!]!;
  }
}

function gather8(
  dictionary: BigInt64Array,
  indices: Int32Array,
  out: BigInt64Array,
  at: number,
): void {
  for (let index = 0; index < indices.length; index++) {
    out[at + index] = dictionary[indices[index]!]!;
  }
}

/** The decoded values as a column of the leaf's type. Takes over both arrays. */
export function finishLeaf(
  leaf: Leaf,
  raw: RawValues,
  validity: Validity,
  pool: StringPool,
): Column {
  if (leaf.layout === 'bytes' || leaf.layout === 'uuid') {
    return stringColumn(leaf.type, raw as Int32Array, pool, validity);
  }
  return fixedColumn(leaf.type, finalArray(leaf, raw), validity);
}

function finalArray(leaf: Leaf, raw: RawValues): FixedArray {
  const { buffer, byteOffset, length } = raw;
  const physical = physicalOf(leaf.type);
  switch (physical) {
    case 'i8':
      return new Int8Array(raw as Int32Array);
    case 'i16':
      return new Int16Array(raw as Int32Array);
    case 'u8':
      return leaf.layout === 'bool' ? (raw as Uint8Array) : new Uint8Array(raw as Int32Array);
    case 'u16':
      return new Uint16Array(raw as Int32Array);
    case 'u32':
      return new Uint32Array(buffer, byteOffset, length);
    case 'u64':
      return new BigUint64Array(buffer, byteOffset, length);
    case 'f32':
      return new Float32Array(buffer, byteOffset, length);
    case 'f64':
      return new Float64Array(buffer, byteOffset, length);
    case 'i32':
    case 'i64':
      return raw;
    case null:
      throw new ParquetFormatError(`${leaf.type.kind} has no fixed width`);
    default:
      return unreachable(physical);
  }
}
