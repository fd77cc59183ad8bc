/** Leaves out the runs that cannot hold rows of a range of the merged order, by their times alone. */
import type { RunRef } from '../../shared/storage/sorted-run.ts';

export interface PrunedRuns {
  /** Per source the runs that are left, in order. */
  readonly sources: readonly (readonly RunRef[])[];
  /** Rows of left-out runs that lie before the range. */
  readonly rowsBefore: number;
}

/**
 * All rows of a run lie before global row number `upper` and at or after `lower`:
 *
 *   upper(run) = rows of all runs that start no later than it ends      lower(run) = rows of all that end before it starts
 *
 * so it is left out when upper ≤ rowStart or lower ≥ rowEnd. Runs of one source follow each other in time, so what is left
 * of a source is consecutive. O(runs · log runs), no request.
 */
export function pruneRuns(
  sources: readonly (readonly RunRef[])[],
  rowStart: number,
  rowEnd: number,
): PrunedRuns {
  const runs = sources.flat();
  const byStart = cumulative(runs, (run) => run.minTime);
  const byEnd = cumulative(runs, (run) => run.maxTime);
  let rowsBefore = 0;
  const kept = sources.map((source) =>
    source.filter((run) => {
      if (byStart.rowsUpTo(BigInt(run.maxTime)) <= rowStart) {
        rowsBefore += run.rows;
        return false;
      }
      return byEnd.rowsUpTo(BigInt(run.minTime) - 1n) < rowEnd;
    }),
  );
  return { sources: kept.filter((source) => source.length > 0), rowsBefore };
}

/** Rows of the runs whose `timeOf` is at most a given time. */
function cumulative(
  runs: readonly RunRef[],
  timeOf: (run: RunRef) => string,
): { rowsUpTo(time: bigint): number } {
  const sorted = runs
    .map((run) => ({ time: BigInt(timeOf(run)), rows: run.rows }))
    .sort((left, right) => (left.time < right.time ? -1 : left.time > right.time ? 1 : 0));
  const sums = [0];
  for (const { rows } of sorted) sums.push(sums[sums.length - 1]! + rows);
  return {
    rowsUpTo: (time) => {
      let low = 0;
      let high = sorted.length;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (sorted[middle]!.time <= time) low = middle + 1;
        else high = middle;
      }
      return sums[low]!;
    },
  };
}
