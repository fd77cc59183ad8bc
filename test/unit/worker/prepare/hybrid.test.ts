/** The RLE / bit-packed hybrid: runs that need no decoding. */
import { describe, expect, test } from 'vitest';
import { isOneRun } from '../../../../worker/prepare/parquet/hybrid.ts';

describe('isOneRun', () => {
  /** 300 times 1: the header is 600 = 0b100·1011000, so 0xd8 0x04. */
  const ones = Uint8Array.of(0xd8, 0x04, 1);

  test('a run of the value that is long enough', () => {
    expect(isOneRun(ones, 0, 3, 1, 300, 1)).toBe(true);
    expect(isOneRun(ones, 0, 3, 1, 200, 1)).toBe(true);
  });

  test('a run that is too short or of another value', () => {
    expect(isOneRun(ones, 0, 3, 1, 301, 1)).toBe(false);
    expect(isOneRun(ones, 0, 3, 2, 300, 3)).toBe(false);
  });

  test('bit-packed values are not looked at', () => {
    expect(isOneRun(Uint8Array.of(3, 0xff), 0, 2, 1, 8, 1)).toBe(false);
  });

  test('damaged runs are left to the decoder', () => {
    expect(isOneRun(ones, 0, 1, 1, 300, 1)).toBe(false);
    expect(isOneRun(ones, 0, 0, 1, 300, 1)).toBe(false);
    expect(isOneRun(ones.subarray(0, 2), 0, 2, 1, 300, 1)).toBe(false);
    expect(isOneRun(new Uint8Array(9).fill(0xff), 0, 9, 1, 300, 1)).toBe(false);
  });
});
