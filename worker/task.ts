/**
 * Runs one attempt of one task. It knows the store and the run's objects, nothing of the queue: everything it needs
 * stands under `runs/<runId>/`, and what it leaves is a record that is created only if absent. The first attempt to
 * leave one wins; a late attempt finds it and its own objects are never referenced.
 */
import { AppError } from '../shared/base/app-error.ts';
import { StringPool } from '../shared/column/string-pool.ts';
import type { DomainId } from '../shared/plan/logical.ts';
import type { CellId, CellRecord, RunSpec, StageFacts } from '../shared/plan/run-spec.ts';
import { RUN_SPEC_VERSION, cellName, parseCellName, runPrefix } from '../shared/plan/run-spec.ts';
import type { ExchangeId } from '../shared/plan/stage.ts';
import type { Task } from '../shared/queue/task-queue.ts';
import { getJson, putJsonIfAbsent } from '../shared/storage/json-object.ts';
import type { ObjectStore } from '../shared/storage/object-store.ts';
import type { TableManifest } from '../shared/storage/table-manifest.ts';
import { runInspectTask, runPrepareTask } from './prepare/prepare-tasks.ts';
import type { OpenFile } from './prepare/prepare-tasks.ts';
import type { Outputs } from './merge/merge-tasks.ts';
import { runMergeTask, runPublishTask } from './merge/merge-tasks.ts';
import { runCell } from './operator/cell.ts';

/** Run specs and manifests kept per worker thread: immutable, so a small cache is enough. */
const CACHED_RUNS_MAX = 8;

export interface TaskContext {
  readonly store: ObjectStore;
  readonly openFile: OpenFile;
  readonly outputs: Outputs;
  /** The build of this worker: a run refuses mixed builds (partitioning.md, R7). */
  readonly engine: string;
  /** Called with the rows done so far; throws to stop the task. */
  readonly onProgress: (rows: number) => void;
}

interface LoadedRun {
  readonly spec: RunSpec;
  readonly tables: ReadonlyMap<string, TableManifest>;
}

export class TaskRunner {
  readonly #context: TaskContext;
  readonly #runs = new Map<string, LoadedRun>();

  constructor(context: TaskContext) {
    this.#context = context;
  }

  async run(task: Task): Promise<void> {
    switch (task.kind) {
      case 'inspect':
        return runInspectTask(task, this.#context);
      case 'prepare':
        return runPrepareTask(task, this.#context);
      case 'cell':
        return this.#runCell(task);
      case 'merge':
        return runMergeTask(task, this.#context);
      case 'publish':
        return runPublishTask(task, this.#context, (await this.#load(task.runId)).spec);
    }
  }

  async #runCell(task: Task): Promise<void> {
    const { store, onProgress } = this.#context;
    const cell = parseCellName(task.name);
    if (cell === null) throw new AppError('bug', 'TASK_NAME', `no cell is named ${task.name}`);
    const recordKey = `${runPrefix(task.runId)}/cells/${task.name}.json`;
    if ((await store.head(recordKey)) !== null) return;
    const { spec, tables } = await this.#load(task.runId);
    const record = await runCell({
      store,
      spec,
      cell,
      attempt: task.attempt,
      tables,
      lastTimes: await this.#lastTimes(spec, cell),
      inputs: await this.#inputs(spec, cell),
      stateKey: await this.#stateKey(spec, cell),
      pool: new StringPool(),
      onProgress,
    });
    await putJsonIfAbsent(store, recordKey, record);
  }

  async #load(runId: string): Promise<LoadedRun> {
    const known = this.#runs.get(runId);
    if (known !== undefined) return known;
    const { store, engine } = this.#context;
    const spec = await getJson<RunSpec>(store, `${runPrefix(runId)}/spec.json`);
    if (spec.version !== RUN_SPEC_VERSION || spec.engine !== engine) {
      throw new AppError(
        'user',
        'ENGINE_MISMATCH',
        `run ${runId} was planned by engine ${spec.engine}, this worker is ${engine}: use one build for a run`,
      );
    }
    const tables = new Map<string, TableManifest>();
    for (const [name, key] of Object.entries(spec.tables)) {
      tables.set(name, await getJson<TableManifest>(store, key));
    }
    const loaded = { spec, tables };
    this.#runs.set(runId, loaded);
    if (this.#runs.size > CACHED_RUNS_MAX) this.#runs.delete(this.#runs.keys().next().value!);
    return loaded;
  }

  async #lastTimes(spec: RunSpec, cell: CellId): Promise<ReadonlyMap<DomainId, bigint | null>> {
    if (spec.plan.stages[cell.stage]!.bounds.length === 0) return new Map();
    const key = `${runPrefix(spec.runId)}/facts/s${cell.stage}.json`;
    const facts = await getJson<StageFacts>(this.#context.store, key);
    return new Map(
      facts.bounds.map(({ domain, high }) => [domain, high === null ? null : BigInt(high)]),
    );
  }

  /** The objects of every exchange that the cell reads, in order of producer range. */
  async #inputs(spec: RunSpec, cell: CellId): Promise<ReadonlyMap<ExchangeId, readonly string[]>> {
    const { reads } = spec.plan.stages[cell.stage]!;
    const records = new Map<number, readonly CellRecord[]>();
    for (const stage of new Set(reads.map((exchange) => spec.plan.producers[exchange]!))) {
      const producers = Array.from({ length: spec.ranges }, (_, range) =>
        this.#record(spec, { stage, range, slice: cell.slice }),
      );
      records.set(stage, await Promise.all(producers));
    }
    return new Map(
      reads.map((exchange) => [
        exchange,
        records.get(spec.plan.producers[exchange]!)!.map((record) => exchangeKey(record, exchange)),
      ]),
    );
  }

  async #stateKey(spec: RunSpec, cell: CellId): Promise<string | null> {
    if (cell.slice === 0) return null;
    return (await this.#record(spec, { ...cell, slice: cell.slice - 1 })).state;
  }

  #record(spec: RunSpec, cell: CellId): Promise<CellRecord> {
    return getJson<CellRecord>(
      this.#context.store,
      `${runPrefix(spec.runId)}/cells/${cellName(cell)}.json`,
    );
  }
}

function exchangeKey(record: CellRecord, exchange: ExchangeId): string {
  const written = record.exchanges.find((each) => each.exchange === exchange);
  if (written !== undefined) return written.key;
  throw new AppError('bug', 'EXCHANGE_MISSING', `${record.name} left no exchange ${exchange}`);
}
