/**
 * Results as JSON lines: one object per row, every column in order, nulls written. Times and dates are ISO text; 64-bit
 * integers beyond ±(2^53 − 1) are strings, so that no reader rounds them, and so are NaN and the infinities.
 */
import type { Column } from '../../../shared/column/column.ts';
import { cellText } from '../../../shared/column/print-value.ts';
import type { ResultFormat, ResultSchema, RowGroup } from './result-format.ts';
import { EntityTexts, cellsOf, halvesOf } from './text-cells.ts';
import type { Cells } from './text-cells.ts';
import { TextSink } from './text-sink.ts';

const NEWLINE = 0x0a;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const HEX = new TextEncoder().encode('0123456789abcdef');

export function jsonlFormat(schema: ResultSchema): ResultFormat {
  const sink = new TextSink();
  const entities = new TextSink();
  const labels = schema.fields.map((field) => label(field.name));
  return {
    header: () => new Uint8Array(0),
    encode: (group) => {
      sink.clear();
      writeRows(sink, entities, group, labels);
      return { bytes: sink.copy(), footer: null };
    },
    footer: () => new Uint8Array(0),
  };
}

/** `,"name":` */
function label(name: string): Uint8Array {
  return new TextEncoder().encode(`,${JSON.stringify(name)}:`);
}

const TIME_LABEL = new TextEncoder().encode('{"_time":"');
const SUBSORT_LABEL = new TextEncoder().encode('","_subsort":');
const HASH_LABEL = label('_key_hash');
const KEY_LABEL = label('_key');
const END = new TextEncoder().encode('}\n');

function writeRows(
  sink: TextSink,
  entitySink: TextSink,
  group: RowGroup,
  labels: readonly Uint8Array[],
): void {
  const time = halvesOf(group.time);
  const subsort = halvesOf(group.subsort);
  const hash = halvesOf(group.entityHash);
  const keys = jsonCellsOf(group.entityKeys);
  const texts = new EntityTexts(group);
  entitySink.clear();
  const fields = group.fields.map(jsonCellsOf);
  for (let row = 0; row < group.length; row++) {
    copy(sink, TIME_LABEL);
    sink.timestampNs(time[2 * row]!, time[2 * row + 1]!);
    copy(sink, SUBSORT_LABEL);
    writeUint64(sink, subsort[2 * row]!, subsort[2 * row + 1]!);
    const entity = group.entity[row]!;
    if (texts.starts[entity]! < 0) {
      texts.starts[entity] = entitySink.length;
      copy(entitySink, HASH_LABEL);
      writeUint64(entitySink, hash[2 * entity]!, hash[2 * entity + 1]!);
      copy(entitySink, KEY_LABEL);
      writeValue(entitySink, keys, entity);
      texts.ends[entity] = entitySink.length;
    }
    sink.copyBytes(entitySink.bytes, texts.starts[entity]!, texts.ends[entity]!);
    for (let field = 0; field < fields.length; field++) {
      copy(sink, labels[field]!);
      writeValue(sink, fields[field]!, row);
    }
    copy(sink, END);
  }
}

function copy(sink: TextSink, bytes: Uint8Array): void {
  sink.copyBytes(bytes, 0, bytes.length);
}

/** A column with its children prepared: nested values are written by the same branches. */
type JsonCells = Cells & { readonly children: readonly JsonCells[] };

function jsonCellsOf(column: Column): JsonCells {
  const cells = cellsOf(column);
  switch (column.physical) {
    case 'record':
      return { ...cells, children: column.children.map(jsonCellsOf) };
    case 'list':
      return { ...cells, children: [jsonCellsOf(column.element)] };
    case 'map':
      return { ...cells, children: [jsonCellsOf(column.values)] };
    default:
      return { ...cells, children: [] };
  }
}

function writeValue(sink: TextSink, cells: JsonCells, row: number): void {
  if (cells.validity !== null && cells.validity[row] === 0) {
    sink.text('null');
    return;
  }
  switch (cells.kind) {
    case 'bool':
      sink.text(cells.values[row] === 0 ? 'false' : 'true');
      return;
    case 'i32':
      sink.int32(cells.values[row]!);
      return;
    case 'u32':
      sink.uint32(cells.values[row]!);
      return;
    case 'i64':
      writeInt64(sink, cells.halves[2 * row]!, cells.halves[2 * row + 1]!);
      return;
    case 'u64':
      writeUint64(sink, cells.halves[2 * row]!, cells.halves[2 * row + 1]!);
      return;
    case 'timestamp-ns':
      sink.u8(QUOTE);
      sink.timestampNs(cells.halves[2 * row]!, cells.halves[2 * row + 1]!);
      sink.u8(QUOTE);
      return;
    case 'f64': {
      const value = cells.values[row]!;
      if (Number.isFinite(value)) sink.float64(value);
      else
        sink.text(JSON.stringify(cellText({ ...NON_FINITE, values: Float64Array.of(value) }, 0)));
      return;
    }
    case 'string': {
      const { bytes, offsets } = cells.pool;
      const code = cells.codes[row]!;
      writeString(sink, bytes, offsets[code]!, offsets[code + 1]!);
      return;
    }
    case 'other':
      writeOther(sink, cells, cells.column, row);
      return;
  }
}

const NON_FINITE = {
  physical: 'fixed',
  type: { kind: 'f64' },
  length: 1,
  validity: null,
} as const;

function writeOther(sink: TextSink, cells: JsonCells, column: Column, row: number): void {
  switch (column.physical) {
    case 'null':
      sink.text('null');
      return;
    case 'record':
      column.type.fields.forEach((field, index) => {
        sink.text(`${index === 0 ? '{' : ','}${JSON.stringify(field.name)}:`);
        writeValue(sink, cells.children[index]!, row);
      });
      sink.text(column.children.length === 0 ? '{}' : '}');
      return;
    case 'list':
      sink.text('[');
      for (let at = column.offsets[row]!; at < column.offsets[row + 1]!; at++) {
        if (at > column.offsets[row]!) sink.u8(COMMA);
        writeValue(sink, cells.children[0]!, at);
      }
      sink.text(']');
      return;
    case 'map':
      sink.text('{');
      for (let at = column.offsets[row]!; at < column.offsets[row + 1]!; at++) {
        if (at > column.offsets[row]!) sink.u8(COMMA);
        sink.text(`${JSON.stringify(cellText(column.keys, at))}:`);
        writeValue(sink, cells.children[0]!, at);
      }
      sink.text('}');
      return;
    default: {
      // f32, dates, and times of other units. Finite floats are numbers, the rest is text.
      const text = cellText(column, row);
      const isNumber = /^f(16|32)$/.test(column.type.kind) && /\d/.test(text);
      sink.text(isNumber ? text : JSON.stringify(text));
    }
  }
}

function writeInt64(sink: TextSink, low: number, high: number): void {
  // |value| < 2^53 when the upper half is within 21 bits of zero; −2^53 itself has an upper half of exactly −2^21.
  const isSafe = high < 0x20_0000 && (high > -0x20_0000 || (high === -0x20_0000 && low !== 0));
  if (!isSafe) sink.u8(QUOTE);
  sink.int64(low, high);
  if (!isSafe) sink.u8(QUOTE);
}

function writeUint64(sink: TextSink, low: number, high: number): void {
  const isSafe = high >>> 0 < 0x20_0000;
  if (!isSafe) sink.u8(QUOTE);
  sink.uint64(low, high);
  if (!isSafe) sink.u8(QUOTE);
}

/** Quotes, backslashes and control characters are escaped; other bytes are UTF-8 already. */
function writeString(sink: TextSink, source: Uint8Array, from: number, to: number): void {
  sink.reserve(6 * (to - from) + 2);
  const { bytes } = sink;
  let at = sink.length;
  bytes[at++] = QUOTE;
  for (let index = from; index < to; index++) {
    const byte = source[index]!;
    if (byte >= 0x20 && byte !== QUOTE && byte !== BACKSLASH) {
      bytes[at++] = byte;
      continue;
    }
    bytes[at++] = BACKSLASH;
    if (byte === QUOTE || byte === BACKSLASH) bytes[at++] = byte;
    else if (byte === NEWLINE) bytes[at++] = 0x6e;
    else {
      bytes[at++] = 0x75;
      bytes[at++] = 0x30;
      bytes[at++] = 0x30;
      bytes[at++] = HEX[byte >> 4]!;
      bytes[at++] = HEX[byte & 15]!;
    }
  }
  bytes[at++] = QUOTE;
  sink.length = at;
}
