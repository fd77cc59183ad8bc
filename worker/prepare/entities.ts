/** Dense entity indices of the rows of a segment, in the unsigned order of their key hashes. */
import { AppError } from '../../shared/base/app-error.ts';
import type { Column, StringColumn } from '../../shared/column/column.ts';
import { isValid } from '../../shared/column/column.ts';
import { takeColumn } from '../../shared/column/take.ts';
import { columnValue } from '../../shared/column/values.ts';
import { hashColumn } from '../../shared/kernel/hash.ts';
import { sortOrder } from '../order/radix-sort.ts';

export interface Entities {
  /** Entity of each row. */
  readonly entity: Int32Array;
  /** Hash of each entity, strictly ascending. */
  readonly hashes: BigUint64Array;
  /** The first row of each entity: where its key stands. */
  readonly firstRows: Int32Array;
}

/**
 * Throws AppError('data', 'KEY_COLLISION') if two keys have one hash: it would fuse two entities. The entities of the rows
 * are written to `entity`.
 */
export function assignEntities(
  keys: Column,
  entity: Int32Array = new Int32Array(keys.length),
): Entities {
  if (keys.physical === 'string') return assignByCode(keys, entity);
  const rowHashes = hashColumn(keys);
  const firstRows = groupByHash(rowHashes, entity);
  checkKeys(keys, entity, firstRows, rowHashes);
  const hashes = BigUint64Array.from(firstRows, (row) => rowHashes[row]!);
  return inHashOrder(entity, firstRows, hashes);
}

/** Equal strings have equal codes, so rows are grouped without their hashes and each distinct key is hashed once. */
function assignByCode(keys: StringColumn, entity: Int32Array): Entities {
  const { codes, validity, length } = keys;
  const nullCode = keys.pool.size;
  const known = new Int32Array(nullCode + 1);
  const first = new Int32Array(Math.min(length, nullCode + 1));
  let count = 0;
  for (let row = 0; row < length; row++) {
    const code = validity !== null && validity[row] === 0 ? nullCode : codes[row]!;
    let index = known[code]! - 1;
    if (index < 0) {
      index = count++;
      first[index] = row;
      known[code] = count;
    }
    entity[row] = index;
  }
  const firstRows = first.subarray(0, count);
  const hashes = hashColumn(takeColumn(keys, firstRows));
  return inHashOrder(entity, firstRows, hashes, (left, right, hash) => {
    throw keyCollision(keys, left, right, hash);
  });
}

/** Provisional indices in order of appearance, by open addressing over the hash; returns the first row of each. */
function groupByHash(rowHashes: BigUint64Array, entity: Int32Array): Int32Array {
  const rows = rowHashes.length;
  const halves = new Int32Array(rowHashes.buffer, rowHashes.byteOffset, rows * 2);
  let slots: Int32Array = new Int32Array(1024);
  let firstRows: Int32Array = new Int32Array(512);
  let count = 0;
  for (let row = 0; row < rows; row++) {
    const low = halves[2 * row]!;
    const high = halves[2 * row + 1]!;
    let slot = (low ^ high) & (slots.length - 1);
    for (;;) {
      const known = slots[slot]! - 1;
      if (known < 0) {
        if (count === firstRows.length) {
          const longer = new Int32Array(count * 2);
          longer.set(firstRows);
          firstRows = longer;
        }
        firstRows[count] = row;
        slots[slot] = ++count;
        entity[row] = count - 1;
        if (count * 2 > slots.length) slots = rehashed(slots.length * 2, firstRows, count, halves);
        break;
      }
      const first = firstRows[known]!;
      if (halves[2 * first] === low && halves[2 * first + 1] === high) {
        entity[row] = known;
        break;
      }
      slot = (slot + 1) & (slots.length - 1);
    }
  }
  return firstRows.subarray(0, count);
}

function rehashed(
  size: number,
  firstRows: Int32Array,
  count: number,
  halves: Int32Array,
): Int32Array {
  const slots = new Int32Array(size);
  for (let known = 0; known < count; known++) {
    const row = firstRows[known]!;
    let slot = (halves[2 * row]! ^ halves[2 * row + 1]!) & (size - 1);
    while (slots[slot] !== 0) slot = (slot + 1) & (size - 1);
    slots[slot] = known + 1;
  }
  return slots;
}

/** `onTie` is called with two first rows of equal hash; if absent there are none. */
function inHashOrder(
  entity: Int32Array,
  firstRows: Int32Array,
  found: BigUint64Array,
  onTie?: (left: number, right: number, hash: bigint) => void,
): Entities {
  const count = firstRows.length;
  const order = sortOrder(new Uint32Array(found.buffer, found.byteOffset, count * 2));
  const index = new Int32Array(count);
  const hashes = new BigUint64Array(count);
  const sortedRows = new Int32Array(count);
  for (let position = 0; position < count; position++) {
    const known = order === null ? position : order[position]!;
    index[known] = position;
    hashes[position] = found[known]!;
    sortedRows[position] = firstRows[known]!;
    if (position > 0 && hashes[position]! === hashes[position - 1]!) {
      onTie?.(sortedRows[position - 1]!, sortedRows[position]!, hashes[position]!);
    }
  }
  for (let row = 0; row < entity.length; row++) entity[row] = index[entity[row]!]!;
  return { entity, hashes, firstRows: sortedRows };
}

/** Every row's key must equal the key of its entity's first row. */
function checkKeys(
  keys: Column,
  entity: Int32Array,
  firstRows: Int32Array,
  hashes: BigUint64Array,
): void {
  const rows = keys.length;
  const { validity } = keys;
  const differs = (row: number, first: number): never => {
    throw keyCollision(keys, first, row, hashes[row]!);
  };
  if (validity !== null) {
    for (let row = 0; row < rows; row++) {
      const first = firstRows[entity[row]!]!;
      if (validity[row] !== validity[first]) differs(row, first);
    }
  }
  if (keys.physical === 'fixed' && keys.values.BYTES_PER_ELEMENT === 8) {
    const { buffer, byteOffset } = keys.values;
    const bits = new BigInt64Array(buffer, byteOffset, rows);
    for (let row = 0; row < rows; row++) {
      const first = firstRows[entity[row]!]!;
      if (bits[row]! !== bits[first]! && isValid(keys, row)) differs(row, first);
    }
  } else if (keys.physical === 'fixed') {
    const { values } = keys;
    const bits =
      values.BYTES_PER_ELEMENT === 4
        ? new Int32Array(values.buffer, values.byteOffset, rows)
        : Int32Array.from(values as Uint8Array);
    for (let row = 0; row < rows; row++) {
      const first = firstRows[entity[row]!]!;
      if (bits[row] !== bits[first] && isValid(keys, row)) differs(row, first);
    }
  } else if (keys.physical === 'record') {
    for (let row = 0; row < rows; row++) {
      const first = firstRows[entity[row]!]!;
      if (row !== first && keyText(keys, row) !== keyText(keys, first)) differs(row, first);
    }
  }
}

/** The error that names two keys of one hash, in an order that does not depend on which was met first. */
export function keyCollision(keys: Column, left: number, right: number, hash: bigint): AppError {
  const [first, second] = [keyText(keys, left), keyText(keys, right)].toSorted();
  return new AppError(
    'data',
    'KEY_COLLISION',
    `the keys ${first} and ${second} have the same hash ${hash}, so they cannot be told apart; change one of them`,
  );
}

/** A key as JSON; floats that are different keys have different texts. */
export function keyText(keys: Column, row: number): string {
  return JSON.stringify(columnValue(keys, row), (_name, value: unknown) => {
    if (typeof value === 'bigint') return String(value);
    if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
    return value;
  });
}
