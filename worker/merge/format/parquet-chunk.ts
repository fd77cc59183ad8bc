/** A Parquet column chunk: the pages of one leaf in one row group, and what the footer says about them. */
import { assert } from '../../../shared/base/assert.ts';
import type { FixedArray } from '../../../shared/column/column.ts';
import { takeFixed } from '../../../shared/column/take.ts';
import { ByteSink } from './byte-sink.ts';
import type { Compression } from './compression.ts';
import { CODEC_ID, compress } from './compression.ts';
import {
  bitWidthOf,
  encodeBools,
  encodeByteArrays,
  encodeDelta32,
  encodeDelta64,
  encodeHybrid,
  encodeRun,
} from './parquet-encoding.ts';
import type { LeafEntries } from './parquet-levels.ts';
import type { Leaf } from './parquet-schema.ts';
import { leafBounds } from './parquet-values.ts';
import type { LeafBounds, LeafValues } from './parquet-values.ts';
import { ThriftWriter } from './thrift-writer.ts';

/** `Encoding` of parquet.thrift. */
const PLAIN = 0;
const RLE = 3;
const DELTA_BINARY_PACKED = 5;
const RLE_DICTIONARY = 8;

const DATA_PAGE = 0;
const DICTIONARY_PAGE = 2;

/** Delta encoding must save this share of the plain bytes, else plain is kept: it is faster to read. */
const DELTA_BYTES_SHARE_MAX = 0.8;
/** Likewise compression: a chunk that it hardly shrinks is stored as it is. */
const COMPRESSED_BYTES_SHARE_MAX = 0.85;
/** A large chunk is tried on this much of its largest page first: packed bits and hashes then cost next to nothing. */
const COMPRESSION_TRIAL_BYTES = 32 << 10;
/** A page ends at the first row after this many bytes, about, so readers need not hold a whole column of long lists. */
const PAGE_BYTES = 8 << 20;

/** Plain JSON; offsets count from the start of the chunk. */
export interface ChunkFooter {
  readonly codec: number;
  readonly encodings: readonly number[];
  /** Entries, nulls and empty lists included. */
  readonly values: number;
  readonly nulls: number;
  /** Page headers included, as the format counts. */
  readonly uncompressedBytes: number;
  readonly bytes: number;
  /** Length of the dictionary page, 0 if there is none. */
  readonly dictionaryBytes: number;
  /** Hexadecimal. */
  readonly min: string | null;
  readonly max: string | null;
}

/** Entries and values of one data page. */
interface PageRange {
  readonly entryFrom: number;
  readonly entryTo: number;
  readonly valueFrom: number;
  readonly valueTo: number;
}

interface RawPage {
  readonly kind: typeof DATA_PAGE | typeof DICTIONARY_PAGE;
  readonly values: number;
  readonly encoding: number;
  readonly from: number;
  readonly to: number;
}

/** Pages before compression are built here, one chunk at a time. */
const raw = new ByteSink();

export function encodeChunk(
  sink: ByteSink,
  leaf: Leaf,
  entries: Pick<LeafEntries, 'length' | 'definition' | 'repetition'>,
  values: LeafValues,
  compression: Compression,
): ChunkFooter {
  raw.clear();
  const { length } = entries;
  const pages: RawPage[] = [];
  const plan = planValues(leaf, values);
  if (plan.dictionary !== null) {
    encodePlain(raw, plan.dictionary, 0, plan.dictionaryCount);
    const { dictionaryCount } = plan;
    pages.push({
      kind: DICTIONARY_PAGE,
      values: dictionaryCount,
      encoding: PLAIN,
      from: 0,
      to: raw.length,
    });
  }
  for (const range of splitPages(leaf, entries, plan)) {
    const from = raw.length;
    const { entryFrom, entryTo } = range;
    encodeLevels(raw, entries.repetition, 0, leaf.repetitionMax, entryFrom, entryTo);
    encodeLevels(
      raw,
      entries.definition,
      leaf.definitionMax,
      leaf.definitionMax,
      entryFrom,
      entryTo,
    );
    plan.encode(raw, range.valueFrom, range.valueTo);
    const count = entryTo - entryFrom;
    pages.push({ kind: DATA_PAGE, values: count, encoding: plan.encoding, from, to: raw.length });
  }
  const stored = storePages(sink, pages, compression);
  return {
    ...stored,
    encodings: plan.dictionary === null ? [plan.encoding, RLE] : [PLAIN, plan.encoding, RLE],
    values: length,
    nulls: length - plan.count,
    min: plan.bounds === null ? null : Buffer.from(plan.bounds.min).toString('hex'),
    max: plan.bounds === null ? null : Buffer.from(plan.bounds.max).toString('hex'),
  };
}

/** How the values of a chunk are written: one encoding for all its pages. */
interface ValuePlan {
  readonly encoding: number;
  readonly count: number;
  /** Bytes per value, about: decides where pages end. */
  readonly valueBytes: number;
  readonly bounds: LeafBounds | null;
  /** The distinct values in order of first appearance; null without a dictionary. */
  readonly dictionary: LeafValues | null;
  readonly dictionaryCount: number;
  readonly encode: (sink: ByteSink, from: number, to: number) => void;
}

function planValues(leaf: Leaf, values: LeafValues): ValuePlan {
  switch (values.kind) {
    case 'string':
    case 'coded64':
      return planDictionary(leaf, values);
    case 'i32':
    case 'i64':
      return planNumbers(leaf, values);
    default:
      return planPlain(leaf, values);
  }
}

function planPlain(leaf: Leaf, values: LeafValues): ValuePlan {
  return {
    encoding: PLAIN,
    count: countOf(values),
    valueBytes: plainBytes(values) / Math.max(1, countOf(values)),
    bounds: leafBounds(leaf, values),
    dictionary: null,
    dictionaryCount: 0,
    encode: (sink, from, to) => encodePlain(sink, values, from, to),
  };
}

const trial = new ByteSink();

/** Delta if a trial on all the values saves enough. Sorted times, counters and small numbers do; hashes do not. */
function planNumbers(leaf: Leaf, values: Extract<LeafValues, { kind: 'i32' | 'i64' }>): ValuePlan {
  const plain = planPlain(leaf, values);
  trial.clear();
  encodeDelta(trial, values, 0, plain.count);
  if (trial.length > plain.count * plain.valueBytes * DELTA_BYTES_SHARE_MAX) return plain;
  return {
    ...plain,
    encoding: DELTA_BINARY_PACKED,
    encode: (sink, from, to) => {
      if (from === 0 && to === plain.count) sink.write(trial.written());
      else encodeDelta(sink, values, from, to);
    },
  };
}

function encodeDelta(
  sink: ByteSink,
  values: Extract<LeafValues, { kind: 'i32' | 'i64' }>,
  from: number,
  to: number,
): void {
  if (values.kind === 'i64') encodeDelta64(sink, values.values, from, to);
  else encodeDelta32(sink, values.values, from, to);
}

/** A dictionary of the distinct values, if that and the codes are smaller than the values themselves. */
function planDictionary(
  leaf: Leaf,
  values: Extract<LeafValues, { kind: 'string' | 'coded64' }>,
): ValuePlan {
  const { codes, distinct } = recode(
    values.codes,
    values.kind === 'string' ? values.pool.size : values.entries.length,
  );
  const dictionary: LeafValues =
    values.kind === 'string'
      ? { kind: 'string', codes: distinct, pool: values.pool }
      : uncoded(distinct, values.entries);
  const bitWidth = Math.max(1, bitWidthOf(distinct.length - 1));
  const coded = plainBytes(dictionary) + (codes.length * bitWidth) / 8;
  const plain = plainBytes(values);
  const bounds = leafBounds(leaf, dictionary);
  if (coded > plain) {
    const materialized = values.kind === 'string' ? values : uncoded(values.codes, values.entries);
    return {
      encoding: PLAIN,
      count: codes.length,
      valueBytes: plain / Math.max(1, codes.length),
      bounds,
      dictionary: null,
      dictionaryCount: 0,
      encode: (sink, from, to) => encodePlain(sink, materialized, from, to),
    };
  }
  return {
    encoding: RLE_DICTIONARY,
    count: codes.length,
    valueBytes: bitWidth / 8,
    bounds,
    dictionary,
    dictionaryCount: distinct.length,
    encode: (sink, from, to) => {
      sink.u8(bitWidth);
      encodeHybrid(sink, codes, from, to, bitWidth);
    },
  };
}

/** Codes numbered by first appearance, so that they depend on these rows alone; `distinct` has the old code of each. */
function recode(codes: Int32Array, codeCount: number): { codes: Int32Array; distinct: Int32Array } {
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

function uncoded(codes: Int32Array, entries: BigInt64Array | Float64Array): LeafValues {
  const values = takeFixed(entries, codes);
  if (values instanceof Float64Array) return { kind: 'f64', values };
  assert(values instanceof BigInt64Array, 'coded values are 64 bits wide');
  return { kind: 'i64', values };
}

function countOf(values: LeafValues): number {
  return values.kind === 'string' || values.kind === 'coded64'
    ? values.codes.length
    : values.values.length;
}

function plainBytes(values: LeafValues): number {
  switch (values.kind) {
    case 'bool':
      return values.values.length / 8;
    case 'i32':
    case 'f32':
      return values.values.length * 4;
    case 'i64':
    case 'f64':
      return values.values.length * 8;
    case 'coded64':
      return values.codes.length * 8;
    case 'string': {
      const { codes } = values;
      const { offsets } = values.pool;
      let bytes = 4 * codes.length;
      for (let row = 0; row < codes.length; row++) {
        bytes += offsets[codes[row]! + 1]! - offsets[codes[row]!]!;
      }
      return bytes;
    }
  }
}

function encodePlain(sink: ByteSink, values: LeafValues, from: number, to: number): void {
  switch (values.kind) {
    case 'bool':
      encodeBools(sink, values.values, from, to);
      return;
    case 'string':
      encodeByteArrays(sink, values.pool, values.codes, from, to);
      return;
    case 'coded64':
      encodePlain(sink, uncoded(values.codes.subarray(from, to), values.entries), 0, to - from);
      return;
    default:
      sink.write(bytesOf(values.values, from, to));
  }
}

function bytesOf(values: FixedArray, from: number, to: number): Uint8Array {
  const width = values.BYTES_PER_ELEMENT;
  return new Uint8Array(values.buffer, values.byteOffset + from * width, (to - from) * width);
}

/** Levels of a data page: u32 length and the hybrid. `levels` null: all are `constant`. None if the leaf has no such level. */
function encodeLevels(
  sink: ByteSink,
  levels: Int32Array | null,
  constant: number,
  levelMax: number,
  from: number,
  to: number,
): void {
  if (levelMax === 0) return;
  const bitWidth = bitWidthOf(levelMax);
  sink.u32(0);
  const start = sink.length;
  if (levels === null) encodeRun(sink, constant, to - from, bitWidth);
  else encodeHybrid(sink, levels, from, to, bitWidth);
  sink.view.setUint32(start - 4, sink.length - start, true);
}

function splitPages(
  leaf: Leaf,
  entries: Pick<LeafEntries, 'length' | 'definition' | 'repetition'>,
  plan: ValuePlan,
): readonly PageRange[] {
  const { length, definition, repetition } = entries;
  const bytes = plan.count * plan.valueBytes + (repetition === null ? 0 : length / 4);
  if (bytes <= PAGE_BYTES)
    return [{ entryFrom: 0, entryTo: length, valueFrom: 0, valueTo: plan.count }];
  const target = Math.max(1, Math.floor((length * PAGE_BYTES) / bytes));
  const pages: PageRange[] = [];
  let entryFrom = 0;
  let valueFrom = 0;
  while (entryFrom < length) {
    let entryTo = Math.min(length, entryFrom + target);
    while (repetition !== null && entryTo < length && repetition[entryTo] !== 0) entryTo++;
    let present = entryTo - entryFrom;
    if (definition !== null) {
      present = 0;
      for (let at = entryFrom; at < entryTo; at++) {
        if (definition[at] === leaf.definitionMax) present++;
      }
    }
    const valueTo = valueFrom + present;
    pages.push({ entryFrom, entryTo, valueFrom, valueTo });
    entryFrom = entryTo;
    valueFrom = valueTo;
  }
  return pages;
}

/** Writes headers and bodies of the pages, compressed if that pays for the chunk as a whole. */
function storePages(
  sink: ByteSink,
  pages: readonly RawPage[],
  compression: Compression,
): Pick<ChunkFooter, 'codec' | 'uncompressedBytes' | 'bytes' | 'dictionaryBytes'> {
  const bodies = pages.map((page) => raw.bytes.subarray(page.from, page.to));
  let stored: readonly Uint8Array[] = bodies;
  let codec: Compression = 'none';
  if (compression !== 'none' && isCompressible(bodies, compression)) {
    const compressed = bodies.map((body) => compress(body, compression));
    if (totalBytes(compressed) <= raw.length * COMPRESSED_BYTES_SHARE_MAX) {
      stored = compressed;
      codec = compression;
    }
  }
  const start = sink.length;
  let headerBytes = 0;
  let dictionaryBytes = 0;
  pages.forEach((page, index) => {
    const body = stored[index]!;
    const before = sink.length;
    writePageHeader(sink, page, body.length);
    headerBytes += sink.length - before;
    sink.write(body);
    if (page.kind === DICTIONARY_PAGE) dictionaryBytes = sink.length - before;
  });
  const bytes = sink.length - start;
  return {
    codec: CODEC_ID[codec],
    uncompressedBytes: raw.length + headerBytes,
    bytes,
    dictionaryBytes,
  };
}

function isCompressible(
  bodies: readonly Uint8Array[],
  compression: Exclude<Compression, 'none'>,
): boolean {
  const largest = bodies.reduce((left, right) => (right.length > left.length ? right : left));
  if (largest.length < 2 * COMPRESSION_TRIAL_BYTES) return true;
  const from = (largest.length - COMPRESSION_TRIAL_BYTES) >>> 1;
  const sample = largest.subarray(from, from + COMPRESSION_TRIAL_BYTES);
  return compress(sample, compression).length <= sample.length * COMPRESSED_BYTES_SHARE_MAX;
}

function totalBytes(chunks: readonly Uint8Array[]): number {
  return chunks.reduce((sum, chunk) => sum + chunk.length, 0);
}

function writePageHeader(sink: ByteSink, page: RawPage, bytes: number): void {
  const thrift = new ThriftWriter(sink);
  thrift.element(() => {
    thrift.i32(1, page.kind);
    thrift.i32(2, page.to - page.from);
    thrift.i32(3, bytes);
    if (page.kind === DICTIONARY_PAGE) {
      thrift.struct(7, () => {
        thrift.i32(1, page.values);
        thrift.i32(2, PLAIN);
      });
      return;
    }
    thrift.struct(5, () => {
      thrift.i32(1, page.values);
      thrift.i32(2, page.encoding);
      thrift.i32(3, RLE);
      thrift.i32(4, RLE);
    });
  });
}
