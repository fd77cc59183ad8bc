/** The pages of one column chunk: their headers, and their levels and value bytes once decompressed. */
import type { PageHeader } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import type { Decompress } from './decompress.ts';
import { ParquetFormatError } from './format-error.ts';
import { bitWidth, decodeHybrid, isOneRun } from './hybrid.ts';
import type { Leaf } from './schema.ts';

export interface PageLocation {
  readonly header: PageHeader;
  /** Compressed bytes [start, end) within the chunk. */
  readonly start: number;
  readonly end: number;
  /** Values with nulls: rows, for a column that does not repeat. 0 for a dictionary. */
  readonly values: number;
}

export interface ChunkPages {
  readonly dictionary: PageLocation | null;
  readonly data: readonly PageLocation[];
}

/** Finds the pages of a chunk that together hold `valuesTotal` values. Decompresses nothing. */
export function locatePages(chunk: Uint8Array, valuesTotal: number): ChunkPages {
  const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  const reader = { view, offset: 0 };
  const data: PageLocation[] = [];
  let dictionary: PageLocation | null = null;
  for (let values = 0; values < valuesTotal;) {
    let header: PageHeader;
    try {
      header = parquetHeader(reader);
    } catch (error) {
      throw new ParquetFormatError(`page header is damaged (${String(error)})`);
    }
    const start = reader.offset;
    const end = start + header.compressed_page_size;
    if (!(end <= chunk.length && header.compressed_page_size >= 0)) {
      throw new ParquetFormatError('page is longer than its column chunk');
    }
    reader.offset = end;
    switch (header.type) {
      case 'DICTIONARY_PAGE':
        dictionary = { header, start, end, values: 0 };
        break;
      case 'DATA_PAGE':
      case 'DATA_PAGE_V2': {
        const count = (header.data_page_header ?? header.data_page_header_v2)?.num_values;
        if (count === undefined || count < 0)
          throw new ParquetFormatError('page has no value count');
        data.push({ header, start, end, values: count });
        values += count;
        break;
      }
      default:
        // Index pages hold nothing that is needed.
        break;
    }
  }
  return { dictionary, data };
}

/** A data page ready for value decoding. */
export interface PageContent {
  readonly encoding: string;
  /** Value bytes are bytes[valuesAt …]. */
  readonly bytes: Uint8Array;
  readonly valuesAt: number;
  /** Values that are stored: those at the highest definition level. */
  readonly stored: number;
  /** One level per value; null: all values are stored. */
  readonly definitions: Int32Array | null;
  /** One level per value; null: the column does not repeat. */
  readonly repetitions: Int32Array | null;
}

export function openDictionary(
  chunk: Uint8Array,
  page: PageLocation,
  decompress: Decompress,
): { readonly bytes: Uint8Array; readonly values: number } {
  const values = page.header.dictionary_page_header?.num_values;
  if (values === undefined) throw new ParquetFormatError('dictionary page has no header');
  return {
    bytes: inflate(
      chunk.subarray(page.start, page.end),
      page.header.uncompressed_page_size,
      decompress,
    ),
    values,
  };
}

export function openPage(
  chunk: Uint8Array,
  page: PageLocation,
  leaf: Leaf,
  decompress: Decompress,
): PageContent {
  const raw = chunk.subarray(page.start, page.end);
  const v2 = page.header.data_page_header_v2;
  if (v2 !== undefined) {
    const repetitionEnd = v2.repetition_levels_byte_length;
    const definitionEnd = repetitionEnd + v2.definition_levels_byte_length;
    const body = raw.subarray(definitionEnd);
    const bytes =
      v2.is_compressed === false || body.length === 0
        ? body
        : inflate(body, page.header.uncompressed_page_size - definitionEnd, decompress);
    const repetitions =
      leaf.repetitionMax === 0
        ? null
        : levels(raw, 0, repetitionEnd, leaf.repetitionMax, page.values);
    const definitions =
      leaf.definitionMax === 0
        ? null
        : definitionLevels(raw, repetitionEnd, definitionEnd, leaf, page.values);
    return content(
      v2.encoding,
      bytes,
      0,
      page.values,
      leaf.definitionMax,
      definitions,
      repetitions,
    );
  }
  const v1 = page.header.data_page_header;
  if (v1 === undefined) throw new ParquetFormatError('data page has no header');
  const bytes = inflate(raw, page.header.uncompressed_page_size, decompress);
  let position = 0;
  /** The bytes of the next levels: [start, position). */
  const nextLevels = (encoding: string): number => {
    if (encoding !== 'RLE')
      throw new ParquetFormatError(`level encoding ${encoding} is not supported`);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (position + 4 > bytes.length) throw new ParquetFormatError('levels are cut short');
    const start = position + 4;
    position = start + view.getUint32(position, true);
    if (position > bytes.length) throw new ParquetFormatError('levels are longer than their page');
    return start;
  };
  let repetitions: Int32Array | null = null;
  if (leaf.repetitionMax > 0) {
    const start = nextLevels(v1.repetition_level_encoding);
    repetitions = levels(bytes, start, position, leaf.repetitionMax, page.values);
  }
  let definitions: Int32Array | null = null;
  if (leaf.definitionMax > 0) {
    const start = nextLevels(v1.definition_level_encoding);
    definitions = definitionLevels(bytes, start, position, leaf, page.values);
  }
  return content(
    v1.encoding,
    bytes,
    position,
    page.values,
    leaf.definitionMax,
    definitions,
    repetitions,
  );
}

function content(
  encoding: string,
  bytes: Uint8Array,
  valuesAt: number,
  values: number,
  definitionMax: number,
  definitions: Int32Array | null,
  repetitions: Int32Array | null,
): PageContent {
  const stored = definitions === null ? values : countEqual(definitions, definitionMax);
  return {
    encoding,
    bytes,
    valuesAt,
    stored,
    // Repeated columns need their levels even where nothing is null.
    definitions: stored === values && repetitions === null ? null : definitions,
    repetitions,
  };
}

/** Small buffers may be of Node's pool, which others use too. */
const FREED_BYTES_MIN = 64 * 1024;

/**
 * Gives the memory of decompressed `bytes` back when nothing of them is needed, so that the next page finds it. Left to the
 * garbage collector, every page would be touched for the first time and would hurry the collector on.
 */
export function freePage(bytes: Uint8Array, chunk: Uint8Array): void {
  const { buffer } = bytes;
  // Bytes that were not compressed are the chunk's.
  if (buffer === chunk.buffer || bytes.length < FREED_BYTES_MIN) return;
  if (buffer instanceof ArrayBuffer && bytes.length === buffer.byteLength) buffer.transfer(0);
}

/** Null if all are the highest and the column does not repeat: mostly that is one run. */
function definitionLevels(
  bytes: Uint8Array,
  start: number,
  end: number,
  { definitionMax, repetitionMax }: Leaf,
  count: number,
): Int32Array | null {
  const width = bitWidth(definitionMax);
  if (repetitionMax === 0 && isOneRun(bytes, start, end, width, count, definitionMax)) return null;
  return levels(bytes, start, end, definitionMax, count);
}

function levels(
  bytes: Uint8Array,
  start: number,
  end: number,
  max: number,
  count: number,
): Int32Array {
  const out = new Int32Array(count);
  decodeHybrid(bytes, start, end, bitWidth(max), out);
  return out;
}

function countEqual(values: Int32Array, wanted: number): number {
  let count = 0;
  for (let index = 0; index < values.length; index++) if (values[index] === wanted) count++;
  return count;
}

function inflate(input: Uint8Array, length: number, decompress: Decompress): Uint8Array {
  let output: Uint8Array;
  try {
    output = decompress(input, length);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ParquetFormatError(`page cannot be decompressed (${reason})`);
  }
  if (output.length < length) throw new ParquetFormatError('decompressed page is too short');
  return output;
}
