/**
 * Where a split of k sources can lie, from samples of their order keys: a window of about two sample distances per
 * source, so that only its rows need to be read to find the exact split.
 *
 *   source 0   s···s···s···[s···s···]s···s        sum of lower ends ≤ wanted rows ≤ sum of upper ends
 *   source 1   s···[s···s···]s···s···s···s
 */
import { assert } from '../../shared/base/assert.ts';
import { mergeSources } from './merge-sources.ts';
import type { OrderKeys } from './order-keys.ts';

/** The samples of all sources, one source after another. Row 0 of a source is a sample. */
export interface Samples {
  readonly keys: OrderKeys;
  /** Per source its first and its last + 1 sample in `keys`. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** Per sample its row number in its source. */
  readonly position: Float64Array;
  /** Per source its rows. */
  readonly rows: Float64Array;
}

export interface SplitWindow {
  /** Per source: at least this many, and at most that many, of its rows come before the split. */
  readonly low: Float64Array;
  readonly high: Float64Array;
}

/** Answers for any row number after one merge of the samples: O(samples · log sources). */
export class SplitWindows {
  readonly #samples: Samples;
  readonly #source: Int32Array;
  /** Samples in the total order, and for each the least and the most rows that can be before it. */
  readonly #order: Int32Array;
  readonly #least: Float64Array;
  readonly #most: Float64Array;

  constructor(samples: Samples) {
    this.#samples = samples;
    const count = samples.position.length;
    this.#source = new Int32Array(count);
    const sources = samples.starts.length;
    let most = 0;
    for (let source = 0; source < sources; source++) {
      assert(samples.starts[source]! < samples.ends[source]!, 'split window: a source has rows');
      this.#source.fill(source, samples.starts[source]!, samples.ends[source]!);
    }
    this.#order = new Int32Array(count);
    mergeSources(samples.keys, samples.starts, samples.ends, this.#order);
    this.#least = new Float64Array(count);
    this.#most = new Float64Array(count);
    let least = 0;
    for (let at = 0; at < count; at++) {
      this.#least[at] = least;
      this.#most[at] = most;
      const sample = this.#order[at]!;
      least += this.#lowAfter(sample) - this.#lowBefore(sample);
      most += this.#highAfter(sample) - samples.position[sample]!;
    }
  }

  /** The window of the split with `count` rows before it. */
  find(count: number): SplitWindow {
    const { starts, rows } = this.#samples;
    const samples = this.#order.length;
    // The last sample with at most `count` rows before it is at or before the split.
    const below = partitionPoint(samples, (at) => this.#most[at]! <= count) - 1;
    // The first with at least `count` rows before it is at or after the split.
    const above = partitionPoint(samples, (at) => this.#least[at]! < count);
    const low = new Float64Array(starts.length);
    const high = new Float64Array(starts.length);
    const next = starts.slice();
    for (let at = 0; at < below; at++) {
      const sample = this.#order[at]!;
      low[this.#source[sample]!] = this.#lowAfter(sample);
    }
    if (above === samples) high.set(rows);
    else {
      for (let at = 0; at < above; at++) next[this.#source[this.#order[at]!]!]!++;
      for (let source = 0; source < starts.length; source++) {
        const sample = next[source]!;
        const isLast = sample === this.#samples.ends[source]!;
        high[source] = isLast ? rows[source]! : this.#samples.position[sample]!;
      }
    }
    return { low, high };
  }

  /** Rows of the sample's source that are surely before whatever follows the sample in the order: it and what it follows. */
  #lowAfter(sample: number): number {
    return this.#samples.position[sample]! + 1;
  }

  #lowBefore(sample: number): number {
    const isFirst = sample === this.#samples.starts[this.#source[sample]!]!;
    return isFirst ? 0 : this.#samples.position[sample - 1]! + 1;
  }

  /** Rows of the sample's source that can be before what follows the sample in the order: up to the next sample. */
  #highAfter(sample: number): number {
    const source = this.#source[sample]!;
    const isLast = sample + 1 === this.#samples.ends[source]!;
    return isLast ? this.#samples.rows[source]! : this.#samples.position[sample + 1]!;
  }
}

/** The first index in [0, count) for which a falling predicate fails; `count` if it never does. */
function partitionPoint(count: number, holds: (index: number) => boolean): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
