/** Rounding to half precision: every half is itself, and midpoints go to the even neighbour. */
import { expect, test } from 'vitest';
import { roundToHalf } from '../../../../../worker/operator/aggregate/round-to-half.ts';

/** The value of a half from its bits, by the definition of the format. */
function halfOf(bits: number): number {
  const exponent = bits >> 10;
  const fraction = bits & 0x3ff;
  return exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15);
}

test('all finite halves, the midpoints between them, and values beside the midpoints', () => {
  for (let bits = 0; bits < 0x7bff; bits++) {
    const low = halfOf(bits);
    const high = halfOf(bits + 1);
    const middle = (low + high) / 2;
    const even = bits % 2 === 0 ? low : high;
    const quarter = (high - low) / 4;
    const results = [low, middle - quarter, middle, middle + quarter].map(roundToHalf);
    if (results.join() !== [low, low, even, high].join()) {
      expect(results, `bits ${bits}`).toEqual([low, low, even, high]);
    }
    if (roundToHalf(-middle) !== -even) expect(roundToHalf(-middle), `bits ${bits}`).toBe(-even);
  }
});

test('the largest half, overflow, NaN and zeros', () => {
  expect([65_504, 65_519, 65_520, -65_520].map(roundToHalf)).toEqual([
    65_504,
    65_504,
    Infinity,
    -Infinity,
  ]);
  expect([NaN, Infinity, -0, 0].map(roundToHalf)).toEqual([NaN, Infinity, -0, 0]);
});
