/** String columns as a dictionary and codes into it, and back into the codes of a pool. */
import { AppError } from '../base/app-error.ts';
import type { Section } from '../storage/bundle.ts';
import type { BundleReader, Range } from '../storage/bundle-reader.ts';
import type { StringColumn, Validity } from './column.ts';
import type { StringPool } from './string-pool.ts';

/**
 * Dictionary codes by pool code, for one column at a time: code c is in the dictionary if stamps[c] is the stamp of
 * the column. So the two arrays, as long as the pool, are cleared never and not once per column.
 */
interface PoolScratch {
  stamps: Int32Array;
  codes: Int32Array;
  stamp: number;
}

const scratches = new WeakMap<StringPool, PoolScratch>();

function scratchOf(pool: StringPool): PoolScratch {
  let scratch = scratches.get(pool);
  if (scratch === undefined || scratch.stamps.length < pool.size) {
    const length = Math.max(1024, pool.size * 2);
    scratch = { stamps: new Int32Array(length), codes: new Int32Array(length), stamp: 0 };
    scratches.set(pool, scratch);
  }
  scratch.stamp++;
  return scratch;
}

export function encodeStrings(name: string, column: StringColumn, validity: Validity): Section[] {
  const { codes, pool, length } = column;
  const scratch = scratchOf(pool);
  const { stamps, codes: known, stamp } = scratch;
  const rows = new Int32Array(length);
  const distinct = new Int32Array(Math.min(length, pool.size));
  let count = 0;
  let bytes = 0;
  const poolOffsets = pool.offsets;
  for (let row = 0; row < length; row++) {
    if (validity !== null && validity[row] === 0) continue;
    const code = codes[row]!;
    if (stamps[code] !== stamp) {
      stamps[code] = stamp;
      known[code] = count;
      distinct[count++] = code;
      bytes += poolOffsets[code + 1]! - poolOffsets[code]!;
    }
    rows[row] = known[code]!;
  }
  const offsets = new Int32Array(count + 1);
  const text = new Uint8Array(bytes);
  const poolBytes = pool.bytes;
  for (let index = 0, to = 0; index < count; index++) {
    const code = distinct[index]!;
    const end = poolOffsets[code + 1]!;
    for (let from = poolOffsets[code]!; from < end; from++) text[to++] = poolBytes[from]!;
    offsets[index + 1] = to;
  }
  return [
    { name: `${name}/codes`, array: narrowest(rows, count) },
    { name: `${name}/offsets`, array: offsets },
    { name: `${name}/bytes`, array: text },
  ];
}

function narrowest(codes: Int32Array, count: number): Uint8Array | Uint16Array | Uint32Array {
  if (count <= 1 << 8) return new Uint8Array(codes);
  if (count <= 1 << 16) return new Uint16Array(codes);
  return new Uint32Array(codes.buffer);
}

/** A dictionary as read, and the pool's code of each entry that was met so far (−1: not yet). */
interface Dictionary {
  readonly offsets: Int32Array;
  readonly bytes: Uint8Array;
  readonly remap: Int32Array;
}

const dictionaries = new WeakMap<
  BundleReader,
  WeakMap<StringPool, Map<string, Promise<Dictionary>>>
>();

/** Codes of `pool` for the chosen rows, into `codes`, one per row. Only the strings of these rows are interned. */
export async function readStrings(
  reader: BundleReader,
  name: string,
  ranges: readonly Range[] | null,
  pool: StringPool,
  codes: Int32Array,
): Promise<void> {
  const [dictionary, stored] = await Promise.all([
    dictionaryOf(reader, name, pool),
    ranges === null
      ? reader.section(`${name}/codes`)
      : reader.sectionRanges(`${name}/codes`, ranges),
  ]);
  const { offsets, bytes, remap } = dictionary;
  // A dictionary without strings belongs to rows that are all null: their slots are 0 already.
  if (remap.length === 0) {
    codes.fill(0);
    return;
  }
  // u8, u16 or u32: widened at once, so that the loop sees one kind of array.
  codes.set(stored as Uint8Array | Uint16Array | Uint32Array);
  for (let row = 0; row < codes.length; row++) {
    const entry = codes[row]!;
    let code = remap[entry];
    if (code === undefined) {
      throw new AppError(
        'data',
        'BUNDLE_CORRUPT',
        `object \`${reader.key}\`: \`${name}\` has code ${entry} of ${remap.length}`,
        { details: { key: reader.key } },
      );
    }
    if (code < 0) {
      code = pool.internBytes(bytes, offsets[entry]!, offsets[entry + 1]!);
      remap[entry] = code;
    }
    codes[row] = code;
  }
}

function dictionaryOf(reader: BundleReader, name: string, pool: StringPool): Promise<Dictionary> {
  let byPool = dictionaries.get(reader);
  if (byPool === undefined) dictionaries.set(reader, (byPool = new WeakMap()));
  let byName = byPool.get(pool);
  if (byName === undefined) byPool.set(pool, (byName = new Map()));
  const known = byName.get(name);
  if (known !== undefined) return known;
  const reading = readDictionary(reader, name);
  byName.set(name, reading);
  // A failure is told to who asked and is not kept: the next reader tries again.
  const forget = byName;
  reading.catch(() => forget.delete(name));
  return reading;
}

async function readDictionary(reader: BundleReader, name: string): Promise<Dictionary> {
  const [offsets, bytes] = await Promise.all([
    reader.section(`${name}/offsets`, 'i32'),
    reader.section(`${name}/bytes`, 'u8'),
  ]);
  return { offsets, bytes, remap: new Int32Array(offsets.length - 1).fill(-1) };
}
