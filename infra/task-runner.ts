/** Puts a task runner together from plain data: its store, the source files and the outputs. */
import type { ObjectStore } from '../shared/storage/object-store.ts';
import { openStore } from '../shared/storage/open-store.ts';
import { TaskRunner } from '../worker/task.ts';
import { createOutputs } from './output-access.ts';
import { createOpenFile } from './source-access.ts';
import type { WorkerThreadData } from './thread-protocol.ts';

/** `store`: used instead of opening the configured one, which a store in memory cannot be. */
export async function openTaskRunner(
  data: WorkerThreadData,
  onProgress: (rows: number) => void,
  store?: ObjectStore,
): Promise<TaskRunner> {
  const opened = store ?? (await openStore(data.store));
  return new TaskRunner({
    store: opened,
    openFile: createOpenFile(opened, data.s3),
    outputs: createOutputs(data.s3),
    engine: data.engine,
    onProgress,
  });
}
