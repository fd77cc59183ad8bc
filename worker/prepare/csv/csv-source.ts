/** CSV as a source: one streaming pass finds types, rows and parts, a second one converts. */
import { createHash } from 'node:crypto';
import { AppError } from '../../../shared/base/app-error.ts';
import { assert } from '../../../shared/base/assert.ts';
import type { Column } from '../../../shared/column/column.ts';
import { takeColumn } from '../../../shared/column/take.ts';
import { castColumn } from '../../../shared/kernel/cast.ts';
import type { DataType, Field, RecordType } from '../../../shared/types/data-type.ts';
import { scalar } from '../../../shared/types/data-type.ts';
import { RecordParts, keptRows } from '../bad-rows.ts';
import type { FileAccess } from '../file-access.ts';
import { streamFile } from '../file-access.ts';
import type { Inspection, SourceBatch, SourceFormat } from '../source.ts';
import { segmentRows } from '../source.ts';
import type { Cells, CsvKind } from './csv-cells.ts';
import { isCsvKind, parseCells, textOf } from './csv-cells.ts';
import { CsvRecords, PLAIN_CELL, unquote } from './csv-scan.ts';
import { classifyCell, typeOfClasses } from './csv-types.ts';

/** A record longer than this is taken for a quote that was never closed. */
export const CSV_RECORD_BYTES_MAX = 64 * 1024 * 1024;

interface Block {
  readonly bytes: Uint8Array;
  readonly records: CsvRecords;
  /** Offset in the file of bytes[0]. */
  readonly offset: number;
}

export const csvSource: SourceFormat = {
  async inspect(file, { onBadRow }) {
    const digest = createHash('sha256');
    let header: Header | null = null;
    let classes: Int32Array = new Int32Array(0);
    let parts = new RecordParts(0, 1);
    let rows = 0;
    for await (const block of recordBlocks(file, 0, file.bytes, (bytes) => digest.update(bytes))) {
      const { bytes, records, offset } = block;
      let record = 0;
      if (header === null) {
        if (records.count === 0) continue;
        header = readHeader(file, block);
        classes = new Int32Array(header.names.length);
        // 24 bytes of order key and entity beside the columns.
        parts = new RecordParts(header.end, segmentRows(24 + 8 * header.names.length));
        record = 1;
      }
      const width = header.names.length;
      for (; record < records.count; record++) {
        parts.add(offset + records.recordStart[record]!);
        rows++;
        if (records.cellsOf(record) === width) classifyRecord(bytes, records, record, classes);
        else if (onBadRow === 'fail') throw wrongWidth(file, header.names, records, record, rows);
      }
    }
    if (header === null) {
      throw new AppError('data', 'SOURCE_EMPTY', `${file.uri}: the file has no header line`);
    }
    const schema: RecordType = {
      kind: 'record',
      fields: header.names.map((name, index) => ({
        name,
        type: scalar(typeOfClasses(classes[index]!)),
      })),
    };
    const inspection: Inspection = {
      schema,
      rows,
      parts: parts.finish(file.bytes),
      contentDigest: digest.digest('hex'),
      unsupported: [],
      empty: header.names.filter((_, index) => classes[index] === 0),
    };
    return inspection;
  },

  async *read(file, part, fields, { pool, onBadRow }) {
    const header = await openHeader(file);
    const columns = fields.map((field) => wantedColumn(file, header.names, field));
    const width = header.names.length;
    let row = 0;
    for await (const { bytes, records } of recordBlocks(file, part.byteStart, part.byteEnd)) {
      const good = new Int32Array(records.count);
      const positions = new Uint32Array(records.count);
      let length = 0;
      for (let record = 0; record < records.count; record++) {
        if (records.cellsOf(record) === width) {
          positions[length] = row + record;
          good[length++] = record;
        } else if (onBadRow === 'fail') {
          throw wrongWidth(file, header.names, records, record, part.firstRow + row + record + 1);
        }
      }
      row += records.count;
      const bad = new Set<number>();
      const parsed = columns.map(({ index, kind, name, type }): Column => {
        const cells = gatherCells(bytes, records, good, length, index);
        const column = parseCells(cells, kind, pool, (at) => {
          if (onBadRow === 'fail') {
            const text = textOf(cells.bytes, cells.starts[at]!, cells.ends[at]!);
            throw badCell(file, name, kind, text, part.firstRow + positions[at]! + 1);
          }
          bad.add(at);
        });
        return castColumn(column, type, { pool });
      });
      const skippedRows = records.count - length + bad.size;
      yield withoutBad(parsed, positions.subarray(0, length), bad, skippedRows);
    }
  },
};

function withoutBad(
  columns: readonly Column[],
  positions: Uint32Array,
  bad: ReadonlySet<number>,
  skippedRows: number,
): SourceBatch {
  if (bad.size === 0) return { length: positions.length, columns, positions, skippedRows };
  const kept = keptRows(positions.length, bad);
  return {
    length: kept.length,
    columns: columns.map((column) => takeColumn(column, kept)),
    positions: Uint32Array.from(kept, (row) => positions[row]!),
    skippedRows,
  };
}

/** Blocks of complete records of the bytes [start, end). */
async function* recordBlocks(
  file: FileAccess,
  start: number,
  end: number,
  onBytes: (bytes: Uint8Array) => void = () => {},
): AsyncGenerator<Block> {
  const records = new CsvRecords();
  let rest: Uint8Array = new Uint8Array(0);
  let offset = start;
  let read = start;
  for await (const block of streamFile(file, start, end)) {
    onBytes(block);
    read += block.length;
    let bytes: Uint8Array = block;
    if (rest.length > 0) {
      bytes = new Uint8Array(rest.length + block.length);
      bytes.set(rest);
      bytes.set(block, rest.length);
    }
    const isLast = read >= end;
    // A byte order mark belongs to the encoding, not to the first name.
    const isMarked = offset === 0 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
    records.scan(bytes, bytes.length, isLast, isMarked ? 3 : 0);
    rest = bytes.subarray(records.consumed);
    if (rest.length > CSV_RECORD_BYTES_MAX || (isLast && records.insideQuotes)) {
      throw new AppError(
        'data',
        'CSV_QUOTE',
        `${file.uri}: a quote that is opened in the record at byte ${offset + records.consumed} is never closed`,
      );
    }
    yield { bytes, records, offset };
    offset += records.consumed;
  }
}

interface Header {
  readonly names: readonly string[];
  /** Offset of the first byte after the header. */
  readonly end: number;
}

async function openHeader(file: FileAccess): Promise<Header> {
  for await (const block of recordBlocks(file, 0, file.bytes)) {
    if (block.records.count > 0) return readHeader(file, block);
  }
  throw new AppError('data', 'SOURCE_EMPTY', `${file.uri}: the file has no header line`);
}

function readHeader(file: FileAccess, { bytes, records, offset }: Block): Header {
  const names: string[] = [];
  for (let cell = 0; cell < records.firstCell[1]!; cell++) {
    const { content, start, end } = cellContent(bytes, records, cell);
    const text = textOf(content, start, end);
    // A spreadsheet's unnamed first column and the like: give it a name rather than refuse the file.
    names.push(text === '' ? `column_${cell + 1}` : text);
  }
  if (new Set(names).size < names.length) {
    const twice = names.find((name, index) => names.indexOf(name) !== index)!;
    throw new AppError('data', 'SOURCE_SCHEMA', `${file.uri}: two columns are named '${twice}'`, {
      details: { column: twice },
    });
  }
  return { names, end: offset + (records.count > 1 ? records.recordStart[1]! : records.consumed) };
}

function cellContent(
  bytes: Uint8Array,
  records: CsvRecords,
  cell: number,
): { content: Uint8Array; start: number; end: number } {
  const start = records.starts[cell]!;
  const end = records.ends[cell]!;
  if (records.marks[cell] !== PLAIN_CELL) {
    const content = unquote(bytes, start, end);
    return { content, start: 0, end: content.length };
  }
  return { content: bytes, start, end };
}

function classifyRecord(
  bytes: Uint8Array,
  records: CsvRecords,
  record: number,
  classes: Int32Array,
): void {
  const first = records.firstCell[record]!;
  for (let column = 0; column < classes.length; column++) {
    const cell = first + column;
    const start = records.starts[cell]!;
    const end = records.ends[cell]!;
    if (start === end) continue;
    if (records.marks[cell] === PLAIN_CELL) classes[column]! |= classifyCell(bytes, start, end);
    else {
      const content = unquote(bytes, start, end);
      if (content.length > 0) classes[column]! |= classifyCell(content, 0, content.length);
    }
  }
}

/** The cells of column `index` of the given records. Escaped ones are appended, unquoted, to a copy of the block. */
function gatherCells(
  bytes: Uint8Array,
  records: CsvRecords,
  rows: Int32Array,
  length: number,
  index: number,
): Cells {
  const starts = new Int32Array(length);
  const ends = new Int32Array(length);
  const escaped: { row: number; content: Uint8Array }[] = [];
  for (let row = 0; row < length; row++) {
    const cell = records.firstCell[rows[row]!]! + index;
    starts[row] = records.starts[cell]!;
    ends[row] = records.ends[cell]!;
    if (records.marks[cell] !== PLAIN_CELL) {
      escaped.push({ row, content: unquote(bytes, starts[row]!, ends[row]!) });
    }
  }
  if (escaped.length === 0) return { bytes, starts, ends, length };
  const extra = escaped.reduce((sum, { content }) => sum + content.length, 0);
  const joined = new Uint8Array(bytes.length + extra);
  joined.set(bytes);
  let at = bytes.length;
  for (const { row, content } of escaped) {
    joined.set(content, at);
    starts[row] = at;
    at += content.length;
    ends[row] = at;
  }
  return { bytes: joined, starts, ends, length };
}

function wantedColumn(
  file: FileAccess,
  names: readonly string[],
  field: Field,
): { index: number; kind: CsvKind; name: string; type: DataType } {
  const index = names.indexOf(field.name);
  if (index < 0) {
    throw new AppError(
      'data',
      'SOURCE_CHANGED',
      `${file.uri}: column '${field.name}' was there when the file was inspected and is not any more`,
    );
  }
  // Two types of one text: the first file of a table may have the other.
  const kind = field.type.kind === 'large_string' ? 'string' : field.type.kind;
  assert(isCsvKind(kind), `CSV cells cannot be read as ${kind}`);
  return { index, kind, name: field.name, type: field.type };
}

function wrongWidth(
  file: FileAccess,
  names: readonly string[],
  records: CsvRecords,
  record: number,
  row: number,
): AppError {
  const cells = records.cellsOf(record);
  const fields = cells === 1 ? '1 field' : `${cells} fields`;
  const missing = cells < names.length ? `; '${names[cells]!}' is missing` : '';
  return new AppError(
    'data',
    'CSV_ROW',
    `${file.uri}: row ${row} has ${fields}, the header has ${names.length}${missing}`,
    { details: { file: file.uri, row } },
  );
}

function badCell(
  file: FileAccess,
  column: string,
  kind: string,
  text: string,
  row: number,
): AppError {
  const shown = text.length > 60 ? `${text.slice(0, 60)}…` : text;
  return new AppError(
    'data',
    'CSV_VALUE',
    `${file.uri}: row ${row}, column '${column}': '${shown}' is not a valid ${kind}`,
    { details: { file: file.uri, row, column } },
  );
}
