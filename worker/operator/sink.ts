/** Where the rows of a stage go: a result, an exchange, or the bounds of a domain. */
import { assert, unreachable } from '../../shared/base/assert.ts';
import type { Column } from '../../shared/column/column.ts';
import type { StringPool } from '../../shared/column/string-pool.ts';
import type { DomainId } from '../../shared/plan/logical.ts';
import type { CellRecord, RunSpec } from '../../shared/plan/run-spec.ts';
import type { Sink } from '../../shared/plan/stage.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import type { RunRef } from '../../shared/storage/sorted-run.ts';
import type { Batch } from './batch.ts';
import type { Entities } from './entities.ts';
import type { Evaluator, StateColumn } from './evaluator.ts';
import type { Requests } from './exchange-lookup.ts';
import { RequestWriter, ResponseWriter } from './exchange-lookup.ts';
import { ExchangeWriter } from './exchange-rows.ts';
import { LastValue } from './last-value.ts';
import { LatestRows } from './latest-rows.ts';
import { BroadcastSink } from './sink-broadcast.ts';
import { FinalSink } from './sink-final.ts';
import { HistorySink } from './sink-history.ts';

export interface SinkOutput {
  readonly rows?: number;
  readonly runs?: readonly RunRef[];
  readonly exchange?: CellRecord['exchanges'];
  readonly bounds?: CellRecord['bounds'];
}

export interface SinkRunner {
  add(batch: Batch, evaluator: Evaluator): Promise<void>;
  save(): StateColumn[];
  load(columns: ReadonlyMap<string, Column>, target: Int32Array): void;
  finish(isLastSlice: boolean): Promise<SinkOutput>;
}

export interface SinkOptions {
  readonly store: ObjectStore;
  readonly spec: RunSpec;
  readonly sink: Sink;
  readonly entities: Entities;
  /** Of a response sink. */
  readonly requests: Requests | null;
  readonly pool: StringPool;
  readonly keyPrefix: string;
  readonly lastTimes: ReadonlyMap<DomainId, bigint | null>;
}

export function openSink(options: SinkOptions): SinkRunner {
  const { sink, spec } = options;
  switch (sink.kind) {
    case 'result':
      return spec.results.kind === 'history' ? new HistorySink(options) : new FinalSink(options);
    case 'bounds':
      return new BoundsSink(sink.domain);
    case 'exchange': {
      const exchange = spec.plan.exchanges[sink.exchange]!;
      switch (exchange.kind) {
        case 'rekey':
          return new RekeySink(options, sink.exchange, exchange.domain, exchange.columns);
        case 'request':
          return new RequestSink(options, sink.exchange, exchange.lookup);
        case 'response':
          return new ResponseSink(options, sink.exchange, exchange.lookup);
        case 'broadcast':
          return new BroadcastSink(options, sink.exchange, exchange);
        default:
          return unreachable(exchange);
      }
    }
    default:
      return unreachable(sink);
  }
}

/** A sink without state of its own. */
abstract class StatelessSink {
  save(): StateColumn[] {
    return [];
  }

  load(): void {
    // Nothing was saved.
  }
}

class BoundsSink extends StatelessSink implements SinkRunner {
  readonly #domain: DomainId;
  #low: bigint | null = null;
  #high: bigint | null = null;

  constructor(domain: DomainId) {
    super();
    this.#domain = domain;
  }

  async add(batch: Batch, evaluator: Evaluator): Promise<void> {
    const rows = await evaluator.rows(this.#domain, batch);
    if (rows.length === 0) return;
    this.#low ??= rows.time[0]!;
    this.#high = rows.time[rows.length - 1]!;
  }

  async finish(): Promise<SinkOutput> {
    const text = (time: bigint | null): string | null => (time === null ? null : time.toString());
    return { bounds: [{ domain: this.#domain, low: text(this.#low), high: text(this.#high) }] };
  }
}

class RekeySink extends StatelessSink implements SinkRunner {
  readonly #options: SinkOptions;
  readonly #exchange: number;
  readonly #columns: readonly number[];
  readonly #input: DomainId;
  readonly #key: number;
  readonly #writer: ExchangeWriter;

  constructor(
    options: SinkOptions,
    exchange: number,
    domain: DomainId,
    columns: readonly number[],
  ) {
    super();
    const { logical } = options.spec.plan;
    const node = logical.domains[domain]!;
    assert(node.op === 'with-key', 'sink: a rekey exchange has a with-key domain');
    this.#options = options;
    this.#exchange = exchange;
    this.#columns = columns;
    this.#input = node.input;
    this.#key = node.key;
    const types = columns.map((column) => logical.columns[column]!.type);
    this.#writer = new ExchangeWriter(logical.columns[node.key]!.type, types, options.pool);
  }

  async add(batch: Batch, evaluator: Evaluator): Promise<void> {
    const rows = await evaluator.rows(this.#input, batch);
    const key = await evaluator.column(this.#key, batch);
    const columns: Column[] = [];
    for (const column of this.#columns) columns.push(await evaluator.column(column, batch));
    this.#writer.add(rows, key, columns);
  }

  async finish(): Promise<SinkOutput> {
    const { store, spec, keyPrefix, entities } = this.#options;
    const key = `${keyPrefix}-x${this.#exchange}`;
    const written = await this.#writer.finish(store, key, entities.hashes, spec.ranges);
    return { exchange: [{ exchange: this.#exchange, key, ...written }] };
  }
}

class RequestSink extends StatelessSink implements SinkRunner {
  readonly #options: SinkOptions;
  readonly #exchange: number;
  readonly #key: number;
  readonly #writer = new RequestWriter();

  constructor(options: SinkOptions, exchange: number, lookup: number) {
    super();
    const node = options.spec.plan.logical.columns[lookup]!;
    assert(node.op === 'lookup', 'sink: a request exchange has a lookup');
    this.#options = options;
    this.#exchange = exchange;
    this.#key = node.key;
  }

  async add(batch: Batch, evaluator: Evaluator): Promise<void> {
    const { domain } = this.#options.spec.plan.logical.columns[this.#key]!;
    const rows = await evaluator.rows(domain, batch);
    this.#writer.add(rows, await evaluator.column(this.#key, batch));
  }

  async finish(): Promise<SinkOutput> {
    const { store, spec, keyPrefix } = this.#options;
    const key = `${keyPrefix}-x${this.#exchange}`;
    const written = await this.#writer.finish(store, key, spec.ranges);
    return { exchange: [{ exchange: this.#exchange, key, ...written }] };
  }
}

/** Answers requests as of their time: foreign rows at the same (time, subsort) count (partitioning.md, R5). */
class ResponseSink implements SinkRunner {
  readonly #options: SinkOptions;
  readonly #exchange: number;
  readonly #value: number;
  readonly #continuous: boolean;
  readonly #writer: ResponseWriter;
  readonly #requests: Requests;
  readonly #last: LastValue;
  readonly #latest: LatestRows;
  #next = 0;

  constructor(options: SinkOptions, exchange: number, lookup: number) {
    const node = options.spec.plan.logical.columns[lookup]!;
    assert(node.op === 'lookup', 'sink: a response exchange has a lookup');
    assert(options.requests !== null, 'sink: a response sink has requests');
    this.#options = options;
    this.#exchange = exchange;
    this.#value = node.value;
    this.#continuous = node.continuous;
    this.#requests = options.requests;
    this.#writer = new ResponseWriter(node.type, options.pool);
    this.#last = new LastValue(node.type, options.entities.count, options.pool);
    this.#latest = new LatestRows(options.entities.count);
  }

  async add(batch: Batch, evaluator: Evaluator): Promise<void> {
    const { domain } = this.#options.spec.plan.logical.columns[this.#value]!;
    const rows = await evaluator.rows(domain, batch);
    const values = await evaluator.column(this.#value, batch);
    const requests = this.#requests;
    const start = this.#next;
    let end = start;
    const high = BigInt64Array.of(batch.high ?? 0n);
    while (end < requests.length && (batch.high === null || requests.time[end]! < high[0]!)) {
      end++;
    }
    this.#next = end;
    const slots = new Int32Array(end - start).fill(-1);
    const latest = this.#latest;
    let row = 0;
    for (let at = start; at < end; at++) {
      while (
        row < rows.length &&
        (rows.time[row]! < requests.time[at]! ||
          (rows.time[row]! === requests.time[at]! && rows.subsort[row]! <= requests.subsort[at]!))
      ) {
        latest.set(rows.entity[row]!, row);
        row++;
      }
      const entity = requests.entity[at]!;
      const slot = latest.slot(entity);
      if (this.#continuous) slots[at - start] = slot;
      else {
        // A discrete value is there only at exactly its own (time, subsort).
        const found = slot - this.#options.entities.count;
        const exact =
          found >= 0 &&
          rows.time[found]! === requests.time[at]! &&
          rows.subsort[found]! === requests.subsort[at]!;
        slots[at - start] = exact ? slot : -1;
      }
    }
    for (; row < rows.length; row++) latest.set(rows.entity[row]!, row);
    const answers = this.#last.take(values, slots);
    const ended = latest.end();
    this.#last.keep(values, ended.rows, ended.entities);
    this.#writer.add(requests.origin.slice(start, end), requests.row.slice(start, end), answers);
  }

  save(): StateColumn[] {
    return this.#continuous ? [{ name: `l${this.#exchange}`, column: this.#last.values }] : [];
  }

  load(columns: ReadonlyMap<string, Column>, target: Int32Array): void {
    const saved = columns.get(`l${this.#exchange}`);
    if (saved !== undefined) this.#last.put(saved, target);
  }

  async finish(): Promise<SinkOutput> {
    const key = `${this.#options.keyPrefix}-x${this.#exchange}`;
    const { store, spec } = this.#options;
    const written = await this.#writer.finish(store, key, spec.ranges);
    return { exchange: [{ exchange: this.#exchange, key, ...written }] };
  }
}
