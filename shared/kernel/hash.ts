/** Hashes of columns and values (language.md, Appendix A): entity hashes, `hash()` and default subsorts. */
import { hashKey, hashUtf8, hashWord } from './hash-primitives.ts';
import type { HashSeeds } from './hash-primitives.ts';
import type { Column, FixedColumn, RecordColumn, StringColumn } from '../column/column.ts';
import { StringPool } from '../column/string-pool.ts';
import { columnFromValues } from '../column/values.ts';
import type { Value } from '../column/values.ts';
import { AssertionError, unreachable } from '../base/assert.ts';
import type { DataType } from '../types/data-type.ts';

/** The hash of each row; 0 for null. Lists and maps cannot be hashed: the checker refuses them. */
export function hashColumn(column: Column): BigUint64Array {
  const out = new BigUint64Array(column.length);
  switch (column.physical) {
    case 'null':
      return out;
    case 'fixed':
      hashFixed(column, new Uint32Array(out.buffer));
      break;
    case 'string':
      hashStrings(column, new Uint32Array(out.buffer));
      break;
    case 'record':
      hashRecords(column, out);
      break;
    case 'list':
    case 'map':
      throw new AssertionError(`hashColumn: a ${column.physical} has no hash`);
    default:
      return unreachable(column);
  }
  if (column.validity !== null) clearNulls(column.validity, out);
  return out;
}

/** The hash of one value. */
export function hashValue(type: DataType, value: Value): bigint {
  return hashColumn(columnFromValues(type, [value], new StringPool()))[0]!;
}

/** Seeds of the default subsort of inline CSV: its base is the hash of the whole text (language.md 10.3). */
export const SUBSORT_SEEDS: HashSeeds = [8723n, 8737n, 8736n, 9871n];

/** The hash of `text` as a string under other seeds. */
export function hashStringWithSeeds(text: string, seeds: HashSeeds): bigint {
  const bytes = new TextEncoder().encode(text);
  const out = new BigUint64Array(1);
  hashUtf8(bytes, 0, bytes.length, new Uint32Array(out.buffer), 0, hashKey(seeds));
  return out[0]!;
}

function clearNulls(validity: Uint8Array, out: BigUint64Array): void {
  for (let row = 0; row < out.length; row++) if (validity[row] === 0) out[row] = 0n;
}

function hashFixed(column: FixedColumn, out: Uint32Array): void {
  const { values } = column;
  if (column.type.kind === 'f16') {
    const bits = Uint32Array.from(values as Float32Array, halfBits);
    hashUint32(bits, out);
  } else if (
    values instanceof BigInt64Array ||
    values instanceof BigUint64Array ||
    values instanceof Float64Array
  ) {
    hash64(new Uint32Array(values.buffer, values.byteOffset, values.length * 2), out);
  } else if (values instanceof Uint8Array) {
    hashUint8(values, out);
  } else if (values instanceof Uint16Array || values instanceof Int16Array) {
    hashUint16(new Uint16Array(values.buffer, values.byteOffset, values.length), out);
  } else if (values instanceof Int8Array) {
    hashUint8(new Uint8Array(values.buffer, values.byteOffset, values.length), out);
  } else {
    hashUint32(new Uint32Array(values.buffer, values.byteOffset, values.length), out);
  }
}

function hash64(halves: Uint32Array, out: Uint32Array): void {
  for (let at = 0; at < halves.length; at += 2) {
    hashWord(halves[at]!, halves[at + 1]!, out, at);
  }
}

function hashUint32(values: Uint32Array, out: Uint32Array): void {
  for (let row = 0; row < values.length; row++) hashWord(values[row]!, 0, out, row * 2);
}

function hashUint16(values: Uint16Array, out: Uint32Array): void {
  for (let row = 0; row < values.length; row++) hashWord(values[row]!, 0, out, row * 2);
}

function hashUint8(values: Uint8Array, out: Uint32Array): void {
  for (let row = 0; row < values.length; row++) hashWord(values[row]!, 0, out, row * 2);
}

/** The 16 bits of a half float that is held exactly in a float32. */
function halfBits(value: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, value);
  const bits = view.getUint32(0);
  const sign = (bits >>> 16) & 0x8000;
  const exponent = (bits >>> 23) & 0xff;
  const fraction = bits & 0x7f_ffff;
  if (exponent === 0xff) return sign | 0x7c00 | (fraction >>> 13);
  if (exponent >= 113) return sign | ((exponent - 112) << 10) | (fraction >>> 13);
  // Subnormal half: the value is a multiple of 2^-24.
  return sign | Math.round(Math.abs(value) * 2 ** 24);
}

/** Hashes of the strings of a pool by code, filled as they are asked for. Codes never change their meaning. */
interface PoolHashes {
  halves: Uint32Array;
  known: Uint8Array;
}

const hashesOfPool = new WeakMap<StringPool, PoolHashes>();

function poolHashes(pool: StringPool): PoolHashes {
  const found = hashesOfPool.get(pool);
  if (found !== undefined && found.known.length >= pool.size) return found;
  const capacity = Math.max(1024, pool.size, 2 * (found?.known.length ?? 0));
  const grown = { halves: new Uint32Array(capacity * 2), known: new Uint8Array(capacity) };
  if (found !== undefined) {
    grown.halves.set(found.halves);
    grown.known.set(found.known);
  }
  hashesOfPool.set(pool, grown);
  return grown;
}

function hashStrings(column: StringColumn, out: Uint32Array): void {
  const { codes, pool, validity } = column;
  const { bytes, offsets } = pool;
  const { halves, known } = poolHashes(pool);
  for (let row = 0; row < codes.length; row++) {
    if (validity !== null && validity[row] === 0) continue;
    const code = codes[row]!;
    if (known[code] === 0) {
      hashUtf8(bytes, offsets[code]!, offsets[code + 1]!, halves, code * 2);
      known[code] = 1;
    }
    out[row * 2] = halves[code * 2]!;
    out[row * 2 + 1] = halves[code * 2 + 1]!;
  }
}

/** h = (17·37 + hash(field))·37 + h over the non-null fields. */
function hashRecords(column: RecordColumn, out: BigUint64Array): void {
  for (const child of column.children) {
    const hashes = hashColumn(child);
    if (child.physical === 'null') continue;
    if (child.validity === null) foldField(hashes, out);
    else foldNullableField(hashes, child.validity, out);
  }
}

function foldField(hashes: BigUint64Array, out: BigUint64Array): void {
  for (let row = 0; row < out.length; row++) {
    out[row] = BigInt.asUintN(64, (629n + hashes[row]!) * 37n + out[row]!);
  }
}

function foldNullableField(
  hashes: BigUint64Array,
  validity: Uint8Array,
  out: BigUint64Array,
): void {
  for (let row = 0; row < out.length; row++) {
    if (validity[row] === 0) continue;
    out[row] = BigInt.asUintN(64, (629n + hashes[row]!) * 37n + out[row]!);
  }
}
