/** Merge kernels: ns per row of the loser tree at several widths, on interleaving and on disjoint sources. */
import { mergeSources } from '../../../worker/merge/merge-sources.ts';
import { selectSplit } from '../../../worker/merge/select-split.ts';
import type { OrderKeys } from '../../../worker/merge/order-keys.ts';

const ROWS = 1 << 20;

/** xorshift32: the same rows on every machine. */
function randomSource(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

interface Sources {
  readonly keys: OrderKeys;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

function interleaved(count: number): Sources {
  const random = randomSource(7);
  const keys = {
    time: new BigInt64Array(ROWS),
    subsort: new BigUint64Array(ROWS),
    entity: Int32Array.from({ length: ROWS }, (_, row) => row),
    hash: new BigUint64Array(ROWS),
  };
  const starts = new Int32Array(count);
  const ends = new Int32Array(count);
  const each = ROWS / count;
  for (let source = 0; source < count; source++) {
    starts[source] = source * each;
    ends[source] = (source + 1) * each;
    let time = 0n;
    for (let row = starts[source]!; row < ends[source]!; row++) {
      time += BigInt(random() % 1000);
      keys.time[row] = time;
      keys.subsort[row] = BigInt(row);
      keys.hash[row] = BigInt(source * 1000);
    }
  }
  return { keys, starts, ends };
}

/** One instant, disjoint hash ranges: final results. */
function disjoint(count: number): Sources {
  const sources = interleaved(count);
  sources.keys.time.fill(5n);
  sources.keys.subsort.fill(0xffff_ffff_ffff_ffffn);
  for (let row = 0; row < ROWS; row++) sources.keys.hash[row] = BigInt(row);
  return sources;
}

function median(run: () => void): number {
  const times: number[] = [];
  for (let round = 0; round < 7; round++) {
    const start = performance.now();
    run();
    times.push(performance.now() - start);
  }
  return times.sort((left, right) => left - right)[3]!;
}

const out = new Int32Array(ROWS);
for (const [name, make] of [
  ['interleaved', interleaved],
  ['disjoint', disjoint],
] as const) {
  for (const count of [1, 2, 4, 16, 64, 256]) {
    const { keys, starts, ends } = make(count);
    const merge = median(() => mergeSources(keys, starts, ends, out));
    const select = median(() => void selectSplit(keys, starts, ends, ROWS / 2 + 17));
    console.log(
      `merge ${name} k=${count}: ${((merge * 1e6) / ROWS).toFixed(1)} ns/row, split ${(select * 1000).toFixed(0)} us`,
    );
  }
}
