/** The last tasks of a run: merge parts of the result, then publish them where the user asked. */
import { AppError } from '../../shared/base/app-error.ts';
import type { MergeSpec } from '../../shared/plan/merge-spec.ts';
import { mergeName, parseMergeName } from '../../shared/plan/merge-spec.ts';
import type { PublishedResult, RunSpec } from '../../shared/plan/run-spec.ts';
import { partNames, RESULT_MANIFEST, runPrefix } from '../../shared/plan/run-spec.ts';
import type { Task } from '../../shared/queue/task-queue.ts';
import { findJson, getJson, putJsonIfAbsent } from '../../shared/storage/json-object.ts';
import type { ObjectStore, ObjectWriter } from '../../shared/storage/object-store.ts';
import { openDraft } from './draft.ts';
import { mergePart } from './merge-task.ts';
import type { PartInfo } from './part-writer.ts';
import { assembleFile } from './publish-file.ts';

/** Files at places that users name: paths or s3:// URIs. */
export interface Outputs {
  /** Nothing is visible before `finish`. */
  open(uri: string): Promise<ObjectWriter>;
  /** A small file; null if there is none. */
  read(uri: string): Promise<string | null>;
  remove(uris: readonly string[]): Promise<void>;
}

export interface MergeContext {
  readonly store: ObjectStore;
  readonly outputs: Outputs;
  readonly onProgress: (rows: number) => void;
}

const EXTENSION = { parquet: 'parquet', csv: 'csv', jsonl: 'jsonl', arrow: 'arrow' } as const;
const COPY_BYTES = 8 << 20;

export async function runMergeTask(task: Task, context: MergeContext): Promise<void> {
  const { store } = context;
  const part = parseMergeName(task.name);
  if (part === null) throw new AppError('bug', 'TASK_NAME', `no part is named ${task.name}`);
  const prefix = runPrefix(task.runId);
  const merge = await getJson<MergeSpec>(store, `${prefix}/merge.json`);
  const { rowStart, rowEnd } = merge.parts[part]!;
  const file = openDraft(store, prefix);
  let rows = 0;
  const info = await mergePart({
    store,
    sources: merge.sources,
    rowStart,
    rowEnd,
    rowGroupRows: merge.rowGroupRows,
    fields: merge.fields,
    keyType: merge.keyType,
    format: merge.output.format,
    timestamps: merge.output.timestamps,
    layout: merge.output.layout,
    partKey: `${prefix}/data/${task.name}-a${task.attempt}`,
    draft: file !== null && merge.output.layout === 'file' ? { file, part } : null,
    onRows: (count) => context.onProgress((rows += count)),
  });
  await putJsonIfAbsent(store, `${prefix}/parts/${task.name}.json`, info);
}

/** Writes the result's files and then its manifest: the one conditional put that makes the result visible. */
export async function runPublishTask(
  task: Task,
  context: MergeContext,
  spec: RunSpec,
): Promise<void> {
  const { store } = context;
  const prefix = runPrefix(task.runId);
  // An earlier attempt may have done it: its files are the result, not in the way of it.
  if ((await store.head(`${prefix}/result.json`)) !== null) return;
  const merge = await getJson<MergeSpec>(store, `${prefix}/merge.json`);
  const parts: PartInfo[] = [];
  for (const part of merge.parts.keys()) {
    parts.push(await getJson<PartInfo>(store, `${prefix}/parts/${mergeName(part)}.json`));
  }
  // Once said, what stands at the path is ours: a retry after a crash may find its predecessor's file there.
  const intent = `${prefix}/publishing.json`;
  const earlier = await findJson<PublishIntent>(store, intent);
  const { output } = spec;
  const replaces = output.overwrite || output.path === null || earlier !== null;
  // The file there is somebody else's: no later attempt may take it for ours.
  const withdraw = (): Promise<void> => store.delete([intent]);
  const extension = EXTENSION[output.format];
  const place = (name: string): string => {
    if (output.path === null) return `${prefix}/result/${name}`;
    return output.layout === 'file' ? output.path : inFolder(output.path, name);
  };
  const open = (name: string): Promise<ObjectWriter> =>
    output.path === null ? store.openWriter(place(name)) : context.outputs.open(place(name));
  const files: { uri: string; bytes: number; rows: number }[] = [];
  if (output.layout === 'file') {
    const name = `result.${extension}`;
    const writer = await open(name);
    try {
      const { fields, keyType } = merge;
      const written = await assembleFile({
        store,
        pieces: parts,
        writer,
        draft: openDraft(store, prefix),
        format: output.format,
        schema: { keyType, fields, timestamps: output.timestamps },
      });
      await putJsonIfAbsent(store, intent, {
        attempt: task.attempt,
        replaced: [],
      } satisfies PublishIntent);
      await finish(writer, place(name), replaces, withdraw);
      files.push({ uri: place(name), ...written });
    } catch (error) {
      await writer.abort();
      throw error;
    }
  } else {
    for (const [at, part] of parts.entries()) {
      const name = `part-${String(at).padStart(5, '0')}.${extension}`;
      const writer = await open(name);
      try {
        for (let from = 0; from < part.bytes; from += COPY_BYTES) {
          const length = Math.min(COPY_BYTES, part.bytes - from);
          await writer.write(await store.getRange(part.key, from, length));
        }
        // Parts of an unpublished attempt may be there: a folder counts only with its manifest.
        await finish(writer, place(name), true);
      } catch (error) {
        await writer.abort();
        throw error;
      }
      files.push({ uri: place(name), bytes: part.bytes, rows: part.rowEnd - part.rowStart });
    }
  }
  const result: PublishedResult = { version: 1, runId: task.runId, files };
  if (output.layout === 'folder') {
    const replaced = earlier?.replaced ?? (await partsThere(output.path, context.outputs));
    const writer = await open(RESULT_MANIFEST);
    await writer.write(new TextEncoder().encode(`${JSON.stringify(result, null, 2)}\n`));
    await putJsonIfAbsent(store, intent, {
      attempt: task.attempt,
      replaced,
    } satisfies PublishIntent);
    await finish(writer, place(RESULT_MANIFEST), replaces, withdraw);
    const written = new Set(files.map(({ uri }) => uri));
    await context.outputs.remove(replaced.map(place).filter((uri) => !written.has(uri)));
  }
  await putJsonIfAbsent(store, `${prefix}/result.json`, result);
}

/** What stands in the store before a result is made visible. */
interface PublishIntent {
  readonly attempt: number;
  /** Parts of the result that stood in the folder before: those that are not written again are removed after. */
  readonly replaced: readonly string[];
}

/** Names of the parts that the manifest in a user's folder tells of. */
async function partsThere(folder: string | null, outputs: Outputs): Promise<readonly string[]> {
  const text = folder === null ? null : await outputs.read(inFolder(folder, RESULT_MANIFEST));
  return text === null ? [] : partNames(text);
}

function inFolder(folder: string, name: string): string {
  return `${folder.replace(/\/+$/, '')}/${name}`;
}

async function finish(
  writer: ObjectWriter,
  uri: string,
  replace: boolean,
  onLost: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const outcome = await writer.finish({ ifAbsent: !replace });
  if (outcome === 'won') return;
  await onLost();
  throw new AppError(
    'user',
    'RESULT_EXISTS',
    `${uri} exists; use --overwrite to replace it, or another path`,
  );
}
