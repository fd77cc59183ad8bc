/**
 * Evaluates the nodes of one stage, batch by batch. Nodes without state are recomputed per batch; nodes with state own
 * an operator that lives as long as the cell and is saved with it.
 */
import { assert, unreachable } from '../../shared/base/assert.ts';
import type { Column, FixedColumn } from '../../shared/column/column.ts';
import { fixedColumn } from '../../shared/column/column.ts';
import { spreadColumn } from '../../shared/column/put.ts';
import type { StringPool } from '../../shared/column/string-pool.ts';
import { sliceColumn, takeColumn, trueIndices } from '../../shared/column/take.ts';
import type {
  ColumnId,
  ColumnNode,
  Domain,
  DomainId,
  LogicalPlan,
} from '../../shared/plan/logical.ts';
import { BOOL, TIMESTAMP_NS } from '../../shared/types/data-type.ts';
import type { AggregateFunction, AggregateOperator } from './aggregate/aggregate.ts';
import { createAggregate } from './aggregate/aggregate.ts';
import type { Batch } from './batch.ts';
import type { BroadcastLookup } from './broadcast-lookup.ts';
import type { DomainRows } from './domain-rows.ts';
import type { Responses } from './exchange-lookup.ts';
import { LastValue } from './last-value.ts';
import type { AsOf } from './latest-rows.ts';
import { LatestRows } from './latest-rows.ts';
import { evaluateLiteral, evaluatePointwise } from './pointwise.ts';
import { takeRows, uniteRows } from './rows.ts';
import type { HeldRows, HeldSource } from './held-log.ts';
import type { PendingReference } from './state.ts';
import type { PendingRows, PendingSource } from './shift-to.ts';
import { ShiftToOperator } from './shift-to.ts';
import { ShiftUntilOperator } from './shift-until.ts';
import { TickOperator } from './tick.ts';

export interface EvaluatorOptions {
  readonly plan: LogicalPlan;
  readonly domains: ReadonlySet<DomainId>;
  readonly columns: ReadonlySet<ColumnId>;
  readonly entityCount: number;
  readonly pool: StringPool;
  /** Last time of the domains that ticks hang on; null: no rows. */
  readonly lastTimes: ReadonlyMap<DomainId, bigint | null>;
  readonly responses: ReadonlyMap<ColumnId, Responses>;
  /** Lookups that are answered here. */
  readonly broadcasts: ReadonlyMap<ColumnId, BroadcastLookup>;
  /** Last time that exists for the run (`final_at`); null: all do. */
  readonly timeMax: bigint | null;
  /** Aggregations that are asked for by `aggregateAt` alone, once in each batch. */
  readonly lastOnly: ReadonlySet<ColumnId>;
}

export interface StateColumn {
  readonly name: string;
  readonly column: Column;
}

export interface Waiting<Rows> {
  readonly domain: DomainId;
  readonly kept: readonly PendingReference[];
  readonly rows: Rows | null;
}

export class Evaluator {
  readonly #options: EvaluatorOptions;
  readonly #aggregates = new Map<ColumnId, AggregateOperator>();
  readonly #moves = new Map<ColumnId, LastValue>();
  /** Per pair of a domain and one that it moves to: all columns that move share it. */
  readonly #latest = new Map<string, LatestRows>();
  readonly #ticks = new Map<DomainId, TickOperator>();
  readonly #shifts = new Map<DomainId, ShiftToOperator>();
  readonly #holds = new Map<DomainId, ShiftUntilOperator>();
  readonly #literals = new Map<ColumnId, Column>();
  /** Nodes that must see every batch, in order. */
  readonly #statefulDomains: readonly DomainId[];
  readonly #statefulColumns: readonly ColumnId[];
  /** Per domain whose rows are those of another domain: the columns that come along. */
  readonly #carried = new Map<DomainId, ColumnId[]>();

  constructor(options: EvaluatorOptions) {
    this.#options = options;
    const { plan, entityCount, pool } = options;
    for (const id of options.columns) {
      const node = plan.columns[id]!;
      if (node.op === 'carry') {
        const carried = this.#carried.get(node.domain) ?? [];
        if (!carried.includes(node.input)) carried.push(node.input);
        this.#carried.set(node.domain, carried);
      } else if (node.op === 'move' && node.continuous) {
        this.#moves.set(id, new LastValue(node.type, entityCount, pool));
      } else if (node.op === 'aggregate') {
        this.#aggregates.set(id, this.#createAggregate(node));
      }
    }
    // Columns that wait are stored by place: the order must not depend on how the walk found them.
    for (const carried of this.#carried.values()) carried.sort((left, right) => left - right);
    for (const id of options.domains) {
      const node = plan.domains[id]!;
      if (node.op === 'tick') {
        const last = options.lastTimes.get(node.input);
        assert(last !== undefined, `evaluator: the bounds of domain ${node.input} are known`);
        this.#ticks.set(id, new TickOperator(node.tick, last, entityCount));
      } else if (node.op === 'shift-to') {
        this.#shifts.set(
          id,
          new ShiftToOperator(this.#carriedTypes(id), entityCount, pool, options.timeMax),
        );
      } else if (node.op === 'shift-until') {
        this.#holds.set(id, new ShiftUntilOperator(this.#carriedTypes(id), entityCount, pool));
      }
    }
    this.#statefulDomains = sorted(options.domains).filter(
      (id) => this.#ticks.has(id) || this.#shifts.has(id) || this.#holds.has(id),
    );
    this.#statefulColumns = sorted(options.columns).filter(
      (id) =>
        (this.#aggregates.has(id) && !options.lastOnly.has(id)) ||
        this.#moves.has(id) ||
        plan.columns[id]!.op === 'lookup',
    );
  }

  get droppedByShift(): number {
    let dropped = 0;
    for (const shift of this.#shifts.values()) dropped += shift.dropped;
    return dropped;
  }

  /** Every node with state must see every batch, also where no sink of this batch asks for it. */
  async advance(batch: Batch): Promise<void> {
    for (const id of this.#statefulDomains) await this.rows(id, batch);
    for (const id of this.#statefulColumns) await this.column(id, batch);
  }

  isLastOnly(id: ColumnId): boolean {
    return this.#options.lastOnly.has(id);
  }

  /** The literal on so many rows: a view of the longest that was asked for. */
  literal(id: ColumnId, length: number): Column {
    let column = this.#literals.get(id);
    if (column === undefined || column.length < length) {
      const node = this.#options.plan.columns[id]!;
      assert(node.op === 'literal', `evaluator: column ${id} is a literal`);
      column = evaluateLiteral(node, { length, pool: this.#options.pool });
      this.#literals.set(id, column);
    }
    return sliceColumn(column, 0, length);
  }

  /** An aggregation fed with the whole batch, at these rows alone: the last of their entities. */
  async aggregateAt(id: ColumnId, last: Int32Array, batch: Batch): Promise<Column> {
    const node = this.#options.plan.columns[id]!;
    assert(node.op === 'aggregate' && this.isLastOnly(id), `evaluator: column ${id} can be picked`);
    return this.#aggregate(id, node, await this.rows(node.domain, batch), last, batch);
  }

  async rows(id: DomainId, batch: Batch): Promise<DomainRows> {
    const known = batch.knownRows(id);
    if (known !== undefined) return known;
    const rows = await this.#makeRows(id, this.#options.plan.domains[id]!, batch);
    batch.setRows(id, rows);
    return rows;
  }

  async column(id: ColumnId, batch: Batch): Promise<Column> {
    const known = batch.column(id);
    if (known !== undefined) return known;
    const node = this.#options.plan.columns[id]!;
    const rows = await this.rows(node.domain, batch);
    const after = batch.column(id);
    // The rows of a shift bring their columns along.
    if (after !== undefined) return after;
    const column = await this.#makeColumn(id, node, rows, batch);
    assert(
      column.length === rows.length,
      `evaluator: column ${id} (${node.op}) has one value per row`,
    );
    batch.setColumn(id, column);
    return column;
  }

  async #makeRows(id: DomainId, node: Domain, batch: Batch): Promise<DomainRows> {
    switch (node.op) {
      case 'scan':
      case 'with-key':
        throw new Error(`evaluator: rows of domain ${id} are given`);
      case 'union': {
        const inputs: DomainRows[] = [];
        for (const input of node.inputs) inputs.push(await this.rows(input, batch));
        const union = uniteRows(inputs);
        for (const [at, input] of node.inputs.entries()) {
          batch.setPositions(input, id, union.positions[at]!);
        }
        return union.rows;
      }
      case 'filter': {
        const rows = await this.rows(node.input, batch);
        const kept = trueIndices(await this.column(node.condition, batch));
        batch.setPositions(id, node.input, kept);
        return takeRows(rows, kept);
      }
      case 'tick': {
        const parent = await this.rows(node.input, batch);
        return this.#ticks.get(id)!.process(parent, batch.low, batch.high);
      }
      case 'shift-to': {
        const rows = await this.rows(node.input, batch);
        const target = await this.column(node.time, batch);
        const columns = await this.#carriedInputs(id, batch);
        const shifted = await this.#shifts
          .get(id)!
          .process(rows, int64Values(target), target.validity, columns, batch.low, batch.high);
        this.#setCarried(id, shifted.columns, batch);
        return shifted.rows;
      }
      case 'shift-until': {
        const rows = await this.rows(node.input, batch);
        const release = flagsOf(await this.column(node.predicate, batch));
        const columns = await this.#carriedInputs(id, batch);
        const shifted = await this.#holds.get(id)!.process(rows, release, columns);
        this.#setCarried(id, shifted.columns, batch);
        return shifted.rows;
      }
      default:
        return unreachable(node);
    }
  }

  async #makeColumn(
    id: ColumnId,
    node: ColumnNode,
    rows: DomainRows,
    batch: Batch,
  ): Promise<Column> {
    const { plan, pool } = this.#options;
    switch (node.op) {
      case 'literal':
        return this.literal(id, rows.length);
      case 'scan-column':
        throw new Error(`evaluator: column ${id} is given with its rows`);
      case 'time':
        return fixedColumn(TIMESTAMP_NS, rows.time);
      case 'call': {
        const args: Column[] = [];
        for (const arg of node.args) args.push(await this.column(arg, batch));
        return evaluatePointwise(node, args, { length: rows.length, pool });
      }
      case 'move': {
        const input = await this.column(node.input, batch);
        const source = plan.columns[node.input]!.domain;
        await this.rows(source, batch);
        const positions = batch.positions(source, node.domain);
        const last = this.#moves.get(id);
        if (last === undefined) return spreadColumn(input, positions, rows.length, pool);
        const asOf = this.#asOf(source, node.domain, positions, rows, batch);
        const moved = last.take(input, asOf.slots);
        last.keep(input, asOf.rows, asOf.entities);
        return moved;
      }
      case 'present': {
        const inner = await this.rows(node.of, batch);
        const flags = node.input === null ? null : flagsOf(await this.column(node.input, batch));
        const positions = batch.positions(node.of, node.domain);
        const values = new Uint8Array(rows.length);
        for (let row = 0; row < inner.length; row++) {
          values[positions[row]!] = flags === null ? 1 : flags[row]!;
        }
        return fixedColumn(BOOL, values);
      }
      case 'carry': {
        const domain = plan.domains[node.domain]!;
        assert(domain.op === 'filter', `evaluator: column ${id} comes with its rows`);
        const input = await this.column(node.input, batch);
        return takeColumn(input, batch.positions(node.domain, domain.input));
      }
      case 'aggregate':
        assert(!this.isLastOnly(id), `evaluator: column ${id} is asked for at last rows only`);
        return this.#aggregate(id, node, rows, null, batch);
      case 'lookup': {
        const broadcast = this.#options.broadcasts.get(id);
        if (broadcast !== undefined) {
          return broadcast.answers(rows, await this.column(node.key, batch));
        }
        const responses = this.#options.responses.get(id);
        assert(responses !== undefined, `evaluator: lookup ${id} has answers`);
        return responses.next(rows.length);
      }
      default:
        return unreachable(node);
    }
  }

  async #aggregate(
    id: ColumnId,
    node: ColumnNode & { readonly op: 'aggregate' },
    rows: DomainRows,
    last: Int32Array | null,
    batch: Batch,
  ): Promise<Column> {
    const input = await this.column(node.input, batch);
    const isNew = node.isNew === null ? null : flagsOf(await this.column(node.isNew, batch));
    const boundary =
      node.window === null ? null : flagsOf(await this.column(node.window.condition, batch));
    const aggregate = this.#aggregates.get(id)!;
    return last === null
      ? aggregate.process(rows, input, isNew, boundary)
      : aggregate.processLast(rows, input, isNew, boundary, last);
  }

  /** Where as-of moves between two domains find their values: once per batch for all columns. */
  #asOf(
    source: DomainId,
    target: DomainId,
    positions: Int32Array,
    rows: DomainRows,
    batch: Batch,
  ): AsOf {
    const key = `${source} ${target}`;
    const known = batch.asOf(key);
    if (known !== undefined) return known;
    let latest = this.#latest.get(key);
    if (latest === undefined) {
      latest = new LatestRows(this.#options.entityCount);
      this.#latest.set(key, latest);
    }
    // language.md 3.3: the value at the latest row of the same entity, also where that value is null.
    const slots = latest.slotsAt(rows.entity, positions);
    const asOf = { slots, ...latest.end() };
    batch.setAsOf(key, asOf);
    return asOf;
  }

  /** State of all operators, one row per entity of the cell. */
  save(): StateColumn[] {
    const state: StateColumn[] = [];
    for (const [id, aggregate] of this.#aggregates) {
      for (const part of aggregate.save()) state.push({ ...part, name: `a${id}.${part.name}` });
    }
    for (const [id, last] of this.#moves) state.push({ name: `m${id}`, column: last.values });
    for (const [id, tick] of this.#ticks) {
      state.push({ name: `t${id}`, column: fixedColumn(BOOL, tick.seen) });
    }
    for (const [id, shift] of this.#shifts)
      state.push({ name: `s${id}`, column: counts(shift.emitted) });
    for (const [id, hold] of this.#holds) {
      state.push(
        { name: `s${id}`, column: counts(hold.emitted) },
        { name: `h${id}`, column: counts(hold.held) },
      );
    }
    return state.toSorted((left, right) => (left.name < right.name ? -1 : 1));
  }

  /** Restores what `save` gave: row r of every column belongs to entity target[r]. */
  load(columns: ReadonlyMap<string, Column>, target: Int32Array): void {
    for (const [id, aggregate] of this.#aggregates) {
      const prefix = `a${id}.`;
      const parts = new Map<string, Column>();
      for (const [name, column] of columns) {
        if (name.startsWith(prefix)) parts.set(name.slice(prefix.length), column);
      }
      aggregate.load(parts, target);
    }
    const of = (name: string): Column => {
      const column = columns.get(name);
      assert(column !== undefined, `evaluator: the snapshot has ${name}`);
      return column;
    };
    for (const [id, last] of this.#moves) last.put(of(`m${id}`), target);
    for (const [id, tick] of this.#ticks) tick.load(flagsOf(of(`t${id}`)), target);
    for (const [id, shift] of this.#shifts) loadCounts(of(`s${id}`), target, shift.emitted);
    for (const [id, hold] of this.#holds) {
      loadCounts(of(`s${id}`), target, hold.emitted);
      loadCounts(of(`h${id}`), target, hold.held);
    }
  }

  /** Rows that wait since earlier slices: after `load`, oldest first. */
  addPending(reference: PendingReference, source: PendingSource): void {
    this.#shifts.get(reference.domain)!.addEarlier(reference, source);
  }

  addHeld(reference: PendingReference, source: HeldSource): void {
    this.#holds.get(reference.domain)!.addEarlier(reference, source);
  }

  /** At the end of a slice: what every shift refers to on, and its rows that wait and stand in no object yet. */
  async *takePending(high: bigint): AsyncIterable<Waiting<PendingRows>> {
    for (const [domain, shift] of this.#shifts)
      yield { domain, ...(await shift.takePending(high)) };
  }

  async *takeHeld(): AsyncIterable<Waiting<HeldRows>> {
    for (const [domain, hold] of this.#holds) yield { domain, ...(await hold.takeHeld()) };
  }

  #createAggregate(node: ColumnNode & { op: 'aggregate' }): AggregateOperator {
    const { plan, entityCount, pool } = this.#options;
    const { window } = node;
    return createAggregate(
      {
        // The builder takes the name from the checker's union; the plan's JSON form has it as text.
        fn: node.fn as AggregateFunction,
        inputType: plan.columns[node.input]!.type,
        outputType: node.type,
        window:
          window === null || window.kind === 'since'
            ? window && { kind: 'since' }
            : { kind: 'sliding', parts: window.parts },
        max: node.max,
        min: node.min,
      },
      entityCount,
      pool,
    );
  }

  #carriedTypes(domain: DomainId): Column['type'][] {
    const { plan } = this.#options;
    return (this.#carried.get(domain) ?? []).map((input) => plan.columns[input]!.type);
  }

  async #carriedInputs(domain: DomainId, batch: Batch): Promise<Column[]> {
    const columns: Column[] = [];
    for (const input of this.#carried.get(domain) ?? [])
      columns.push(await this.column(input, batch));
    return columns;
  }

  /** Sets the carry columns of a domain from the columns that came with its rows. */
  #setCarried(domain: DomainId, columns: readonly Column[], batch: Batch): void {
    const carried = this.#carried.get(domain) ?? [];
    for (const id of this.#options.columns) {
      const node = this.#options.plan.columns[id]!;
      if (node.op !== 'carry' || node.domain !== domain) continue;
      batch.setColumn(id, columns[carried.indexOf(node.input)]!);
    }
  }
}

function sorted(ids: ReadonlySet<number>): number[] {
  return [...ids].toSorted((left, right) => left - right);
}

/** 1 where a bool column is true; null and false are 0. */
export function flagsOf(column: Column): Uint8Array {
  if (column.physical === 'null') return new Uint8Array(column.length);
  assert(
    column.physical === 'fixed' && column.values instanceof Uint8Array,
    'flags: a bool column',
  );
  const { values, validity } = column;
  if (validity === null) return values;
  const flags = new Uint8Array(values.length);
  for (let row = 0; row < flags.length; row++) flags[row] = values[row]! & validity[row]!;
  return flags;
}

function int64Values(column: Column): BigInt64Array {
  if (column.physical === 'null') return new BigInt64Array(column.length);
  assert(
    column.physical === 'fixed' && column.values instanceof BigInt64Array,
    'int64: a time column',
  );
  return column.values;
}

function counts(values: Float64Array): FixedColumn {
  return fixedColumn({ kind: 'f64' }, values);
}

function loadCounts(saved: Column, target: Int32Array, into: Float64Array): void {
  assert(
    saved.physical === 'fixed' && saved.values instanceof Float64Array,
    'state: counts are f64',
  );
  for (let row = 0; row < target.length; row++) into[target[row]!] = saved.values[row]!;
}
