import { describe, expect, it } from 'vitest';
import { call } from './call.ts';
import {
  F64,
  I32,
  I64,
  scalar,
  TIMESTAMP_NS,
  U32,
  U64,
} from '../../../../shared/types/data-type.ts';
import type { Value } from '../../../../shared/column/values.ts';

const F32 = scalar('f32');
const I8 = scalar('i8');
const MAX64 = 2n ** 63n - 1n;
const MIN64 = -(2n ** 63n);

function binary(fn: string, type: typeof F64, a: Value, b: Value): Value {
  return call(fn, type, [type, [a]], [type, [b]])[0]!;
}

function unary(fn: string, type: typeof F64, a: Value): Value {
  return call(fn, type, [type, [a]])[0]!;
}

describe('add, sub, mul', () => {
  it('give the examples of the catalogue', () => {
    expect(binary('add', F64, 5, 1.2)).toBe(6.2);
    expect(binary('sub', I64, 3n, 5n)).toBe(-2n);
    expect(binary('mul', F64, 5.7, 1.2)).toBe(6.84);
    expect(binary('mul', I64, 3n, 4n)).toBe(12n);
  });

  it('wrap integers at their width', () => {
    expect(binary('add', I64, MAX64, 1n)).toBe(MIN64);
    expect(binary('sub', I64, MIN64, 1n)).toBe(MAX64);
    expect(binary('mul', I64, MAX64, 2n)).toBe(-2n);
    expect(binary('sub', U64, 0n, 1n)).toBe(2n ** 64n - 1n);
    expect(binary('add', I8, 127, 1)).toBe(-128);
    expect(binary('sub', U32, 0, 1)).toBe(2 ** 32 - 1);
    expect(binary('mul', I32, 123_456_789, 987_654_321)).toBe(-67_153_019);
    expect(binary('mul', U32, 4_294_967_295, 4_294_967_295)).toBe(1);
  });

  it('are strict', () => {
    const right = [I64, [null, 1n, 2n]] as const;
    expect(call('add', I64, [I64, [1n, null, 3n]], right)).toEqual([null, null, 5n]);
  });

  it('round f32 results to f32', () => {
    expect(binary('add', F32, Math.fround(0.1), Math.fround(0.2))).toBe(Math.fround(0.3));
  });
});

describe('div', () => {
  it('truncates integers toward zero', () => {
    expect(binary('div', I64, 7n, 2n)).toBe(3n);
    expect(binary('div', I64, -7n, 2n)).toBe(-3n);
    expect(binary('div', I32, -7, 2)).toBe(-3);
    expect(binary('div', U32, 4_294_967_295, 2)).toBe(2_147_483_647);
  });

  it('is null for integers divided by zero, wraps the minimum by -1', () => {
    expect(call('div', I64, [I64, [1n, 4n, null]], [I64, [0n, 2n, 0n]])).toEqual([null, 2n, null]);
    expect(binary('div', I32, 1, 0)).toBe(null);
    expect(binary('div', I64, MIN64, -1n)).toBe(MIN64);
    expect(binary('div', I32, -(2 ** 31), -1)).toBe(-(2 ** 31));
  });

  it('follows IEEE for floats', () => {
    expect(binary('div', F64, 12.2, 0)).toBe(Infinity);
    expect(binary('div', F64, -1, 0)).toBe(-Infinity);
    expect(binary('div', F64, 0, 0)).toBe(NaN);
  });
});

describe('neg, ceil, floor, round', () => {
  it('give the examples of the catalogue', () => {
    expect(unary('neg', I64, 1n)).toBe(-1n);
    expect(unary('neg', I64, MIN64)).toBe(MIN64);
    expect(unary('neg', F64, 0)).toBe(-0);
    expect(unary('ceil', F64, -2.3)).toBe(-2);
    expect(unary('floor', F64, -2.3)).toBe(-3);
    expect(unary('ceil', I64, 5n)).toBe(5n);
  });

  it('round half away from zero, without an error from adding a half', () => {
    const values = [
      2.5,
      -0.5,
      0.5,
      -2.5,
      0.49999999999999994,
      4503599627370497,
      -0.3,
      NaN,
      Infinity,
    ];
    expect(call('round', F64, [F64, values])).toEqual([
      3,
      -1,
      1,
      -3,
      0,
      4503599627370497,
      -0,
      NaN,
      Infinity,
    ]);
  });
});

describe('zip_min, zip_max', () => {
  it('choose by total order and are strict', () => {
    expect(binary('zip_min', I64, 3n, 8n)).toBe(3n);
    expect(binary('zip_max', F64, 3, 8.5)).toBe(8.5);
    expect(binary('zip_min', F64, NaN, 8)).toBe(8);
    expect(binary('zip_max', F64, 8, NaN)).toBe(NaN);
    expect(binary('zip_min', F64, 0, -0)).toBe(-0);
    expect(binary('zip_max', TIMESTAMP_NS, 5n, -5n)).toBe(5n);
    expect(binary('zip_max', I64, null, 5n)).toBe(null);
  });
});

describe('powf, sqrt, exp', () => {
  it('give the examples of the catalogue to the last digit', () => {
    expect(binary('powf', F64, 2, 10)).toBe(1024);
    expect(call('sqrt', F64, [F64, [5.7, 2, -1]])).toEqual([
      2.3874672772626644,
      1.4142135623730951,
      NaN,
    ]);
    expect(call('sqrt', F64, [I64, [16n, null]])).toEqual([4, null]);
    expect(call('exp', F64, [F64, [5.7, 1]])).toEqual([298.8674009670603, 2.718281828459045]);
    expect(unary('exp', F64, 1)).toBe(2.718281828459045);
  });
});

describe('clamp', () => {
  it('takes a null bound for none, and is null where the bounds cross', () => {
    const result = call(
      'clamp',
      I64,
      [I64, [12n, 12n, 1n, null, 5n, 5n]],
      [I64, [null, 9n, 2n, 1n, null, 1n]],
      [I64, [9n, 3n, null, 2n, null, 9n]],
    );
    expect(result).toEqual([9n, null, 2n, null, 5n, 5n]);
  });
});
