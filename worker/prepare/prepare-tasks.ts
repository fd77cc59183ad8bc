/** The tasks of preparing a table version: inspect one file, or make one segment of a part of it. */
import { AppError } from '../../shared/base/app-error.ts';
import type { Task } from '../../shared/queue/task-queue.ts';
import { getJson, putJsonIfAbsent } from '../../shared/storage/json-object.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import type {
  InspectRecord,
  PreparePlan,
  PrepareSpec,
} from '../../shared/storage/prepare-records.ts';
import { parsePartName, partName, tablePrefix } from '../../shared/storage/prepare-records.ts';
import type { ManifestFile } from '../../shared/storage/table-manifest.ts';
import type { FileAccess } from './file-access.ts';
import { prepareSegment } from './prepare-task.ts';
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
  const { file } = parseName(task);
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
  const { file, part } = parseName(task);
  const source = spec.files[file]!;
  const filePlan = plan.files[file]!;
  const access = await context.openFile(source);
  try {
    const info = await prepareSegment({
      store,
      segmentKey: `${prefix}/segments/${partName(file, part)}-a${task.attempt}`,
      format: await openSourceFormat(source.format),
      file: access,
      fileSchema: filePlan.schema,
      part: filePlan.parts[part]!,
      table: { ...spec, schema: plan.schema },
      fileBase: BigInt(filePlan.base),
      onProgress: context.onProgress,
    });
    await putJsonIfAbsent(store, `${prefix}/parts/${task.name}.json`, info);
  } finally {
    await access.close();
  }
}

function parseName(task: Task): { readonly file: number; readonly part: number } {
  const parsed = parsePartName(task.name);
  if (parsed === null) throw new AppError('bug', 'TASK_NAME', `no part is named ${task.name}`);
  return parsed;
}
