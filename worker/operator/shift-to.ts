/**
 * `shift_to` / `shift_by`: rows move to a later time and wait there (language.md 5.2; partitioning.md R3, "pending log").
 *
 *   source    10:00 ──60s──> 10:01     10:00:30 ──10s──> 10:00:40
 *   emitted in order of (target, source order key); subsort = how many rows this shift emitted for the entity before
 *
 * Rows whose target lies beyond the batch wait in blocks sorted by (target, source order). A block is never copied: rows
 * are read from it when their time has come. At the end of a slice what still waits is written once, as one object, and
 * the next slices refer to it.
 */
import type { Column } from '../../shared/column/column.ts';
import { concatColumns, takeColumn } from '../../shared/column/take.ts';
import type { StringPool } from '../../shared/column/string-pool.ts';
import type { DataType } from '../../shared/types/data-type.ts';
import type { DomainRows } from './domain-rows.ts';
import { lowerBound } from './rows.ts';
import { wordsOf } from '../../shared/base/compare-words.ts';
import { identityOrder, orderByTime, orderRows } from '../order/order-rows.ts';
import type { PendingReference } from './state.ts';
import { objectsKept } from './waiting-objects.ts';

/** Rows that wait, sorted by (target, source order); columns as the shift carries them. */
export interface PendingRows {
  readonly target: BigInt64Array;
  readonly entity: Int32Array;
  readonly columns: readonly Column[];
}

/** Waiting rows of an earlier slice, read by ranges of target time. */
export interface PendingSource {
  /** Null: none of its rows has low ≤ target < high. */
  read(low: bigint | null, high: bigint | null): Promise<PendingRows | null>;
}

export interface Shifted {
  readonly rows: DomainRows;
  readonly columns: readonly Column[];
}

interface Earlier {
  readonly reference: PendingReference;
  readonly source: PendingSource;
}

interface Block {
  readonly rows: PendingRows;
  next: number;
}

export class ShiftToOperator {
  readonly #types: readonly DataType[];
  readonly #pool: StringPool;
  /** Per entity: rows emitted so far, exact up to 2^53. */
  readonly emitted: Float64Array;
  readonly #earlier: Earlier[] = [];
  #blocks: Block[] = [];
  /** Rows moved beyond it do not exist for this run (`final_at`); null: none is too late. */
  readonly #timeMax: bigint | null;
  /** Rows whose target was null or before the row. */
  dropped = 0;

  constructor(
    types: readonly DataType[],
    entityCount: number,
    pool: StringPool,
    timeMax: bigint | null = null,
  ) {
    this.#timeMax = timeMax;
    this.#types = types;
    this.#pool = pool;
    this.emitted = new Float64Array(entityCount);
  }

  /** Rows that wait since earlier slices, oldest source first. */
  addEarlier(reference: PendingReference, source: PendingSource): void {
    this.#earlier.push({ reference, source });
  }

  /** The shifted rows with low ≤ target < high, given the source rows of that batch. Null bounds are open. */
  async process(
    rows: DomainRows,
    target: BigInt64Array,
    targetValidity: Uint8Array | null,
    columns: readonly Column[],
    low: bigint | null,
    high: bigint | null,
  ): Promise<Shifted> {
    // 1. Sources in order: earlier slices, earlier batches, this batch. A stable sort by target keeps source order.
    const parts: PendingRows[] = [];
    for (const { source } of this.#earlier) {
      const waited = await source.read(low, high);
      if (waited !== null) parts.push(waited);
    }
    for (const block of this.#blocks) {
      const end = high === null ? block.rows.target.length : lowerBound(block.rows.target, high);
      if (end > block.next) parts.push(slicePending(block.rows, block.next, end));
      block.next = Math.max(block.next, end);
    }
    this.#blocks = this.#blocks.filter((block) => block.next < block.rows.target.length);
    const { now, later } = this.#split(rows, target, targetValidity, columns, high);
    if (now !== null) parts.push(now);
    if (later !== null) this.#blocks.push({ rows: later, next: 0 });
    return this.#emit(parts);
  }

  /**
   * At the end of a slice, where rows with target ≥ `high` still wait: the earlier objects that stay referred to, and the
   * rows that stand in none of them as one sorted block; null: none.
   */
  async takePending(
    high: bigint,
  ): Promise<{ kept: readonly PendingReference[]; rows: PendingRows | null }> {
    const alive = this.#earlier.filter(({ reference }) => BigInt(reference.lastTarget!) >= high);
    const keptCount = objectsKept(alive.map(({ reference }) => reference.rows));
    const parts: PendingRows[] = [];
    // Older rows first: of equal targets they come before.
    for (const { source } of alive.slice(keptCount)) {
      const waiting = await source.read(high, null);
      if (waiting !== null) parts.push(waiting);
    }
    for (const { rows, next } of this.#blocks) {
      parts.push(slicePending(rows, next, rows.target.length));
    }
    this.#blocks = [];
    const kept = alive.slice(0, keptCount).map(({ reference }) => reference);
    if (parts.length === 0) return { kept, rows: null };
    const all = this.#concat(parts);
    return { kept, rows: inOrderOfTarget(all) };
  }

  #split(
    rows: DomainRows,
    target: BigInt64Array,
    validity: Uint8Array | null,
    columns: readonly Column[],
    high: bigint | null,
  ): { now: PendingRows | null; later: PendingRows | null } {
    const now = new Int32Array(rows.length);
    const later = new Int32Array(rows.length);
    const limits = BigInt64Array.of(high ?? 0n, this.#timeMax ?? 0n);
    const open = high === null;
    const bounded = this.#timeMax !== null;
    let nowCount = 0;
    let laterCount = 0;
    for (let row = 0; row < rows.length; row++) {
      if ((validity !== null && validity[row] === 0) || target[row]! < rows.time[row]!) {
        this.dropped++;
      } else if (bounded && target[row]! > limits[1]!) continue;
      else if (open || target[row]! < limits[0]!) now[nowCount++] = row;
      else later[laterCount++] = row;
    }
    const take = (some: Int32Array): PendingRows =>
      takePendingRows({ target, entity: rows.entity, columns }, some);
    return {
      now: nowCount === 0 ? null : take(now.slice(0, nowCount)),
      later: laterCount === 0 ? null : inOrderOfTarget(take(later.slice(0, laterCount))),
    };
  }

  #emit(parts: readonly PendingRows[]): Shifted {
    const all = this.#concat(parts);
    const length = all.target.length;
    const byTarget = orderByTime(all.target, new Int32Array(length)) ?? identityOrder(length);
    const number = new BigUint64Array(length);
    const words = wordsOf(number);
    for (let at = 0; at < length; at++) {
      const row = byTarget[at]!;
      const entity = all.entity[row]!;
      const count = this.emitted[entity]!;
      words[row * 2] = count;
      words[row * 2 + 1] = Math.floor(count / 0x1_0000_0000);
      this.emitted[entity] = count + 1;
    }
    const order = hasTies(all.target, byTarget)
      ? (orderRows(all.target, number, all.entity) ?? identityOrder(length))
      : byTarget;
    const sorted = takePendingRows(all, order);
    const subsort = new BigUint64Array(length);
    for (let at = 0; at < length; at++) subsort[at] = number[order[at]!]!;
    return {
      rows: { length, time: sorted.target, subsort, entity: sorted.entity, ordinal: null },
      columns: sorted.columns,
    };
  }

  #concat(parts: readonly PendingRows[]): PendingRows {
    if (parts.length === 1) return parts[0]!;
    const length = parts.reduce((sum, part) => sum + part.target.length, 0);
    const target = new BigInt64Array(length);
    const entity = new Int32Array(length);
    let at = 0;
    for (const part of parts) {
      target.set(part.target, at);
      entity.set(part.entity, at);
      at += part.target.length;
    }
    const columns = this.#types.map((type, index) =>
      concatColumns(
        type,
        parts.map((part) => part.columns[index]!),
        this.#pool,
      ),
    );
    return { target, entity, columns };
  }
}

function hasTies(values: BigInt64Array, order: Int32Array): boolean {
  for (let at = 1; at < order.length; at++) {
    if (values[order[at]!]! === values[order[at - 1]!]!) return true;
  }
  return false;
}

/** Rows of one target keep their order. */
function inOrderOfTarget(rows: PendingRows): PendingRows {
  const order = orderByTime(rows.target, new Int32Array(rows.target.length));
  return order === null ? rows : takePendingRows(rows, order);
}

function takePendingRows(rows: PendingRows, order: Int32Array): PendingRows {
  const target = new BigInt64Array(order.length);
  const entity = new Int32Array(order.length);
  for (let at = 0; at < order.length; at++) target[at] = rows.target[order[at]!]!;
  for (let at = 0; at < order.length; at++) entity[at] = rows.entity[order[at]!]!;
  return { target, entity, columns: rows.columns.map((column) => takeColumn(column, order)) };
}

function slicePending(rows: PendingRows, start: number, end: number): PendingRows {
  if (start === 0 && end === rows.target.length) return rows;
  const order = new Int32Array(end - start);
  for (let at = 0; at < order.length; at++) order[at] = start + at;
  return takePendingRows(rows, order);
}
