/**
 * An aggregation over the last `parts` parts of an entity's rows, where a true window condition ends a part.
 *
 *   part 1 │ part 2 │ part 3 │ part 4 …          parts = 3, at a row of part 4
 *            └────── closed ─┘ current
 *
 * The closed parts change only when a part ends, so their combination is kept and a row costs one merge. Parts are
 * combined oldest to newest, always as ((2 + 3) + 4): the order fixes the last bits of a float.
 */
import { EntityRings } from './entity-rings.ts';
import { stateColumn } from './accumulator.ts';
import type { Accumulator } from './accumulator.ts';
import type { AggregateOperator, AggregateRows, StateColumn } from './aggregate.ts';
import { AssertionError } from '../../../shared/base/assert.ts';
import type { Column, ListColumn } from '../../../shared/column/column.ts';
import { takeColumn } from '../../../shared/column/take.ts';
import { loop } from '../../../shared/kernel/loop.ts';

export class SlidingAggregate<A extends Accumulator<A>> implements AggregateOperator {
  readonly #parts: number;
  /** One slot per entity: the part that rows are fed to, and the closed parts combined. */
  readonly #current: A;
  readonly #combined: A;
  /** One slot per closed part, where `#rings` says. */
  readonly #closed: A;
  readonly #rings: EntityRings;
  readonly #loop: SlidingLoop<A>;

  /** `current` has one clear slot per entity; `parts` ≥ 2. */
  constructor(current: A, entityCount: number, parts: number) {
    this.#parts = parts;
    this.#loop = slidingLoop(current);
    this.#current = current;
    this.#combined = current.create(entityCount);
    const closed = current.create(0);
    this.#closed = closed;
    this.#rings = new EntityRings(entityCount, parts - 1, {
      resize: (slots) => closed.resize(slots),
      move: (to, from) => closed.copy(to, closed, from),
    });
  }

  process(
    rows: AggregateRows,
    input: Column,
    isNew: Uint8Array | null,
    boundary: Uint8Array | null,
  ): Column {
    const { entity, length } = rows;
    const current = this.#current;
    const combined = this.#combined;
    const result = current.create(length);
    current.bind(input);
    const feed = current.feed(isNew);
    const closedMax = this.#parts - 1;
    const closed = this.#closed;
    const rings = this.#rings;
    this.#loop(length, entity, feed, boundary, result, current, combined, closed, rings, closedMax);
    const values = result.emit();
    current.settle?.([current, combined, closed]);
    return values;
  }

  processLast(
    rows: AggregateRows,
    input: Column,
    isNew: Uint8Array | null,
    boundary: Uint8Array | null,
    last: Int32Array,
  ): Column {
    return takeColumn(this.process(rows, input, isNew, boundary), last);
  }

  #combine(entity: number): void {
    this.#combined.clear(entity);
    const count = this.#rings.length(entity);
    for (let index = 0; index < count; index++) {
      this.#combined.merge(entity, this.#closed, this.#rings.slot(entity, index));
    }
  }

  /** The columns of the accumulator, as lists: the closed parts, oldest first, and the current one. */
  save(): StateColumn[] {
    const entityCount = this.#current.slots;
    const offsets = new Int32Array(entityCount + 1);
    for (let entity = 0; entity < entityCount; entity++) {
      offsets[entity + 1] = offsets[entity]! + this.#rings.length(entity) + 1;
    }
    const flat = this.#current.create(offsets[entityCount]!);
    for (let entity = 0; entity < entityCount; entity++) {
      const start = offsets[entity]!;
      const count = this.#rings.length(entity);
      for (let index = 0; index < count; index++) {
        flat.copy(start + index, this.#closed, this.#rings.slot(entity, index));
      }
      flat.copy(start + count, this.#current, entity);
    }
    return flat.save().map(({ name, column }) => ({
      name,
      column: {
        physical: 'list',
        type: { kind: 'list', element: column.type },
        length: entityCount,
        validity: null,
        offsets,
        element: column,
      },
    }));
  }

  load(columns: ReadonlyMap<string, Column>, target: Int32Array): void {
    const names = [...columns.keys()];
    const lists = names.map((name) => listOf(stateColumn(columns, name), name));
    const first = lists[0];
    if (first === undefined) throw new AssertionError('sliding: the saved state has no columns');
    const { offsets } = first;
    const flat = this.#current.create(first.element.length);
    const elements = new Map(names.map((name, index) => [name, lists[index]!.element]));
    flat.load(
      elements,
      Int32Array.from({ length: flat.slots }, (_, slot) => slot),
    );
    for (let row = 0; row < target.length; row++) {
      const entity = target[row]!;
      const last = offsets[row + 1]! - 1;
      for (let part = offsets[row]!; part < last; part++) {
        this.#closed.copy(this.#rings.push(entity), flat, part);
      }
      this.#combine(entity);
      this.#current.copy(entity, flat, last);
    }
  }
}

/** Per row: feeds the current part, emits the closed parts and the current one combined, ends the part at a boundary. */
type SlidingLoop<A> = (
  length: number,
  entity: Int32Array,
  feed: Uint8Array | null,
  boundary: Uint8Array | null,
  /** A slot per row. */
  result: A,
  current: A,
  combined: A,
  closed: A,
  rings: EntityRings,
  closedMax: number,
) => void;

/** A loop per class of accumulators: one that has to call those of several classes takes twice the time. */
function slidingLoop<A extends Accumulator<A>>(accumulator: A): SlidingLoop<A> {
  const made = loop(
    `sliding ${accumulator.constructor.name}`,
    ['entity', 'feed', 'boundary', 'result', 'current', 'combined', 'closed', 'rings', 'closedMax'],
    `const slot = entity[row];
  if (feed === null || feed[row] === 1) current.update(slot, row);
  result.copy(row, combined, slot);
  result.merge(row, current, slot);
  if (boundary === null || boundary[row] === 0) continue;
  const drops = rings.length(slot) === closedMax;
  const at = rings.push(slot);
  closed.copy(at, current, slot);
  current.clear(slot);
  if (drops) {
    combined.clear(slot);
    for (let index = 0; index < closedMax; index++) {
      combined.merge(slot, closed, rings.slot(slot, index));
    }
  } else combined.merge(slot, closed, at);`,
  );
  // The loops of kernels take arrays only; this one takes accumulators, too.
  return made as unknown as SlidingLoop<A>;
}

function listOf(column: Column, name: string): ListColumn {
  if (column.physical !== 'list') throw new AssertionError(`sliding: ${name} is not a list`);
  return column;
}
