/** The draft of a result file: the same file whatever order its parts were done in, and whoever takes the draft. */
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createOutputs } from '../../../../infra/output-access.ts';
import type { RunSpec } from '../../../../shared/plan/run-spec.ts';
import type { Task } from '../../../../shared/queue/task-queue.ts';
import { openFileStore } from '../../../../shared/storage/file-store.ts';
import { getJson, putJsonIfAbsent } from '../../../../shared/storage/json-object.ts';
import { openMemoryStore } from '../../../../shared/storage/memory-store.ts';
import type { ObjectStore } from '../../../../shared/storage/object-store.ts';
import { F64, STRING } from '../../../../shared/types/data-type.ts';
import { runMergeTask, runPublishTask } from '../../../../worker/merge/merge-tasks.ts';
import type { Outputs } from '../../../../worker/merge/merge-tasks.ts';
import type { PartInfo } from '../../../../worker/merge/part-writer.ts';
import { spread, writeSource } from './sources.ts';

const GROUP_ROWS = 8;
const ROWS = 4 * GROUP_ROWS - 3;
const DRAFT = 'runs/r1/data/draft';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'draft-'));
});
afterEach(() => rm(folder, { recursive: true }));

const output = (): RunSpec['output'] => ({
  path: join(folder, 'out', 'result.csv'),
  overwrite: false,
  format: 'csv',
  layout: 'file',
  timestamps: 'ns',
});

function task(kind: Task['kind'], name: string, attempt: number): Task {
  return { id: `${name}-${attempt}`, runId: 'r1', kind, name, attempt };
}

async function startRun(store: ObjectStore): Promise<void> {
  const rows = Array.from({ length: ROWS }, (_, index) => {
    const hash = BigInt(index % 3) * 0x1555_5555_5555_5555n + 3n;
    return { time: BigInt(index), subsort: 0n, hash, ordinal: 0 };
  });
  const sources = await Promise.all(
    spread(rows, 2).map((source, index) => writeSource(store, `s${index}`, source, 100)),
  );
  const fields = [
    { name: 'n', type: F64 },
    { name: 'label', type: STRING },
  ];
  const parts = Array.from({ length: 4 }, (_, part) => ({
    rowStart: part * GROUP_ROWS,
    rowEnd: Math.min(ROWS, (part + 1) * GROUP_ROWS),
  }));
  const merge = { sources, keyType: STRING, fields, rowGroupRows: GROUP_ROWS, parts };
  await putJsonIfAbsent(store, 'runs/r1/merge.json', { ...merge, output: output() });
}

const context = (store: ObjectStore, outputs: Outputs = createOutputs(null)) => ({
  store,
  outputs,
  onProgress: () => undefined,
});

async function mergeParts(store: ObjectStore, order: readonly number[]): Promise<void> {
  for (const part of order) await runMergeTask(task('merge', `m${part}`, 1), context(store));
}

async function publish(store: ObjectStore, outputs?: Outputs): Promise<string> {
  const spec = { output: output() } as RunSpec;
  await runPublishTask(task('publish', 'publish', 1), context(store, outputs), spec);
  return readFile(output().path!, 'utf8');
}

/** The file by a store that has no drafts. */
async function expected(): Promise<string> {
  const store = openMemoryStore();
  await startRun(store);
  await mergeParts(store, [0, 1, 2, 3]);
  const text = await publish(store);
  await rm(output().path!);
  return text;
}

async function draftedParts(store: ObjectStore): Promise<number[]> {
  const infos = await Promise.all(
    [0, 1, 2, 3].map((part) => getJson<PartInfo>(store, `runs/r1/parts/m${part}.json`)),
  );
  return [0, 1, 2, 3].filter((part) => infos[part]!.key === DRAFT);
}

describe('the draft of a result', () => {
  it.each([
    { order: [0, 1, 2, 3], drafted: [0, 1, 2, 3] },
    // Part 1 is done before the size of part 0 is known; 2 and 3 find both.
    { order: [1, 0, 2, 3], drafted: [0, 2, 3] },
    { order: [3, 2, 1, 0], drafted: [0] },
  ])('holds the parts that knew their place, done in order $order', async ({ order, drafted }) => {
    const text = await expected();
    const store = openFileStore(join(folder, 'store'));
    await startRun(store);
    await mergeParts(store, order);
    expect(await draftedParts(store)).toEqual(drafted);
    expect(await publish(store)).toBe(text);
    expect(await readdir(join(folder, 'out'))).toEqual(['result.csv']);
    // The run's objects go, the result stays.
    await store.delete([DRAFT]);
    expect(await readFile(output().path!, 'utf8')).toBe(text);
  });

  it('is copied to an output that cannot take it', async () => {
    const text = await expected();
    const store = openFileStore(join(folder, 'store'));
    await startRun(store);
    await mergeParts(store, [1, 0, 2, 3]);
    const outputs = createOutputs(null);
    const open: Outputs['open'] = async (uri) =>
      Object.assign(await outputs.open(uri), { adopt: () => Promise.resolve(false) });
    expect(await publish(store, { ...outputs, open })).toBe(text);
  });

  it('is written again by an attempt after one that died without a record', async () => {
    const text = await expected();
    const store = openFileStore(join(folder, 'store'));
    await startRun(store);
    await mergeParts(store, [0, 1]);
    await store.delete(['runs/r1/parts/m1.json']);
    await runMergeTask(task('merge', 'm1', 2), context(store));
    await mergeParts(store, [2, 3]);
    expect(await draftedParts(store)).toEqual([0, 1, 2, 3]);
    expect(await publish(store)).toBe(text);
  });

  it('does not replace a file of somebody else, and leaves nothing beside it', async () => {
    const theirs = await expected();
    await createOutputs(null)
      .open(output().path!)
      .then(async (writer) => {
        await writer.write(Buffer.from('theirs'));
        await writer.finish({ ifAbsent: true });
      });
    const store = openFileStore(join(folder, 'store'));
    await startRun(store);
    await mergeParts(store, [0, 1, 2, 3]);
    await expect(publish(store)).rejects.toMatchObject({ code: 'RESULT_EXISTS' });
    expect(await readFile(output().path!, 'utf8')).toBe('theirs');
    expect(await readdir(join(folder, 'out'))).toEqual(['result.csv']);
    await rm(output().path!);
    expect(await publish(store)).toBe(theirs);
  });

  it('is published again by an attempt after one that died before its record', async () => {
    const text = await expected();
    const store = openFileStore(join(folder, 'store'));
    await startRun(store);
    await mergeParts(store, [0, 1, 2, 3]);
    await publish(store);
    await store.delete(['runs/r1/result.json']);
    expect(await publish(store)).toBe(text);
    expect(await store.head('runs/r1/result.json')).not.toBeNull();
  });
});
