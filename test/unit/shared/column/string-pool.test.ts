import { describe, expect, it } from 'vitest';
import { StringPool } from '../../../../shared/column/string-pool.ts';

describe('StringPool', () => {
  it('gives codes in order of arrival, the same again after its table has grown', () => {
    const pool = new StringPool();
    const texts = Array.from({ length: 20_000 }, (_, index) => `${'x'.repeat(index % 7)}${index}`);
    // All others end in a digit.
    texts.push('', 'x', 'xx', 'é', '😀');
    for (const [code, text] of texts.entries()) expect(pool.intern(text)).toBe(code);
    for (const [code, text] of texts.entries()) {
      expect(pool.intern(text)).toBe(code);
      expect(pool.get(code)).toBe(text);
    }
    expect(pool.size).toBe(texts.length);
  });

  it('interns a range of bytes wherever it stands', () => {
    const pool = new StringPool();
    const bytes = new TextEncoder().encode('abcdef abcdef abcdeg');
    expect(pool.internBytes(bytes, 0, 6)).toBe(0);
    expect(pool.internBytes(bytes, 7, 13)).toBe(0);
    expect(pool.internBytes(bytes, 14, 20)).toBe(1);
    expect(pool.internBytes(bytes, 14, 19)).toBe(2);
    expect(pool.intern('abcde')).toBe(2);
  });

  it('interns many strings as if one after another', () => {
    // 9,000 distinct ones among 20,000, most of them repeated within the strings that are looked up together.
    const texts = Array.from({ length: 20_000 }, (_, index) =>
      'ab'.repeat(index % 5).concat(String(index % 9_000)),
    );
    const { bytes, starts, ends } = sideBySide(['', ...texts, 'é', '']);
    const codes = new Int32Array(starts.length);
    const all = new StringPool();
    all.intern('before');
    all.internAll(bytes, starts, ends, codes);
    const one = new StringPool();
    one.intern('before');
    const expected = starts.map((start, at) => one.internBytes(bytes, start, ends[at]!));
    expect(codes).toEqual(expected);
    expect(all.size).toBe(9_000 + 3);
    expect(all.get(codes.at(-2)!)).toBe('é');
  });
});

function sideBySide(texts: readonly string[]): {
  bytes: Uint8Array;
  starts: Int32Array;
  ends: Int32Array;
} {
  const bytes = new TextEncoder().encode(texts.join(''));
  const ends = new Int32Array(texts.length);
  let end = 0;
  for (const [at, text] of texts.entries()) ends[at] = end += Buffer.byteLength(text);
  const starts = ends.map((_, at) => (at === 0 ? 0 : ends[at - 1]!));
  return { bytes, starts, ends };
}
