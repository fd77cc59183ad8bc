/** History results: every row of the query's domain, as sorted runs of bounded size. */
import type { Column } from '../../shared/column/column.ts';
import { sliceColumn } from '../../shared/column/take.ts';
import type { RunRef } from '../../shared/storage/sorted-run.ts';
import { writeSortedRun } from '../../shared/storage/sorted-run.ts';
import type { Batch } from './batch.ts';
import type { DomainRows } from './domain-rows.ts';
import type { Evaluator, StateColumn } from './evaluator.ts';
import { lowerBound, sliceRows } from './rows.ts';
import { Scratch } from '../scratch.ts';
import type { SinkOptions, SinkOutput, SinkRunner } from './sink.ts';

/** Rows of one sorted-run object, about: what waits in memory until it is written. */
export const RUN_ROWS = 1 << 21;

export class HistorySink implements SinkRunner {
  readonly #options: SinkOptions;
  readonly #since: bigint | null;
  readonly #fields: readonly { readonly name: string; readonly column: number }[];
  readonly #runs: RunRef[] = [];
  #rows: DomainRows[] = [];
  #columns: Column[][];
  #waiting = 0;
  #total = 0;

  constructor(options: SinkOptions) {
    this.#options = options;
    const { changedSince } = options.spec.results;
    this.#since = changedSince === null ? null : BigInt(changedSince);
    this.#fields = options.spec.plan.logical.root.fields;
    this.#columns = this.#fields.map(() => []);
  }

  async add(batch: Batch, evaluator: Evaluator): Promise<void> {
    const rows = await evaluator.rows(this.#options.spec.plan.logical.root.domain, batch);
    const start = this.#since === null ? 0 : lowerBound(rows.time, this.#since);
    if (start === rows.length) return;
    this.#rows.push(sliceRows(rows, start, rows.length));
    for (const [at, field] of this.#fields.entries()) {
      const column = await evaluator.column(field.column, batch);
      this.#columns[at]!.push(sliceColumn(column, start, rows.length));
    }
    this.#waiting += rows.length - start;
    if (this.#waiting >= RUN_ROWS) await this.#flush();
  }

  save(): StateColumn[] {
    return [];
  }

  load(): void {
    // History keeps nothing.
  }

  async finish(): Promise<SinkOutput> {
    if (this.#waiting > 0) await this.#flush();
    return { runs: this.#runs, rows: this.#total };
  }

  async #flush(): Promise<void> {
    const { store, keyPrefix, entities, pool, spec } = this.#options;
    const { columns } = spec.plan.logical;
    const fields = this.#fields.map((field, at) => ({
      name: field.name,
      type: columns[field.column]!.type,
      parts: this.#columns[at]!,
    }));
    const key = `${keyPrefix}-r${this.#runs.length}`;
    const scratch = new Scratch();
    const run = await writeSortedRun(
      store,
      key,
      { rows: this.#rows, entityHash: entities.hashes, entityKeys: entities.keys, fields, pool },
      scratch,
    );
    // Not after a failure: a request may still be reading it.
    scratch.giveBack();
    this.#runs.push(run);
    this.#total += run.rows;
    this.#rows = [];
    this.#columns = this.#fields.map(() => []);
    this.#waiting = 0;
  }
}
