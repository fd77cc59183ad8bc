/**
 * Executes one planned run to its published result:
 *
 *   spec.json ─> cells ─> merge.json ─> parts ─> publish ─> result.json (create once: the result is visible)
 *
 * Every step begins by looking for what is already there, so that the same call resumes a run after any crash.
 */
import type { DataType } from '../../shared/types/data-type.ts';
import { printType } from '../../shared/types/data-type.ts';
import type { MergeSpec } from '../../shared/plan/merge-spec.ts';
import { mergeName } from '../../shared/plan/merge-spec.ts';
import type { CellRecord, PublishedResult, RunSpec } from '../../shared/plan/run-spec.ts';
import { rowGroupRows } from '../../shared/plan/row-groups.ts';
import { parseCellName, runPrefix } from '../../shared/plan/run-spec.ts';
import { findJson, getJson, putJsonIfAbsent } from '../../shared/storage/json-object.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import type { RunRef } from '../../shared/storage/sorted-run.ts';
import { printTimestamp } from '../../shared/time/print-timestamp.ts';
import type { RunProgress, RunSummary } from '../../shared/wire/query-request.ts';
import type { Dispatcher, TaskRef } from '../dispatch/dispatcher.ts';
import { FlatJob } from '../dispatch/dispatcher.ts';
import type { SourceBounds } from './bounds.ts';
import { RunJob } from './run-job.ts';

export interface ExecuteOptions {
  readonly store: ObjectStore;
  readonly dispatcher: Dispatcher;
  /** As it stands in the ledger. */
  readonly spec: RunSpec;
  readonly staticBounds: SourceBounds;
  readonly onlyRange: number | null;
  readonly onProgress: (progress: RunProgress) => void;
  readonly signal: AbortSignal;
}

export type RunCounts = Pick<
  RunSummary,
  'rows' | 'inputRows' | 'cells' | 'bytes' | 'files' | 'droppedByShift' | 'columns'
>;

export async function executeRun(options: ExecuteOptions): Promise<RunCounts> {
  const { spec } = options;
  const job = await runCells(options);
  const merge = await mergeSpec(options, job);
  const rows = merge.parts.at(-1)?.rowEnd ?? 0;
  const progress = (phase: RunProgress['phase']): void =>
    options.onProgress({
      runId: spec.runId,
      phase,
      cellsDone: job.cellsDone,
      cellsTotal: job.cellsTotal,
      rows,
      rowsTotal: null,
      frontier: null,
    });
  progress('merging');
  await runParts(options, merge);
  progress('publishing');
  const result = await publish(options);
  return {
    rows,
    ...countsOf(job.records, spec),
    cells: job.cellsDone,
    bytes: result.files.reduce((sum, file) => sum + file.bytes, 0),
    files: result.files.map((file) => file.uri),
    columns: columnsOf(merge.keyType, merge.fields),
  };
}

async function runCells(options: ExecuteOptions): Promise<RunJob> {
  const { store, dispatcher, spec, signal } = options;
  const report = (job: RunJob): void => {
    const done = job.frontier;
    const cut = done === 0 ? undefined : spec.cuts[done - 1];
    options.onProgress({
      runId: spec.runId,
      phase: 'computing',
      cellsDone: job.cellsDone,
      cellsTotal: job.cellsTotal,
      rows: job.inputRows,
      rowsTotal: null,
      frontier: cut === undefined ? null : printTimestamp(BigInt(cut), 'ns', 'shortest'),
    });
    // A preview is complete once enough rows lie below the frontier: nothing later sorts before them.
    if (spec.results.limit !== null && spec.results.kind === 'history') {
      if (rowsBelow(job.records, resultStage(spec), done) >= spec.results.limit) job.stop();
    }
  };
  const { staticBounds, onlyRange } = options;
  const job = await RunJob.open({ store, spec, staticBounds, onlyRange, onCell: report });
  report(job);
  await dispatcher.run(job, signal);
  return job;
}

function resultStage(spec: RunSpec): number {
  return spec.plan.stages.findIndex((stage) => stage.sinks.some((sink) => sink.kind === 'result'));
}

function rowsBelow(records: Iterable<CellRecord>, stage: number, slices: number): number {
  let rows = 0;
  for (const record of records) {
    const cell = parseCellName(record.name);
    if (cell !== null && cell.stage === stage && cell.slice < slices) rows += record.outputRows;
  }
  return rows;
}

async function mergeSpec({ store, spec }: ExecuteOptions, job: RunJob): Promise<MergeSpec> {
  const key = `${runPrefix(spec.runId)}/merge.json`;
  const known = await findJson<MergeSpec>(store, key);
  if (known !== null) return known;
  const stage = resultStage(spec);
  // A stopped preview may have cells beyond the frontier: rows there may lack earlier ones of other ranges.
  const slices = spec.results.kind === 'history' ? job.frontier : spec.cuts.length + 1;
  const sources: RunRef[][] = [];
  for (let range = 0; range < spec.ranges; range++) {
    const runs: RunRef[] = [];
    for (let slice = 0; slice < slices; slice++) {
      runs.push(...(job.record({ stage, range, slice })?.runs ?? []));
    }
    if (runs.length > 0) sources.push(runs);
  }
  const all = sources.flat().reduce((sum, run) => sum + run.rows, 0);
  const rows = spec.results.limit === null ? all : Math.min(all, spec.results.limit);
  const { root, columns } = spec.plan.logical;
  const fields = root.fields.map(({ name, column }) => ({ name, type: columns[column]!.type }));
  const groupRows = rowGroupRows(fields);
  const parts: { rowStart: number; rowEnd: number }[] = [];
  for (let rowStart = 0; rowStart < rows; rowStart += groupRows) {
    parts.push({ rowStart, rowEnd: Math.min(rows, rowStart + groupRows) });
  }
  // A folder always has a part, so that an empty result still has a schema.
  if (parts.length === 0 && spec.output.layout === 'folder') parts.push({ rowStart: 0, rowEnd: 0 });
  const merge: MergeSpec = {
    sources,
    keyType: root.keyType,
    fields,
    rowGroupRows: groupRows,
    output: spec.output,
    parts,
  };
  await putJsonIfAbsent(store, key, merge);
  return getJson<MergeSpec>(store, key);
}

async function runParts(options: ExecuteOptions, merge: MergeSpec): Promise<void> {
  const { store, dispatcher, spec, signal } = options;
  const key = (name: string): string => `${runPrefix(spec.runId)}/parts/${name}.json`;
  const tasks: TaskRef[] = [];
  for (const part of merge.parts.keys()) {
    const name = mergeName(part);
    if ((await store.head(key(name))) === null) tasks.push({ kind: 'merge', name });
  }
  const recordKey = (task: TaskRef): string => key(task.name);
  const job = new FlatJob({ runId: spec.runId, isShared: false, tasks, recordKey });
  await dispatcher.run(job, signal);
}

async function publish({
  store,
  dispatcher,
  spec,
  signal,
}: ExecuteOptions): Promise<PublishedResult> {
  const key = `${runPrefix(spec.runId)}/result.json`;
  const known = await findJson<PublishedResult>(store, key);
  if (known !== null) return known;
  const tasks = [{ kind: 'publish', name: 'publish' }] as const;
  const job = new FlatJob({ runId: spec.runId, isShared: false, tasks, recordKey: () => key });
  await dispatcher.run(job, signal);
  return getJson<PublishedResult>(store, key);
}

/** Input rows are counted where they enter; a table that two stages scan is counted once per stage. */
function countsOf(
  records: Iterable<CellRecord>,
  spec: RunSpec,
): Pick<RunSummary, 'inputRows' | 'droppedByShift'> {
  let inputRows = 0;
  const droppedOf = new Map<number, number>();
  const stage = resultStage(spec);
  for (const record of records) {
    const cell = parseCellName(record.name);
    if (cell === null) continue;
    if (cell.stage === stage) inputRows += record.inputRows;
    droppedOf.set(cell.stage, (droppedOf.get(cell.stage) ?? 0) + record.droppedByShift);
  }
  // A shift that two stages compute drops the same rows in both: the largest count is the shift's own.
  return { inputRows, droppedByShift: Math.max(0, ...droppedOf.values()) };
}

function columnsOf(
  keyType: DataType,
  fields: readonly { readonly name: string; readonly type: DataType }[],
): RunSummary['columns'] {
  return [
    { name: '_time', type: 'timestamp_ns' },
    { name: '_subsort', type: 'u64' },
    { name: '_key_hash', type: 'u64' },
    { name: '_key', type: printType(keyType) },
    ...fields.map((field) => ({ name: field.name, type: printType(field.type) })),
  ];
}
