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
});
