/** JSON lines as a source: an object per line, types inferred from all rows. Strings stay strings; a time may be one. */
import { createHash } from 'node:crypto';
import { AppError } from '../../../shared/base/app-error.ts';
import { columnFromValues } from '../../../shared/column/values.ts';
import type { Value } from '../../../shared/column/values.ts';
import type { RecordType } from '../../../shared/types/data-type.ts';
import { RecordParts } from '../bad-rows.ts';
import type { FileAccess } from '../file-access.ts';
import { streamFile } from '../file-access.ts';
import type { SourceFormat } from '../source.ts';
import { segmentRows } from '../source.ts';
import type { JsonValue, Seen } from './json-types.ts';
import { NOTHING_SEEN, addValue, typeOfSeen, valueAs } from './json-types.ts';

/** A longer line is refused: it would have to be held in memory. */
export const JSON_LINE_BYTES_MAX = 64 * 1024 * 1024;
/** Bytes per row that a part is planned with: rows of JSON have no fixed width. */
const ROW_BYTES_PLANNED = 256;

type JsonRow = { readonly [name: string]: JsonValue };

export const jsonlSource: SourceFormat = {
  async inspect(file, { onBadRow }) {
    const digest = createHash('sha256');
    const parts = new RecordParts(0, segmentRows(ROW_BYTES_PLANNED));
    const fields = new Map<string, Seen>();
    let rows = 0;
    for await (const lines of lineBlocks(file, 0, file.bytes, (bytes) => digest.update(bytes))) {
      for (const { text, offset } of lines) {
        parts.add(offset);
        rows++;
        const row = parseRow(text);
        if (typeof row === 'string') {
          if (onBadRow === 'fail') throw badLine(file, rows, row);
          continue;
        }
        for (const [name, value] of Object.entries(row)) {
          fields.set(name, addValue(fields.get(name) ?? NOTHING_SEEN, value));
        }
      }
    }
    if (fields.size === 0) {
      throw new AppError('data', 'SOURCE_EMPTY', `${file.uri}: the file has no rows`);
    }
    const onMixed = (path: string): never => {
      throw new AppError(
        'data',
        'SOURCE_SCHEMA',
        `${file.uri}: column '${path}' holds values of different types`,
        { details: { column: path } },
      );
    };
    const schema: RecordType = {
      kind: 'record',
      fields: [...fields].map(([name, seen]) => ({ name, type: typeOfSeen(seen, onMixed, name) })),
    };
    return {
      schema,
      rows,
      parts: parts.finish(file.bytes),
      contentDigest: digest.digest('hex'),
      unsupported: [],
      empty: [...fields].filter(([, seen]) => seen.kind === 'null').map(([name]) => name),
    };
  },

  async *read(file, part, fields, { pool, onBadRow }) {
    let position = 0;
    for await (const lines of lineBlocks(file, part.byteStart, part.byteEnd)) {
      const values: Value[][] = fields.map(() => []);
      const positions: number[] = [];
      for (const { text } of lines) {
        const at = position++;
        const row = parseRow(text);
        let problem = typeof row === 'string' ? row : null;
        const converted: Value[] = [];
        if (typeof row !== 'string') {
          for (const field of fields) {
            const own = Object.hasOwn(row, field.name) ? row[field.name] : null;
            const value = valueAs(field.type, own);
            if (value === undefined) {
              problem = `column '${field.name}': ${shorten(own)} is not a valid ${field.type.kind}`;
              break;
            }
            converted.push(value);
          }
        }
        if (problem !== null) {
          if (onBadRow === 'fail') throw badLine(file, part.firstRow + at + 1, problem);
          continue;
        }
        converted.forEach((value, index) => values[index]!.push(value));
        positions.push(at);
      }
      yield {
        length: positions.length,
        columns: fields.map((field, index) => columnFromValues(field.type, values[index]!, pool)),
        positions: Uint32Array.from(positions),
        skippedRows: lines.length - positions.length,
      };
    }
  },
};

interface Line {
  readonly text: string;
  /** Of its first byte in the file. */
  readonly offset: number;
}

/** The lines of the bytes [start, end) that are not blank, a block of the file at a time. */
async function* lineBlocks(
  file: FileAccess,
  start: number,
  end: number,
  onBytes: (bytes: Uint8Array) => void = () => {},
): AsyncGenerator<readonly Line[]> {
  const decoder = new TextDecoder('utf-8');
  let rest: Uint8Array = new Uint8Array(0);
  let offset = start;
  let read = start;
  for await (const block of streamFile(file, start, end)) {
    onBytes(block);
    read += block.length;
    const bytes = rest.length === 0 ? block : Buffer.concat([rest, block]);
    const lines: Line[] = [];
    let at = 0;
    while (at < bytes.length) {
      let lineEnd = bytes.indexOf(0x0a, at);
      if (lineEnd < 0) {
        if (read < end) break;
        lineEnd = bytes.length;
      }
      const text = decoder.decode(bytes.subarray(at, lineEnd));
      if (text.trim() !== '') lines.push({ text, offset: offset + at });
      at = lineEnd + 1;
    }
    rest = bytes.subarray(Math.min(at, bytes.length));
    if (rest.length > JSON_LINE_BYTES_MAX) {
      throw new AppError(
        'data',
        'JSON_ROW',
        `${file.uri}: the line at byte ${offset + at} is longer than ${JSON_LINE_BYTES_MAX} bytes`,
      );
    }
    offset += bytes.length - rest.length;
    yield lines;
  }
}

/** A reviver makes parsing several times slower, so it is used only for lines that may hold a large integer. */
const MAYBE_ROUNDED = /\d{16}/;

/** Keeps integers exact that a number would round, by the text that they were parsed from. */
function exactIntegers(_name: string, parsed: unknown, context?: { source?: string }): unknown {
  const source = context?.source;
  const isRounded = typeof parsed === 'number' && !Number.isSafeInteger(parsed);
  return isRounded && source !== undefined && /^-?\d+$/.test(source) ? BigInt(source) : parsed;
}

/** The object of a line, or what is wrong with it. */
function parseRow(text: string): JsonRow | string {
  let value: JsonValue;
  try {
    value = (
      MAYBE_ROUNDED.test(text) ? JSON.parse(text, exactIntegers) : JSON.parse(text)
    ) as JsonValue;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return `is not JSON (${reason}); each line must hold one object`;
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    return `each line must hold one object, found ${shorten(value)}`;
  }
  return value as JsonRow;
}

function shorten(value: JsonValue | undefined): string {
  const text = JSON.stringify(value, (_name, item: unknown) =>
    typeof item === 'bigint' ? String(item) : item,
  );
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

function badLine(file: FileAccess, row: number, problem: string): AppError {
  return new AppError('data', 'JSON_ROW', `${file.uri}: row ${row}: ${problem}`, {
    details: { file: file.uri, row },
  });
}
