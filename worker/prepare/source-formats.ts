/** The source formats by name. */
import { unreachable } from '../../shared/base/assert.ts';
import type { FileFormat } from '../../shared/wire/query-request.ts';
import { arrowSource } from './arrow/arrow-source.ts';
import { csvSource } from './csv/csv-source.ts';
import { jsonlSource } from './jsonl/jsonl-source.ts';
import { parquetSource } from './parquet/parquet-source.ts';
import type { SourceFormat } from './source.ts';

export function openSourceFormat(format: FileFormat): SourceFormat {
  switch (format) {
    case 'parquet':
      return parquetSource;
    case 'csv':
      return csvSource;
    case 'jsonl':
      return jsonlSource;
    case 'arrow':
      return arrowSource;
    default:
      return unreachable(format);
  }
}
