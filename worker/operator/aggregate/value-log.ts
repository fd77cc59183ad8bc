/**
 * A log of input values of any type, referred to by position. `first`, `last` and `collect` keep positions, an Int32
 * each, and leave strings, records and lists where they were appended.
 *
 *   log       a  b  c  d  e  f           whole inputs, batch after batch
 *   holders      1        4              positions that some entity still holds
 *   compact   b  e                       when most of the log is held by nobody
 */
import { allocateFixed, nullColumn, physicalOf } from '../../../shared/column/column.ts';
import type { Column, FixedArray, Validity } from '../../../shared/column/column.ts';
import { NO_ROW, sliceColumn, takeColumn } from '../../../shared/column/take.ts';
import { allNullColumn } from '../../../shared/column/validity.ts';
import { assert, AssertionError } from '../../../shared/base/assert.ts';
import type { StringPool } from '../../../shared/column/string-pool.ts';
import type {
  DataType,
  ListType,
  MapType,
  RecordType,
  ScalarType,
} from '../../../shared/types/data-type.ts';

/** Garbage that is not worth a compaction: a few batches. */
const GARBAGE_ROWS_MIN = 65_536;

export class ValueLog {
  readonly type: DataType;
  readonly #pool: StringPool;
  #values: GrowingColumn;

  constructor(type: DataType, pool: StringPool) {
    this.type = type;
    this.#pool = pool;
    this.#values = growingColumn(type, pool);
  }

  /** Appends all rows; returns the position of the first. Positions of null rows must not be kept. */
  append(column: Column): number {
    const position = this.#values.length;
    const typed =
      column.physical === 'null' ? allNullColumn(this.type, column.length, this.#pool) : column;
    // Only valid rows are ever held, so their validity is not stored, and results need not combine it.
    this.#values.append(typed.physical === 'null' ? typed : { ...typed, validity: null });
    return position;
  }

  /** The values at `positions`, null at NO_ROW. */
  take(positions: Int32Array): Column {
    return takeColumn(this.#values.view(), positions);
  }

  /** Drops what no holder holds, if that is most of the log, and rewrites the positions in `holders`. */
  settle(holders: readonly Int32Array[]): void {
    let slots = 0;
    for (const positions of holders) slots += positions.length;
    // Every slot may hold a value, so at least as many rows were appended since the last time: O(1) each.
    if (this.isSparse(slots)) this.compact(holders);
  }

  /** Whether most of the log is garbage, and enough to be worth a compaction, if `held` positions are held. */
  isSparse(held: number): boolean {
    return this.#values.length > 2 * held + GARBAGE_ROWS_MIN;
  }

  /** Keeps what `holders` hold, in their order, and rewrites their positions. */
  compact(holders: readonly Int32Array[]): void {
    let slots = 0;
    for (const positions of holders) slots += positions.length;
    const kept = new Int32Array(slots);
    let count = 0;
    for (const positions of holders) {
      for (let slot = 0; slot < positions.length; slot++) {
        if (positions[slot] === NO_ROW) continue;
        kept[count] = positions[slot]!;
        positions[slot] = count++;
      }
    }
    const values = this.take(kept.subarray(0, count));
    this.#values = growingColumn(this.type, this.#pool);
    this.#values.append(values);
  }
}

/** Int32 handles that stand for values: what keeps many of them keeps no more than these. */
export interface ValueHandles {
  /** One per row; those of null rows must not be kept. */
  append(column: Column): Int32Array;
  /** The values of handles that are kept. */
  take(handles: Int32Array): Column;
  /** Drops what no holder holds; may rewrite the handles in `holders`. Empty places hold NO_ROW. */
  settle(holders: readonly Int32Array[]): void;
}

/** Codes of strings are handles already; of other types it is positions in a log. */
export function valueHandles(type: DataType, pool: StringPool): ValueHandles {
  const isText = type.kind === 'string' || type.kind === 'large_string' || type.kind === 'json';
  return isText ? new StringHandles(type, pool) : new LogHandles(type, pool);
}

class StringHandles implements ValueHandles {
  readonly #type: ScalarType;
  readonly #pool: StringPool;

  constructor(type: ScalarType, pool: StringPool) {
    this.#type = type;
    this.#pool = pool;
  }

  append(column: Column): Int32Array {
    if (column.physical === 'null') return new Int32Array(column.length);
    assert(column.physical === 'string', 'value log: expected strings');
    assert(column.pool === this.#pool, 'value log: strings of one pool');
    return column.codes;
  }

  take(handles: Int32Array): Column {
    const { length } = handles;
    const type = this.#type;
    return { physical: 'string', type, length, validity: null, codes: handles, pool: this.#pool };
  }

  settle(): void {
    // Strings stay in the pool.
  }
}

class LogHandles implements ValueHandles {
  readonly #log: ValueLog;

  constructor(type: DataType, pool: StringPool) {
    this.#log = new ValueLog(type, pool);
  }

  append(column: Column): Int32Array {
    const base = this.#log.append(column);
    const handles = new Int32Array(column.length);
    for (let row = 0; row < handles.length; row++) handles[row] = base + row;
    return handles;
  }

  take(handles: Int32Array): Column {
    return this.#log.take(handles);
  }

  settle(holders: readonly Int32Array[]): void {
    this.#log.settle(holders);
  }
}

/** A column that grows at its end, in arrays that double. */
interface GrowingColumn {
  readonly length: number;
  append(column: Column): void;
  /** All rows so far, without copying; later appends do not change it. */
  view(): Column;
}

function growingColumn(type: DataType, pool: StringPool): GrowingColumn {
  switch (type.kind) {
    case 'record':
      return new GrowingRecords(type, pool);
    case 'list':
    case 'map':
      return new GrowingExtents(type, pool);
    case 'null':
      return new GrowingNulls();
    case 'string':
    case 'large_string':
    case 'json':
      return new GrowingStrings(type, pool);
    default:
      return new GrowingFixed(type);
  }
}

class GrowingNulls implements GrowingColumn {
  length = 0;

  append(column: Column): void {
    this.length += column.length;
  }

  view(): Column {
    return nullColumn(this.length);
  }
}

class GrowingFixed implements GrowingColumn {
  readonly #type: ScalarType;
  readonly #validity = new GrowingValidity();
  #values: FixedArray;
  length = 0;

  constructor(type: ScalarType) {
    const physical = physicalOf(type);
    if (physical === null) throw new AssertionError(`no column of type ${type.kind} exists`);
    this.#type = type;
    this.#values = allocateFixed(physical, 0);
  }

  append(column: Column): void {
    assert(column.physical === 'fixed', 'value log: expected fixed-width values');
    const end = this.length + column.length;
    if (end > this.#values.length) {
      const physical = physicalOf(this.#type)!;
      const grown = allocateFixed(physical, Math.max(end, this.#values.length * 2));
      copyFixed(this.#values, grown, 0);
      this.#values = grown;
    }
    copyFixed(column.values, this.#values, this.length);
    this.#validity.append(column.validity, this.length, column.length);
    this.length = end;
  }

  view(): Column {
    return {
      physical: 'fixed',
      type: this.#type,
      length: this.length,
      validity: this.#validity.view(this.length),
      values: this.#values.subarray(0, this.length),
    };
  }
}

class GrowingStrings implements GrowingColumn {
  readonly #type: ScalarType;
  readonly #pool: StringPool;
  readonly #validity = new GrowingValidity();
  #codes = new Int32Array(0);
  length = 0;

  constructor(type: ScalarType, pool: StringPool) {
    this.#type = type;
    this.#pool = pool;
  }

  append(column: Column): void {
    assert(column.physical === 'string', 'value log: expected strings');
    assert(column.pool === this.#pool, 'value log: strings of one pool');
    const end = this.length + column.length;
    if (end > this.#codes.length) this.#codes = grownInt32(this.#codes, end);
    this.#codes.set(column.codes, this.length);
    this.#validity.append(column.validity, this.length, column.length);
    this.length = end;
  }

  view(): Column {
    return {
      physical: 'string',
      type: this.#type,
      length: this.length,
      validity: this.#validity.view(this.length),
      codes: this.#codes.subarray(0, this.length),
      pool: this.#pool,
    };
  }
}

class GrowingRecords implements GrowingColumn {
  readonly #type: RecordType;
  readonly #validity = new GrowingValidity();
  readonly #children: readonly GrowingColumn[];
  readonly #pool: StringPool;
  length = 0;

  constructor(type: RecordType, pool: StringPool) {
    this.#type = type;
    this.#pool = pool;
    this.#children = type.fields.map((field) => growingColumn(field.type, pool));
  }

  append(column: Column): void {
    assert(column.physical === 'record', 'value log: expected records');
    for (let index = 0; index < this.#children.length; index++) {
      const field = this.#type.fields[index]!;
      this.#children[index]!.append(typedNulls(column.children[index]!, field.type, this.#pool));
    }
    this.#validity.append(column.validity, this.length, column.length);
    this.length += column.length;
  }

  view(): Column {
    return {
      physical: 'record',
      type: this.#type,
      length: this.length,
      validity: this.#validity.view(this.length),
      children: this.#children.map((child) => child.view()),
    };
  }
}

/** Lists and maps: extents of one growing column of elements, or of two. */
class GrowingExtents implements GrowingColumn {
  readonly #type: ListType | MapType;
  readonly #pool: StringPool;
  readonly #validity = new GrowingValidity();
  readonly #element: GrowingColumn;
  readonly #keys: GrowingColumn | null;
  #offsets = new Int32Array(1);
  length = 0;

  constructor(type: ListType | MapType, pool: StringPool) {
    this.#type = type;
    this.#pool = pool;
    this.#element = growingColumn(type.kind === 'list' ? type.element : type.value, pool);
    this.#keys = type.kind === 'list' ? null : growingColumn(type.key, pool);
  }

  append(column: Column): void {
    assert(column.physical === 'list' || column.physical === 'map', 'value log: expected extents');
    const from = column.offsets[0]!;
    const to = column.offsets[column.length]!;
    const end = this.length + column.length;
    if (end + 1 > this.#offsets.length) this.#offsets = grownInt32(this.#offsets, end + 1);
    const shift = this.#element.length - from;
    for (let row = 1; row <= column.length; row++) {
      this.#offsets[this.length + row] = column.offsets[row]! + shift;
    }
    if (column.physical === 'list') {
      assert(this.#type.kind === 'list', 'value log: expected maps');
      const element = sliceColumn(column.element, from, to);
      this.#element.append(typedNulls(element, this.#type.element, this.#pool));
    } else {
      assert(this.#type.kind === 'map' && this.#keys !== null, 'value log: expected lists');
      const keys = sliceColumn(column.keys, from, to);
      const values = sliceColumn(column.values, from, to);
      this.#keys.append(typedNulls(keys, this.#type.key, this.#pool));
      this.#element.append(typedNulls(values, this.#type.value, this.#pool));
    }
    this.#validity.append(column.validity, this.length, column.length);
    this.length = end;
  }

  view(): Column {
    const shared = {
      length: this.length,
      validity: this.#validity.view(this.length),
      offsets: this.#offsets.subarray(0, this.length + 1),
    };
    const type = this.#type;
    if (type.kind === 'list') {
      return { physical: 'list', type, ...shared, element: this.#element.view() };
    }
    const keys = this.#keys!.view();
    return { physical: 'map', type, ...shared, keys, values: this.#element.view() };
  }
}

/** Validity that costs nothing until the first null. */
class GrowingValidity {
  #bytes: Uint8Array | null = null;

  append(validity: Validity, at: number, count: number): void {
    if (validity === null && this.#bytes === null) return;
    const end = at + count;
    if (this.#bytes === null || end > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(end, at * 2)).fill(1);
      if (this.#bytes !== null) grown.set(this.#bytes.subarray(0, at));
      this.#bytes = grown;
    }
    // Bytes beyond the rows are 1 from the start.
    if (validity !== null) this.#bytes.set(validity, at);
  }

  view(length: number): Validity {
    return this.#bytes === null ? null : this.#bytes.subarray(0, length);
  }
}

/** A column of type `null` stands for nulls of `type`. */
function typedNulls(column: Column, type: DataType, pool: StringPool): Column {
  return column.physical === 'null' ? allNullColumn(type, column.length, pool) : column;
}

function grownInt32(array: Int32Array<ArrayBuffer>, needed: number): Int32Array<ArrayBuffer> {
  const grown = new Int32Array(Math.max(needed, array.length * 2));
  grown.set(array);
  return grown;
}

/** Copies between arrays of one type. */
function copyFixed(source: FixedArray, target: FixedArray, at: number): void {
  assert(source.constructor === target.constructor, 'value log: values of one type');
  // The assertion above makes the two types one; which of them does not matter to `set`.
  (target as Uint8Array).set(source as Uint8Array, at);
}
