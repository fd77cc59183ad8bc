/** Dense entity indices of the rows of a segment, in the unsigned order of their key hashes. */
import { AppError } from '../../shared/base/app-error.ts';
import type { Column } from '../../shared/column/column.ts';
import { isValid } from '../../shared/column/column.ts';
import { columnValue } from '../../shared/column/values.ts';
import { hashColumn } from '../../shared/kernel/hash.ts';
import { sortOrder } from './radix-sort.ts';

export interface Entities {
  /** Entity of each row. */
  readonly entity: Int32Array;
  /** Hash of each entity, strictly ascending. */
  readonly hashes: BigUint64Array;
  /** The first row of each entity: where its key stands. */
  readonly firstRows: Int32Array;
}

/** Throws AppError('data', 'KEY_COLLISION') if two keys have one hash: it would fuse two entities. */
export function assignEntities(keys: Column): Entities {
  const rows = keys.length;
  const rowHashes = hashColumn(keys);
  const halves = new Uint32Array(rowHashes.buffer, rowHashes.byteOffset, rows * 2);
  // Provisional indices in order of appearance, by open addressing over the hash.
  const entity = new Int32Array(rows);
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
  checkKeys(keys, entity, firstRows, rowHashes);
  return inHashOrder(entity, firstRows.subarray(0, count), rowHashes);
}

function rehashed(
  size: number,
  firstRows: Int32Array,
  count: number,
  halves: Uint32Array,
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

function inHashOrder(
  entity: Int32Array,
  firstRows: Int32Array,
  rowHashes: BigUint64Array,
): Entities {
  const count = firstRows.length;
  const found = new BigUint64Array(count);
  for (let known = 0; known < count; known++) found[known] = rowHashes[firstRows[known]!]!;
  const order = sortOrder(new Uint32Array(found.buffer));
  if (order === null) return { entity, hashes: found, firstRows: firstRows.slice() };
  const index = new Int32Array(count);
  const hashes = new BigUint64Array(count);
  const sortedRows = new Int32Array(count);
  for (let position = 0; position < count; position++) {
    const known = order[position]!;
    index[known] = position;
    hashes[position] = found[known]!;
    sortedRows[position] = firstRows[known]!;
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
    throw keyCollision(keys, first, keys, row, hashes[row]!);
  };
  if (validity !== null) {
    for (let row = 0; row < rows; row++) {
      const first = firstRows[entity[row]!]!;
      if (validity[row] !== validity[first]) differs(row, first);
    }
  }
  if (keys.physical === 'string') {
    const { codes } = keys;
    for (let row = 0; row < rows; row++) {
      const first = firstRows[entity[row]!]!;
      if (codes[row] !== codes[first] && isValid(keys, row)) differs(row, first);
    }
  } else if (keys.physical === 'fixed' && keys.values.BYTES_PER_ELEMENT === 8) {
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
      if (row !== first && !sameKey(keys, row, keys, first)) differs(row, first);
    }
  }
}

/** Equality of two keys of one type; floats by their bits, as they are hashed. */
export function sameKey(left: Column, leftRow: number, right: Column, rightRow: number): boolean {
  return keyText(left, leftRow) === keyText(right, rightRow);
}

export function keyCollision(
  left: Column,
  leftRow: number,
  right: Column,
  rightRow: number,
  hash: bigint,
): AppError {
  const names = [keyText(left, leftRow), keyText(right, rightRow)].toSorted();
  return new AppError(
    'data',
    'KEY_COLLISION',
    `the keys ${names[0]} and ${names[1]} have the same hash ${hash}, so they cannot be told apart; change one of them`,
  );
}

function keyText(keys: Column, row: number): string {
  return JSON.stringify(columnValue(keys, row), (_name, value: unknown) => {
    if (typeof value === 'bigint') return String(value);
    if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
    return value;
  });
}
