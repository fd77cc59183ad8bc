import { describe, expect, it } from 'vitest';
import { joinBytes } from '../../../../shared/column/join-bytes.ts';

const WHOLE = Int32Array.of(1, 2, 3, 4, 5, 6);

function joined(...pieces: Int32Array[]): { values: number[]; isView: boolean } {
  const { buffer, byteOffset, byteLength } = joinBytes(pieces);
  const values = [...new Int32Array(buffer, byteOffset, byteLength / 4)];
  return { values, isView: buffer === WHOLE.buffer };
}

describe('joinBytes', () => {
  it('is a view of pieces that lie side by side', () => {
    const pieces = [WHOLE.subarray(1, 3), WHOLE.subarray(3, 3), WHOLE.subarray(3, 6)];
    expect(joined(...pieces)).toEqual({ values: [2, 3, 4, 5, 6], isView: true });
  });

  it('copies pieces with a gap between them, in another order or of another buffer', () => {
    expect(joined(WHOLE.subarray(0, 2), WHOLE.subarray(3, 5))).toEqual({
      values: [1, 2, 4, 5],
      isView: false,
    });
    expect(joined(WHOLE.subarray(2, 4), WHOLE.subarray(0, 2))).toEqual({
      values: [3, 4, 1, 2],
      isView: false,
    });
    // The offsets fit, the buffers do not.
    expect(joined(WHOLE.subarray(0, 1), WHOLE.slice().subarray(1, 2))).toEqual({
      values: [1, 2],
      isView: false,
    });
  });

  it('is empty without pieces', () => {
    expect(joined().values).toEqual([]);
  });
});
