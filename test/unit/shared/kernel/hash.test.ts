import { describe, expect, it } from 'vitest';
import { StringPool } from '../../../../shared/column/string-pool.ts';
import { columnFromValues } from '../../../../shared/column/values.ts';
import { sliceColumn } from '../../../../shared/column/take.ts';
import {
  hashColumn,
  hashStringWithSeeds,
  hashValue,
  SUBSORT_SEEDS,
} from '../../../../shared/kernel/hash.ts';
import { BOOL, F64, I64, scalar, STRING } from '../../../../shared/types/data-type.ts';
import type { RecordType } from '../../../../shared/types/data-type.ts';

describe('hashValue', () => {
  it.each([
    ['hello', 1472103086483932002n],
    ['world', 8057155968893317866n],
    ['', 5663277146615294718n],
    ['hi', 2460612554838835252n],
    ['a', 13074916891489937275n],
    ['A', 12960666915911099378n],
    ['B', 2867199309159137213n],
    ['C', 2521269998124177631n],
    ['x', 7849170916136910283n],
    ['patrick', 14576041771120212628n],
    ['8a16beda-c07a-4625-a805-2d28f5934107', 17552223493047837804n],
    ['ann', 5176042483267730839n],
    ['bob', 6520751706245947585n],
    ['cy', 14971057761938362634n],
  ])('gives the published hash of the string %j', (text, hash) => {
    expect(hashValue(STRING, text)).toBe(hash);
  });

  it.each([
    [0n, 11832085162654999889n],
    [1n, 18433805721903975440n],
    [2n, 2694864431690786590n],
    [3n, 5496774745203840792n],
    [5n, 16461383214845928621n],
    [8n, 6794973171266502674n],
    [9n, 15653042715643359010n],
    [-1n, 7568928930862199662n],
  ])('gives the published hash of the i64 %s', (value, hash) => {
    expect(hashValue(I64, value)).toBe(hash);
  });

  it('hashes bools as 0 and 1', () => {
    expect(hashValue(BOOL, false)).toBe(11832085162654999889n);
    expect(hashValue(BOOL, true)).toBe(18433805721903975440n);
  });

  it('hashes null to 0, whatever its type', () => {
    expect(hashValue(scalar('null'), null)).toBe(0n);
    expect(hashValue(STRING, null)).toBe(0n);
    expect(hashValue(F64, null)).toBe(0n);
  });

  it('zero-extends narrow integers, and hashes floats by their bits', () => {
    expect(hashValue(scalar('i8'), 5)).toBe(16461383214845928621n);
    expect(hashValue(scalar('i8'), -1)).toBe(hashValue(I64, 0xffn));
    expect(hashValue(scalar('i16'), -1)).toBe(hashValue(I64, 0xffffn));
    expect(hashValue(scalar('i32'), -1)).toBe(hashValue(I64, 0xffff_ffffn));
    expect(hashValue(F64, 1)).toBe(hashValue(I64, 0x3ff0_0000_0000_0000n));
    expect(hashValue(scalar('f32'), 1)).toBe(hashValue(I64, 0x3f80_0000n));
    expect(hashValue(scalar('f16'), 1)).toBe(hashValue(I64, 0x3c00n));
    expect(hashValue(scalar('f16'), -(2 ** -24))).toBe(hashValue(I64, 0x8001n));
  });

  it('combines the non-null fields of a record', () => {
    const type: RecordType = { kind: 'record', fields: [{ name: 'm', type: I64 }] };
    expect(hashValue(type, { m: 5n })).toBe(328624516884178922n);
    expect(hashValue(type, { m: null })).toBe(0n);
    expect(hashValue(type, null)).toBe(0n);
    const wide: RecordType = {
      kind: 'record',
      fields: [...type.fields, { name: 's', type: STRING }],
    };
    expect(hashValue(wide, { m: 5n, s: null })).toBe(328624516884178922n);
    expect(hashValue(wide, { m: null, s: 'a' })).toBe(
      BigInt.asUintN(64, (629n + 13074916891489937275n) * 37n),
    );
  });
});

describe('hashColumn', () => {
  it('reads views and nulls, and hashes what the pool gains later', () => {
    const pool = new StringPool();
    const first = columnFromValues(STRING, ['z', 'hello', null, 'a'], pool);
    expect([...hashColumn(sliceColumn(first, 1, 4))]).toEqual([
      1472103086483932002n,
      0n,
      13074916891489937275n,
    ]);
    for (let index = 0; index < 3000; index++) pool.intern(`filler ${index}`);
    const second = columnFromValues(STRING, ['world', 'a'], pool);
    expect([...hashColumn(second)]).toEqual([8057155968893317866n, 13074916891489937275n]);
  });

  it('agrees with a BigInt transcription of the algorithm for every length', () => {
    for (let length = 0; length < 70; length++) {
      const text = Array.from({ length }, (_, at) =>
        String.fromCharCode(33 + ((at * 7) % 90)),
      ).join('');
      expect(hashValue(STRING, text)).toBe(referenceHash([1234n, 5678n, 9012n, 3456n], text));
      expect(hashStringWithSeeds(text, SUBSORT_SEEDS)).toBe(referenceHash(SUBSORT_SEEDS, text));
    }
  });
});

/** Appendix A, word for word. */
function referenceHash(seeds: readonly bigint[], text: string): bigint {
  const mask = (1n << 64n) - 1n;
  const pi = [0x452821e638d01377n, 0xbe5466cf34e90c6cn, 0xc0ac29b7c97c50ddn, 0x3f84d5b5b5470917n];
  const key = seeds.map((seed, index) => seed ^ pi[index]!);
  const mult = 6364136223846793005n;
  const fold = (a: bigint, b: bigint): bigint => ((a * b) & mask) ^ ((a * b) >> 64n);
  const rotate = (x: bigint, n: bigint): bigint => ((x << n) | (x >> (64n - n))) & mask;
  const bytes = new TextEncoder().encode(text);
  const read = (at: number, count: number): bigint => {
    let value = 0n;
    for (let index = count - 1; index >= 0; index--)
      value = (value << 8n) | BigInt(bytes[at + index]!);
    return value;
  };
  let buffer = key[0]!;
  const large = (a: bigint, b: bigint): void => {
    buffer = rotate(((buffer + key[1]!) & mask) ^ fold(a ^ key[2]!, b ^ key[3]!), 23n);
  };
  const length = bytes.length;
  buffer = ((buffer + BigInt(length)) * mult) & mask;
  if (length > 16) {
    large(read(length - 16, 8), read(length - 8, 8));
    for (let at = 0; length - at > 16; at += 16) large(read(at, 8), read(at + 8, 8));
  } else if (length > 8) large(read(0, 8), read(length - 8, 8));
  else if (length >= 4) large(read(0, 4), read(length - 4, 4));
  else if (length >= 2) large(read(0, 2), read(length - 1, 1));
  else if (length === 1) large(read(0, 1), read(0, 1));
  else large(0n, 0n);
  buffer = fold(0xffn ^ buffer, mult);
  return rotate(fold(buffer, key[1]!), buffer & 63n);
}
