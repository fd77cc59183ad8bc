/** A damaged Parquet file, found deep in a decoder; the reader wraps it into an AppError that names file and column. */
export class ParquetFormatError extends Error {
  override readonly name = 'ParquetFormatError';
}
