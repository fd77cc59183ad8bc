/** The tasks of preparing a table version: inspect one file, or make the segment of a part and a set of its columns. */
import { AppError } from '../../shared/base/app-error.ts';
import type { Task } from '../../shared/queue/task-queue.ts';
import { findJson, getJson, putJsonIfAbsent } from '../../shared/storage/json-object.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import type {
  ColumnSet,
  InspectRecord,
  PreparePlan,
  PrepareSpec,
} from '../../shared/storage/prepare-records.ts';
import {
  parseInspectName,
  parseTaskName,
  partName,
  tablePrefix,
} from '../../shared/storage/prepare-records.ts';
import type { ManifestFile, SegmentInfo } from '../../shared/storage/table-manifest.ts';
import type { FileAccess } from './file-access.ts';
import type { PrepareRequest } from './prepare-task.ts';
import { prepareColumns, prepareSegment } from './prepare-task.ts';
import { openSourceFormat } from './source-formats.ts';

/** Opens a source file; fails with class `data` if it is not the one that was registered. */
export type OpenFile = (file: ManifestFile) => Promise<FileAccess>;

export interface PrepareContext {
  readonly store: ObjectStore;
  readonly openFile: OpenFile;
  readonly onProgress: (rows: number) => void;
}

export async function runInspectTask(task: Task, context: PrepareContext): Promise<void> {
  const { store } = context;
  const recordKey = `${tablePrefix(task.runId)}/inspect/${task.name}.json`;
  const spec = await getJson<PrepareSpec>(store, `${tablePrefix(task.runId)}/spec.json`);
  const file = parseInspectName(task.name);
  if (file === null) throw unknownTask(task);
  const source = spec.files[file]!;
  const access = await context.openFile(source);
  try {
    const format = await openSourceFormat(source.format);
    const inspection = await format.inspect(access, { onBadRow: spec.onBadRow });
    const record: InspectRecord = inspection;
    await putJsonIfAbsent(store, recordKey, record);
  } finally {
    await access.close();
  }
}

export async function runPrepareTask(task: Task, context: PrepareContext): Promise<void> {
  const { store } = context;
  const prefix = tablePrefix(task.runId);
  const spec = await getJson<PrepareSpec>(store, `${prefix}/spec.json`);
  const plan = await getJson<PreparePlan>(store, `${prefix}/plan.json`);
  const named = parseTaskName(task.name);
  if (named === null) throw unknownTask(task);
  const { file, part, set } = named;
  const name = partName(file, part);
  const { columns } = await getJson<ColumnSet>(store, `${prefix}/sets/${set}/plan.json`);
  const columnsKey = `${prefix}/sets/${set}/columns/${name}-a${task.attempt}`;
  const source = spec.files[file]!;
  const filePlan = plan.files[file]!;
  const access = await context.openFile(source);
  try {
    const request: PrepareRequest = {
      store,
      format: await openSourceFormat(source.format),
      file: access,
      fileSchema: filePlan.schema,
      part: filePlan.parts[part]!,
      table: { ...spec, schema: plan.schema },
      fileBase: BigInt(filePlan.base),
      columns,
      columnsKey,
      onProgress: context.onProgress,
    };
    const infoKey = `${prefix}/parts/${name}.json`;
    const columnsInfoKey = `${prefix}/sets/${set}/parts/${name}.json`;
    const known = await findJson<SegmentInfo>(store, infoKey);
    if (known === null) {
      const segmentKey = `${prefix}/segments/${name}-a${task.attempt}`;
      const prepared = await prepareSegment(request, segmentKey);
      await putJsonIfAbsent(store, infoKey, prepared.segment);
      await putJsonIfAbsent(store, columnsInfoKey, prepared.columns);
    } else await putJsonIfAbsent(store, columnsInfoKey, await prepareColumns(request, known.key));
  } finally {
    await access.close();
  }
}

function unknownTask(task: Task): AppError {
  return new AppError('bug', 'TASK_NAME', `no task of preparing is named ${task.name}`);
}
