/**
 * Runs one cell: a stage over one bucket range and one slice of time. Inputs are opened, the state of the slice before is
 * loaded, batches of time run one after another through the evaluator into the sinks, and the state is saved.
 */
import { assert } from '../../shared/base/assert.ts';
import type { StringPool } from '../../shared/column/string-pool.ts';
import type { ColumnId, DomainId } from '../../shared/plan/logical.ts';
import type { CellId, CellRecord, RunSpec } from '../../shared/plan/run-spec.ts';
import { cellName } from '../../shared/plan/run-spec.ts';
import type { ExchangeId, Stage } from '../../shared/plan/stage.ts';
import { broadcastOf } from '../../shared/plan/stage.ts';
import type { NodeSet } from '../../shared/plan/walk.ts';
import { reachableNodes } from '../../shared/plan/walk.ts';
import { bucketRange } from '../../shared/storage/buckets.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import type { TableManifest } from '../../shared/storage/table-manifest.ts';
import { tickCuts } from '../../shared/time/ticks.ts';
import type { DataType } from '../../shared/types/data-type.ts';
import { Batch } from './batch.ts';
import { openBroadcastLookups } from './broadcast-lookup.ts';
import type { Entities } from './entities.ts';
import { uniteEntities } from './entities.ts';
import { Evaluator } from './evaluator.ts';
import type { Requests, Responses } from './exchange-lookup.ts';
import { readRequests, readResponses } from './exchange-lookup.ts';
import { readExchange } from './exchange-rows.ts';
import { openHeld, writeHeld } from './held-log.ts';
import { openPending, writePending } from './pending-log.ts';
import { lastOnlyAggregates } from './last-rows.ts';
import { sampleFilter } from './sample-filter.ts';
import type { SinkRunner } from './sink.ts';
import { openSink } from './sink.ts';
import type { Source } from './sources.ts';
import { exchangeSource, scanSource, timeOf } from './sources.ts';
import type { PendingReference, StateSnapshot } from './state.ts';
import { loadState, saveState } from './state.ts';
import { openTableScan } from './table-scan.ts';

/** Tick rows that a batch should hold, about: enough to pay for the batch, few enough to fit beside the others. */
const TICK_ROWS_PER_BATCH = 1_000_000;

export interface CellOptions {
  readonly store: ObjectStore;
  readonly spec: RunSpec;
  readonly cell: CellId;
  readonly attempt: number;
  readonly tables: ReadonlyMap<string, TableManifest>;
  /** Last time of the domains in the stage's `bounds`; null: no rows. */
  readonly lastTimes: ReadonlyMap<DomainId, bigint | null>;
  /** Per exchange that the stage reads: the objects of all producer ranges, in order of range. */
  readonly inputs: ReadonlyMap<ExchangeId, readonly string[]>;
  /** State at the end of the slice before; null for the first. */
  readonly stateKey: string | null;
  readonly pool: StringPool;
  /** Called after each batch with the rows done so far; throws to stop the cell. */
  readonly onProgress: (rows: number) => void;
}

/** Runs the cell and returns its record. Everything written is named by the attempt or by its content. */
export async function runCell(options: CellOptions): Promise<CellRecord> {
  return new CellRun(options).run();
}

class CellRun {
  readonly #options: CellOptions;
  readonly #stage: Stage;
  readonly #prefix: string;
  readonly #low: bigint | null;
  readonly #high: bigint | null;

  constructor(options: CellOptions) {
    this.#options = options;
    const { spec, cell } = options;
    this.#stage = spec.plan.stages[cell.stage]!;
    this.#prefix = `runs/${spec.runId}/data/${cellName(cell)}-a${options.attempt}`;
    this.#low = cell.slice === 0 ? null : BigInt(spec.cuts[cell.slice - 1]!);
    const cut = spec.cuts[cell.slice];
    this.#high = cut === undefined ? null : BigInt(cut);
  }

  async run(): Promise<CellRecord> {
    const { store, spec, cell, pool } = this.#options;
    const nodes = this.#nodes();
    const sources = await this.#openSources(nodes.columns);
    const snapshot =
      this.#options.stateKey === null ? null : await loadState(store, this.#options.stateKey, pool);
    const lists = sources.map((source) => source.entities);
    if (snapshot !== null) lists.push(snapshot.entities);
    const { entities, indices } = uniteEntities(this.#keyType(), lists, pool);
    const lookups = await openBroadcastLookups({ ...this.#options, columns: nodes.columns });
    const evaluator = new Evaluator({
      plan: spec.plan.logical,
      domains: nodes.domains,
      columns: nodes.columns,
      entityCount: entities.count,
      pool,
      lastTimes: this.#options.lastTimes,
      responses: await this.#openResponses(nodes.columns),
      broadcasts: lookups.byColumn,
      timeMax: timeOf(spec.results.finalAt),
      lastOnly: this.#lastOnly(),
    });
    const seen = new Uint8Array(entities.count);
    const sinks = await this.#openSinks(entities);
    if (snapshot !== null) {
      await this.#restore(snapshot, indices, evaluator, sinks, entities, seen);
    }
    const isLast = this.#high === null;
    // Nothing comes after the last slice: nobody would read its state.
    const keepState = !isLast;

    let inputRows = 0;
    for (const { low, high } of this.#batches(sources, entities.count)) {
      const batch = new Batch(low, high);
      for (const [at, source] of sources.entries()) {
        await source.read(batch, indices[at]!);
        const rows = batch.rows(source.domain);
        inputRows += rows.length;
        if (keepState) for (let row = 0; row < rows.length; row++) seen[rows.entity[row]!] = 1;
      }
      await evaluator.advance(batch);
      for (const sink of sinks) await sink.add(batch, evaluator);
      this.#options.onProgress(inputRows);
    }
    const state =
      this.#high === null ? null : await this.#save(evaluator, sinks, entities, seen, this.#high);
    const outputs = [];
    for (const sink of sinks) outputs.push(await sink.finish(isLast));
    // Not after a failure: a request that is under way may still write to these arrays.
    for (const source of sources) source.close();
    lookups.close();
    return {
      name: cellName(cell),
      attempt: this.#options.attempt,
      runs: outputs.flatMap((output) => output.runs ?? []),
      exchanges: outputs.flatMap((output) => output.exchange ?? []),
      bounds: outputs.flatMap((output) => output.bounds ?? []),
      state,
      inputRows,
      outputRows: outputs.reduce((sum, output) => sum + (output.rows ?? 0), 0),
      droppedByShift: evaluator.droppedByShift,
    };
  }

  /** Everything that the stage's sinks need inside the stage. */
  #nodes(): NodeSet {
    const { domains, columns, fields } = this.#asked();
    return this.#reach(domains, [...columns, ...fields]);
  }

  #reach(domains: readonly DomainId[], columns: readonly ColumnId[]): NodeSet {
    const { plan } = this.#options.spec;
    const isLocal = (lookup: ColumnId): boolean => broadcastOf(plan, lookup) !== null;
    return reachableNodes(plan.logical, domains, columns, isLocal);
  }

  #lastOnly(): ReadonlySet<ColumnId> {
    const { plan, results } = this.#options.spec;
    const { domains, columns, fields } = this.#asked();
    if (results.kind !== 'final' || fields.length === 0) return new Set();
    return lastOnlyAggregates(plan.logical, columns, (whole) => this.#reach(domains, whole));
  }

  /** What the sinks read: the result its fields, the others the rest. */
  #asked(): { domains: DomainId[]; columns: ColumnId[]; fields: ColumnId[] } {
    const { plan } = this.#options.spec;
    const domains: DomainId[] = [];
    const columns: ColumnId[] = [];
    const fields: ColumnId[] = [];
    for (const sink of this.#stage.sinks) {
      if (sink.kind === 'bounds') domains.push(sink.domain);
      else if (sink.kind === 'result') {
        const { root } = plan.logical;
        domains.push(root.domain);
        fields.push(...root.fields.map((field) => field.column));
        if (root.isNew !== null && this.#options.spec.results.kind === 'final')
          columns.push(root.isNew);
      } else {
        const exchange = plan.exchanges[sink.exchange]!;
        if (exchange.kind === 'rekey') {
          const node = plan.logical.domains[exchange.domain]!;
          assert(node.op === 'with-key', 'cell: a rekey exchange has a with-key domain');
          domains.push(node.input);
          columns.push(node.key, ...exchange.columns);
        } else if (exchange.kind === 'broadcast') {
          columns.push(exchange.value);
        } else {
          const node = plan.logical.columns[exchange.lookup]!;
          assert(node.op === 'lookup', 'cell: a lookup exchange has a lookup column');
          columns.push(exchange.kind === 'request' ? node.key : node.value);
        }
      }
    }
    return { domains, columns, fields };
  }

  /** The type of the key that this stage's entities have. */
  #keyType(): DataType {
    const { logical } = this.#options.spec.plan;
    for (const { domain } of this.#stage.scans) {
      const node = logical.domains[domain]!;
      assert(node.op === 'scan', 'cell: scans are scans');
      return this.#options.tables.get(node.table)!.keyType;
    }
    for (const id of this.#stage.reads) {
      const exchange = this.#options.spec.plan.exchanges[id]!;
      if (exchange.kind !== 'rekey') continue;
      const node = logical.domains[exchange.domain]!;
      assert(node.op === 'with-key', 'cell: a rekey exchange has a with-key domain');
      return logical.columns[node.key]!.type;
    }
    throw new Error('cell: a stage reads a table or a rekey exchange');
  }

  async #openSources(columns: ReadonlySet<ColumnId>): Promise<Source[]> {
    const { store, spec, cell, pool, inputs } = this.#options;
    const { logical, exchanges } = spec.plan;
    const range = bucketRange(cell.range, spec.ranges);
    const sources: Source[] = [];
    for (const { domain, columns: names } of this.#stage.scans) {
      const node = logical.domains[domain]!;
      assert(node.op === 'scan', 'cell: scans are scans');
      const { finalAt } = spec.results;
      const scan = await openTableScan({
        store,
        manifest: this.#options.tables.get(node.table)!,
        bucketLow: range.low,
        bucketHigh: range.high,
        columns: names,
        pool,
        ...(finalAt === null ? {} : { timeMax: BigInt(finalAt) }),
        ...(node.sample === undefined ? {} : { keepEntity: sampleFilter(node.sample) }),
      });
      const read = {
        low: timeOf(node.range?.low ?? null),
        high: timeOf(node.range?.high ?? null),
      };
      sources.push(scanSource(domain, scan, columnsOfScan(spec, domain, columns), read));
    }
    for (const id of this.#stage.reads) {
      const exchange = exchanges[id]!;
      if (exchange.kind !== 'rekey') continue;
      const node = logical.domains[exchange.domain]!;
      assert(node.op === 'with-key', 'cell: a rekey exchange has a with-key domain');
      const exchanged = await readExchange(
        store,
        inputs.get(id)!,
        cell.range,
        logical.columns[node.key]!.type,
        exchange.columns.map((column) => logical.columns[column]!.type),
        pool,
      );
      const carries = new Map<ColumnId, number>();
      for (const column of columns) {
        const carry = logical.columns[column]!;
        if (carry.op === 'carry' && carry.domain === exchange.domain) {
          carries.set(column, exchange.columns.indexOf(carry.input));
        }
      }
      sources.push(exchangeSource(exchange.domain, exchanged, carries));
    }
    return sources;
  }

  async #openResponses(columns: ReadonlySet<ColumnId>): Promise<ReadonlyMap<ColumnId, Responses>> {
    const { store, spec, cell, pool, inputs } = this.#options;
    const responses = new Map<ColumnId, Responses>();
    for (const id of this.#stage.reads) {
      const exchange = spec.plan.exchanges[id]!;
      if (exchange.kind !== 'response' || !columns.has(exchange.lookup)) continue;
      const { type } = spec.plan.logical.columns[exchange.lookup]!;
      responses.set(
        exchange.lookup,
        await readResponses(store, inputs.get(id)!, cell.range, type, pool),
      );
    }
    return responses;
  }

  async #openSinks(entities: Entities): Promise<SinkRunner[]> {
    const { store, spec, cell, pool, inputs } = this.#options;
    const sinks: SinkRunner[] = [];
    for (const sink of this.#stage.sinks) {
      let requests: Requests | null = null;
      const exchange = sink.kind === 'exchange' ? spec.plan.exchanges[sink.exchange]! : null;
      if (exchange?.kind === 'response') {
        const from = spec.plan.exchanges.findIndex(
          (other) => other.kind === 'request' && other.lookup === exchange.lookup,
        );
        requests = await readRequests(store, inputs.get(from)!, cell.range, entities.hashes);
      }
      sinks.push(
        openSink({
          store,
          spec,
          sink,
          entities,
          requests,
          pool,
          keyPrefix: this.#prefix,
          lastTimes: this.#options.lastTimes,
        }),
      );
    }
    return sinks;
  }

  async #restore(
    snapshot: StateSnapshot,
    indices: readonly Int32Array[],
    evaluator: Evaluator,
    sinks: readonly SinkRunner[],
    entities: Entities,
    seen: Uint8Array,
  ): Promise<void> {
    const { store, pool } = this.#options;
    const { hashes } = entities;
    const target = indices.at(-1)!;
    for (let row = 0; row < target.length; row++) seen[target[row]!] = 1;
    evaluator.load(snapshot.columns, target);
    for (const sink of sinks) sink.load(snapshot.columns, target);
    for (const reference of snapshot.pending) {
      const { key, lastTarget } = reference;
      if (lastTarget === null) {
        evaluator.addHeld(reference, await openHeld(store, key, hashes, pool));
      } else {
        evaluator.addPending(reference, await openPending(store, key, hashes, pool));
      }
    }
  }

  async #save(
    evaluator: Evaluator,
    sinks: readonly SinkRunner[],
    entities: Entities,
    seen: Uint8Array,
    high: bigint,
  ): Promise<string> {
    const { store } = this.#options;
    const pending: PendingReference[] = [];
    for await (const { domain, kept, rows } of evaluator.takePending(high)) {
      pending.push(...kept);
      if (rows === null) continue;
      const key = `${this.#prefix}-w${domain}`;
      await writePending(store, key, rows, entities.hashes);
      const lastTarget = rows.target.at(-1)!.toString();
      pending.push({ domain, key, rows: rows.target.length, lastTarget });
    }
    for await (const { domain, kept, rows } of evaluator.takeHeld()) {
      pending.push(...kept);
      if (rows === null) continue;
      const key = `${this.#prefix}-w${domain}`;
      await writeHeld(store, key, rows, entities.hashes);
      pending.push({ domain, key, rows: rows.entity.length, lastTarget: null });
    }
    return saveState({
      store,
      keyPrefix: `${this.#prefix}-state`,
      time: high.toString(),
      entities,
      seen,
      columns: [...evaluator.save(), ...sinks.flatMap((sink) => sink.save())],
      pending,
    });
  }

  /** Intervals of time that cover the slice, each with about `batchRows` rows of the sources and not too many ticks. */
  #batches(
    sources: readonly Source[],
    entityCount: number,
  ): { low: bigint | null; high: bigint | null }[] {
    const { spec } = this.#options;
    const total = sources.reduce((sum, source) => sum + source.rowsEstimate, 0);
    const cuts = new Set<bigint>();
    for (const source of sources) {
      const share = Math.ceil((spec.batchRows * source.rowsEstimate) / Math.max(total, 1));
      for (const cut of source.cuts(this.#low, this.#high, Math.max(share, 1))) cuts.add(cut);
    }
    for (const cut of this.#tickCuts(entityCount)) cuts.add(cut);
    const inside = [...cuts]
      .filter(
        (cut) =>
          (this.#low === null || cut > this.#low) && (this.#high === null || cut < this.#high),
      )
      .toSorted((left, right) => (left < right ? -1 : 1));
    const edges = [this.#low, ...inside, this.#high];
    return edges.slice(1).map((high, at) => ({ low: edges[at]!, high }));
  }

  #tickCuts(entityCount: number): bigint[] {
    const { logical } = this.#options.spec.plan;
    const cuts: bigint[] = [];
    for (const id of this.#nodes().domains) {
      const node = logical.domains[id]!;
      if (node.op !== 'tick' || node.tick === 'finished') continue;
      const last = this.#options.lastTimes.get(node.input) ?? null;
      const first = this.#firstTime();
      if (last === null || first === null) continue;
      const from = this.#low === null || first > this.#low ? first : this.#low;
      const to = this.#high === null || last < this.#high ? last : this.#high;
      if (from > to) continue;
      const perBatch = Math.max(1, Math.floor(TICK_ROWS_PER_BATCH / Math.max(entityCount, 1)));
      cuts.push(...tickCuts(node.tick, from, to, perBatch));
    }
    return cuts;
  }

  /** The first time of any table: no tick is earlier. */
  #firstTime(): bigint | null {
    let first: bigint | null = null;
    for (const table of this.#options.tables.values()) {
      if (table.minTime === null) continue;
      const time = BigInt(table.minTime);
      if (first === null || time < first) first = time;
    }
    return first;
  }
}

function columnsOfScan(
  spec: RunSpec,
  domain: DomainId,
  columns: ReadonlySet<ColumnId>,
): ReadonlyMap<ColumnId, string> {
  const names = new Map<ColumnId, string>();
  for (const id of columns) {
    const node = spec.plan.logical.columns[id]!;
    if (node.op === 'scan-column' && node.domain === domain) names.set(id, node.column);
  }
  return names;
}
