/** Which entities a sample keeps (logical.ts), by the two words of their hash. */
import type { Sample } from '../../shared/plan/logical.ts';
import { findHash } from './entities.ts';
import type { EntityFilter } from './scan-entities.ts';
import { wordsOf } from '../../shared/base/compare-words.ts';

export function sampleFilter(sample: Sample): EntityFilter {
  if ('hashes' in sample) {
    const hashes = BigUint64Array.from(sample.hashes, BigInt);
    const asked = new Uint32Array(2);
    return (low, high) => {
      asked[0] = low;
      asked[1] = high;
      return findHash(hashes, asked, 0) >= 0;
    };
  }
  const [lowMax, highMax] = wordsOf(BigUint64Array.of(BigInt(sample.hashMax)));
  return (low, high) => high < highMax! || (high === highMax! && low <= lowMax!);
}
