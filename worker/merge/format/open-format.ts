/** Chooses the writer of an output format. */
import type { FileFormat } from '../../../shared/wire/query-request.ts';
import { csvFormat } from './csv.ts';
import { jsonlFormat } from './jsonl.ts';
import { parquetFormat } from './parquet.ts';
import type { ResultFormat, ResultSchema } from './result-format.ts';

export async function openFormat(format: FileFormat, schema: ResultSchema): Promise<ResultFormat> {
  switch (format) {
    case 'parquet':
      return parquetFormat(schema);
    case 'csv':
      return csvFormat(schema);
    case 'jsonl':
      return jsonlFormat(schema);
    case 'arrow': {
      // Loaded only when asked for: the library costs a small query a good part of its time.
      const { arrowFormat } = await import('../../output/arrow-file.ts');
      return arrowFormat(schema);
    }
  }
}
