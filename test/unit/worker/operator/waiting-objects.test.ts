import { describe, expect, test } from 'vitest';
import { objectsKept } from '../../../../worker/operator/waiting-objects.ts';

function equal(count: number): number[] {
  return Array.from({ length: count }, () => 10);
}

describe('objects of waiting rows', () => {
  test('all stay as they are while they are few', () => {
    expect(objectsKept([])).toBe(0);
    expect(objectsKept(equal(31))).toBe(31);
  });

  test('at the limit those of equal size are written as one', () => {
    expect(objectsKept(equal(32))).toBe(0);
  });

  test('a large old object stays, and what is older', () => {
    // The 30 youngest have 300 rows together: one of 300 is written with them, one of more stays.
    expect(objectsKept([5, 1_000_000, ...equal(30)])).toBe(2);
    expect(objectsKept([1_000, 300, ...equal(30)])).toBe(1);
  });

  test('at least half of the limit is written as one, however the sizes are', () => {
    const doubling = Array.from({ length: 32 }, (_, at) => 2 ** (31 - at));
    expect(objectsKept(doubling)).toBe(16);
  });
});
