/**
 * Finds the records and cells of CSV text in a block of bytes: positions only, nothing is copied.
 *
 *   block    a , " x "" y " , c \n …         cell 0 = a, cell 1 = x "" y (escaped), cell 2 = c
 *   cells    starts / ends / marks, one slot per cell, quotes not included
 *   records  firstCell[r] … firstCell[r + 1] − 1; recordStart[r] is the byte where the record begins
 *
 * Records end with LF or CRLF; empty lines are no records. A quote opens a quoted cell only as its first byte.
 */
export const PLAIN_CELL = 0;
/** Quoted and holding doubled quotes, or bytes after its closing quote: `unquote` it before use. */
export const ESCAPED_CELL = 1;

const QUOTE = 0x22;
const COMMA = 0x2c;
const LF = 0x0a;
const CR = 0x0d;

export class CsvRecords {
  starts = new Int32Array(1 << 16);
  ends = new Int32Array(1 << 16);
  marks = new Uint8Array(1 << 16);
  firstCell = new Int32Array(1 << 14);
  recordStart = new Int32Array(1 << 14);
  count = 0;
  /** Bytes of the block that are in complete records. */
  consumed = 0;
  /** True if the block ends within a quoted cell. */
  insideQuotes = false;
  #cells = 0;

  cellsOf(record: number): number {
    return this.firstCell[record + 1]! - this.firstCell[record]!;
  }

  /** Scans bytes [from, length). With `isLast` the end of the block ends the last record too. */
  scan(bytes: Uint8Array, length: number, isLast: boolean, from = 0): void {
    this.count = 0;
    this.consumed = 0;
    this.#cells = 0;
    this.insideQuotes = false;
    this.firstCell[0] = 0;
    let at = from;
    while (at < length) {
      const next = this.#scanRecord(bytes, at, length, isLast);
      if (next < 0) return;
      at = Math.min(next, length);
      this.consumed = at;
    }
  }

  /** Adds the record at `start`; returns the start of the next one, or −1 if the block ends before it does. */
  #scanRecord(bytes: Uint8Array, start: number, length: number, isLast: boolean): number {
    const firstCell = this.#cells;
    let at = start;
    for (;;) {
      let from = at;
      let to: number;
      let mark = PLAIN_CELL;
      if (at < length && bytes[at] === QUOTE) {
        from++;
        at++;
        for (;;) {
          while (at < length && bytes[at] !== QUOTE) at++;
          // A quote at the very end of the block may be the first half of a doubled one.
          if (at >= length || (at + 1 === length && !isLast)) {
            this.#cells = firstCell;
            this.insideQuotes = true;
            return -1;
          }
          if (bytes[at + 1] !== QUOTE || at + 1 === length) break;
          mark = ESCAPED_CELL;
          at += 2;
        }
        to = at++;
        const afterQuote = at;
        while (at < length && bytes[at] !== COMMA && bytes[at] !== LF) at++;
        const rest = at < length && bytes[at] === LF && bytes[at - 1] === CR ? at - 1 : at;
        if (
          rest > afterQuote &&
          !(at === length && rest === afterQuote + 1 && bytes[afterQuote] === CR)
        ) {
          mark = ESCAPED_CELL;
          to = rest;
        }
      } else {
        while (at < length) {
          const byte = bytes[at]!;
          if (byte === COMMA || byte === LF) break;
          at++;
        }
        to = at;
        const endsRecord = at === length || bytes[at] === LF;
        if (endsRecord && to > from && bytes[to - 1] === CR) to--;
      }
      if (at >= length && !isLast) {
        this.#cells = firstCell;
        return -1;
      }
      const isEnd = at >= length || bytes[at] === LF;
      if (isEnd && this.#cells === firstCell && from === to && from === start) {
        // An empty line; `""` starts after its quote and is a cell.
        return at + 1;
      }
      this.#addCell(from, to, mark);
      at++;
      if (isEnd) {
        this.#addRecord(start);
        return at;
      }
    }
  }

  #addCell(from: number, to: number, mark: number): void {
    const cell = this.#cells++;
    if (cell === this.starts.length) {
      const size = cell * 2;
      this.starts = grown(this.starts, new Int32Array(size));
      this.ends = grown(this.ends, new Int32Array(size));
      this.marks = grown(this.marks, new Uint8Array(size));
    }
    this.starts[cell] = from;
    this.ends[cell] = to;
    this.marks[cell] = mark;
  }

  #addRecord(start: number): void {
    const record = this.count++;
    if (record + 1 === this.firstCell.length) {
      const size = (record + 1) * 2;
      this.firstCell = grown(this.firstCell, new Int32Array(size));
      this.recordStart = grown(this.recordStart, new Int32Array(size));
    }
    this.recordStart[record] = start;
    this.firstCell[record + 1] = this.#cells;
  }
}

/** The content of an escaped cell: doubled quotes made single, the closing quote dropped. */
export function unquote(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const out = new Uint8Array(end - start);
  let length = 0;
  let isOpen = true;
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    if (byte === QUOTE && isOpen) {
      if (at + 1 < end && bytes[at + 1] === QUOTE) at++;
      else {
        isOpen = false;
        continue;
      }
    }
    out[length++] = byte;
  }
  return out.subarray(0, length);
}

function grown<T extends Int32Array | Uint8Array>(source: T, target: T): T {
  target.set(source);
  return target;
}
