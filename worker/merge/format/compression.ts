/** Compression of Parquet pages. */
import { zstdCompressSync, constants } from 'node:zlib';
import { compressSnappy } from './snappy.ts';

export type Compression = 'none' | 'snappy' | 'zstd';

/** `CompressionCodec` of parquet.thrift. */
export const CODEC_ID: Readonly<Record<Compression, number>> = { none: 0, snappy: 1, zstd: 6 };

const ZSTD_PARAMS = { [constants.ZSTD_c_compressionLevel]: 1 };

export function compress(bytes: Uint8Array, compression: Exclude<Compression, 'none'>): Uint8Array {
  return compression === 'zstd' ? compressZstd(bytes) : compressSnappy(bytes);
}

/** The output in one buffer: with Node's default of 16 KiB, calls and joining cost half as much as compressing. */
function compressZstd(bytes: Uint8Array): Uint8Array {
  // No input grows by more than a 256th and a header.
  const chunkSize = bytes.length + (bytes.length >>> 8) + 1024;
  return zstdCompressSync(bytes, { chunkSize, params: ZSTD_PARAMS });
}
