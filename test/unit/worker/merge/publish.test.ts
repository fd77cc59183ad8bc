/** Publishing a result: an output of someone else is kept, one of our own crashed attempt is replaced. */
import { describe, expect, it } from 'vitest';
import { putJsonIfAbsent } from '../../../../shared/storage/json-object.ts';
import { openMemoryStore } from '../../../../shared/storage/memory-store.ts';
import type { ObjectStore } from '../../../../shared/storage/object-store.ts';
import type { RunSpec } from '../../../../shared/plan/run-spec.ts';
import type { Task } from '../../../../shared/queue/task-queue.ts';
import { runPublishTask } from '../../../../worker/merge/merge-tasks.ts';

const OUTPUT = {
  path: 'out.csv',
  overwrite: false,
  format: 'csv',
  layout: 'file',
  timestamps: 'ns',
} as const;

/** Publishes a result without rows to `out.csv`, which stands in `outputs`. */
async function publish(store: ObjectStore, outputs: ObjectStore, attempt: number): Promise<void> {
  const keyType = { kind: 'string' } as const;
  const merge = { sources: [], keyType, fields: [], rowGroupRows: 8, output: OUTPUT, parts: [] };
  await putJsonIfAbsent(store, 'runs/r1/merge.json', merge);
  const task: Task = { id: `t${attempt}`, runId: 'r1', kind: 'publish', name: 'publish', attempt };
  const openOutput = (): ReturnType<ObjectStore['openWriter']> => outputs.openWriter('out.csv');
  // Of the spec, publishing reads the output alone.
  const spec = { output: OUTPUT } as RunSpec;
  await runPublishTask(task, { store, openOutput, onProgress: () => undefined }, spec);
}

describe('publishing', () => {
  it('refuses a path where somebody else put a file, and leaves that file', async () => {
    const outputs = openMemoryStore();
    await outputs.put('out.csv', [Buffer.from('theirs')]);
    const store = openMemoryStore();
    for (const attempt of [1, 2]) {
      const refused = publish(store, outputs, attempt);
      await expect(refused).rejects.toMatchObject({ code: 'RESULT_EXISTS' });
    }
    expect(Buffer.from(await outputs.get('out.csv')).toString()).toBe('theirs');
  });

  it('goes on after a crash between the file and its record', async () => {
    const outputs = openMemoryStore();
    const store = openMemoryStore();
    await publish(store, outputs, 1);
    // The record was never written: only the file and the intent are there.
    await store.delete(['runs/r1/result.json']);
    await publish(store, outputs, 2);
    expect(await store.head('runs/r1/result.json')).not.toBeNull();
    expect(Buffer.from(await outputs.get('out.csv')).toString()).toBe(
      '_time,_subsort,_key_hash,_key\n',
    );
  });
});
