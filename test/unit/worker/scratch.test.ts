import { expect, test } from 'vitest';
import { I64, STRING, scalar } from '../../../shared/types/data-type.ts';
import { Scratch } from '../../../worker/scratch.ts';

test('an array of a name has the memory that the name had before, if it is long enough', () => {
  const scratch = new Scratch();
  const first = scratch.i32('a', 100);
  expect(scratch.u8('a', 400).buffer).toBe(first.buffer);
  expect(scratch.i32('b', 100).buffer).not.toBe(first.buffer);
  const longer = scratch.i64('a', 1000);
  expect(longer.length).toBe(1000);
  expect(longer.buffer).not.toBe(first.buffer);
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

test('memory that was given back is used again by whoever needs about as much, by one of them', () => {
  const one = new Scratch();
  const { buffer } = one.u8('a', 1 << 20);
  expect(new Scratch().u8('a', 1 << 20).buffer).not.toBe(buffer);
  one.giveBack();
  // Much less than it has is not worth a large buffer.
  expect(new Scratch().u8('a', 1 << 18).buffer).not.toBe(buffer);
  const two = new Scratch();
  expect(two.i64('b', 1 << 17).buffer).toBe(buffer);
  expect(one.u8('a', 1 << 20).buffer).not.toBe(buffer);
  expect(new Scratch().u8('a', 1 << 20).buffer).not.toBe(buffer);
});

test('no more is kept than is worth keeping; what was given back first goes first', () => {
  // Zero pages are not there until they are written: this costs address space only.
  const sizes = [200 << 20, 210 << 20, 220 << 20];
  const scratches = sizes.map(() => new Scratch());
  const given = sizes.map((bytes, at) => scratches[at]!.u8('a', bytes).buffer);
  for (const scratch of scratches) scratch.giveBack();
  const taken = sizes.map((bytes) => new Scratch().u8('a', bytes).buffer);
  expect(taken.map((buffer) => given.indexOf(buffer))).toEqual([1, 2, -1]);
});
