/** Merging of runs of rows that each are in order of (time, subsort): what several producers sent to one cell. */
import { wordsOf } from '../../shared/base/compare-words.ts';
import { identityOrder } from './sort.ts';

/** Orders two rows of equal (time, subsort): negative if `left` comes first. */
export type CompareTies = (left: number, right: number) => number;

/** Where rows of runs are on their way through the passes of a merge. */
interface Lane {
  /** Row number. */
  readonly row: Int32Array;
  /** The time of the row rounded to a double, which keeps the order but for ties. */
  readonly key: Float64Array;
}

/**
 * The order of rows by (time, subsort), and by `ties` among equals; rows that still tie keep their order. Run r is rows
 * starts[r] … starts[r + 1] − 1 and in that order by itself. Null: the rows are in order as they stand.
 * O(rows × log runs).
 */
export function mergeRuns(
  time: BigInt64Array,
  subsort: BigUint64Array,
  starts: readonly number[],
  ties: CompareTies,
): Int32Array | null {
  let edges = starts.filter((start, run) => run === 0 || start > starts[run - 1]!);
  if (edges.length <= 2) return null;
  const rows = edges.at(-1)!;
  const before = orderOf(wordsOf(time), wordsOf(subsort), ties);
  let from: Lane = { row: identityOrder(rows), key: roundedTimes(wordsOf(time), rows) };
  let to: Lane = { row: new Int32Array(rows), key: new Float64Array(rows) };
  while (edges.length > 2) {
    const merged = [0];
    for (let run = 0; run + 1 < edges.length; run += 2) {
      const end = edges[run + 2] ?? edges[run + 1]!;
      mergePair(from, to, edges[run]!, edges[run + 1]!, end, before);
      merged.push(end);
    }
    edges = merged;
    [from, to] = [to, from];
  }
  return from.row;
}

/** Merges from.row[start … middle) and from.row[middle … end) to the same places of `to`. */
function mergePair(
  from: Lane,
  to: Lane,
  start: number,
  middle: number,
  end: number,
  isBefore: (left: number, right: number) => boolean,
): void {
  const { row, key } = from;
  const outRow = to.row;
  const outKey = to.key;
  let left = start;
  let right = middle;
  let out = start;
  while (left < middle && right < end) {
    const leftKey = key[left]!;
    const rightKey = key[right]!;
    if (rightKey < leftKey || (rightKey === leftKey && isBefore(row[right]!, row[left]!))) {
      outRow[out] = row[right]!;
      outKey[out++] = rightKey;
      right++;
    } else {
      outRow[out] = row[left]!;
      outKey[out++] = leftKey;
      left++;
    }
  }
  outRow.set(row.subarray(left, middle), out);
  outKey.set(key.subarray(left, middle), out);
  out += middle - left;
  outRow.set(row.subarray(right, end), out);
  outKey.set(key.subarray(right, end), out);
}

/** Rounding is monotonic: doubles that differ are in the order of the times. */
function roundedTimes(time: Uint32Array, rows: number): Float64Array {
  const out = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    out[row] = (time[row * 2 + 1]! | 0) * 0x1_0000_0000 + time[row * 2]!;
  }
  return out;
}

/** Whether row `left` comes strictly before row `right`, exactly. */
function orderOf(
  time: Uint32Array,
  subsort: Uint32Array,
  ties: CompareTies,
): (left: number, right: number) => boolean {
  return (left, right) => {
    const leftHigh = time[left * 2 + 1]! | 0;
    const rightHigh = time[right * 2 + 1]! | 0;
    if (leftHigh !== rightHigh) return leftHigh < rightHigh;
    if (time[left * 2] !== time[right * 2]) return time[left * 2]! < time[right * 2]!;
    const leftSubsort = subsort[left * 2 + 1]!;
    const rightSubsort = subsort[right * 2 + 1]!;
    if (leftSubsort !== rightSubsort) return leftSubsort < rightSubsort;
    if (subsort[left * 2] !== subsort[right * 2]) return subsort[left * 2]! < subsort[right * 2]!;
    return ties(left, right) < 0;
  };
}
