/** A Parquet column chunk: the pages of one leaf in one row group, and what the footer says about them. */
import { ByteSink } from './byte-sink.ts';
import type { Compression } from './compression.ts';
import { CODEC_ID, compress } from './compression.ts';
import { bitWidthOf, encodeHybrid, encodeRun } from './parquet-encoding.ts';
import type { LeafEntries } from './parquet-levels.ts';
import { ENCODING, encodePlain, planValues } from './parquet-plan.ts';
import type { ValuePlan } from './parquet-plan.ts';
import type { Leaf } from './parquet-schema.ts';
import type { LeafValues } from './parquet-values.ts';
import { ThriftWriter } from './thrift-writer.ts';

const DATA_PAGE = 0;
const DICTIONARY_PAGE = 2;

/** A chunk that compression hardly shrinks is stored as it is. */
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
    const { values: distinct, count } = plan.dictionary;
    encodePlain(raw, distinct, 0, count);
    const encoding = ENCODING.plain;
    pages.push({ kind: DICTIONARY_PAGE, values: count, encoding, from: 0, to: raw.length });
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
    encodings:
      plan.dictionary === null
        ? [plan.encoding, ENCODING.rle]
        : [ENCODING.plain, plan.encoding, ENCODING.rle],
    values: length,
    nulls: length - plan.count,
    min: plan.bounds === null ? null : Buffer.from(plan.bounds.min).toString('hex'),
    max: plan.bounds === null ? null : Buffer.from(plan.bounds.max).toString('hex'),
  };
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
        thrift.i32(2, ENCODING.plain);
      });
      return;
    }
    thrift.struct(5, () => {
      thrift.i32(1, page.values);
      thrift.i32(2, page.encoding);
      thrift.i32(3, ENCODING.rle);
      thrift.i32(4, ENCODING.rle);
    });
  });
}
