/** `collect`: the latest inputs of an entity as a list, oldest first; over everything, since a row, or over parts. */
import { stateColumn } from './accumulator.ts';
import { EntityRings } from './entity-rings.ts';
import { compactValidity, feedOf, fixedValues } from './lane.ts';
import { withoutRows } from './plain.ts';
import { resizedInt32, resizedUint32 } from './slots.ts';
import { valueHandles } from './value-log.ts';
import type { ValueHandles } from './value-log.ts';
import type { AggregateOperator, AggregateRows, StateColumn } from './aggregate.ts';
import { AppError } from '../../../shared/base/app-error.ts';
import { assert } from '../../../shared/base/assert.ts';
import { fixedColumn } from '../../../shared/column/column.ts';
import type { Column, ListColumn } from '../../../shared/column/column.ts';
import { NO_ROW } from '../../../shared/column/take.ts';
import { U32 } from '../../../shared/types/data-type.ts';
import type { StringPool } from '../../../shared/column/string-pool.ts';
import type { ListType } from '../../../shared/types/data-type.ts';

/** Values that one entity may hold. Every row repeats its list, so k values cost about k² / 2 elements of output. */
export const COLLECT_VALUES_MAX = 65_536;

/** Elements that the lists of one batch may have together: about half a gigabyte of positions and 64-bit values. */
export const COLLECT_BATCH_ELEMENTS_MAX = 2 ** 25;

export interface CollectOptions {
  readonly type: ListType;
  /** Null: unbounded, up to COLLECT_VALUES_MAX. */
  readonly max: number | null;
  /** Fewer values give a null list. */
  readonly min: number;
  /** Of a sliding window; 1 for `since` and for no window. */
  readonly parts: number;
  readonly entityCount: number;
  readonly pool: StringPool;
}

export class CollectAggregate implements AggregateOperator {
  readonly #options: CollectOptions;
  readonly #values: ValueHandles;
  readonly #rings: EntityRings;
  /** Per slot of the rings the handle of a value. */
  #handles: Int32Array = new Int32Array(0);
  readonly #window: PartCounts | null;

  constructor(options: CollectOptions) {
    this.#options = options;
    this.#values = valueHandles(options.type.element, options.pool);
    // One more than the limit, so that reaching it does not look like a full ring.
    const max = Math.min(options.max ?? Infinity, COLLECT_VALUES_MAX + 1);
    this.#rings = new EntityRings(options.entityCount, max, {
      resize: (slots) => {
        this.#handles = resizedInt32(this.#handles, slots, NO_ROW);
      },
      move: (to, from) => {
        this.#handles[to] = this.#handles[from]!;
      },
    });
    this.#window = options.parts === 1 ? null : new PartCounts(options.entityCount, options.parts);
  }

  process(
    rows: AggregateRows,
    input: Column,
    isNew: Uint8Array | null,
    boundary: Uint8Array | null,
  ): Column {
    return this.#collect(rows, input, isNew, boundary, null);
  }

  processLast(
    rows: AggregateRows,
    input: Column,
    isNew: Uint8Array | null,
    boundary: Uint8Array | null,
    last: Int32Array,
  ): Column {
    return this.#collect(rows, input, isNew, boundary, last);
  }

  #collect(
    rows: AggregateRows,
    input: Column,
    isNew: Uint8Array | null,
    boundary: Uint8Array | null,
    last: Int32Array | null,
  ): Column {
    const { entity, length } = rows;
    const feed = feedOf(input.validity, isNew);
    const handles = this.#values.append(input);
    const lists = new Lists(last === null ? length : last.length, this.#options);
    // The part that a last row ends is closed after its list is taken.
    const inner = boundary === null || last === null ? boundary : withoutRows(boundary, last);
    for (let row = 0; row < length; row++) {
      const slot = entity[row]!;
      if (feed === null || feed[row] === 1) {
        this.#push(slot, handles[row]!);
        if (this.#window !== null) this.#window.add(slot);
      }
      if (last === null) lists.add(row, this.#rings, slot, this.#handles);
      if (inner !== null && inner[row] === 1) this.#endPart(slot);
    }
    for (let at = 0; last !== null && at < last.length; at++) {
      const slot = entity[last[at]!]!;
      lists.add(at, this.#rings, slot, this.#handles);
      if (boundary !== null && boundary[last[at]!] === 1) this.#endPart(slot);
    }
    const element = this.#values.take(lists.elements());
    this.#values.settle([this.#handles]);
    return this.#list(lists.offsets, element, lists.valid);
  }

  #push(entity: number, handle: number): void {
    const slot = this.#rings.push(entity);
    this.#handles[slot] = handle;
    if (this.#rings.length(entity) > COLLECT_VALUES_MAX) throw tooManyValues();
  }

  #endPart(entity: number): void {
    if (this.#window === null) {
      this.#rings.clear(entity);
      return;
    }
    const remaining = this.#window.slide(entity);
    const excess = this.#rings.length(entity) - remaining;
    if (excess > 0) this.#rings.dropOldest(entity, excess);
  }

  #list(offsets: Int32Array, element: Column, valid: Uint8Array): ListColumn {
    const { type } = this.#options;
    const length = valid.length;
    return { physical: 'list', type, length, validity: compactValidity(valid), offsets, element };
  }

  save(): StateColumn[] {
    const { entityCount } = this.#options;
    const offsets = new Int32Array(entityCount + 1);
    for (let entity = 0; entity < entityCount; entity++) {
      offsets[entity + 1] = offsets[entity]! + this.#rings.length(entity);
    }
    const elements = new Int32Array(offsets[entityCount]!);
    for (let entity = 0; entity < entityCount; entity++) {
      this.#rings.copyEntries(entity, this.#handles, elements, offsets[entity]!);
    }
    const values = this.#list(
      offsets,
      this.#values.take(elements),
      new Uint8Array(entityCount).fill(1),
    );
    const columns: StateColumn[] = [{ name: 'values', column: values }];
    if (this.#window !== null) columns.push({ name: 'part_counts', column: this.#window.save() });
    return columns;
  }

  load(columns: ReadonlyMap<string, Column>, target: Int32Array): void {
    const values = stateColumn(columns, 'values');
    assert(values.physical === 'list', 'collect: expected saved lists');
    const handles = this.#values.append(values.element);
    for (let row = 0; row < target.length; row++) {
      for (let at = values.offsets[row]!; at < values.offsets[row + 1]!; at++) {
        this.#push(target[row]!, handles[at]!);
      }
    }
    if (this.#window !== null) this.#window.load(stateColumn(columns, 'part_counts'), target);
  }
}

/**
 * How many inputs each live part was fed, values that `max` has since pushed out included. The ring always holds the
 * latest values of the window, so when a part ends all it needs to know is how many the remaining parts had.
 */
class PartCounts {
  readonly #parts: number;
  readonly #rings: EntityRings;
  /** Per slot of the rings: the count of a closed part. */
  #closed: Uint32Array = new Uint32Array(0);
  /** Per entity: the count of the current part, and of all live parts. */
  readonly #current: Uint32Array;
  readonly #totals: Uint32Array;

  constructor(entityCount: number, parts: number) {
    this.#parts = parts;
    this.#current = new Uint32Array(entityCount);
    this.#totals = new Uint32Array(entityCount);
    this.#rings = new EntityRings(entityCount, parts - 1, {
      resize: (slots) => {
        this.#closed = resizedUint32(this.#closed, slots);
      },
      move: (to, from) => {
        this.#closed[to] = this.#closed[from]!;
      },
    });
  }

  add(entity: number): void {
    this.#current[entity]! += 1;
    this.#totals[entity]! += 1;
  }

  /** Ends the current part; returns how many inputs the live parts had. */
  slide(entity: number): number {
    const rings = this.#rings;
    if (rings.length(entity) === this.#parts - 1) {
      this.#totals[entity]! -= this.#closed[rings.slot(entity, 0)]!;
    }
    const slot = rings.push(entity);
    this.#closed[slot] = this.#current[entity]!;
    this.#current[entity] = 0;
    return this.#totals[entity]!;
  }

  /** Per entity the closed counts, oldest first, and the current one. */
  save(): ListColumn {
    const length = this.#current.length;
    const offsets = new Int32Array(length + 1);
    for (let entity = 0; entity < length; entity++) {
      offsets[entity + 1] = offsets[entity]! + this.#rings.length(entity) + 1;
    }
    const counts = new Uint32Array(offsets[length]!);
    for (let entity = 0; entity < length; entity++) {
      const start = offsets[entity]!;
      for (let index = 0; index < this.#rings.length(entity); index++) {
        counts[start + index] = this.#closed[this.#rings.slot(entity, index)]!;
      }
      counts[offsets[entity + 1]! - 1] = this.#current[entity]!;
    }
    const type: ListType = { kind: 'list', element: U32 };
    const element = fixedColumn(U32, counts);
    return { physical: 'list', type, length, validity: null, offsets, element };
  }

  load(column: Column, target: Int32Array): void {
    assert(column.physical === 'list', 'collect: expected saved part counts');
    const counts = fixedValues(column.element);
    assert(counts instanceof Uint32Array, 'collect: expected saved part counts');
    const { offsets } = column;
    for (let row = 0; row < target.length; row++) {
      const entity = target[row]!;
      const last = offsets[row + 1]! - 1;
      for (let part = offsets[row]!; part < last; part++) {
        const slot = this.#rings.push(entity);
        this.#closed[slot] = counts[part]!;
        this.#totals[entity]! += counts[part]!;
      }
      this.#current[entity] = counts[last]!;
      this.#totals[entity]! += counts[last]!;
    }
  }
}

/** The lists of a batch as they grow: positions of their elements in the log. */
class Lists {
  readonly offsets: Int32Array;
  readonly valid: Uint8Array;
  readonly #min: number;
  #elements: Int32Array<ArrayBuffer>;
  #total = 0;

  constructor(count: number, { max, min }: CollectOptions) {
    this.offsets = new Int32Array(count + 1);
    this.valid = new Uint8Array(count);
    this.#min = min;
    this.#elements = new Int32Array(count * Math.min(max ?? 2, 4));
  }

  /** The list of entity `slot`, as it stands, is list `at`: the one after those before. */
  add(at: number, rings: EntityRings, slot: number, positions: Int32Array): void {
    const count = rings.length(slot);
    if (count >= this.#min) {
      this.valid[at] = 1;
      const needed = this.#total + count;
      if (needed > this.#elements.length) this.#elements = grownElements(this.#elements, needed);
      rings.copyEntries(slot, positions, this.#elements, this.#total);
      this.#total = needed;
    }
    this.offsets[at + 1] = this.#total;
  }

  elements(): Int32Array {
    return this.#elements.subarray(0, this.#total);
  }
}

function tooManyValues(): AppError {
  return new AppError(
    'resource',
    'COLLECT_VALUES_MAX',
    `collect holds more than ${COLLECT_VALUES_MAX} values of one entity (COLLECT_VALUES_MAX); ` +
      'give it a smaller `max`, or a window',
    { details: { limit: COLLECT_VALUES_MAX } },
  );
}

function grownElements(elements: Int32Array<ArrayBuffer>, needed: number): Int32Array<ArrayBuffer> {
  if (needed > COLLECT_BATCH_ELEMENTS_MAX) {
    throw new AppError(
      'resource',
      'COLLECT_BATCH_ELEMENTS_MAX',
      `the lists of collect in one batch have more than ${COLLECT_BATCH_ELEMENTS_MAX} elements ` +
        '(COLLECT_BATCH_ELEMENTS_MAX); give it a smaller `max`, or a window',
      { details: { limit: COLLECT_BATCH_ELEMENTS_MAX } },
    );
  }
  const grown = new Int32Array(Math.max(needed, elements.length * 2));
  grown.set(elements);
  return grown;
}
