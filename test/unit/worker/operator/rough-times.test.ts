import fc from 'fast-check';
import { expect, test } from 'vitest';
import { roughScale, roughTimes } from '../../../../worker/operator/rough-times.ts';

const time = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
/** Far apart, and so near that doubles cannot tell them apart. */
const times = fc.oneof(
  fc.array(time, { minLength: 2, maxLength: 50 }),
  fc.array(fc.bigInt({ min: 2n ** 60n, max: 2n ** 60n + 300n }), { minLength: 2, maxLength: 50 }),
);

test('rough times are in the order of the times, whatever the scale, and their difference is an int32', () => {
  fc.assert(
    fc.property(times, time, time, (values, one, other) => {
      const sorted = BigInt64Array.from(values).sort();
      const [low, high] = one < other ? [one, other] : [other, one];
      for (const scale of [roughScale(low, high), roughScale(sorted[0]!, sorted.at(-1)!)]) {
        const rough = roughTimes(sorted, scale);
        expect([...rough]).toEqual([...rough.toSorted()]);
        expect(rough.at(-1)! - rough[0]!).toBeLessThan(2 ** 31);
      }
    }),
  );
});

test('times of the scale are told apart, those beside it from them', () => {
  const second = 1_000_000_000n;
  const scale = roughScale(0n, 1000n * second);
  const rough = roughTimes(
    BigInt64Array.of(-second, 0n, second, 1000n * second, 2000n * second),
    scale,
  );
  expect(new Set(rough).size).toBe(5);
});
