/** One batch of a cell: domains and columns evaluated at most once each, over one interval of time. */
import { assert } from '../../shared/base/assert.ts';
import type { Column } from '../../shared/column/column.ts';
import type { ColumnId, DomainId } from '../../shared/plan/logical.ts';
import type { DomainRows } from './domain-rows.ts';
import type { AsOf } from './latest-rows.ts';
import { alignRows } from './rows.ts';

export class Batch {
  /** low ≤ time < high; null is open. */
  readonly low: bigint | null;
  readonly high: bigint | null;
  readonly #rows = new Map<DomainId, DomainRows>();
  readonly #columns = new Map<ColumnId, Column>();
  /** Per (inner, outer): where the rows of the inner domain are in the outer one. */
  readonly #positions = new Map<string, Int32Array>();
  /** Per as-of move between two domains. */
  readonly #asOf = new Map<string, AsOf>();

  constructor(low: bigint | null, high: bigint | null) {
    this.low = low;
    this.high = high;
  }

  rows(domain: DomainId): DomainRows {
    const rows = this.#rows.get(domain);
    assert(rows !== undefined, `batch: domain ${domain} is evaluated`);
    return rows;
  }

  knownRows(domain: DomainId): DomainRows | undefined {
    return this.#rows.get(domain);
  }

  setRows(domain: DomainId, rows: DomainRows): void {
    this.#rows.set(domain, rows);
  }

  column(id: ColumnId): Column | undefined {
    return this.#columns.get(id);
  }

  setColumn(id: ColumnId, column: Column): void {
    this.#columns.set(id, column);
  }

  asOf(move: string): AsOf | undefined {
    return this.#asOf.get(move);
  }

  setAsOf(move: string, asOf: AsOf): void {
    this.#asOf.set(move, asOf);
  }

  setPositions(inner: DomainId, outer: DomainId, positions: Int32Array): void {
    this.#positions.set(`${inner} ${outer}`, positions);
  }

  positions(inner: DomainId, outer: DomainId): Int32Array {
    const key = `${inner} ${outer}`;
    const known = this.#positions.get(key);
    if (known !== undefined) return known;
    const made = alignRows(this.rows(inner), this.rows(outer));
    this.#positions.set(key, made);
    return made;
  }
}
