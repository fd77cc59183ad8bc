/** Publishing a result: an output of someone else is kept, one of our own crashed attempt is replaced. */
import { describe, expect, it } from 'vitest';
import { putJsonIfAbsent } from '../../../../shared/storage/json-object.ts';
import { openMemoryStore } from '../../../../shared/storage/memory-store.ts';
import type { ObjectStore } from '../../../../shared/storage/object-store.ts';
import type { RunSpec } from '../../../../shared/plan/run-spec.ts';
import type { Task } from '../../../../shared/queue/task-queue.ts';
import type { Outputs } from '../../../../worker/merge/merge-tasks.ts';
import { runPublishTask } from '../../../../worker/merge/merge-tasks.ts';

const OUTPUT = {
  path: 'out.csv',
  overwrite: false,
  format: 'csv',
  layout: 'file',
  timestamps: 'ns',
} as const;

/** Outputs that are the objects of a store. */
function outputsIn(store: ObjectStore): Outputs {
  return {
    open: (uri) => store.openWriter(uri),
    read: async (uri) => {
      const isThere = (await store.head(uri)) !== null;
      return isThere ? new TextDecoder().decode(await store.get(uri)) : null;
    },
    remove: (uris) => store.delete(uris),
  };
}

/** Publishes a result without rows to `out.csv`, which stands in `outputs`. */
async function publish(store: ObjectStore, outputs: ObjectStore, attempt: number): Promise<void> {
  const keyType = { kind: 'string' } as const;
  const merge = { sources: [], keyType, fields: [], rowGroupRows: 8, output: OUTPUT, parts: [] };
  await putJsonIfAbsent(store, 'runs/r1/merge.json', merge);
  const task: Task = { id: `t${attempt}`, runId: 'r1', kind: 'publish', name: 'publish', attempt };
  // Of the spec, publishing reads the output alone.
  const spec = { output: OUTPUT } as RunSpec;
  await runPublishTask(
    task,
    { store, outputs: outputsIn(outputs), onProgress: () => undefined },
    spec,
  );
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

describe('a folder of parts', () => {
  const output = { ...OUTPUT, path: 'out', overwrite: true, layout: 'folder' } as const;

  async function publishParts(
    run: string,
    outputs: ObjectStore,
    texts: readonly string[],
    store = openMemoryStore(),
  ): Promise<ObjectStore> {
    const parts = texts.map(() => ({ rowStart: 0, rowEnd: 0 }));
    await putJsonIfAbsent(store, `runs/${run}/merge.json`, { parts, output });
    for (const [at, text] of texts.entries()) {
      const key = `runs/${run}/data/m${at}`;
      await store.put(key, [Buffer.from(text)]);
      const info = { key, bytes: text.length, rowStart: 0, rowEnd: 0 };
      await putJsonIfAbsent(store, `runs/${run}/parts/m${at}.json`, info);
    }
    const task: Task = { id: 't', runId: run, kind: 'publish', name: 'publish', attempt: 1 };
    const context = { store, outputs: outputsIn(outputs), onProgress: () => undefined };
    await runPublishTask(task, context, { output } as RunSpec);
    return store;
  }

  async function namesIn(outputs: ObjectStore): Promise<string[]> {
    const names: string[] = [];
    for await (const { key } of outputs.list('out/')) names.push(key.slice('out/'.length));
    return names;
  }

  it('that is replaced keeps no part of the earlier result, and all files that are not ours', async () => {
    const outputs = openMemoryStore();
    await outputs.put('out/notes.txt', [Buffer.from('mine')]);
    await publishParts('r1', outputs, ['a', 'b', 'c']);
    expect(await namesIn(outputs)).toEqual([
      '_manifest.json',
      'notes.txt',
      'part-00000.csv',
      'part-00001.csv',
      'part-00002.csv',
    ]);
    const store = await publishParts('r2', outputs, ['d']);
    const left = ['_manifest.json', 'notes.txt', 'part-00000.csv'];
    expect(await namesIn(outputs)).toEqual(left);
    // An attempt that died before it removed them left its intent: the next one knows what to remove.
    await outputs.put('out/part-00002.csv', [Buffer.from('c')]);
    await store.delete(['runs/r2/result.json']);
    await publishParts('r2', outputs, ['d'], store);
    expect(await namesIn(outputs)).toEqual(left);
  });
});
