/** A merge task: rows [rowStart, rowEnd) of a result in the total order, from sorted runs to one object. */
import { assert } from '../../shared/base/assert.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import type { RunRef } from '../../shared/storage/sorted-run.ts';
import type { DataType, Field } from '../../shared/types/data-type.ts';
import type { FileFormat } from '../../shared/wire/query-request.ts';
import { openFormat } from './format/open-format.ts';
import type { RowGroup } from './format/result-format.ts';
import { gatherRowGroup, locateSplit, readBatch } from './gather.ts';
import { openSources } from './merge-source.ts';
import { PartWriter } from './part-writer.ts';
import type { PartDraft, PartInfo } from './part-writer.ts';
import { pruneRuns } from './prune-runs.ts';
import { Scratch } from '../scratch.ts';
import { SplitWindows } from './split-window.ts';

/** Rows that are read and merged at once, if they fit: fewer and longer reads than row group by row group. */
const BATCH_ROWS = 1 << 20;
/** Bytes of runs that a batch may hold; a single row group may be more. */
const BATCH_BYTES = 256 << 20;

export interface MergePartOptions {
  readonly store: ObjectStore;
  /** Each source is in order by itself: consecutive runs. Rows of two sources never tie. */
  readonly sources: readonly (readonly RunRef[])[];
  /** Global row numbers in the total order of all sources. rowStart is a multiple of rowGroupRows; rowEnd too, or the end. */
  readonly rowStart: number;
  readonly rowEnd: number;
  /** The same for all parts of a result. */
  readonly rowGroupRows: number;
  readonly fields: readonly Field[];
  readonly keyType: DataType;
  readonly format: FileFormat;
  readonly timestamps: 'ns' | 'us';
  /** `file`: a piece of a file that `assembleFile` puts together. `folder`: a complete file. */
  readonly layout: 'file' | 'folder';
  /** The object to write; belongs to the caller's attempt. */
  readonly partKey: string;
  /** Of a piece. */
  readonly draft?: PartDraft | null;
  /** Called after every row group with its rows: progress, for heartbeats. */
  readonly onRows?: (rows: number) => void;
  readonly signal?: AbortSignal;
}

/** Same total order, same bytes: however the rows are spread over sources and runs. Memory: one batch. */
export async function mergePart(options: MergePartOptions): Promise<PartInfo> {
  const { store, rowStart, rowEnd, rowGroupRows, fields, keyType, timestamps, layout } = options;
  assert(rowStart % rowGroupRows === 0, 'merge: parts are cut at row groups');
  const format = await openFormat(options.format, { keyType, fields, timestamps });
  const { partKey: key, draft = null } = options;
  const part = await PartWriter.open({ store, key, format, layout, draft });
  try {
    for await (const group of mergedRowGroups(options)) {
      await part.write(group);
      options.onRows?.(group.length);
    }
    return await part.finish(rowStart, rowEnd);
  } catch (error) {
    await part.abort();
    throw error;
  }
}

/** The row groups of the part in order; all but the last have rowGroupRows rows. Each is good until the next is asked for. */
async function* mergedRowGroups(options: MergePartOptions): AsyncGenerator<RowGroup> {
  const { rowStart, rowEnd } = options;
  if (rowStart === rowEnd) return;
  const scratch = new Scratch();
  yield* mergeBatches(options, scratch);
  scratch.giveBack();
}

async function* mergeBatches(
  options: MergePartOptions,
  scratch: Scratch,
): AsyncGenerator<RowGroup> {
  const { rowStart, rowEnd, rowGroupRows, signal } = options;
  const pruned = pruneRuns(options.sources, rowStart, rowEnd);
  const { sources, samples } = await openSources(options.store, pruned.sources);
  const windows = new SplitWindows(samples);
  const first = rowStart - pruned.rowsBefore;
  const last = rowEnd - pruned.rowsBefore;
  const batchRows = batchRowsOf(pruned.sources.flat(), rowGroupRows);
  let from = await locateSplit(sources, windows.find(first), first, scratch);
  for (let row = first; row < last;) {
    const end = Math.min(row + batchRows, last);
    const { batch, to } = await readBatch(
      sources,
      from,
      windows.find(end).high,
      end,
      options,
      scratch,
    );
    for (let at = 0; at < batch.rows; at += rowGroupRows) {
      signal?.throwIfAborted();
      yield gatherRowGroup(batch, at, Math.min(at + rowGroupRows, batch.rows), scratch);
    }
    from = to;
    row = end;
  }
}

function batchRowsOf(runs: readonly RunRef[], rowGroupRows: number): number {
  let rows = 0;
  let bytes = 0;
  for (const run of runs) {
    rows += run.rows;
    bytes += run.bytes;
  }
  const groupBytes = (bytes / rows) * rowGroupRows;
  const groups = Math.min(BATCH_ROWS / rowGroupRows, BATCH_BYTES / groupBytes);
  return Math.max(1, Math.floor(groups)) * rowGroupRows;
}
