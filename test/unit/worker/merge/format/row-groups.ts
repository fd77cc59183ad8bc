/** Row groups and whole files for the tests of the output formats. */
import type { Column } from '../../../../../shared/column/column.ts';
import { StringPool } from '../../../../../shared/column/string-pool.ts';
import { columnFromValues } from '../../../../../shared/column/values.ts';
import type { Value } from '../../../../../shared/column/values.ts';
import { STRING } from '../../../../../shared/types/data-type.ts';
import type { DataType } from '../../../../../shared/types/data-type.ts';
import type {
  PlacedRowGroup,
  ResultFormat,
  ResultSchema,
  RowGroup,
} from '../../../../../worker/merge/format/result-format.ts';

export interface TestField {
  readonly name: string;
  readonly type: DataType;
  readonly values: readonly Value[];
}

export interface TestResult {
  readonly keyType?: DataType;
  readonly time: readonly bigint[];
  readonly subsort?: readonly bigint[];
  /** Per row an index into `keys`. */
  readonly entity?: readonly number[];
  readonly keys?: readonly Value[];
  readonly hashes?: readonly bigint[];
  readonly fields: readonly TestField[];
  readonly timestamps?: 'ns' | 'us';
}

export function schemaOf(result: TestResult): ResultSchema {
  const fields = result.fields.map(({ name, type }) => ({ name, type }));
  return { keyType: result.keyType ?? STRING, fields, timestamps: result.timestamps ?? 'ns' };
}

export function groupOf(result: TestResult): RowGroup {
  const pool = new StringPool();
  const keys = result.keys ?? ['ann'];
  const column = (type: DataType, values: readonly Value[]): Column =>
    columnFromValues(type, values, pool);
  return {
    length: result.time.length,
    time: BigInt64Array.from(result.time),
    subsort: BigUint64Array.from(result.subsort ?? result.time.map((_, row) => BigInt(row))),
    entity: Int32Array.from(result.entity ?? result.time.map(() => 0)),
    entityHash: BigUint64Array.from(result.hashes ?? keys.map((_, index) => BigInt(index + 7))),
    entityKeys: column(result.keyType ?? STRING, keys),
    fields: result.fields.map((field) => column(field.type, field.values)),
  };
}

/** A complete file of the given row groups. */
export function fileOf(format: ResultFormat, groups: readonly RowGroup[]): Buffer {
  const chunks: Uint8Array[] = [format.header()];
  const placed: PlacedRowGroup[] = [];
  let offset = chunks[0]!.length;
  for (const group of groups) {
    const { bytes, footer } = format.encode(group);
    // The footer of a piece goes through JSON on its way to the file.
    const stored: unknown = JSON.parse(JSON.stringify(footer));
    placed.push({ offset, bytes: bytes.length, rows: group.length, footer: stored });
    chunks.push(bytes.slice());
    offset += bytes.length;
  }
  chunks.push(format.footer(placed));
  return Buffer.concat(chunks);
}
