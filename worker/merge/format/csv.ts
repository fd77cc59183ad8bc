/** Results as CSV (language.md 2.9): a header, LF line ends, quotes only where needed, UTF-8. */
import { cellText, quoteCsvCell } from '../../../shared/column/print-value.ts';
import type { PlacedRowGroup, ResultFormat, ResultSchema, RowGroup } from './result-format.ts';
import { EntityTexts, cellsOf, halvesOf } from './text-cells.ts';
import type { Cells } from './text-cells.ts';
import { TextSink } from './text-sink.ts';

const COMMA = 0x2c;
const NEWLINE = 0x0a;
const RETURN = 0x0d;
const QUOTE = 0x22;

export function csvFormat(schema: ResultSchema): ResultFormat {
  const sink = new TextSink();
  const entities = new TextSink();
  return {
    header: () => {
      const names = ['_time', '_subsort', '_key_hash', '_key'];
      for (const field of schema.fields) names.push(field.name);
      return new TextEncoder().encode(`${names.map(quoteCsvCell).join()}\n`);
    },
    encode: (group) => {
      sink.clear();
      writeRows(sink, entities, group);
      return { bytes: sink.copy(), footer: null };
    },
    footer: (_groups: readonly PlacedRowGroup[]) => new Uint8Array(0),
  };
}

function writeRows(sink: TextSink, entitySink: TextSink, group: RowGroup): void {
  const time = halvesOf(group.time);
  const subsort = halvesOf(group.subsort);
  const hash = halvesOf(group.entityHash);
  const keys = cellsOf(group.entityKeys);
  const texts = new EntityTexts(group);
  entitySink.clear();
  const fields = group.fields.map(cellsOf);
  for (let row = 0; row < group.length; row++) {
    sink.timestampNs(time[2 * row]!, time[2 * row + 1]!);
    sink.u8(COMMA);
    sink.uint64(subsort[2 * row]!, subsort[2 * row + 1]!);
    const entity = group.entity[row]!;
    if (texts.starts[entity]! < 0) {
      texts.starts[entity] = entitySink.length;
      entitySink.u8(COMMA);
      entitySink.uint64(hash[2 * entity]!, hash[2 * entity + 1]!);
      entitySink.u8(COMMA);
      writeCell(entitySink, keys, entity);
      texts.ends[entity] = entitySink.length;
    }
    sink.copyBytes(entitySink.bytes, texts.starts[entity]!, texts.ends[entity]!);
    for (let field = 0; field < fields.length; field++) {
      sink.u8(COMMA);
      writeCell(sink, fields[field]!, row);
    }
    sink.u8(NEWLINE);
  }
}

function writeCell(sink: TextSink, cells: Cells, row: number): void {
  if (cells.validity !== null && cells.validity[row] === 0) return;
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
      sink.int64(cells.halves[2 * row]!, cells.halves[2 * row + 1]!);
      return;
    case 'u64':
      sink.uint64(cells.halves[2 * row]!, cells.halves[2 * row + 1]!);
      return;
    case 'timestamp-ns':
      sink.timestampNs(cells.halves[2 * row]!, cells.halves[2 * row + 1]!);
      return;
    case 'f64':
      sink.float64(cells.values[row]!);
      return;
    case 'string': {
      const { bytes, offsets } = cells.pool;
      const code = cells.codes[row]!;
      writeString(sink, bytes, offsets[code]!, offsets[code + 1]!);
      return;
    }
    case 'other':
      sink.text(quoteCsvCell(cellText(cells.column, row)));
      return;
  }
}

/** Copies and looks for what needs quotes in one pass; starts over, quoted, when it meets it. */
function writeString(sink: TextSink, source: Uint8Array, from: number, to: number): void {
  sink.reserve(2 * (to - from) + 2);
  const { bytes } = sink;
  let at = sink.length;
  for (let index = from; index < to; index++) {
    const byte = source[index]!;
    if (byte === COMMA || byte === QUOTE || byte === NEWLINE || byte === RETURN) {
      writeQuoted(sink, source, from, to);
      return;
    }
    bytes[at++] = byte;
  }
  sink.length = at;
}

function writeQuoted(sink: TextSink, source: Uint8Array, from: number, to: number): void {
  const { bytes } = sink;
  let at = sink.length;
  bytes[at++] = QUOTE;
  for (let index = from; index < to; index++) {
    const byte = source[index]!;
    if (byte === QUOTE) bytes[at++] = QUOTE;
    bytes[at++] = byte;
  }
  bytes[at++] = QUOTE;
  sink.length = at;
}
