/**
 * Results as an Arrow IPC file: a row group is one record batch message, made of our typed arrays without a loop per
 * value where the layouts agree. It stands outside worker/merge, which imports nothing from the registry. Strings are plain UTF-8, not dictionaries: those belong to the whole file in this format.
 *
 *   'ARROW1' │ record batch … │ end of stream │ footer: schema, where each batch lies │ 'ARROW1'
 */
import {
  Bool,
  DateDay,
  Field as ArrowField,
  Float32,
  Float64,
  Int16,
  Int32,
  Int64,
  Int8,
  LargeUtf8,
  List,
  Map_,
  Null,
  RecordBatch,
  RecordBatchFileWriter,
  Schema,
  Struct,
  TimeUnit,
  Timestamp,
  Uint16,
  Uint32,
  Uint64,
  Uint8,
  Utf8,
  makeData,
} from 'apache-arrow';
import type { DataType as ArrowType, Data } from 'apache-arrow';
import { FileBlock } from 'apache-arrow/ipc/metadata/file';
import { AppError } from '../../shared/base/app-error.ts';
import { assert, AssertionError } from '../../shared/base/assert.ts';
import type { Column, FixedArray, StringColumn, Validity } from '../../shared/column/column.ts';
import { takeColumn } from '../../shared/column/take.ts';
import { TIMESTAMP_NS, U64 } from '../../shared/types/data-type.ts';
import type { DataType } from '../../shared/types/data-type.ts';
import type {
  PlacedRowGroup,
  ResultFormat,
  ResultSchema,
  RowGroup,
} from '../merge/format/result-format.ts';
import { toMicroseconds } from '../merge/format/time-conversion.ts';

/** Where the parts of a record batch message lie, from its first byte. */
interface BatchFooter {
  readonly metadataBytes: number;
  readonly bodyBytes: number;
}

/** The library's file writer, with its pieces within reach: it counts the blocks that a footer needs. */
class PieceWriter extends RecordBatchFileWriter {
  get blocks(): FileBlock[] {
    return this._recordBatchBlocks;
  }

  placeAt(position: number): void {
    this._position = position;
  }
}

const MAGIC = new TextEncoder().encode('ARROW1\0\0');

export function arrowFormat(resultSchema: ResultSchema): ResultFormat {
  const { timestamps } = resultSchema;
  const schema = new Schema([
    new ArrowField('_time', arrowType(TIMESTAMP_NS, timestamps), false),
    new ArrowField('_subsort', arrowType(U64, timestamps), false),
    new ArrowField('_key_hash', arrowType(U64, timestamps), false),
    new ArrowField('_key', arrowType(resultSchema.keyType, timestamps), true),
    ...resultSchema.fields.map(
      (field) => new ArrowField(field.name, arrowType(field.type, timestamps), true),
    ),
  ]);
  return {
    header: () => MAGIC,
    encode: (group) => {
      const batch = recordBatch(schema, group, resultSchema);
      const writer = new PieceWriter();
      writer.reset(undefined, schema);
      writer.write(batch);
      const [block] = writer.blocks;
      assert(block !== undefined, 'arrow: one block was written');
      const { offset, metaDataLength: metadataBytes, bodyLength: bodyBytes } = block;
      writer.finish();
      const bytes = writer.toUint8Array(true).slice(offset, offset + metadataBytes + bodyBytes);
      const footer: BatchFooter = { metadataBytes, bodyBytes };
      return { bytes, footer };
    },
    footer: (groups) => encodeFooter(schema, groups),
  };
}

function encodeFooter(schema: Schema, groups: readonly PlacedRowGroup[]): Uint8Array {
  const writer = new PieceWriter();
  writer.reset(undefined, schema);
  for (const group of groups) {
    // What `encode` of this format returned as the footer of the row group.
    const { metadataBytes, bodyBytes } = group.footer as BatchFooter;
    writer.blocks.push(new FileBlock(metadataBytes, bodyBytes, group.offset));
  }
  const last = groups.at(-1);
  writer.placeAt(last === undefined ? MAGIC.length : last.offset + last.bytes);
  writer.finish();
  // `reset` has written the magic of the file's start, which stands in the header.
  return writer.toUint8Array(true).slice(MAGIC.length);
}

function recordBatch(schema: Schema, group: RowGroup, resultSchema: ResultSchema): RecordBatch {
  const { timestamps } = resultSchema;
  const { length } = group;
  const time = fixedData('_time', TIMESTAMP_NS, group.time, null, timestamps);
  const hash = new BigUint64Array(length);
  for (let row = 0; row < length; row++) hash[row] = group.entityHash[group.entity[row]!]!;
  const children = [
    time,
    fixedData('_subsort', U64, group.subsort, null, timestamps),
    fixedData('_key_hash', U64, hash, null, timestamps),
    columnData('_key', takeColumn(group.entityKeys, group.entity), timestamps),
    ...group.fields.map((column, index) =>
      columnData(resultSchema.fields[index]!.name, column, timestamps),
    ),
  ];
  const data = makeData({ type: new Struct(schema.fields), length, nullCount: 0, children });
  return new RecordBatch(schema, data);
}

function arrowType(type: DataType, timestamps: 'ns' | 'us'): ArrowType {
  switch (type.kind) {
    case 'null':
      return new Null();
    case 'bool':
      return new Bool();
    case 'i8':
      return new Int8();
    case 'i16':
      return new Int16();
    case 'i32':
    case 'interval_days':
    case 'interval_months':
      return new Int32();
    case 'i64':
    case 'duration_s':
    case 'duration_ms':
    case 'duration_us':
    case 'duration_ns':
      return new Int64();
    case 'u8':
      return new Uint8();
    case 'u16':
      return new Uint16();
    case 'u32':
      return new Uint32();
    case 'u64':
      return new Uint64();
    case 'f16':
    case 'f32':
      return new Float32();
    case 'f64':
      return new Float64();
    case 'string':
    case 'json':
      return new Utf8();
    case 'large_string':
      return new LargeUtf8();
    case 'timestamp_s':
      return new Timestamp(TimeUnit.SECOND);
    case 'timestamp_ms':
      return new Timestamp(TimeUnit.MILLISECOND);
    case 'timestamp_us':
      return new Timestamp(TimeUnit.MICROSECOND);
    case 'timestamp_ns':
      return new Timestamp(timestamps === 'ns' ? TimeUnit.NANOSECOND : TimeUnit.MICROSECOND);
    case 'date':
      return new DateDay();
    case 'record':
      return new Struct(
        type.fields.map(
          (field) => new ArrowField(field.name, arrowType(field.type, timestamps), true),
        ),
      );
    case 'list':
      return new List(new ArrowField('item', arrowType(type.element, timestamps), true));
    case 'map': {
      const entries = [
        new ArrowField('key', arrowType(type.key, timestamps), false),
        new ArrowField('value', arrowType(type.value, timestamps), true),
      ];
      return new Map_(
        new ArrowField('entries', new Struct<{ key: ArrowType; value: ArrowType }>(entries), false),
      );
    }
    default:
      throw new AssertionError(`no column of type ${type.kind} exists`);
  }
}

/** Columns come from `takeColumn`: their offsets start at 0 and null rows hold no elements. */
function columnData(name: string, column: Column, timestamps: 'ns' | 'us'): Data {
  const { length, validity } = column;
  const type = arrowType(column.type, timestamps);
  const nulls = nullsOf(validity);
  switch (column.physical) {
    case 'null':
      return makeData({ type: new Null(), length });
    case 'fixed':
      return fixedData(name, column.type, column.values, validity, timestamps);
    case 'string':
      return stringData(name, column, type);
    case 'record': {
      const children = column.children.map((child, index) =>
        columnData(`${name}.${column.type.fields[index]!.name}`, child, timestamps),
      );
      return makeData({ type: type as Struct, length, ...nulls, children });
    }
    case 'list': {
      const child = columnData(`${name}.element`, column.element, timestamps);
      const valueOffsets = column.offsets;
      return makeData({ type: type as List, length, ...nulls, valueOffsets, child });
    }
    case 'map': {
      const keys = columnData(`${name}.key`, column.keys, timestamps);
      const values = columnData(`${name}.value`, column.values, timestamps);
      const map = type as Map_;
      const entries = map.children[0]!.type as Struct;
      const child = makeData({
        type: entries,
        length: column.keys.length,
        nullCount: 0,
        children: [keys, values],
      });
      return makeData({ type: map, length, ...nulls, valueOffsets: column.offsets, child });
    }
  }
}

function fixedData(
  name: string,
  type: DataType,
  values: FixedArray,
  validity: Validity,
  timestamps: 'ns' | 'us',
): Data {
  const arrow = arrowType(type, timestamps);
  const { length } = values;
  const nulls = nullsOf(validity);
  if (type.kind === 'bool') {
    assert(values instanceof Uint8Array, 'bools are bytes');
    return makeData({ type: arrow as Bool, length, ...nulls, data: packBits(values) });
  }
  let data = values;
  if (type.kind === 'timestamp_ns' && timestamps === 'us') {
    assert(values instanceof BigInt64Array, 'timestamps are int64');
    data = toMicroseconds(name, validity === null ? values : withZeros(values, validity));
  }
  // The array is the one of the type: `physicalOf` and Arrow agree on every fixed-width type.
  return makeData({ type: arrow as Int64, length, ...nulls, data: data as BigInt64Array });
}

/** What stands in a null row is unspecified: it must not be refused. */
function withZeros(values: BigInt64Array, validity: Uint8Array): BigInt64Array {
  const out = values.slice();
  for (let row = 0; row < out.length; row++) if (validity[row] === 0) out[row] = 0n;
  return out;
}

const UTF8_BYTES_MAX = 0x7fff_ffff;

function stringData(name: string, column: StringColumn, type: ArrowType): Data {
  const { length, validity, codes } = column;
  const { bytes, offsets } = column.pool;
  const valueOffsets = new Int32Array(length + 1);
  let total = 0;
  for (let row = 0; row < length; row++) {
    if (validity === null || validity[row] === 1) {
      total += offsets[codes[row]! + 1]! - offsets[codes[row]!]!;
    }
    if (total > UTF8_BYTES_MAX) {
      throw new AppError(
        'resource',
        'ARROW_STRING_BYTES',
        `column \`${name}\` has more than 2 GiB of text in ${length} rows: write Parquet`,
        { details: { column: name } },
      );
    }
    valueOffsets[row + 1] = total;
  }
  const data = new Uint8Array(total);
  for (let row = 0; row < length; row++) {
    const count = valueOffsets[row + 1]! - valueOffsets[row]!;
    const from = offsets[codes[row]!]!;
    const to = valueOffsets[row]!;
    for (let byte = 0; byte < count; byte++) data[to + byte] = bytes[from + byte]!;
  }
  const nulls = nullsOf(validity);
  if (column.type.kind !== 'large_string') {
    return makeData({ type: type as Utf8, length, ...nulls, valueOffsets, data });
  }
  const large = BigInt64Array.from(valueOffsets, BigInt);
  return makeData({ type: type as LargeUtf8, length, ...nulls, valueOffsets: large, data });
}

function nullsOf(validity: Validity): { nullCount: number; nullBitmap: Uint8Array | null } {
  if (validity === null) return { nullCount: 0, nullBitmap: null };
  let nullCount = 0;
  for (let row = 0; row < validity.length; row++) nullCount += 1 - validity[row]!;
  return { nullCount, nullBitmap: nullCount === 0 ? null : packBits(validity) };
}

/** Bytes of 0 and 1 as bits, the lowest first. */
function packBits(values: Uint8Array): Uint8Array {
  const bits = new Uint8Array(Math.ceil(values.length / 8));
  for (let row = 0; row < values.length; row++) bits[row >> 3]! |= values[row]! << (row & 7);
  return bits;
}
