/** A column of maps, which CSV has not: cells say them as text, and its table is stored as an Arrow file. */
import * as arrow from 'apache-arrow';
import type { DataType, MapType } from '../../../shared/types/data-type.ts';
import { I64, STRING } from '../../../shared/types/data-type.ts';
import type { SourceColumn, SourceFile } from '../oracle/load-table.ts';
import type { Value } from '../oracle/value.ts';
import type { Rng } from './rng.ts';

/** A column of this name has maps from string to i64. */
export const MAP_COLUMN = 'tags';
export const MAP_KEYS: readonly string[] = ['a', 'b', 'c', ''];
const MAP_TYPE: MapType = { kind: 'map', key: STRING, value: I64 };

/** `a:1;b:` is { a: 1, b: null }, `none` the empty map, an empty cell null. */
export function mapCell(rng: Rng): string {
  const keys = rng.shuffled(MAP_KEYS).slice(0, rng.int(0, MAP_KEYS.length));
  const entries = keys.map((key) => `${key}:${rng.chance(0.2) ? '' : rng.int(-3, 9)}`);
  return entries.length === 0 ? 'none' : entries.join(';');
}

function mapOf(cell: Value): Value {
  if (cell === '' || cell === null) return null;
  if (cell === 'none') return [];
  const entries = (cell as string).split(';').map((entry) => entry.split(':'));
  return entries.map(([key, value]) => [key!, value === '' ? null : BigInt(value!)]);
}

/** The file with the text of its map column, if it has one, read as maps. */
export function withMaps(file: SourceFile): SourceFile {
  const columns = file.columns.map((column): SourceColumn => {
    if (column.name !== MAP_COLUMN) return column;
    return { ...column, type: MAP_TYPE, values: column.values.map(mapOf) };
  });
  return { ...file, columns };
}

/** The bytes of an Arrow file with these columns. */
export function arrowFile({ columns }: SourceFile): Uint8Array {
  const vectors = columns.map(({ name, type, values }) => [name, vectorOf(type, values)] as const);
  return arrow.tableToIPC(new arrow.Table(Object.fromEntries(vectors)), 'file');
}

function vectorOf(type: DataType, values: readonly Value[]): arrow.Vector {
  switch (type.kind) {
    case 'bool':
      return arrow.vectorFromArray(values as (boolean | null)[], new arrow.Bool());
    case 'string':
      return arrow.vectorFromArray(values as (string | null)[], new arrow.Utf8());
    case 'map': {
      const entry = new arrow.Struct<{ key: arrow.Utf8; value: arrow.Int64 }>([
        new arrow.Field('key', new arrow.Utf8(), false),
        new arrow.Field('value', new arrow.Int64(), true),
      ]);
      const maps = (values as ([string, bigint | null][] | null)[]).map((each) => {
        return each === null ? null : new Map(each);
      });
      return arrow.vectorFromArray(maps, new arrow.Map_(new arrow.Field('entries', entry, false)));
    }
    case 'f64':
      return fixedVector(new arrow.Float64(), Float64Array.from(values, numberOf), values);
    case 'i64':
      return fixedVector(new arrow.Int64(), BigInt64Array.from(values, bigintOf), values);
    default: {
      const unit = TIME_UNITS[type.kind];
      if (unit === undefined) throw new Error(`no Arrow column for ${type.kind}`);
      const times = BigInt64Array.from(values, bigintOf);
      return fixedVector(new arrow.Timestamp(unit), times, values);
    }
  }
}

const TIME_UNITS: Readonly<Record<string, arrow.TimeUnit>> = {
  timestamp_s: arrow.TimeUnit.SECOND,
  timestamp_ms: arrow.TimeUnit.MILLISECOND,
  timestamp_us: arrow.TimeUnit.MICROSECOND,
  timestamp_ns: arrow.TimeUnit.NANOSECOND,
};

function numberOf(value: Value): number {
  return value === null ? 0 : (value as number);
}

function bigintOf(value: Value): bigint {
  return value === null ? 0n : (value as bigint);
}

/** A column straight from its array: builders take times as numbers, which do not hold nanoseconds. */
function fixedVector<T extends arrow.Float64 | arrow.Int64 | arrow.Timestamp>(
  type: T,
  data: T['TArray'],
  values: readonly Value[],
): arrow.Vector {
  const nullBitmap = new Uint8Array(Math.ceil(values.length / 64) * 8);
  let nullCount = 0;
  for (const [row, value] of values.entries()) {
    if (value === null) nullCount++;
    else nullBitmap[row >> 3]! |= 1 << (row & 7);
  }
  const props = { type, length: values.length, nullCount, nullBitmap, data };
  // makeData has an overload per concrete type, and none for one of several.
  return new arrow.Vector([arrow.makeData(props as never)]);
}
