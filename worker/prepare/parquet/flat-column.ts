/** Columns that do not repeat and stand at the top of the schema: the hot path. */
import type { Column } from '../../../shared/column/column.ts';
import type { StringPool } from '../../../shared/column/string-pool.ts';
import { decompressorOf } from './decompress.ts';
import { ParquetFormatError } from './format-error.ts';
import { allocateRaw, decodeDictionary, decodeValues, finishLeaf } from './leaf-values.ts';
import { locatePages, openDictionary, openPage } from './pages.ts';
import type { ChunkInfo } from './parquet-source.ts';
import type { Leaf } from './schema.ts';
import { spread } from './spread.ts';

/** Rows [from, to) of a column chunk. Pages outside of the range are not decompressed. */
export async function readFlatLeaf(
  leaf: Leaf,
  chunk: Uint8Array,
  info: ChunkInfo,
  from: number,
  to: number,
  pool: StringPool,
): Promise<Column> {
  const decompress = await decompressorOf(info.codec);
  const pages = locatePages(chunk, info.values);
  let pageStart = 0;
  let firstRow = -1;
  let endRow = 0;
  const wanted = pages.data.filter((page) => {
    const start = pageStart;
    pageStart += page.values;
    const overlaps = start < to && pageStart > from;
    if (overlaps && firstRow < 0) firstRow = start;
    if (overlaps) endRow = pageStart;
    return overlaps;
  });
  if (endRow < to) throw new ParquetFormatError(`chunk has ${pageStart} rows, expected ${to}`);
  let dictionary = null;
  if (pages.dictionary !== null) {
    const { bytes, values } = openDictionary(chunk, pages.dictionary, decompress);
    dictionary = decodeDictionary(leaf, bytes, values, pool);
  }
  const raw = allocateRaw(leaf, endRow - firstRow);
  let validity: Uint8Array | null = null;
  let at = 0;
  for (const location of wanted) {
    const page = openPage(chunk, location, leaf, decompress);
    decodeValues(leaf, page, dictionary, raw, at, pool);
    if (page.definitions !== null) {
      // Rows of earlier pages had no nulls, later ones are marked as they come.
      validity ??= new Uint8Array(raw.length).fill(1);
      spread(raw, at, page.definitions, leaf.definitionMax, page.stored, validity);
    }
    at += location.values;
  }
  const skip = from - firstRow;
  const length = to - from;
  return finishLeaf(
    leaf,
    raw.subarray(skip, skip + length),
    validity === null ? null : validity.subarray(skip, skip + length),
    pool,
  );
}
