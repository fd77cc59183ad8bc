/** Bookkeeping of formats that are read front to back: where parts begin, and which rows of a batch are left out. */
import type { Part } from './source.ts';

/** Cuts a file into parts of at most `rowsMax` records as they are found. */
export class RecordParts {
  readonly #parts: Part[] = [];
  readonly #rowsMax: number;
  #byteStart: number;
  #firstRow = 0;
  #rows = 0;

  constructor(byteStart: number, rowsMax: number) {
    this.#byteStart = byteStart;
    this.#rowsMax = rowsMax;
  }

  /** A record that begins at byte `offset` of the file. */
  add(offset: number): void {
    if (this.#rows === this.#rowsMax) this.#close(offset);
    this.#rows++;
  }

  finish(byteEnd: number): Part[] {
    if (this.#rows > 0) this.#close(byteEnd);
    return this.#parts;
  }

  #close(byteEnd: number): void {
    this.#parts.push({
      firstRow: this.#firstRow,
      rows: this.#rows,
      byteStart: this.#byteStart,
      byteEnd,
    });
    this.#firstRow += this.#rows;
    this.#rows = 0;
    this.#byteStart = byteEnd;
  }
}

/** The rows 0 … length − 1 that are not in `bad`. */
export function keptRows(length: number, bad: ReadonlySet<number>): Int32Array {
  const kept = new Int32Array(length - bad.size);
  let count = 0;
  for (let row = 0; row < length; row++) if (!bad.has(row)) kept[count++] = row;
  return kept;
}
