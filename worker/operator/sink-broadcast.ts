/** The foreign side of broadcast lookups: all values of a column, and of continuous ones the last before the slice. */
import type { Column } from '../../shared/column/column.ts';
import type { Exchange } from '../../shared/plan/stage.ts';
import type { Batch } from './batch.ts';
import type { Evaluator, StateColumn } from './evaluator.ts';
import { BroadcastWriter } from './exchange-broadcast.ts';
import type { SinkOptions, SinkOutput, SinkRunner } from './sink.ts';

export class BroadcastSink implements SinkRunner {
  readonly #options: SinkOptions;
  readonly #id: number;
  readonly #exchange: Exchange & { kind: 'broadcast' };
  readonly #writer: BroadcastWriter;

  constructor(options: SinkOptions, id: number, exchange: Exchange & { kind: 'broadcast' }) {
    this.#options = options;
    this.#id = id;
    this.#exchange = exchange;
    const { type } = options.spec.plan.logical.columns[exchange.value]!;
    this.#writer = new BroadcastWriter(type, options.entities.count, options.pool);
  }

  async add(batch: Batch, evaluator: Evaluator): Promise<void> {
    const { value } = this.#exchange;
    const { domain } = this.#options.spec.plan.logical.columns[value]!;
    const rows = await evaluator.rows(domain, batch);
    this.#writer.add(rows, await evaluator.column(value, batch));
  }

  /** A discrete value is there only at its own instant: nothing of it is left for the next slice. */
  save(): StateColumn[] {
    if (!this.#exchange.continuous) return [];
    return [{ name: `l${this.#id}`, column: this.#writer.latest() }];
  }

  load(columns: ReadonlyMap<string, Column>, target: Int32Array): void {
    const saved = columns.get(`l${this.#id}`);
    if (saved !== undefined) this.#writer.startFrom(saved, target);
  }

  async finish(): Promise<SinkOutput> {
    const { store, keyPrefix, entities } = this.#options;
    const key = `${keyPrefix}-x${this.#id}`;
    const written = await this.#writer.finish(store, key, entities.hashes);
    return { exchange: [{ exchange: this.#id, key, ...written }] };
  }
}
