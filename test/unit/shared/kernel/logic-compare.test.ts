import { describe, expect, it } from 'vitest';
import { call } from './call.ts';
import { fixedColumn } from '../../../../shared/column/column.ts';
import { StringPool } from '../../../../shared/column/string-pool.ts';
import { columnValues } from '../../../../shared/column/values.ts';
import { evaluateCall } from '../../../../shared/kernel/evaluate.ts';
import {
  BOOL,
  F64,
  I64,
  scalar,
  STRING,
  TIMESTAMP_NS,
} from '../../../../shared/types/data-type.ts';
import type { DataType } from '../../../../shared/types/data-type.ts';

const T3 = [true, true, true, false, false, false, null, null, null];
const U3 = [true, false, null, true, false, null, true, false, null];

describe('logic', () => {
  it('and is Kleene', () => {
    expect(call('logical_and', BOOL, [BOOL, T3], [BOOL, U3])).toEqual([
      true,
      false,
      null,
      false,
      false,
      false,
      null,
      false,
      null,
    ]);
  });

  it('or is Kleene', () => {
    expect(call('logical_or', BOOL, [BOOL, T3], [BOOL, U3])).toEqual([
      true,
      true,
      true,
      true,
      false,
      null,
      true,
      null,
      null,
    ]);
  });

  it('do not see what is stored under a null', () => {
    const pool = new StringPool();
    const hidden = fixedColumn(BOOL, new Uint8Array([1, 1]), new Uint8Array(2));
    const shown = fixedColumn(BOOL, new Uint8Array([1, 0]));
    const context = { length: 2, pool };
    for (const args of [
      [hidden, shown],
      [shown, hidden],
    ]) {
      const and = evaluateCall('logical_and', args, BOOL, context);
      expect(columnValues(and)).toEqual([null, false]);
      const or = evaluateCall('logical_or', args, BOOL, context);
      expect(columnValues(or)).toEqual([true, null]);
    }
    expect(columnValues(evaluateCall('if', [hidden, shown], BOOL, context))).toEqual([null, null]);
    expect(columnValues(evaluateCall('null_if', [hidden, shown], BOOL, context))).toEqual([
      null,
      null,
    ]);
  });

  it('not is strict', () => {
    expect(call('not', BOOL, [BOOL, [true, false, null]])).toEqual([false, true, null]);
    expect(call('not', BOOL, [scalar('null'), [null]])).toEqual([null]);
  });

  it('if keeps the value where the condition is true, null_if where it is false', () => {
    const condition = [BOOL, [true, false, null, true]] as const;
    const value = [I64, [1n, 2n, 3n, null]] as const;
    expect(call('if', I64, condition, value)).toEqual([1n, null, null, null]);
    expect(call('null_if', I64, condition, value)).toEqual([null, 2n, null, null]);
  });

  it('else takes the default where the value is null', () => {
    expect(call('else', I64, [I64, [0n, 0n, null]], [I64, [null, 5n, null]])).toEqual([
      0n,
      5n,
      null,
    ]);
  });

  it('coalesce takes the first valid of any type', () => {
    expect(
      call('coalesce', I64, [I64, [null, 1n, null]], [I64, [3n, 2n, null]], [I64, [4n, 4n, null]]),
    ).toEqual([3n, 1n, null]);
    expect(call('coalesce', STRING, [STRING, [null, 'a']], [STRING, ['b', 'c']])).toEqual([
      'b',
      'a',
    ]);
    const list: DataType = { kind: 'list', element: I64 };
    expect(
      call('coalesce', list, [list, [null, [1n], null]], [list, [[2n, 3n], null, null]]),
    ).toEqual([[2n, 3n], [1n], null]);
    expect(call('coalesce', scalar('null'), [scalar('null'), [null]])).toEqual([null]);
  });
});

describe('compare', () => {
  it('gives the examples of the catalogue', () => {
    expect(call('eq', BOOL, [STRING, ['b', 'b', null]], [STRING, ['B', 'b', 'b']])).toEqual([
      false,
      true,
      null,
    ]);
    expect(call('neq', BOOL, [I64, [1n, 1n]], [I64, [null, 2n]])).toEqual([null, true]);
    expect(call('lt', BOOL, [I64, [1n, 2n, -1n]], [I64, [2n, 1n, 0n]])).toEqual([
      true,
      false,
      true,
    ]);
    expect(call('lte', BOOL, [I64, [2n]], [I64, [2n]])).toEqual([true]);
    expect(call('gt', BOOL, [I64, [1n]], [I64, [2n]])).toEqual([false]);
    expect(call('gte', BOOL, [I64, [1n]], [I64, [1n]])).toEqual([true]);
  });

  it('compares floats by total order', () => {
    const left = [F64, [NaN, -0, 0, NaN, Infinity, 1]] as const;
    const right = [F64, [NaN, 0, -0, 1, NaN, 1]] as const;
    expect(call('eq', BOOL, left, right)).toEqual([true, false, false, false, false, true]);
    expect(call('neq', BOOL, left, right)).toEqual([false, true, true, true, true, false]);
    expect(call('lt', BOOL, left, right)).toEqual([false, true, false, false, true, false]);
    expect(call('gt', BOOL, left, right)).toEqual([false, false, true, true, false, false]);
    expect(call('lte', BOOL, left, right)).toEqual([true, true, false, false, true, true]);
    expect(call('gte', BOOL, left, right)).toEqual([true, false, true, true, false, true]);
  });

  it('compares u64 as unsigned, bools, timestamps and intervals', () => {
    const u64 = scalar('u64');
    expect(call('gt', BOOL, [u64, [2n ** 63n]], [u64, [1n]])).toEqual([true]);
    expect(call('eq', BOOL, [BOOL, [true, true]], [BOOL, [true, false]])).toEqual([true, false]);
    expect(call('lt', BOOL, [TIMESTAMP_NS, [-5n]], [TIMESTAMP_NS, [5n]])).toEqual([true]);
    const days = scalar('interval_days');
    expect(call('lt', BOOL, [days, [3]], [days, [4]])).toEqual([true]);
  });

  it('is null against a literal null', () => {
    expect(call('lt', BOOL, [scalar('null'), [null]], [scalar('null'), [null]])).toEqual([null]);
    expect(call('eq', BOOL, [scalar('null'), [null]], [scalar('null'), [null]])).toEqual([null]);
  });

  it('compares records by structure: null fields equal each other, null records are null', () => {
    const type: DataType = {
      kind: 'record',
      fields: [
        { name: 'a', type: F64 },
        { name: 'b', type: STRING },
      ],
    };
    const left = [type, [{ a: 1, b: null }, { a: 1, b: 'x' }, null, { a: -0, b: 'x' }]] as const;
    const right = [
      type,
      [
        { a: 1, b: null },
        { a: 1, b: 'y' },
        { a: 1, b: 'y' },
        { a: 0, b: 'x' },
      ],
    ] as const;
    expect(call('eq', BOOL, left, right)).toEqual([true, false, null, false]);
    expect(call('neq', BOOL, left, right)).toEqual([false, true, null, true]);
  });

  it('compares lists in order and maps in any order', () => {
    const list: DataType = { kind: 'list', element: I64 };
    expect(
      call(
        'eq',
        BOOL,
        [list, [[1n, 2n], [1n, null], [], [1n]]],
        [list, [[1n, 2n], [null, 1n], [], null]],
      ),
    ).toEqual([true, false, true, null]);
    const map: DataType = { kind: 'map', key: STRING, value: I64 };
    expect(
      call(
        'eq',
        BOOL,
        [
          map,
          [
            [
              ['a', 1n],
              ['b', 2n],
            ],
            [['a', 1n]],
          ],
        ],
        [
          map,
          [
            [
              ['b', 2n],
              ['a', 1n],
            ],
            [['a', null]],
          ],
        ],
      ),
    ).toEqual([true, false]);
  });
});
