/** Chooses how the values of a Parquet column chunk are encoded: plain, delta or dictionary, from the values alone. */
import { takeFixed } from '../../../shared/column/take.ts';
import type { FixedArray } from '../../../shared/column/column.ts';
import { assert } from '../../../shared/base/assert.ts';
import { ByteSink } from './byte-sink.ts';
import {
  bitWidthOf,
  encodeBools,
  encodeByteArrays,
  encodeDelta32,
  encodeDelta64,
  encodeHybrid,
} from './parquet-encoding.ts';
import type { Leaf } from './parquet-schema.ts';
import { leafBounds } from './parquet-values.ts';
import type { LeafBounds, LeafValues, PlainValues, RowCodes } from './parquet-values.ts';

/** `Encoding` of parquet.thrift. */
export const ENCODING = { plain: 0, rle: 3, delta: 5, dictionary: 8 } as const;

/** Delta encoding must save this share of the plain bytes, else plain is kept: it is faster to read. */
const DELTA_BYTES_SHARE_MAX = 0.8;
/** It is tried on this many values from the middle: hashes and interleaved counters then cost next to nothing. */
const DELTA_TRIAL_VALUES = 4096;

/** How the values of a chunk are written: one encoding for all its pages. */
export interface ValuePlan {
  readonly encoding: number;
  readonly count: number;
  /** Bytes per value, about: decides where pages end. */
  readonly valueBytes: number;
  readonly bounds: LeafBounds | null;
  /** The distinct values in order of first appearance. */
  readonly dictionary: { readonly values: PlainValues; readonly count: number } | null;
  readonly encode: (sink: ByteSink, from: number, to: number) => void;
}

export function planValues(leaf: Leaf, values: LeafValues): ValuePlan {
  switch (values.kind) {
    case 'coded':
      return planDictionary(leaf, values.codes, values.distinct);
    case 'string': {
      const { codes, distinct } = recode(values.codes, values.pool.size);
      return planDictionary(leaf, rowCodes(codes), { ...values, codes: distinct });
    }
    case 'i32':
    case 'i64':
      return planNumbers(leaf, values);
    default:
      return planPlain(leaf, values);
  }
}

function planPlain(leaf: Leaf, values: PlainValues): ValuePlan {
  const count = countOf(values);
  return {
    encoding: ENCODING.plain,
    count,
    valueBytes: plainBytes(values) / Math.max(1, count),
    bounds: leafBounds(leaf, values),
    dictionary: null,
    encode: (sink, from, to) => encodePlain(sink, values, from, to),
  };
}

type Numbers = Extract<LeafValues, { kind: 'i32' | 'i64' }>;

const trial = new ByteSink();

/** Sorted times, counters and small numbers are smaller as deltas. */
function planNumbers(leaf: Leaf, values: Numbers): ValuePlan {
  const plain = planPlain(leaf, values);
  const size = Math.min(plain.count, DELTA_TRIAL_VALUES);
  const from = (plain.count - size) >>> 1;
  trial.clear();
  encodeDelta(trial, values, from, from + size);
  if (trial.length > size * plain.valueBytes * DELTA_BYTES_SHARE_MAX) return plain;
  return {
    ...plain,
    encoding: ENCODING.delta,
    encode: (sink, start, end) => encodeDelta(sink, values, start, end),
  };
}

function encodeDelta(sink: ByteSink, values: Numbers, from: number, to: number): void {
  if (values.kind === 'i64') encodeDelta64(sink, values.values, from, to);
  else encodeDelta32(sink, values.values, from, to);
}

/** A dictionary of the distinct values, if that and the codes are smaller than the values themselves. */
function planDictionary(leaf: Leaf, rows: RowCodes, distinct: PlainValues): ValuePlan {
  const { codes } = rows;
  const distinctCount = countOf(distinct);
  const bitWidth = Math.max(1, bitWidthOf(distinctCount - 1));
  const coded = plainBytes(distinct) + (codes.length * bitWidth) / 8;
  const bounds = leafBounds(leaf, distinct);
  // Every value has at least its width or length: mostly that decides, without a look at each row.
  if (coded > codes.length * minBytesOf(distinct) && coded > plainBytesOf(distinct, codes)) {
    return planPlain(leaf, takeValues(distinct, codes));
  }
  return {
    encoding: ENCODING.dictionary,
    count: codes.length,
    valueBytes: bitWidth / 8,
    bounds,
    dictionary: { values: distinct, count: distinctCount },
    encode: (sink, from, to) => {
      sink.u8(bitWidth);
      if (to - from === codes.length) sink.write(rows.hybrid(bitWidth));
      else encodeHybrid(sink, codes, from, to, bitWidth);
    },
  };
}

/** The hybrid of the row codes that were made last: one row group at a time. */
const hybridBytes = new ByteSink();

/** Good until the codes of other rows are made. */
export function rowCodes(codes: Int32Array): RowCodes {
  let made: Uint8Array | null = null;
  const hybrid = (bitWidth: number): Uint8Array => {
    if (made !== null) return made;
    hybridBytes.clear();
    encodeHybrid(hybridBytes, codes, 0, codes.length, bitWidth);
    made = hybridBytes.written();
    return made;
  };
  return { codes, hybrid };
}

/** Codes 0, 1, … of those that occur, in their order, so that they depend on these rows alone; `used` has the old code of each. */
export function usedCodes(
  codes: Int32Array,
  codeCount: number,
): { codes: Int32Array; used: Int32Array } {
  const number = new Int32Array(codeCount);
  for (let row = 0; row < codes.length; row++) number[codes[row]!] = 1;
  const used = new Int32Array(codeCount);
  let count = 0;
  for (let code = 0; code < codeCount; code++) {
    used[count] = code;
    const isUsed = number[code]!;
    number[code] = count;
    count += isUsed;
  }
  // Mostly the caller's codes are those of these rows already.
  if (count === codeCount) return { codes, used };
  const out = new Int32Array(codes.length);
  for (let row = 0; row < codes.length; row++) out[row] = number[codes[row]!]!;
  return { codes: out, used: used.subarray(0, count) };
}

/** Codes numbered by first appearance, so that they depend on these rows alone; `distinct` has the old code of each. */
export function recode(
  codes: Int32Array,
  codeCount: number,
): { codes: Int32Array; distinct: Int32Array } {
  const known = new Int32Array(codeCount).fill(-1);
  const out = new Int32Array(codes.length);
  const distinct = new Int32Array(Math.min(codes.length, codeCount));
  let count = 0;
  for (let row = 0; row < codes.length; row++) {
    const code = codes[row]!;
    let number = known[code]!;
    if (number < 0) {
      number = count++;
      known[code] = number;
      distinct[number] = code;
    }
    out[row] = number;
  }
  return { codes: out, distinct: distinct.subarray(0, count) };
}

/** values[codes[i]] for each i. */
function takeValues(values: PlainValues, codes: Int32Array): PlainValues {
  if (values.kind === 'string') {
    const taken = takeFixed(values.codes, codes);
    assert(taken instanceof Int32Array, 'codes are 32-bit');
    return { ...values, codes: taken };
  }
  // `takeFixed` keeps the type of the array.
  return { kind: values.kind, values: takeFixed(values.values, codes) } as PlainValues;
}

function countOf(values: PlainValues): number {
  return values.kind === 'string' ? values.codes.length : values.values.length;
}

function plainBytes(values: PlainValues): number {
  if (values.kind === 'bool') return values.values.length / 8;
  if (values.kind !== 'string') return values.values.byteLength;
  const { codes } = values;
  const { offsets } = values.pool;
  let bytes = 4 * codes.length;
  for (let at = 0; at < codes.length; at++)
    bytes += offsets[codes[at]! + 1]! - offsets[codes[at]!]!;
  return bytes;
}

/** Bytes that a value has at least. */
function minBytesOf(values: PlainValues): number {
  if (values.kind === 'string') return 4;
  return values.kind === 'bool' ? 1 / 8 : values.values.BYTES_PER_ELEMENT;
}

/** Plain bytes of values[codes[i]] for all i. */
function plainBytesOf(values: PlainValues, codes: Int32Array): number {
  if (values.kind !== 'string') {
    return (plainBytes(values) / Math.max(1, countOf(values))) * codes.length;
  }
  const { offsets } = values.pool;
  const lengths = new Int32Array(values.codes.length);
  for (let at = 0; at < lengths.length; at++) {
    lengths[at] = offsets[values.codes[at]! + 1]! - offsets[values.codes[at]!]!;
  }
  let bytes = 4 * codes.length;
  for (let at = 0; at < codes.length; at++) bytes += lengths[codes[at]!]!;
  return bytes;
}

export function encodePlain(sink: ByteSink, values: PlainValues, from: number, to: number): void {
  switch (values.kind) {
    case 'bool':
      encodeBools(sink, values.values, from, to);
      return;
    case 'string':
      encodeByteArrays(sink, values.pool, values.codes, from, to);
      return;
    default:
      sink.write(bytesOf(values.values, from, to));
  }
}

function bytesOf(values: FixedArray, from: number, to: number): Uint8Array {
  const width = values.BYTES_PER_ELEMENT;
  return new Uint8Array(values.buffer, values.byteOffset + from * width, (to - from) * width);
}
