/** Columns beside a segment: which are stored, and that they come back. */
import { describe, expect, test } from 'vitest';
import { readColumn } from '../../../../shared/column/codec.ts';
import { StringPool } from '../../../../shared/column/string-pool.ts';
import { columnFromValues, columnValue } from '../../../../shared/column/values.ts';
import { openMemoryStore } from '../../../../shared/storage/memory-store.ts';
import {
  columnOrigin,
  encodeSegmentColumns,
  openSegmentColumns,
} from '../../../../shared/storage/segment-columns.ts';
import { I64, STRING, TIMESTAMP_NS, scalar } from '../../../../shared/types/data-type.ts';

describe('columns of a segment', () => {
  test('are found by name in any number of bundles', async () => {
    const pool = new StringPool();
    const store = openMemoryStore();
    const amounts = columnFromValues(I64, [1n, null, 3n], pool);
    const items = columnFromValues(STRING, ['a', null, 'b'], pool);
    await store.put('one', encodeSegmentColumns(3, [{ name: 'amount', column: amounts }]));
    await store.put('two', encodeSegmentColumns(3, [{ name: 'item', column: items }]));
    const found = await openSegmentColumns(store, ['one', 'two']);
    const valuesOf = async (name: string): Promise<unknown[]> => {
      const { bundle, meta } = found.get(name)!;
      const column = await readColumn(bundle, meta, [[1, 2]], pool);
      return [0, 1].map((row) => columnValue(column, row));
    };
    expect([...found.keys()]).toEqual(['amount', 'item']);
    expect(await valuesOf('amount')).toEqual([null, 3n]);
    expect(await valuesOf('item')).toEqual([null, 'b']);
  });

  test('of another length than the segment are a mistake of ours', () => {
    const column = columnFromValues(I64, [1n], new StringPool());
    expect(() => encodeSegmentColumns(2, [{ name: 'v', column }])).toThrow(
      'segment: column v has 1 of 2 rows',
    );
  });

  test('another kind of bundle is refused', async () => {
    const store = openMemoryStore();
    const { encodeBundle } = await import('../../../../shared/storage/bundle.ts');
    await store.put('x', encodeBundle({ format: 'other' }, []));
    await expect(openSegmentColumns(store, ['x'])).rejects.toThrow(
      /object `x` .* has no columns of format version 1/,
    );
  });

  test('that the segment itself tells are not stored', () => {
    const table = { time: 'at', key: 'who', subsort: 'seq' };
    const origin = (name: string, type = STRING): string => columnOrigin({ name, type }, table);
    expect(origin('who')).toBe('key');
    expect(origin('at', TIMESTAMP_NS)).toBe('time');
    expect(origin('at')).toBe('stored');
    expect(origin('seq', I64)).toBe('subsort');
    expect(origin('seq', scalar('i32'))).toBe('stored');
    expect(origin('other')).toBe('stored');
  });
});
