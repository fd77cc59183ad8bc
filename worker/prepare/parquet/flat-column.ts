/** Columns that do not repeat and stand at the top of the schema: the hot path. */
import type { Column } from '../../../shared/column/column.ts';
import type { StringPool } from '../../../shared/column/string-pool.ts';
import { decompressorOf } from './decompress.ts';
import { ParquetFormatError } from './format-error.ts';
import type { RawValues } from './leaf-values.ts';
import { allocateRaw, decodeDictionary, decodeValues, finishLeaf } from './leaf-values.ts';
import type { PageContent } from './pages.ts';
import { freePage, locatePages, openDictionary, openPage } from './pages.ts';
import type { ChunkInfo } from './parquet-source.ts';
import type { Leaf } from './schema.ts';
import { spread } from './spread.ts';

/**
 * Rows [from, to) of a column chunk, decoded into `target`, which has room for just them and which the column takes
 * over. Pages outside of the range are not decompressed.
 */
export async function readFlatLeaf(
  leaf: Leaf,
  chunk: Uint8Array,
  info: ChunkInfo,
  from: number,
  to: number,
  pool: StringPool,
  target: RawValues,
): Promise<Column> {
  const decompress = await decompressorOf(info.codec);
  const pages = locatePages(chunk, info.values);
  const pagesEnd = pages.data.reduce((sum, page) => sum + page.values, 0);
  if (pagesEnd < to) throw new ParquetFormatError(`chunk has ${pagesEnd} rows, expected ${to}`);
  let dictionary = null;
  if (pages.dictionary !== null) {
    const { bytes, values } = openDictionary(chunk, pages.dictionary, decompress);
    dictionary = decodeDictionary(leaf, bytes, values, pool);
    freePage(bytes, chunk);
  }
  let validity: Uint8Array | null = null;
  let end = 0;
  for (const location of pages.data) {
    const start = end;
    end += location.values;
    if (end <= from || start >= to) continue;
    const page = openPage(chunk, location, leaf, decompress);
    // Rows of earlier pages had no nulls, later ones are marked as they come.
    if (page.definitions !== null) validity ??= new Uint8Array(target.length).fill(1);
    if (start >= from && end <= to) {
      decodePage(leaf, page, dictionary, target, validity, start - from, pool);
    } else {
      // A page across the range's edge has rows that `target` has no room for.
      const whole = allocateRaw(leaf, location.values);
      const valid = page.definitions === null ? null : new Uint8Array(location.values);
      decodePage(leaf, page, dictionary, whole, valid, 0, pool);
      const first = Math.max(start, from);
      const last = Math.min(end, to);
      copyRaw(whole.subarray(first - start, last - start), target, first - from);
      if (valid !== null) validity?.set(valid.subarray(first - start, last - start), first - from);
    }
    freePage(page.bytes, chunk);
  }
  return finishLeaf(leaf, target, validity, pool);
}

/** The values of a page, nulls included, to out[at …]; `validity` is there if the page has nulls. */
function decodePage(
  leaf: Leaf,
  page: PageContent,
  dictionary: RawValues | null,
  out: RawValues,
  validity: Uint8Array | null,
  at: number,
  pool: StringPool,
): void {
  decodeValues(leaf, page, dictionary, out, at, pool);
  if (page.definitions === null || validity === null) return;
  spread(out, at, page.definitions, leaf.definitionMax, page.stored, validity);
}

/** Copied as bytes: both are of one leaf, so of one width. */
function copyRaw(values: RawValues, target: RawValues, at: number): void {
  const width = target.BYTES_PER_ELEMENT;
  const bytes = new Uint8Array(target.buffer, target.byteOffset, target.byteLength);
  bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at * width);
}
