/** One source of a merge: consecutive sorted runs read as if they were one, opened once. */
import { assert } from '../../shared/base/assert.ts';
import { mapLimited } from '../../shared/base/map-limited.ts';
import { openSortedRun } from '../../shared/storage/sorted-run.ts';
import type { RunRef, RunSamples, SortedRun } from '../../shared/storage/sorted-run.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import type { Samples } from './split-window.ts';
import { SAMPLE_ROWS } from '../../shared/storage/sorted-run.ts';

/** Objects that are opened or read at a time: enough to hide the latency of a distant store. */
export const READS_MAX = 16;

/** Rows from … to − 1 of one run. */
export interface RunExtent {
  readonly run: SortedRun;
  readonly from: number;
  readonly to: number;
}

export interface MergeSource {
  readonly rows: number;
  readonly runs: readonly SortedRun[];
  /** Row number in the source of each run's row 0. */
  readonly offsets: readonly number[];
}

/** Opens every run of every source and reads its samples. Empty sources are not allowed. */
export async function openSources(
  store: ObjectStore,
  sources: readonly (readonly RunRef[])[],
): Promise<{ readonly sources: readonly MergeSource[]; readonly samples: Samples }> {
  const refs = sources.flat();
  const opened = await mapLimited(refs, READS_MAX, async (ref) => {
    const run = await openSortedRun(store, ref);
    assert(run.rows === ref.rows, `run \`${ref.key}\` has the rows of its record`);
    return { run, samples: await run.samples() };
  });
  let next = 0;
  const samples: RunSamples[] = [];
  const merged = sources.map((source): MergeSource => {
    const runs: SortedRun[] = [];
    const offsets: number[] = [];
    let rows = 0;
    for (const ref of source) {
      const { run, samples: runSamples } = opened[next++]!;
      runs.push(run);
      offsets.push(rows);
      samples.push(runSamples);
      rows += ref.rows;
    }
    return { rows, runs, offsets };
  });
  return { sources: merged, samples: joinSamples(merged, samples) };
}

function joinSamples(sources: readonly MergeSource[], samples: readonly RunSamples[]): Samples {
  const count = samples.reduce((sum, { time }) => sum + time.length, 0);
  const keys = {
    time: new BigInt64Array(count),
    subsort: new BigUint64Array(count),
    // A sample has its own hash.
    entity: Int32Array.from({ length: count }, (_, sample) => sample),
    hash: new BigUint64Array(count),
  };
  const position = new Float64Array(count);
  const starts = new Int32Array(sources.length);
  const ends = new Int32Array(sources.length);
  let at = 0;
  let run = 0;
  sources.forEach((source, index) => {
    starts[index] = at;
    for (const offset of source.offsets) {
      const part = samples[run++]!;
      keys.time.set(part.time, at);
      keys.subsort.set(part.subsort, at);
      keys.hash.set(part.hash, at);
      for (let sample = 0; sample < part.time.length; sample++) {
        position[at + sample] = offset + sample * SAMPLE_ROWS;
      }
      at += part.time.length;
    }
    ends[index] = at;
  });
  const rows = Float64Array.from(sources, (source) => source.rows);
  return { keys, starts, ends, position, rows };
}

/** The runs that hold rows from … to − 1 of a source, in order. */
export function extentsOf(source: MergeSource, from: number, to: number): RunExtent[] {
  const extents: RunExtent[] = [];
  source.runs.forEach((run, index) => {
    const offset = source.offsets[index]!;
    const start = Math.max(from - offset, 0);
    const end = Math.min(to - offset, run.rows);
    if (start < end) extents.push({ run, from: start, to: end });
  });
  return extents;
}
