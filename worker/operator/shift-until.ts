/**
 * `shift_until`: rows are held per entity until one of its rows has a true predicate; then all held rows, that one
 * included, are emitted at its time in order of arrival (language.md 5.3; partitioning.md R3).
 */
import { assert } from '../../shared/base/assert.ts';
import type { Column, ListColumn } from '../../shared/column/column.ts';
import { concatColumns, takeColumn } from '../../shared/column/take.ts';
import type { StringPool } from '../../shared/column/string-pool.ts';
import type { DataType } from '../../shared/types/data-type.ts';
import type { DomainRows } from './domain-rows.ts';
import type { Shifted } from './shift-to.ts';
import { identityOrder, sortByInt32, sortByInt64, sortByUint64, wordsOf } from './sort.ts';

interface Held {
  /** In order of arrival. */
  readonly entity: Int32Array;
  readonly columns: readonly Column[];
}

const NONE = -1;

export class ShiftUntilOperator {
  readonly #types: readonly DataType[];
  readonly #entityCount: number;
  readonly #pool: StringPool;
  /** Per entity: rows emitted so far. */
  readonly emitted: Float64Array;
  #held: Held;

  constructor(types: readonly DataType[], entityCount: number, pool: StringPool) {
    this.#types = types;
    this.#pool = pool;
    this.#entityCount = entityCount;
    this.emitted = new Float64Array(entityCount);
    this.#held = {
      entity: new Int32Array(0),
      columns: types.map((type) => concatColumns(type, [], pool)),
    };
  }

  /** `release` has a byte per row, 1 where the predicate is true. */
  process(rows: DomainRows, release: Uint8Array, columns: readonly Column[]): Shifted {
    const heldCount = this.#held.entity.length;
    const all: Held = this.#append(rows, columns);
    // Chains of held rows per entity: head → next → … → tail, indices into `all`.
    const head = new Int32Array(this.#entityCount).fill(NONE);
    const tail = new Int32Array(this.#entityCount).fill(NONE);
    const next = new Int32Array(all.entity.length).fill(NONE);
    const push = (row: number): void => {
      const entity = all.entity[row]!;
      if (head[entity] === NONE) head[entity] = row;
      else next[tail[entity]!] = row;
      tail[entity] = row;
    };
    for (let row = 0; row < heldCount; row++) push(row);
    const source = new Int32Array(all.entity.length);
    const time = new BigInt64Array(all.entity.length);
    const number = new BigUint64Array(all.entity.length);
    const words = wordsOf(number);
    let count = 0;
    for (let row = 0; row < rows.length; row++) {
      push(heldCount + row);
      if (release[row] !== 1) continue;
      const entity = rows.entity[row]!;
      for (let at = head[entity]!; at !== NONE; at = next[at]!) {
        source[count] = at;
        time[count] = rows.time[row]!;
        const emitted = this.emitted[entity]!;
        words[count * 2] = emitted;
        words[count * 2 + 1] = Math.floor(emitted / 0x1_0000_0000);
        this.emitted[entity] = emitted + 1;
        count++;
      }
      head[entity] = NONE;
    }
    this.#keep(all, head, next);
    return sortShifted(all, source, time, number, count);
  }

  /** Per entity the held rows as a list of records of the carried columns. */
  save(): ListColumn {
    const held = this.#held;
    const order = sortByInt32(held.entity, identityOrder(held.entity.length));
    const offsets = new Int32Array(this.#entityCount + 1);
    for (let row = 0; row < held.entity.length; row++) offsets[held.entity[row]! + 1]!++;
    for (let entity = 0; entity < this.#entityCount; entity++)
      offsets[entity + 1]! += offsets[entity]!;
    const fields = this.#types.map((type, index) => ({ name: `c${index}`, type }));
    const type = { kind: 'record', fields } as const;
    return {
      physical: 'list',
      type: { kind: 'list', element: type },
      length: this.#entityCount,
      validity: null,
      offsets,
      element: {
        physical: 'record',
        type,
        length: order.length,
        validity: null,
        children: held.columns.map((column) => takeColumn(column, order)),
      },
    };
  }

  load(saved: Column, target: Int32Array): void {
    assert(
      saved.physical === 'list' && saved.element.physical === 'record',
      'shift-until: held rows are a list of records per entity',
    );
    const from = saved.offsets[0]!;
    const to = saved.offsets[saved.length]!;
    const entity = new Int32Array(to - from);
    const rows = new Int32Array(to - from);
    for (let row = 0; row < saved.length; row++) {
      for (let at = saved.offsets[row]!; at < saved.offsets[row + 1]!; at++) {
        entity[at - from] = target[row]!;
        rows[at - from] = at;
      }
    }
    // Order between entities does not matter: rows are chained per entity.
    this.#held = {
      entity,
      columns: saved.element.children.map((column) => takeColumn(column, rows)),
    };
  }

  #append(rows: DomainRows, columns: readonly Column[]): Held {
    const entity = new Int32Array(this.#held.entity.length + rows.length);
    entity.set(this.#held.entity);
    entity.set(rows.entity, this.#held.entity.length);
    return {
      entity,
      columns: this.#types.map((type, index) =>
        concatColumns(type, [this.#held.columns[index]!, columns[index]!], this.#pool),
      ),
    };
  }

  /** Keeps the rows that are still in a chain, in order of arrival. */
  #keep(all: Held, head: Int32Array, next: Int32Array): void {
    const keep = new Uint8Array(all.entity.length);
    let count = 0;
    for (let entity = 0; entity < head.length; entity++) {
      for (let at = head[entity]!; at !== NONE; at = next[at]!) {
        keep[at] = 1;
        count++;
      }
    }
    const rows = new Int32Array(count);
    let out = 0;
    for (let row = 0; row < keep.length; row++) if (keep[row] === 1) rows[out++] = row;
    const entity = new Int32Array(count);
    for (let at = 0; at < count; at++) entity[at] = all.entity[rows[at]!]!;
    this.#held = { entity, columns: all.columns.map((column) => takeColumn(column, rows)) };
  }
}

function sortShifted(
  all: Held,
  source: Int32Array,
  time: BigInt64Array,
  number: BigUint64Array,
  count: number,
): Shifted {
  const entity = new Int32Array(count);
  for (let at = 0; at < count; at++) entity[at] = all.entity[source[at]!]!;
  const times = time.subarray(0, count);
  const order = sortByInt64(
    times,
    sortByUint64(number.subarray(0, count), sortByInt32(entity, identityOrder(count))),
  );
  const rows = {
    length: count,
    time: new BigInt64Array(count),
    subsort: new BigUint64Array(count),
    entity: new Int32Array(count),
    ordinal: null,
  };
  const from = new Int32Array(count);
  for (let at = 0; at < count; at++) {
    const row = order[at]!;
    rows.time[at] = times[row]!;
    rows.subsort[at] = number[row]!;
    rows.entity[at] = entity[row]!;
    from[at] = source[row]!;
  }
  return { rows, columns: all.columns.map((column) => takeColumn(column, from)) };
}
