/** String functions (language.md 7.5): `len` counts bytes, `substring` characters. */
import { mapStrings } from './map-strings.ts';
import type { Kernel, KernelContext } from './kernel.ts';
import { fixedArg } from './kernel.ts';
import type { Column, StringColumn } from '../column/column.ts';
import { isValid } from '../column/column.ts';
import { allNullColumn } from '../column/validity.ts';
import { AssertionError } from '../base/assert.ts';
import { I32, I64, STRING } from '../types/data-type.ts';
import type { ScalarType } from '../types/data-type.ts';

function stringArg(arg: Column, context: KernelContext): StringColumn {
  const column = arg.physical === 'null' ? allNullColumn(STRING, arg.length, context.pool) : arg;
  if (column.physical !== 'string') throw new AssertionError('expected a column of strings');
  return column;
}

const len: Kernel = (args, _outType, context) => {
  const { codes, length, pool, validity } = stringArg(args[0]!, context);
  const { offsets } = pool;
  const values = new Int32Array(length);
  if (validity === null) {
    for (let row = 0; row < length; row++) {
      const code = codes[row]!;
      values[row] = offsets[code + 1]! - offsets[code]!;
    }
  } else {
    // The code of a null row may be beyond the pool.
    for (let row = 0; row < length; row++) {
      const code = codes[row]!;
      if (validity[row] === 1) values[row] = offsets[code + 1]! - offsets[code]!;
    }
  }
  return { physical: 'fixed', type: I32, length, validity, values };
};

const upper: Kernel = (args, outType, context) =>
  mapStrings(stringArg(args[0]!, context), outType as ScalarType, context.pool, (text) =>
    text.toUpperCase(),
  );

const lower: Kernel = (args, outType, context) =>
  mapStrings(stringArg(args[0]!, context), outType as ScalarType, context.pool, (text) =>
    text.toLowerCase(),
  );

/** A json value is its text until a field is asked for. */
const json: Kernel = (args, outType, context) => ({
  ...stringArg(args[0]!, context),
  type: outType as ScalarType,
});

const substring: Kernel = (args, outType, context) => {
  const input = stringArg(args[0]!, context);
  const starts = fixedArg(args[1]!, I64, context);
  const ends = fixedArg(args[2]!, I64, context);
  const { length, pool, validity } = input;
  const codes = new Int32Array(length);
  for (let row = 0; row < length; row++) {
    if (!isValid(input, row)) continue;
    const code = input.codes[row]!;
    const { bytes, offsets } = pool;
    const from = offsets[code]!;
    const to = offsets[code + 1]!;
    const characters = countCharacters(bytes, from, to);
    const start = isValid(starts, row) ? Number(starts.values[row]!) : 0;
    const end = isValid(ends, row) ? Number(ends.values[row]!) : characters;
    const first = start < 0 ? start + characters : start;
    const last = Math.min(end < 0 ? end + characters : end, characters);
    if (first < 0 || last <= first) {
      codes[row] = context.pool.internBytes(bytes, from, from);
      continue;
    }
    const cutFrom = skipCharacters(bytes, from, first);
    const cutTo = skipCharacters(bytes, cutFrom, last - first);
    codes[row] = context.pool.internBytes(bytes, cutFrom, cutTo);
  }
  const type = outType as ScalarType; // the signature says string
  return { physical: 'string', type, length, validity, codes, pool: context.pool };
};

/** Bytes of UTF-8 that do not begin a character are 10xxxxxx. */
function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}

function countCharacters(bytes: Uint8Array, from: number, to: number): number {
  let count = 0;
  for (let at = from; at < to; at++) if (!isContinuation(bytes[at]!)) count++;
  return count;
}

/** The position `count` characters after `from`; the caller knows that there are as many. */
function skipCharacters(bytes: Uint8Array, from: number, count: number): number {
  let at = from;
  for (let left = count; left > 0; left--) {
    const lead = bytes[at]!;
    at += lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  }
  return at;
}

export const STRING_KERNELS = { len, upper, lower, substring, json } satisfies Record<
  string,
  Kernel
>;
