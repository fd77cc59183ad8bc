/** Objects of rows that wait beyond their slice: which of them are written as one, so that a cell never opens many. */

/** Objects that one operator of a cell refers to. Each costs a request when a cell begins. */
export const WAITING_OBJECTS_MAX = 32;

/**
 * How many of the oldest objects stay as they are, given the rows of each, oldest first; the rows of the others are to be
 * written with the new ones. At the limit at least half are, and on as long as the next is no larger than all of them
 * together: a row is rewritten about log(rows) times at most.
 */
export function objectsKept(rows: readonly number[]): number {
  if (rows.length < WAITING_OBJECTS_MAX) return rows.length;
  const half = WAITING_OBJECTS_MAX / 2;
  let kept = rows.length;
  let merged = 0;
  while (kept > 0 && (rows.length - kept < half || rows[kept - 1]! <= merged)) {
    merged += rows[--kept]!;
  }
  return kept;
}
