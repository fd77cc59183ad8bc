/** Rows and columns for tests of operators, from and to plain values. */
import type { Column } from '../../../../shared/column/column.ts';
import type { StringPool } from '../../../../shared/column/string-pool.ts';
import type { Value } from '../../../../shared/column/values.ts';
import { columnFromValues, columnValues } from '../../../../shared/column/values.ts';
import type { DataType } from '../../../../shared/types/data-type.ts';
import type { DomainRows } from '../../../../worker/operator/domain-rows.ts';

/** (time, subsort, entity, ordinal); the last two are 0 if absent. */
export type Row = readonly [
  time: bigint | number,
  subsort: bigint | number,
  entity?: number,
  ordinal?: number,
];

export function rowsOf(rows: readonly Row[]): DomainRows {
  const hasOrdinals = rows.some((row) => (row[3] ?? 0) > 0);
  return {
    length: rows.length,
    time: BigInt64Array.from(rows, (row) => BigInt(row[0])),
    subsort: BigUint64Array.from(rows, (row) => BigInt(row[1])),
    entity: Int32Array.from(rows, (row) => row[2] ?? 0),
    ordinal: hasOrdinals ? Uint32Array.from(rows, (row) => row[3] ?? 0) : null,
  };
}

/** `time.subsort entity` per row, with `#ordinal` where it is not 0. */
export function printRows(rows: DomainRows): string[] {
  return Array.from({ length: rows.length }, (_, row) => {
    const ordinal = rows.ordinal?.[row] ?? 0;
    return `${rows.time[row]}.${rows.subsort[row]} ${rows.entity[row]}${ordinal === 0 ? '' : `#${ordinal}`}`;
  });
}

export function column(type: DataType, values: readonly Value[], pool: StringPool): Column {
  return columnFromValues(type, values, pool);
}

/** Values of a column with bigints as numbers, to compare with literals. */
export function plain(values: Column): unknown[] {
  return columnValues(values).map((value) => (typeof value === 'bigint' ? Number(value) : value));
}
