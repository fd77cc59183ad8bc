/** The cells of a run as a job: which may start, what follows when one is done. */
import { AppError } from '../../shared/base/app-error.ts';
import type { DomainId } from '../../shared/plan/logical.ts';
import type { CellId, CellRecord, RunSpec, StageFacts } from '../../shared/plan/run-spec.ts';
import { cellName, parseCellName, runPrefix } from '../../shared/plan/run-spec.ts';
import { findJson, getJson, putJsonIfAbsent } from '../../shared/storage/json-object.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import type { Job, TaskRef } from '../dispatch/dispatcher.ts';
import type { SourceBounds, TimeBounds } from './bounds.ts';
import { boundsOf, hull } from './bounds.ts';
import { CellTracker, boundsProducers } from './state.ts';

/** Records that are read from the ledger at a time. */
const RECORDS_AT_ONCE = 64;

export interface RunJobOptions {
  readonly store: ObjectStore;
  readonly spec: RunSpec;
  /** Bounds that are known without running anything. */
  readonly staticBounds: SourceBounds;
  readonly onCell: (job: RunJob) => void;
  /** Only this range runs; the others have no rows of the result. Null: all. */
  readonly onlyRange: number | null;
}

export class RunJob implements Job {
  readonly runId: string;
  readonly isShared = false;
  readonly #options: RunJobOptions;
  readonly #tracker: CellTracker;
  readonly #records = new Map<string, CellRecord>();
  readonly #bounds = new Map<DomainId, TimeBounds>();
  readonly #factsWritten = new Set<number>();
  #inputRows = 0;
  #stopped = false;

  private constructor(options: RunJobOptions) {
    const { spec } = options;
    this.runId = spec.runId;
    this.#options = options;
    this.#tracker = new CellTracker({
      plan: spec.plan,
      ranges: spec.ranges,
      slices: spec.cuts.length + 1,
      onlyRange: options.onlyRange,
    });
  }

  /** The job as the ledger has it: cells with a record are done. */
  static async open(options: RunJobOptions): Promise<RunJob> {
    const job = new RunJob(options);
    const prefix = `${runPrefix(job.runId)}/cells/`;
    const some: Promise<void>[] = [];
    for await (const { key } of options.store.list(prefix)) {
      const cell = parseCellName(key.slice(prefix.length).replace(/\.json$/, ''));
      if (cell !== null) some.push(job.#take(cell));
      if (some.length === RECORDS_AT_ONCE) await Promise.all(some.splice(0));
    }
    await Promise.all(some);
    await job.#writeFacts();
    return job;
  }

  get isDone(): boolean {
    return this.#stopped || this.#tracker.isDone;
  }

  get cellsDone(): number {
    return this.#tracker.doneCount;
  }

  get cellsTotal(): number {
    return this.#tracker.total;
  }

  /** Slices of the result that are done in all ranges: everything before cut `frontier − 1` is final. */
  get frontier(): number {
    return this.#tracker.frontier();
  }

  /** Rows that all finished cells have read. */
  get inputRows(): number {
    return this.#inputRows;
  }

  get records(): Iterable<CellRecord> {
    return this.#records.values();
  }

  record(cell: CellId): CellRecord | undefined {
    return this.#records.get(cellName(cell));
  }

  /** Ends the job before all cells are done: a preview has its rows. */
  stop(): void {
    this.#stopped = true;
  }

  ready(taken: ReadonlySet<string>, limit: number): readonly TaskRef[] {
    return this.#tracker
      .ready(taken, limit)
      .map((cell) => ({ kind: 'cell', name: cellName(cell) }));
  }

  recordKey(task: TaskRef): string {
    return `${runPrefix(this.runId)}/cells/${task.name}.json`;
  }

  async finish(task: TaskRef): Promise<void> {
    const cell = parseCellName(task.name);
    if (cell === null) throw new AppError('bug', 'TASK_NAME', `no cell is named ${task.name}`);
    await this.#take(cell);
    await this.#writeFacts();
    this.#options.onCell(this);
  }

  async #take(cell: CellId): Promise<void> {
    const name = cellName(cell);
    const key = `${runPrefix(this.runId)}/cells/${name}.json`;
    const record = await getJson<CellRecord>(this.#options.store, key);
    if (!this.#records.has(name)) this.#inputRows += record.inputRows;
    this.#records.set(name, record);
    this.#tracker.finish(cell);
  }

  /** Writes the bounds that stages wait for as soon as the stages that find them are done. */
  async #writeFacts(): Promise<void> {
    const { spec, store } = this.#options;
    for (const stage of spec.plan.stages) {
      if (stage.bounds.length === 0 || this.#factsWritten.has(stage.id)) continue;
      const producers = boundsProducers(spec.plan, stage.id);
      if (!producers.every((producer) => this.#tracker.isStageDone(producer))) continue;
      const key = `${runPrefix(spec.runId)}/facts/s${stage.id}.json`;
      if ((await findJson<StageFacts>(store, key)) === null) {
        this.#collectBounds(producers);
        await putJsonIfAbsent(store, key, this.#facts(stage.bounds));
      }
      this.#factsWritten.add(stage.id);
    }
  }

  #collectBounds(stages: readonly number[]): void {
    for (const record of this.#records.values()) {
      const cell = parseCellName(record.name);
      if (cell === null || !stages.includes(cell.stage)) continue;
      for (const { domain, low, high } of record.bounds) {
        const part =
          low === null || high === null ? null : { low: BigInt(low), high: BigInt(high) };
        this.#bounds.set(domain, hull(this.#bounds.get(domain) ?? null, part));
      }
    }
  }

  #facts(domains: readonly DomainId[]): StageFacts {
    const { spec, staticBounds } = this.#options;
    // Null (no rows) is an answer: only `undefined` leaves the question to what the cells found.
    const sources: SourceBounds = (domain, node) => {
      const fixed = staticBounds(domain, node);
      return fixed === undefined ? this.#bounds.get(domain) : fixed;
    };
    return {
      bounds: domains.map((domain) => {
        const bounds = boundsOf(spec.plan.logical, domain, sources);
        if (bounds === undefined) {
          throw new AppError(
            'bug',
            'BOUNDS_UNKNOWN',
            `the bounds of domain ${domain} are not known`,
          );
        }
        return {
          domain,
          low: bounds === null ? null : bounds.low.toString(),
          high: bounds === null ? null : bounds.high.toString(),
        };
      }),
    };
  }
}
