import { describe, expect, test } from 'vitest';
import { StringPool } from '../../../../shared/column/string-pool.ts';
import { F64, I64, STRING } from '../../../../shared/types/data-type.ts';
import type { Value } from '../../../../shared/column/values.ts';
import type { DataType } from '../../../../shared/types/data-type.ts';
import { LastValue } from '../../../../worker/operator/last-value.ts';
import { LatestRows } from '../../../../worker/operator/latest-rows.ts';
import { column, plain } from './domain.ts';

describe('LastValue', () => {
  test('nobody has a value before a first row', () => {
    const pool = new StringPool();
    const last = new LastValue(I64, 2, pool);
    const latest = new LatestRows(2);
    const slots = Int32Array.of(latest.slot(0), latest.slot(1));
    expect(plain(last.take(column(I64, [], pool), slots))).toEqual([null, null]);
  });

  test('a slot is the value at that moment, not at the end of the batch', () => {
    const pool = new StringPool();
    const last = new LastValue(I64, 2, pool);
    const latest = new LatestRows(2);
    const batch = column(I64, [5, 6, 7], pool);
    const slots: number[] = [];
    latest.set(0, 0);
    slots.push(latest.slot(0));
    latest.set(0, 1);
    slots.push(latest.slot(0), latest.slot(1));
    latest.set(1, 2);
    slots.push(latest.slot(1));
    expect(plain(last.take(batch, Int32Array.from(slots)))).toEqual([5, 6, null, 7]);
    const { entities, rows } = latest.end();
    last.keep(batch, rows, entities);
    expect(plain(last.values)).toEqual([6, 7]);
  });

  test('values live on from batch to batch; −1 is null; a null replaces a value', () => {
    const pool = new StringPool();
    const last = new LastValue(STRING, 2, pool);
    const latest = new LatestRows(2);
    last.put(column(STRING, ['x', 'y'], pool), Int32Array.of(0, 1));
    const batch = column(STRING, [null], pool);
    latest.set(1, 0);
    const answer = last.take(batch, Int32Array.of(latest.slot(0), latest.slot(1), -1));
    expect(plain(answer)).toEqual(['x', null, null]);
    const { entities, rows } = latest.end();
    last.keep(batch, rows, entities);
    expect(plain(last.values)).toEqual(['x', null]);
    // The next batch starts from the table again.
    expect([latest.slot(0), latest.slot(1)]).toEqual([0, 1]);
  });

  test('puts the values of some entities and leaves the others', () => {
    const pool = new StringPool();
    const last = new LastValue(F64, 4, pool);
    last.put(column(F64, [1.5, null], pool), Int32Array.of(3, 1));
    expect(plain(last.values)).toEqual([null, null, null, 1.5]);
    expect(plain(last.take(column(F64, [], pool), Int32Array.of(3)))).toEqual([1.5]);
  });

  test('what was taken does not change with what comes later', () => {
    const pool = new StringPool();
    const last = new LastValue(I64, 1, pool);
    last.put(column(I64, [1], pool), Int32Array.of(0));
    const taken = last.take(column(I64, [], pool), Int32Array.of(0));
    last.put(column(I64, [2], pool), Int32Array.of(0));
    expect(plain(taken)).toEqual([1]);
    expect(plain(last.values)).toEqual([2]);
  });

  test('values of every kind of column', () => {
    const pool = new StringPool();
    const record: DataType = { kind: 'record', fields: [{ name: 'a', type: STRING }] };
    const cases: readonly (readonly [DataType, Value, Value])[] = [
      [{ kind: 'bool' }, true, false],
      [{ kind: 'u16' }, 1, 2],
      [{ kind: 'f32' }, 0.5, -0.5],
      [{ kind: 'list', element: I64 }, [1, 2], []],
      [{ kind: 'map', key: STRING, value: I64 }, [['k', 1]], [['k', 2]]],
      [record, { a: 'p' }, { a: 'q' }],
    ];
    for (const [type, first, second] of cases) {
      const last = new LastValue(type, 3, pool);
      const before = column(type, [first, second], pool);
      last.put(before, Int32Array.of(2, 0));
      const expected = plain(before);
      expect(plain(last.values)).toEqual([expected[1], null, expected[0]]);
      // Row 1 of the batch, the table's entity 2, nothing, the table's entity 1.
      const batch = column(type, [first, second], pool);
      expect(plain(last.take(batch, Int32Array.of(4, 2, -1, 1)))).toEqual([
        expected[1],
        expected[0],
        null,
        null,
      ]);
      last.keep(column(type, [null, first], pool), Int32Array.of(1, 0), Int32Array.of(1, 2));
      expect(plain(last.values)).toEqual([expected[1], expected[0], null]);
    }
  });
});
