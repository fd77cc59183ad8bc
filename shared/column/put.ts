/**
 * Placing rows: the reverse of a gather. A table of one value per entity is kept up to date by putting the rows of a
 * batch where they belong, so a batch costs its own rows and not those of the table.
 */
import type { Column, FixedArray, Validity } from './column.ts';
import type { StringPool } from './string-pool.ts';
import { concatColumns, takeColumn } from './take.ts';
import { allNullColumn, allValid } from './validity.ts';
import { assert, unreachable } from '../base/assert.ts';

/**
 * `target` with its row rows[r] replaced by row r of `source`, which has the same type or type `null`; where a row is
 * named twice the later one wins. The arrays of `target` are written to, so nobody else may hold it; go on with what is
 * returned. Lists and maps are rebuilt, at the cost of all rows of `target`.
 */
export function putColumn(
  target: Column,
  rows: Int32Array,
  source: Column,
  pool: StringPool,
): Column {
  assert(rows.length === source.length, 'putColumn: a row for each value');
  if (rows.length === 0) return target;
  if (source.physical !== 'null' && (target.physical === 'list' || target.physical === 'map')) {
    return rebuilt(target, rows, source, pool);
  }
  const validity = putValidity(target.validity, target.length, rows, source.validity);
  switch (target.physical) {
    case 'null':
      return target;
    case 'fixed':
      if (source.physical !== 'null') {
        assert(source.physical === 'fixed', 'putColumn: expected fixed-width values');
        putFixed(target.values, rows, source.values);
      }
      return { ...target, validity };
    case 'string':
      if (source.physical !== 'null') {
        assert(source.physical === 'string', 'putColumn: expected strings');
        assert(source.pool === target.pool, 'putColumn: strings of one pool');
        put32(source.codes, rows, target.codes);
      }
      return { ...target, validity };
    case 'record': {
      if (source.physical === 'null') return { ...target, validity };
      assert(source.physical === 'record', 'putColumn: expected records');
      const children = target.children.map((child, index) =>
        putColumn(child, rows, source.children[index]!, pool),
      );
      return { ...target, validity, children };
    }
    case 'list':
    case 'map':
      return { ...target, validity };
    default:
      return unreachable(target);
  }
}

/** A column of `length` rows whose row rows[r] is row r of `source`, and null elsewhere. */
export function spreadColumn(
  source: Column,
  rows: Int32Array,
  length: number,
  pool: StringPool,
): Column {
  return putColumn(allNullColumn(source.type, length, pool), rows, source, pool);
}

/** As `putColumn` for what has no slot of its own per row. */
function rebuilt(target: Column, rows: Int32Array, source: Column, pool: StringPool): Column {
  const pick = new Int32Array(target.length);
  for (let row = 0; row < pick.length; row++) pick[row] = row;
  for (let row = 0; row < rows.length; row++) pick[rows[row]!] = target.length + row;
  return takeColumn(concatColumns(target.type, [target, source], pool), pick);
}

function putValidity(
  target: Validity,
  length: number,
  rows: Int32Array,
  source: Validity,
): Validity {
  if (source === null) {
    if (target !== null) for (let row = 0; row < rows.length; row++) target[rows[row]!] = 1;
    return target;
  }
  const out = target ?? allValid(length);
  put8(source, rows, out);
  return out;
}

/** By width in bytes, so that each loop sees one kind of array. */
function putFixed(target: FixedArray, rows: Int32Array, source: FixedArray): void {
  assert(source.BYTES_PER_ELEMENT === target.BYTES_PER_ELEMENT, 'putColumn: one width');
  switch (target.BYTES_PER_ELEMENT) {
    case 1:
      put8(bytesOf(source), rows, bytesOf(target));
      break;
    case 2:
      put16(
        new Uint16Array(source.buffer, source.byteOffset, source.length),
        rows,
        new Uint16Array(target.buffer, target.byteOffset, target.length),
      );
      break;
    case 4:
      put32(
        new Int32Array(source.buffer, source.byteOffset, source.length),
        rows,
        new Int32Array(target.buffer, target.byteOffset, target.length),
      );
      break;
    default:
      put64(
        new BigInt64Array(source.buffer, source.byteOffset, source.length),
        rows,
        new BigInt64Array(target.buffer, target.byteOffset, target.length),
      );
  }
}

function bytesOf(values: FixedArray): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

function put8(source: Uint8Array, rows: Int32Array, target: Uint8Array): void {
  for (let row = 0; row < rows.length; row++) target[rows[row]!] = source[row]!;
}

function put16(source: Uint16Array, rows: Int32Array, target: Uint16Array): void {
  for (let row = 0; row < rows.length; row++) target[rows[row]!] = source[row]!;
}

function put32(source: Int32Array, rows: Int32Array, target: Int32Array): void {
  for (let row = 0; row < rows.length; row++) target[rows[row]!] = source[row]!;
}

// Floats too are moved as int64: a move through a float register may change the bits of a NaN.
function put64(source: BigInt64Array, rows: Int32Array, target: BigInt64Array): void {
  for (let row = 0; row < rows.length; row++) target[rows[row]!] = source[row]!;
}
