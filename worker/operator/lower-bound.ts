/** Binary search in ascending times. */

/** The first index in [start, end) whose time is at least `time`, or `end`. */
export function lowerBound(times: BigInt64Array, time: bigint, start: number, end: number): number {
  let low = start;
  let high = end;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (times[middle]! < time) low = middle + 1;
    else high = middle;
  }
  return low;
}
