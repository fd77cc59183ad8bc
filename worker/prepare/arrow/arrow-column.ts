/** Arrow types and buffers as types and columns of the language. */
import type { Data, DataType as ArrowType, Dictionary, Field as ArrowField } from 'apache-arrow';
import { DataType as Arrow, DateUnit, IntervalUnit, Precision, TimeUnit, Type } from 'apache-arrow';
import { AssertionError, assert } from '../../../shared/base/assert.ts';
import type { Column, Validity } from '../../../shared/column/column.ts';
import {
  allocateFixed,
  fixedColumn,
  nullColumn,
  physicalOf,
  stringColumn,
} from '../../../shared/column/column.ts';
import type { StringPool } from '../../../shared/column/string-pool.ts';
import { concatColumns, takeColumn } from '../../../shared/column/take.ts';
import type { DataType, Field, ScalarKind, ScalarType } from '../../../shared/types/data-type.ts';
import { scalar } from '../../../shared/types/data-type.ts';

/** Thrown for a type that the language does not have; `isDecimal` fails the whole file (language.md 10.5). */
export class UnsupportedArrowType extends Error {
  override readonly name = 'UnsupportedArrowType';
  readonly isDecimal: boolean;

  constructor(type: ArrowType) {
    super(
      Arrow.isDecimal(type)
        ? `decimal(${type.precision}, ${type.scale})`
        : Type[type.typeId].toLowerCase(),
    );
    this.isDecimal = Arrow.isDecimal(type);
  }
}

const TIMESTAMPS: Readonly<Record<TimeUnit, ScalarKind>> = {
  [TimeUnit.SECOND]: 'timestamp_s',
  [TimeUnit.MILLISECOND]: 'timestamp_ms',
  [TimeUnit.MICROSECOND]: 'timestamp_us',
  [TimeUnit.NANOSECOND]: 'timestamp_ns',
};

const DURATIONS: Readonly<Record<TimeUnit, ScalarKind>> = {
  [TimeUnit.SECOND]: 'duration_s',
  [TimeUnit.MILLISECOND]: 'duration_ms',
  [TimeUnit.MICROSECOND]: 'duration_us',
  [TimeUnit.NANOSECOND]: 'duration_ns',
};

/** The zone of a timestamp is dropped; dictionaries read as their values. */
export function typeOfArrow(type: ArrowType): DataType {
  if (Arrow.isDictionary(type)) return typeOfArrow((type as Dictionary).dictionary as ArrowType);
  if (Arrow.isNull(type)) return scalar('null');
  if (Arrow.isBool(type)) return scalar('bool');
  if (Arrow.isInt(type)) return scalar(`${type.isSigned ? 'i' : 'u'}${type.bitWidth}`);
  if (Arrow.isFloat(type)) {
    if (type.precision === Precision.HALF) return scalar('f16');
    return scalar(type.precision === Precision.SINGLE ? 'f32' : 'f64');
  }
  if (Arrow.isUtf8(type) || Arrow.isUtf8View(type)) return scalar('string');
  if (Arrow.isLargeUtf8(type)) return scalar('large_string');
  if (Arrow.isDate(type)) return scalar(type.unit === DateUnit.DAY ? 'date' : 'timestamp_ms');
  if (Arrow.isTimestamp(type)) return scalar(TIMESTAMPS[type.unit]);
  if (Arrow.isDuration(type)) return scalar(DURATIONS[type.unit]);
  if (Arrow.isInterval(type) && type.unit === IntervalUnit.YEAR_MONTH) {
    return scalar('interval_months');
  }
  if (Arrow.isList(type) || Arrow.isFixedSizeList(type)) {
    return { kind: 'list', element: typeOfArrow(type.children[0]!.type as ArrowType) };
  }
  if (Arrow.isStruct(type)) {
    return { kind: 'record', fields: type.children.map((field) => fieldOfArrow(field)) };
  }
  if (Arrow.isMap(type)) {
    const [key, value] = (type.children[0]!.type as ArrowType).children;
    return {
      kind: 'map',
      key: typeOfArrow(key!.type as ArrowType),
      value: typeOfArrow(value!.type as ArrowType),
    };
  }
  throw new UnsupportedArrowType(type);
}

export function fieldOfArrow(field: ArrowField): Field {
  return { name: field.name, type: typeOfArrow(field.type as ArrowType) };
}

/** The buffers of one record batch column, as `type` = `typeOfArrow(data.type)`. Memory may be shared with the buffers. */
export function columnOfArrow(data: Data, type: DataType, pool: StringPool): Column {
  assert(data.offset === 0, 'arrow: buffers of a read batch start at their first row');
  const arrowType = data.type as ArrowType;
  const { length } = data;
  const validity = validityOf(data);
  if (Arrow.isDictionary(arrowType)) {
    const entries = data.dictionary!.data.map((chunk) => columnOfArrow(chunk as Data, type, pool));
    const dictionary = concatColumns(type, entries, pool);
    const indices = Int32Array.from((data.values as Int32Array).subarray(0, length), Number);
    // The index of a null row is unspecified.
    if (validity !== null)
      for (let row = 0; row < length; row++) if (validity[row] === 0) indices[row] = -1;
    return takeColumn(dictionary, indices);
  }
  switch (type.kind) {
    case 'null':
      return nullColumn(length);
    case 'string':
    case 'large_string':
      return stringColumn(type, stringCodes(data, validity, pool), pool, validity);
    case 'list': {
      const element = columnOfArrow(data.children[0]! as Data, type.element, pool);
      return { physical: 'list', type, length, validity, offsets: listOffsets(data), element };
    }
    case 'map': {
      const entries = data.children[0]! as Data;
      const keys = columnOfArrow(entries.children[0]! as Data, type.key, pool);
      const values = columnOfArrow(entries.children[1]! as Data, type.value, pool);
      return { physical: 'map', type, length, validity, offsets: listOffsets(data), keys, values };
    }
    case 'record': {
      const children = type.fields.map((field, index) =>
        columnOfArrow(data.children[index]! as Data, field.type, pool),
      );
      return { physical: 'record', type, length, validity, children };
    }
    default:
      return fixedOfArrow(data, type, validity);
  }
}

function fixedOfArrow(data: Data, type: ScalarType, validity: Validity): Column {
  const { length } = data;
  if (type.kind === 'bool')
    return fixedColumn(type, unpackBits(data.values as Uint8Array, length), validity);
  if (type.kind === 'f16') {
    return fixedColumn(
      type,
      Float32Array.from((data.values as Uint16Array).subarray(0, length), halfToNumber),
      validity,
    );
  }
  const physical = physicalOf(type);
  if (physical === null) throw new AssertionError(`arrow: ${type.kind} has no fixed width`);
  const out = allocateFixed(physical, length);
  // Some types come as pairs of 32-bit words; the bytes are the same.
  const { buffer, byteOffset, byteLength } = data.values as Uint8Array;
  assert(byteLength >= out.byteLength, 'arrow: a buffer is shorter than its rows');
  new Uint8Array(out.buffer).set(new Uint8Array(buffer, byteOffset, out.byteLength));
  return fixedColumn(type, out, validity);
}

function validityOf(data: Data): Validity {
  const bitmap = data.nullBitmap as Uint8Array | undefined;
  if (bitmap === undefined || bitmap.length === 0 || data.nullCount === 0) return null;
  return unpackBits(bitmap, data.length);
}

/** A byte per bit, from the least significant. */
function unpackBits(bits: Uint8Array, length: number): Uint8Array {
  const out = new Uint8Array(length);
  for (let row = 0; row < length; row++) out[row] = (bits[row >> 3]! >> (row & 7)) & 1;
  return out;
}

function listOffsets(data: Data): Int32Array {
  if (Arrow.isFixedSizeList(data.type as ArrowType)) {
    const { listSize } = data.type as unknown as { readonly listSize: number };
    return Int32Array.from({ length: data.length + 1 }, (_, row) => row * listSize);
  }
  return (data.valueOffsets as Int32Array).subarray(0, data.length + 1);
}

function stringCodes(data: Data, validity: Validity, pool: StringPool): Int32Array {
  const type = data.type as ArrowType;
  const { length } = data;
  const codes = new Int32Array(length);
  const bytes = data.values as Uint8Array;
  if (Arrow.isUtf8View(type)) {
    const buffers = (data as unknown as { readonly variadicBuffers: readonly Uint8Array[] })
      .variadicBuffers;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let row = 0; row < length; row++) {
      if (validity !== null && validity[row] === 0) continue;
      // 4 bytes of length; up to 12 bytes stand in the view, longer strings in buffer (8 …) at offset (12 …).
      const at = 16 * row;
      const size = view.getInt32(at, true);
      if (size <= 12) codes[row] = pool.internBytes(bytes, at + 4, at + 4 + size);
      else {
        const from = view.getInt32(at + 12, true);
        codes[row] = pool.internBytes(buffers[view.getInt32(at + 8, true)]!, from, from + size);
      }
    }
    return codes;
  }
  const stored = data.valueOffsets as Int32Array | BigInt64Array;
  const offsets =
    stored instanceof Int32Array ? stored : Float64Array.from(stored, (offset) => Number(offset));
  for (let row = 0; row < length; row++) {
    if (validity !== null && validity[row] === 0) continue;
    codes[row] = pool.internBytes(bytes, offsets[row]!, offsets[row + 1]!);
  }
  return codes;
}

function halfToNumber(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent < 31) return sign * 2 ** (exponent - 15) * (1 + fraction / 1024);
  return fraction === 0 ? sign * Infinity : NaN;
}
