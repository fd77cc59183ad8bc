/**
 * A queue of at most `max` slots per entity, all in one arena: where things are, not the things themselves.
 *
 *   arena      │ e0 e0 e0 e0 │ e7 e7 │ e3 e3 e3 e3 e3 e3 e3 e3 │ …
 *   e3         start ────────────────┘   ^head: the oldest; the ring wraps at its capacity
 *
 * An entity has no slots until its first push; its capacity then doubles up to `max`. Rings it outgrew are reused.
 */

/** What the owner keeps in the slots of the arena. */
export interface RingPayload {
  resize(slots: number): void;
  move(to: number, from: number): void;
}

const CAPACITY_MIN = 4;
const ARENA_SLOTS_MIN = 64;

// A ring's header is four integers side by side: a row reads them all, and entities come in no order.
const HEADER_INTEGERS = 4;
const START = 0;
const CAPACITY = 1;
const HEAD = 2;
const LENGTH = 3;

export class EntityRings {
  readonly #headers: Int32Array;
  readonly #max: number;
  readonly #payload: RingPayload;
  /** Slots handed out, and slots the payload has room for. */
  #used = 0;
  #reserved = 0;
  /** Starts of rings that were outgrown, by capacity. */
  readonly #free = new Map<number, number[]>();

  constructor(entityCount: number, max: number, payload: RingPayload) {
    this.#headers = new Int32Array(entityCount * HEADER_INTEGERS);
    this.#max = max;
    this.#payload = payload;
  }

  length(entity: number): number {
    return this.#headers[entity * HEADER_INTEGERS + LENGTH]!;
  }

  /** The slot of a new youngest entry. At `max` it takes the place of the oldest. */
  push(entity: number): number {
    const headers = this.#headers;
    const header = entity * HEADER_INTEGERS;
    const length = headers[header + LENGTH]!;
    const capacity = headers[header + CAPACITY]!;
    if (length === this.#max) {
      const head = headers[header + HEAD]!;
      headers[header + HEAD] = head + 1 < capacity ? head + 1 : 0;
      return headers[header + START]! + head;
    }
    if (length === capacity) this.#grow(entity);
    headers[header + LENGTH] = length + 1;
    return this.slot(entity, length);
  }

  /** The slot of the entry `index`, counted from the oldest. */
  slot(entity: number, index: number): number {
    const headers = this.#headers;
    const header = entity * HEADER_INTEGERS;
    const capacity = headers[header + CAPACITY]!;
    const at = headers[header + HEAD]! + index;
    return headers[header + START]! + (at < capacity ? at : at - capacity);
  }

  /** Writes the payload of all entries, oldest first, to out[at] and on. */
  copyEntries(entity: number, payload: Int32Array, out: Int32Array, at: number): void {
    const headers = this.#headers;
    const header = entity * HEADER_INTEGERS;
    const capacity = headers[header + CAPACITY]!;
    const start = headers[header + START]!;
    const length = headers[header + LENGTH]!;
    let entry = headers[header + HEAD]!;
    for (let index = 0; index < length; index++) {
      out[at + index] = payload[start + entry]!;
      entry = entry + 1 < capacity ? entry + 1 : 0;
    }
  }

  dropOldest(entity: number, count: number): void {
    const headers = this.#headers;
    const header = entity * HEADER_INTEGERS;
    const capacity = headers[header + CAPACITY]!;
    const head = headers[header + HEAD]! + count;
    headers[header + HEAD] = head < capacity ? head : head - capacity;
    headers[header + LENGTH]! -= count;
  }

  clear(entity: number): void {
    this.#headers[entity * HEADER_INTEGERS + HEAD] = 0;
    this.#headers[entity * HEADER_INTEGERS + LENGTH] = 0;
  }

  #grow(entity: number): void {
    const headers = this.#headers;
    const header = entity * HEADER_INTEGERS;
    const before = headers[header + CAPACITY]!;
    const capacity = Math.min(this.#max, Math.max(CAPACITY_MIN, before * 2));
    const start = this.#free.get(capacity)?.pop() ?? this.#reserve(capacity);
    const length = headers[header + LENGTH]!;
    for (let index = 0; index < length; index++) {
      this.#payload.move(start + index, this.slot(entity, index));
    }
    if (before > 0) this.#release(headers[header + START]!, before);
    headers[header + START] = start;
    headers[header + CAPACITY] = capacity;
    headers[header + HEAD] = 0;
  }

  #reserve(capacity: number): number {
    const start = this.#used;
    this.#used += capacity;
    if (this.#used > this.#reserved) {
      this.#reserved = Math.max(this.#used, this.#reserved * 2, ARENA_SLOTS_MIN);
      this.#payload.resize(this.#reserved);
    }
    return start;
  }

  #release(start: number, capacity: number): void {
    const starts = this.#free.get(capacity);
    if (starts === undefined) this.#free.set(capacity, [start]);
    else starts.push(start);
  }
}
