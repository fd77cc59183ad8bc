/**
 * A bundle: named sections of typed arrays plus a JSON description, in one object. Segments, exchange objects, sorted
 * runs, pending logs and state snapshots are all bundles, so there is one container format and one reader.
 *
 *   magic 'MLRC' u32 version │ section, padded to 8 │ section … │ footer JSON (UTF-8), padded with spaces
 *   │ u32 footer crc32 │ u32 footer bytes │ u32 version │ 'MLRC'
 *
 * The footer lists { name, kind, offset (bytes), count (elements), crc32 } of each section and the caller's `meta`.
 * All numbers are little-endian. Sections start at multiples of 8 and the whole is a multiple of 8 long, so a read
 * buffer is viewed, not copied. Same meta and sections give the same bytes.
 */
import { crc32 } from 'node:zlib';
import { assert } from '../base/assert.ts';

export type SectionArray =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | Float32Array
  | Float64Array;

export interface SectionArrays {
  readonly i8: Int8Array;
  readonly u8: Uint8Array;
  readonly i16: Int16Array;
  readonly u16: Uint16Array;
  readonly i32: Int32Array;
  readonly u32: Uint32Array;
  readonly i64: BigInt64Array;
  readonly u64: BigUint64Array;
  readonly f32: Float32Array;
  readonly f64: Float64Array;
}

export type SectionKind = keyof SectionArrays;

export interface Section {
  readonly name: string;
  readonly array: SectionArray;
  /** What follows `array` in the section, of the same kind: pieces need not be copied together. */
  readonly more?: readonly SectionArray[];
}

/** Where a section lies. `offset` in bytes from the start of the object, `count` in elements. */
export interface SectionInfo {
  readonly name: string;
  readonly kind: SectionKind;
  readonly offset: number;
  readonly count: number;
  readonly crc32: number;
}

export interface BundleFooter {
  readonly meta: unknown;
  readonly sections: readonly SectionInfo[];
}

export const BUNDLE_VERSION = 1;
export const HEADER_BYTES = 8;
export const TRAILER_BYTES = 16;
export const MAGIC = 0x4352_4c4d; // 'MLRC', read as a little-endian u32

const encoder = new TextEncoder();
const SPACE = 0x20;

/**
 * The chunks of a bundle that is made front to back, a section from any number of pieces: what a writer of a large
 * object needs. Chunks are views of the given arrays: do not change those before the chunks are written.
 */
export class BundleEncoder {
  readonly #sections: SectionInfo[] = [];
  readonly #names = new Set<string>();
  #offset = HEADER_BYTES;

  /** The first bytes of the object. */
  header(): Uint8Array {
    return u32Bytes([MAGIC, BUNDLE_VERSION]);
  }

  section(name: string, kind: SectionKind, pieces: readonly SectionArray[]): Uint8Array[] {
    assert(!this.#names.has(name), `bundle: two sections are named \`${name}\``);
    this.#names.add(name);
    const chunks: Uint8Array[] = [];
    let count = 0;
    let bytes = 0;
    let checksum = 0;
    for (const piece of pieces) {
      assert(kindOf(piece) === kind, `bundle: a piece of \`${name}\` is not ${kind}`);
      if (piece.length === 0) continue;
      const chunk = new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength);
      chunks.push(chunk);
      count += piece.length;
      bytes += chunk.length;
      checksum = crc32(chunk, checksum);
    }
    this.#sections.push({ name, kind, offset: this.#offset, count, crc32: checksum });
    const padding = paddingTo8(bytes);
    if (padding > 0) chunks.push(new Uint8Array(padding));
    this.#offset += bytes + padding;
    return chunks;
  }

  /** The last bytes of the object. `meta` must be plain JSON. */
  footer(meta: object): Uint8Array {
    const footer: BundleFooter = { meta, sections: this.#sections };
    const text = encoder.encode(JSON.stringify(footer));
    const length = text.length + paddingTo8(text.length);
    const bytes = new Uint8Array(length + TRAILER_BYTES);
    bytes.set(text);
    bytes.fill(SPACE, text.length, length);
    const checksum = crc32(bytes.subarray(0, length));
    bytes.set(u32Bytes([checksum, length, BUNDLE_VERSION, MAGIC]), length);
    return bytes;
  }
}

/** A whole bundle as chunks for `put`; big arrays are viewed, not copied. `meta` must be plain JSON. */
export function encodeBundle(meta: object, sections: readonly Section[]): Uint8Array[] {
  const bundle = new BundleEncoder();
  const chunks = [bundle.header()];
  for (const { name, array, more = [] } of sections) {
    chunks.push(...bundle.section(name, kindOf(array), [array, ...more]));
  }
  chunks.push(bundle.footer(meta));
  return chunks;
}

export function kindOf(array: SectionArray): SectionKind {
  if (array instanceof BigInt64Array) return 'i64';
  if (array instanceof Float64Array) return 'f64';
  if (array instanceof Uint8Array) return 'u8';
  if (array instanceof Int32Array) return 'i32';
  if (array instanceof Uint32Array) return 'u32';
  if (array instanceof Uint16Array) return 'u16';
  if (array instanceof BigUint64Array) return 'u64';
  if (array instanceof Float32Array) return 'f32';
  if (array instanceof Int16Array) return 'i16';
  return 'i8';
}

const ELEMENT_BYTES: Readonly<Record<SectionKind, number>> = {
  i8: 1,
  u8: 1,
  i16: 2,
  u16: 2,
  i32: 4,
  u32: 4,
  i64: 8,
  u64: 8,
  f32: 4,
  f64: 8,
};

export function elementBytesOf(kind: SectionKind): number {
  return ELEMENT_BYTES[kind];
}

/** A section of all `pieces`, which are of one kind; at least one. */
export function sectionOf(name: string, pieces: readonly SectionArray[]): Section {
  const [array, ...more] = pieces;
  assert(array !== undefined, `bundle: section \`${name}\` has a piece`);
  return { name, array, more };
}

/** The bytes as elements, without copying. They must start at a multiple of the element's size in their buffer. */
export function viewAs(kind: SectionKind, bytes: Uint8Array): SectionArray {
  const { buffer, byteOffset } = bytes;
  const count = bytes.length / elementBytesOf(kind);
  switch (kind) {
    case 'i8':
      return new Int8Array(buffer, byteOffset, count);
    case 'u8':
      return new Uint8Array(buffer, byteOffset, count);
    case 'i16':
      return new Int16Array(buffer, byteOffset, count);
    case 'u16':
      return new Uint16Array(buffer, byteOffset, count);
    case 'i32':
      return new Int32Array(buffer, byteOffset, count);
    case 'u32':
      return new Uint32Array(buffer, byteOffset, count);
    case 'i64':
      return new BigInt64Array(buffer, byteOffset, count);
    case 'u64':
      return new BigUint64Array(buffer, byteOffset, count);
    case 'f32':
      return new Float32Array(buffer, byteOffset, count);
    case 'f64':
      return new Float64Array(buffer, byteOffset, count);
  }
}

function paddingTo8(bytes: number): number {
  return (8 - (bytes % 8)) % 8;
}

function u32Bytes(values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  values.forEach((value, index) => view.setUint32(index * 4, value, true));
  return bytes;
}
