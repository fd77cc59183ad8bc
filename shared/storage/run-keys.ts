/**
 * The order keys of a sorted run in few bytes, and back. Each form is chosen per run and is plain where it does not fit:
 *
 *   time      u32 per row: units after the row's block began; a block is BLOCK_ROWS rows, its first time stands whole.
 *             The unit is the longest of s, ms, µs, ns that divides all of these distances.
 *   subsort   u32 per row: the low word, where all rows have one high word
 *   entity    u16 per row, where the dictionary is small enough
 *
 * A reader asks for the stored numbers in the back part of the array that is to hold the whole ones, and widens them in
 * place: row by row from the front, no number is overwritten before it was read.
 *
 *   read      ·  ·  ·  ·  a  b  c  d
 *   widened   A  A  B  B  C  C  D  D
 */

/** A base of 8 bytes for 128 bytes of distances; at a distance in µs a block may take 71 minutes. */
const BLOCK_BITS = 5;
export const BLOCK_ROWS: number = 1 << BLOCK_BITS;
/** Nanoseconds. */
const UNITS = [1e9, 1e6, 1e3, 1];
/** Below it a distance is exact as a double. */
const DISTANCE_MAX = 2 ** 53;
const WORD = 2 ** 32;
/** Entities of a dictionary whose indices are packed. */
export const PACKED_ENTITIES_MAX = 65_536;

export function blocksOf(rows: number): number {
  return Math.ceil(rows / BLOCK_ROWS);
}

/** The block of a row. */
export function blockOf(row: number): number {
  return row >>> BLOCK_BITS;
}

/**
 * Writes the distance of each row and the first time of each block. `parts` are the times of all rows, in order.
 * Returns the unit, in nanoseconds; null if the distances do not fit, and then what was written means nothing.
 */
export function packTimes(
  parts: readonly BigInt64Array[],
  distances: Uint32Array,
  bases: BigInt64Array,
): number | null {
  // A unit that does not divide shows it in the first rows, mostly.
  return UNITS.find((unit) => tryPackTimes(parts, unit, distances, bases)) ?? null;
}

function tryPackTimes(
  parts: readonly BigInt64Array[],
  unit: number,
  distances: Uint32Array,
  bases: BigInt64Array,
): boolean {
  // Dividing would take longer than all the rest.
  const inverse = 1 / unit;
  let row = 0;
  let baseLow = 0;
  let baseHigh = 0;
  for (const time of parts) {
    const words = new Uint32Array(time.buffer, time.byteOffset, time.length * 2);
    for (let at = 0; at < time.length; at++) {
      const low = words[2 * at]!;
      const high = words[2 * at + 1]! | 0;
      if ((row & (BLOCK_ROWS - 1)) === 0) {
        bases[row >>> BLOCK_BITS] = time[at]!;
        baseLow = low;
        baseHigh = high;
      }
      const distance = (high - baseHigh) * WORD + (low - baseLow);
      const packed = (distance * inverse + 0.5) >>> 0;
      if (packed * unit !== distance || distance >= DISTANCE_MAX) return false;
      distances[row++] = packed;
    }
  }
  return true;
}

/** Widens the distances in `backPart(time)` of rows that start at row `from` of the run. `bases`: from its block on. */
export function unpackTimes(
  time: BigInt64Array,
  from: number,
  bases: BigInt64Array,
  unit: number,
): void {
  const distances = backPart(time);
  const words = new Uint32Array(time.buffer, time.byteOffset, time.length * 2);
  const baseWords = new Uint32Array(bases.buffer, bases.byteOffset, bases.length * 2);
  const inBlock = from & (BLOCK_ROWS - 1);
  for (let block = 0, at = 0; at < time.length; block++) {
    const end = Math.min((block + 1) * BLOCK_ROWS - inBlock, time.length);
    const low = baseWords[2 * block]!;
    const high = baseWords[2 * block + 1]!;
    for (; at < end; at++) {
      const sum = low + distances[at]! * unit;
      words[2 * at] = sum;
      words[2 * at + 1] = high + Math.floor(sum / WORD);
    }
  }
}

/** Writes the low word of each row; returns the high word, null if rows differ in it. */
export function packSubsorts(
  parts: readonly BigUint64Array[],
  lowWords: Uint32Array,
): number | null {
  let row = 0;
  let first: number | null = null;
  for (const subsort of parts) {
    if (subsort.length === 0) continue;
    const words = new Uint32Array(subsort.buffer, subsort.byteOffset, subsort.length * 2);
    first ??= words[1]!;
    let difference = 0;
    for (let at = 0; at < subsort.length; at++) {
      lowWords[row++] = words[2 * at]!;
      difference |= words[2 * at + 1]! ^ first;
    }
    if (difference !== 0) return null;
  }
  return first;
}

/** Widens the low words in `backPart(subsort)`. */
export function unpackSubsorts(subsort: BigUint64Array, highWord: number): void {
  const lowWords = backPart(subsort);
  const words = new Uint32Array(subsort.buffer, subsort.byteOffset, subsort.length * 2);
  for (let at = 0; at < subsort.length; at++) {
    words[2 * at] = lowWords[at]!;
    words[2 * at + 1] = highWord;
  }
}

/** Writes the entities as they are; the dictionary must have at most PACKED_ENTITIES_MAX. */
export function packEntities(parts: readonly Int32Array[], packed: Uint16Array): void {
  let row = 0;
  for (const entity of parts) {
    packed.set(entity, row);
    row += entity.length;
  }
}

/** Widens the entities in `backHalves(entity)`. */
export function unpackEntities(entity: Int32Array): void {
  const packed = backHalves(entity);
  for (let at = 0; at < entity.length; at++) entity[at] = packed[at]!;
}

/** The second half of the array, as one u32 per slot of it. */
export function backPart(array: BigInt64Array | BigUint64Array): Uint32Array {
  return new Uint32Array(array.buffer, array.byteOffset + array.length * 4, array.length);
}

/** The second half of the array, as one u16 per slot of it. */
export function backHalves(array: Int32Array): Uint16Array {
  return new Uint16Array(array.buffer, array.byteOffset + array.length * 2, array.length);
}
