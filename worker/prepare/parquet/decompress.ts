/** Decompression of Parquet pages: native where Node has the codec, else from hyparquet-compressors, loaded on first use. */
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { AppError } from '../../../shared/base/app-error.ts';

/** The result may be longer than `length` never, shorter only if the page is damaged. */
export type Decompress = (input: Uint8Array, length: number) => Uint8Array;

/** The decompressor of a codec by its name in the format (`ZSTD`); AppError('data') for one that is not known. */
export async function decompressorOf(codec: string): Promise<Decompress> {
  switch (codec) {
    case 'UNCOMPRESSED':
      return (input) => input;
    case 'ZSTD':
      return (input, length) => zstdDecompressSync(input, { chunkSize: chunkSize(length) });
    case 'GZIP':
      return (input, length) => gunzipSync(input, { chunkSize: chunkSize(length) });
    case 'BROTLI':
      return (input, length) => brotliDecompressSync(input, { chunkSize: chunkSize(length) });
    case 'SNAPPY':
    case 'LZ4':
    case 'LZ4_RAW': {
      const { compressors } = await import('hyparquet-compressors');
      const decompress = compressors[codec];
      if (decompress !== undefined) return decompress;
    }
  }
  throw new AppError('data', 'PARQUET_CODEC', `compression codec ${codec} is not supported`);
}

/** One output buffer of the right size, so that zlib neither grows nor joins pieces. */
function chunkSize(length: number): number {
  return Math.max(64, length);
}
