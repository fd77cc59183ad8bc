/** Rows of an Arrow IPC file for `show`: only the record batches that hold them are looked into. */
import {
  DataType as ArrowType,
  Precision,
  tableFromIPC,
  TimeUnit,
  Type,
  type Table,
  type Vector,
} from 'apache-arrow';
import { f64Text } from '../../../shared/kernel/float-text.ts';
import { printTimestamp, type TimeUnit as Unit } from '../../../shared/time/print-timestamp.ts';
import type { DataFile } from '../context.ts';
import type { RowReader } from './data-edges.ts';
import { cellOf } from './cell-text.ts';

const UNITS: Readonly<Record<TimeUnit, Unit>> = {
  [TimeUnit.SECOND]: 's',
  [TimeUnit.MILLISECOND]: 'ms',
  [TimeUnit.MICROSECOND]: 'us',
  [TimeUnit.NANOSECOND]: 'ns',
};

/** Holds the file in memory, as bytes: the library has no ranged reader for objects in a store. */
export async function openArrow(file: DataFile): Promise<RowReader> {
  const table: Table = tableFromIPC(await file.readRange(0, file.bytes));
  const columns = table.schema.fields.map(({ name, type }) => ({ name, type: typeName(type) }));
  return {
    columns,
    rows: table.numRows,
    read: async ({ start, count }) =>
      Array.from({ length: count }, (_, at) =>
        columns.map((_column, index) => {
          const vector = table.getChildAt(index);
          return vector === null ? null : cellText(vector, start + at);
        }),
      ),
  };
}

function cellText(vector: Vector, row: number): string | null {
  const type: ArrowType = vector.type;
  const value: unknown = vector.get(row);
  if (value === null) return null;
  // `get` turns timestamps into milliseconds: the count itself is in the data.
  if (ArrowType.isTimestamp(type)) {
    const count = rawCount(vector, row);
    return count === null ? cellOf(value) : printTimestamp(count, UNITS[type.unit], 'shortest');
  }
  if (ArrowType.isDate(type)) return new Date(Number(value)).toISOString().slice(0, 10);
  if (ArrowType.isFloat(type) && typeof value === 'number') return f64Text(value);
  return cellOf(value);
}

function rawCount(vector: Vector, row: number): bigint | null {
  let at = row;
  for (const data of vector.data) {
    if (at < data.length) {
      const values: unknown = data.values;
      return values instanceof BigInt64Array ? values[at]! : null;
    }
    at -= data.length;
  }
  return null;
}

const FLOATS: Readonly<Record<Precision, string>> = {
  [Precision.HALF]: 'f16',
  [Precision.SINGLE]: 'f32',
  [Precision.DOUBLE]: 'f64',
};

/** In the words of the language, where it has one; else in those of Arrow. */
function typeName(type: ArrowType): string {
  if (ArrowType.isTimestamp(type)) return `timestamp_${UNITS[type.unit]}`;
  if (ArrowType.isDictionary(type)) return typeName(type.dictionary);
  if (ArrowType.isInt(type)) return `${type.isSigned ? 'i' : 'u'}${type.bitWidth}`;
  if (ArrowType.isFloat(type)) return FLOATS[type.precision];
  if (ArrowType.isUtf8(type) || ArrowType.isLargeUtf8(type)) return 'string';
  return Type[type.typeId].toLowerCase();
}
