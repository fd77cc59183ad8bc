import { expect, test } from 'vitest';
import { takeColumn } from '../../../../shared/column/take.ts';
import { StringPool } from '../../../../shared/column/string-pool.ts';
import { hashColumn } from '../../../../shared/kernel/hash.ts';
import { I64, STRING } from '../../../../shared/types/data-type.ts';
import { distinctKeys } from '../../../../worker/operator/distinct-keys.ts';
import { column, plain } from './domain.ts';

test.each([
  ['strings, null and the empty one among them', STRING, ['b', null, 'a', '', 'b', null, 'a', 'c']],
  ['numbers', I64, [7n, null, -1n, 7n, 0n, null]],
  ['none', STRING, []],
] as const)('%s: in order of hash, with their first row', (_, type, values) => {
  const keys = column(type, values, new StringPool());
  const { hashes, firstRow, place } = distinctKeys(keys);
  const distinct = new Set<unknown>(values);
  expect(hashes.length).toBe(distinct.size);
  for (let at = 1; at < hashes.length; at++) expect(hashes[at]! > hashes[at - 1]!).toBe(true);
  expect([...hashColumn(takeColumn(keys, firstRow))]).toEqual([...hashes]);
  // Every row has the place of its value, whose first row is the first with that value.
  const seen = plain(keys);
  for (let row = 0; row < seen.length; row++) {
    expect(firstRow[place[row]!]).toBe(seen.indexOf(seen[row]));
  }
});
