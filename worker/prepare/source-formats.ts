/** The source formats by name. */
import { unreachable } from '../../shared/base/assert.ts';
import type { FileFormat } from '../../shared/wire/query-request.ts';
import type { SourceFormat } from './source.ts';

/** Each is loaded only when asked for: the library of one costs a small query a good part of its time. */
export async function openSourceFormat(format: FileFormat): Promise<SourceFormat> {
  switch (format) {
    case 'parquet':
      return (await import('./parquet/parquet-source.ts')).parquetSource;
    case 'csv':
      return (await import('./csv/csv-source.ts')).csvSource;
    case 'jsonl':
      return (await import('./jsonl/jsonl-source.ts')).jsonlSource;
    case 'arrow':
      return (await import('./arrow/arrow-source.ts')).arrowSource;
    default:
      return unreachable(format);
  }
}
