/**
 * Which row of a batch is the latest of each entity, as the rows go by. The values of any number of columns are then
 * read from their tables (last-value.ts) and from the batch by slots that are found once.
 */
export interface AsOf {
  /** Per row of the target domain the slot of its value: see `LastValue.take`. */
  readonly slots: Int32Array;
  /** The entities that had a row in the batch, in order of their first one, and the last row of each. */
  readonly entities: Int32Array;
  readonly rows: Int32Array;
}

export class LatestRows {
  readonly #entityCount: number;
  /** Per entity its slot: the entity itself before its first row of the batch, else entityCount + row. */
  readonly #slots: Int32Array;
  /** Entities with a row in this batch, in order of their first one. */
  readonly #touched: Int32Array;
  #touchedCount = 0;

  constructor(entityCount: number) {
    this.#entityCount = entityCount;
    this.#slots = new Int32Array(entityCount);
    for (let entity = 0; entity < entityCount; entity++) this.#slots[entity] = entity;
    this.#touched = new Int32Array(entityCount);
  }

  /** Row `row` of the batch is now the latest of `entity`. */
  set(entity: number, row: number): void {
    if (this.#slots[entity] === entity) this.#touched[this.#touchedCount++] = entity;
    this.#slots[entity] = this.#entityCount + row;
  }

  /** As `set` for each row, of entity[row], that is new (1); null: all are. */
  setAll(entity: Int32Array, isNew: Uint8Array | null): void {
    const slots = this.#slots;
    const touched = this.#touched;
    const start = this.#entityCount;
    let count = this.#touchedCount;
    for (let row = 0; row < entity.length; row++) {
      if (isNew !== null && isNew[row] === 0) continue;
      const index = entity[row]!;
      if (slots[index] === index) touched[count++] = index;
      slots[index] = start + row;
    }
    this.#touchedCount = count;
  }

  /**
   * For each row of a domain the slot of its entity's latest row, if that one is not later: row r of the batch stands at
   * row positions[r] of the domain (ascending).
   */
  slotsAt(entity: Int32Array, positions: Int32Array): Int32Array {
    const slots = this.#slots;
    const touched = this.#touched;
    const start = this.#entityCount;
    const out = new Int32Array(entity.length);
    let count = this.#touchedCount;
    let next = 0;
    for (let row = 0; row < entity.length; row++) {
      const index = entity[row]!;
      if (next < positions.length && positions[next] === row) {
        if (slots[index] === index) touched[count++] = index;
        slots[index] = start + next++;
      }
      out[row] = slots[index]!;
    }
    this.#touchedCount = count;
    return out;
  }

  /** Where the latest value of `entity` is now: see `LastValue.take`. */
  slot(entity: number): number {
    return this.#slots[entity]!;
  }

  /** Ends the batch: the entities that had a row in it, and the last row of each. */
  end(): Omit<AsOf, 'slots'> {
    const entities = this.#touched.slice(0, this.#touchedCount);
    const rows = new Int32Array(entities.length);
    for (let at = 0; at < rows.length; at++) {
      const entity = entities[at]!;
      rows[at] = this.#slots[entity]! - this.#entityCount;
      this.#slots[entity] = entity;
    }
    this.#touchedCount = 0;
    return { entities, rows };
  }
}
