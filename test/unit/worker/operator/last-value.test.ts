import { describe, expect, test } from 'vitest';
import { StringPool } from '../../../../shared/column/string-pool.ts';
import { F64, I64, STRING } from '../../../../shared/types/data-type.ts';
import { LastValue } from '../../../../worker/operator/last-value.ts';
import { column, plain } from './domain.ts';

describe('LastValue', () => {
  test('nobody has a value before a first row', () => {
    const pool = new StringPool();
    const last = new LastValue(I64, 2, pool);
    last.begin(column(I64, [], pool));
    expect(plain(last.end(Int32Array.of(last.slot(0), last.slot(1))))).toEqual([null, null]);
  });

  test('a slot is the value at that moment, not at the end of the batch', () => {
    const pool = new StringPool();
    const last = new LastValue(I64, 2, pool);
    last.begin(column(I64, [5, 6, 7], pool));
    const slots: number[] = [];
    last.set(0, 0);
    slots.push(last.slot(0));
    last.set(0, 1);
    slots.push(last.slot(0), last.slot(1));
    last.set(1, 2);
    slots.push(last.slot(1));
    expect(plain(last.end(Int32Array.from(slots)))).toEqual([5, 6, null, 7]);
    expect(plain(last.values)).toEqual([6, 7]);
  });

  test('values live on from batch to batch; −1 is null; a null replaces a value', () => {
    const pool = new StringPool();
    const last = new LastValue(STRING, 2, pool);
    last.begin(column(STRING, ['x', 'y'], pool));
    last.set(0, 0);
    last.set(1, 1);
    last.end(new Int32Array(0));
    last.begin(column(STRING, [null], pool));
    last.set(1, 0);
    const answer = last.end(Int32Array.of(last.slot(0), last.slot(1), -1));
    expect(plain(answer)).toEqual(['x', null, null]);
    expect(plain(last.values)).toEqual(['x', null]);
  });

  test('loads the values of some entities and leaves the others', () => {
    const pool = new StringPool();
    const last = new LastValue(F64, 4, pool);
    last.load(column(F64, [1.5, null], pool), Int32Array.of(3, 1));
    expect(plain(last.values)).toEqual([null, null, null, 1.5]);
    last.begin(column(F64, [], pool));
    expect(plain(last.end(Int32Array.of(last.slot(3))))).toEqual([1.5]);
  });
});
