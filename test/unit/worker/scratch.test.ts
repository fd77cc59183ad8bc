import { expect, test } from 'vitest';
import { I64, STRING, scalar } from '../../../shared/types/data-type.ts';
import { Scratch, giveBack, takeScratch } from '../../../worker/scratch.ts';

test('an array of a name has the memory that the name had before, if it is long enough', () => {
  const scratch = new Scratch();
  const first = scratch.i32('a', 100);
  expect(scratch.u8('a', 400).buffer).toBe(first.buffer);
  expect(scratch.i32('b', 100).buffer).not.toBe(first.buffer);
  const longer = scratch.i64('a', 1000);
  expect(longer.length).toBe(1000);
  expect(longer.buffer).not.toBe(first.buffer);
  expect(scratch.byteLength).toBeGreaterThanOrEqual(8400);
});

test('flat rows have the array of their type, and validity where there may be nulls', () => {
  const scratch = new Scratch();
  const rows = scratch.flat('f', I64, 3, true);
  expect(rows.values).toBeInstanceOf(BigInt64Array);
  expect([rows.values.length, rows.validity?.length]).toEqual([3, 3]);
  const codes = scratch.flat('f', STRING, 3, false);
  expect(codes.values).toBeInstanceOf(Int32Array);
  expect(codes.validity).toBe(null);
  expect(scratch.flat('f', scalar('bool'), 3, false).values).toBeInstanceOf(Uint8Array);
});

test('nobody shares what somebody has; what was given back is used again for the same purpose', () => {
  const one = takeScratch('test');
  const two = takeScratch('test');
  expect(two).not.toBe(one);
  giveBack('test', one);
  expect(takeScratch('another test')).not.toBe(one);
  expect(takeScratch('test')).toBe(one);
  expect(takeScratch('test')).not.toBe(two);
});

test('no more is kept than is worth keeping', () => {
  const small = takeScratch('small');
  small.u8('a', 1);
  giveBack('small', small);
  const large = takeScratch('large');
  // Zero pages are not there until they are written: this costs address space only.
  large.u8('a', 600 << 20);
  giveBack('large', large);
  expect(takeScratch('large')).not.toBe(large);
  expect(takeScratch('small')).toBe(small);
  giveBack('small', small);
  for (const purpose of ['a', 'b']) {
    const half = new Scratch();
    half.u8('a', 260 << 20);
    giveBack(purpose, half);
  }
  // The two do not fit together: what was given back first goes first.
  expect(takeScratch('small')).not.toBe(small);
});
