/** Chooses the writer of an output format. */
import type { FileFormat } from '../../../shared/wire/query-request.ts';
import { arrowFormat } from './arrow.ts';
import { csvFormat } from './csv.ts';
import { jsonlFormat } from './jsonl.ts';
import { parquetFormat } from './parquet.ts';
import type { ResultFormat, ResultSchema } from './result-format.ts';

export function openFormat(format: FileFormat, schema: ResultSchema): ResultFormat {
  switch (format) {
    case 'parquet':
      return parquetFormat(schema);
    case 'csv':
      return csvFormat(schema);
    case 'jsonl':
      return jsonlFormat(schema);
    case 'arrow':
      return arrowFormat(schema);
  }
}
