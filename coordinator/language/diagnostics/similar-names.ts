/** Finds the names most like a misspelt one (language.md 9.1). */
import { SIMILAR_NAME_LENGTH_MAX } from '../limits.ts';

const SUGGESTION_COUNT_MAX = 5;

/** Up to five candidates by edit distance, then by code unit. Duplicates count once. */
export function similarNames(name: string, candidates: Iterable<string>): string[] {
  return [...new Set(candidates)]
    .map((candidate) => ({ candidate, distance: editDistance(name, candidate) }))
    .sort((left, right) => left.distance - right.distance || compareText(left, right))
    .slice(0, SUGGESTION_COUNT_MAX)
    .map(({ candidate }) => candidate);
}

/** `'ceil', 'eq'`, or `none`. */
export function quoteNames(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.map((name) => `'${name}'`).join(', ');
}

/** `; did you mean 'ceil'?` if one candidate is plainly meant, else nothing: the end of a message. */
export function didYouMean(name: string, similar: readonly string[]): string {
  const best = similar[0];
  if (best === undefined) return '';
  const limit = Math.max(1, Math.floor(Math.min(name.length, best.length) / 3));
  return name.length > 1 && editDistance(name, best) <= limit ? `; did you mean '${best}'?` : '';
}

function compareText(left: { candidate: string }, right: { candidate: string }): number {
  return left.candidate < right.candidate ? -1 : 1;
}

/** Levenshtein distance of the first SIMILAR_NAME_LENGTH_MAX units of two names, one row of the table at a time. */
export function editDistance(left: string, right: string): number {
  const leftLength = Math.min(left.length, SIMILAR_NAME_LENGTH_MAX);
  const rightLength = Math.min(right.length, SIMILAR_NAME_LENGTH_MAX);
  let row = Array.from({ length: rightLength + 1 }, (_, index) => index);
  for (let i = 1; i <= leftLength; i++) {
    const next = [i];
    for (let j = 1; j <= rightLength; j++) {
      const substitution = row[j - 1]! + (left[i - 1] === right[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[rightLength]!;
}
