/** Times that cut a table's rows into batches of about equal size, from the time indices of its segments alone. */
import { lowerBound } from './lower-bound.ts';

/** Ascending times, each standing for about `weight` rows from it up to the next. */
export interface CutSource {
  readonly times: BigInt64Array;
  readonly weight: number;
}

/** An entry may stand for at most this part of a batch, where the index is fine enough. */
const ENTRIES_PER_BATCH = 16;

export function cutTimes(
  sources: readonly CutSource[],
  low: bigint | null,
  high: bigint | null,
  rows: number,
): bigint[] {
  const chosen = sources.map(({ times, weight }) => {
    const from = low === null ? 0 : lowerBound(times, low, 0, times.length);
    const to = high === null ? times.length : lowerBound(times, high, from, times.length);
    // Coarser where the index is finer than the batches need: the cost is that of the cuts, not of the index.
    const stride = Math.max(1, Math.floor(rows / ENTRIES_PER_BATCH / weight));
    const picked = new BigInt64Array(Math.ceil((to - from) / stride));
    for (let index = 0; index < picked.length; index++)
      picked[index] = times[from + index * stride]!;
    return { times: picked, weight: weight * stride };
  });
  const { times, weights } = mergeSources(chosen);
  const cuts: bigint[] = [];
  let pending = 0;
  let last = low;
  for (let index = 0; index < times.length; index++) {
    const time = times[index]!;
    // A source's rows before its first chosen entry belong to the batch that is open.
    if (pending >= rows && (last === null || time > last)) {
      cuts.push(time);
      last = time;
      pending = 0;
    }
    pending += weights[index]!;
  }
  return cuts;
}

function mergeSources(sources: readonly CutSource[]): {
  times: BigInt64Array;
  weights: Float64Array;
} {
  const length = sources.reduce((sum, { times }) => sum + times.length, 0);
  const times = new BigInt64Array(length);
  const weights = new Float64Array(length);
  const [only] = sources;
  if (only !== undefined && sources.length === 1) {
    times.set(only.times);
    weights.fill(only.weight);
    return { times, weights };
  }
  const entries: { readonly time: bigint; readonly weight: number }[] = [];
  for (const source of sources) {
    for (const time of source.times) entries.push({ time, weight: source.weight });
  }
  entries.sort((left, right) => (left.time < right.time ? -1 : left.time > right.time ? 1 : 0));
  for (const [index, entry] of entries.entries()) {
    times[index] = entry.time;
    weights[index] = entry.weight;
  }
  return { times, weights };
}
