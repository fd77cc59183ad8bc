/** Compression of Parquet pages. */
import { zstdCompressSync, constants } from 'node:zlib';
import { compressSnappy } from './snappy.ts';

export type Compression = 'none' | 'snappy' | 'zstd';

/** `CompressionCodec` of parquet.thrift. */
export const CODEC_ID: Readonly<Record<Compression, number>> = { none: 0, snappy: 1, zstd: 6 };

const ZSTD_OPTIONS = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

export function compress(bytes: Uint8Array, compression: Exclude<Compression, 'none'>): Uint8Array {
  return compression === 'zstd' ? zstdCompressSync(bytes, ZSTD_OPTIONS) : compressSnappy(bytes);
}
