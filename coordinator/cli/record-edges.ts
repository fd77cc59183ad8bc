/** Finds the first and last records of a text too long to keep: CSV records (quotes may hold line feeds) or lines. */

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const QUOTE = 0x22;

export interface Edges {
  /** Records without their line ends. Blank ones do not count. */
  readonly first: readonly string[];
  /** The last ones that are not among `first`, in order. */
  readonly last: readonly string[];
  readonly count: number;
}

interface Place {
  readonly start: number;
  readonly end: number;
}

/**
 *   bytes    first records │ … dropped as soon as too old … │ the last `lastMax` records │ the record being read
 *   chunks                                                     └── kept ────────────────────────────────────┘
 */
export class RecordEdges {
  readonly #firstMax: number;
  readonly #lastMax: number;
  readonly #hasQuotes: boolean;
  readonly #first: string[] = [];
  /** Places of the last records, oldest first. */
  readonly #last: Place[] = [];
  #chunks: { readonly start: number; readonly bytes: Uint8Array }[] = [];
  #length = 0;
  #recordStart = 0;
  #isQuoted = false;
  #count = 0;

  constructor(options: { firstMax: number; lastMax: number; hasQuotes: boolean }) {
    this.#firstMax = options.firstMax;
    this.#lastMax = options.lastMax;
    this.#hasQuotes = options.hasQuotes;
  }

  /** Takes over `bytes`: the caller must not write to them later. */
  push(bytes: Uint8Array): void {
    const start = this.#length;
    this.#chunks.push({ start, bytes });
    this.#length += bytes.length;
    const hasQuotes = this.#hasQuotes;
    let isQuoted = this.#isQuoted;
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at]!;
      if (byte === QUOTE && hasQuotes) isQuoted = !isQuoted;
      else if (byte === LINE_FEED && !isQuoted) this.#endRecord(start + at);
    }
    this.#isQuoted = isQuoted;
    const oldest = this.#last[0]?.start ?? this.#recordStart;
    this.#chunks = this.#chunks.filter((chunk) => chunk.start + chunk.bytes.length > oldest);
  }

  finish(): Edges {
    if (this.#recordStart < this.#length) this.#endRecord(this.#length);
    return {
      first: this.#first,
      last: this.#last.map((place) => this.#text(place)),
      count: this.#count,
    };
  }

  #endRecord(end: number): void {
    const place = { start: this.#recordStart, end };
    this.#recordStart = end + 1;
    const length = end - place.start;
    if (length === 0 || (length === 1 && this.#byte(place.start) === CARRIAGE_RETURN)) return;
    this.#count++;
    if (this.#first.length < this.#firstMax) {
      this.#first.push(this.#text(place));
    } else if (this.#lastMax > 0) {
      if (this.#last.length === this.#lastMax) this.#last.shift();
      this.#last.push(place);
    }
  }

  #byte(position: number): number {
    const chunk = this.#chunks.find(({ start, bytes }) => position < start + bytes.length)!;
    return chunk.bytes[position - chunk.start]!;
  }

  #text({ start, end }: Place): string {
    const parts = this.#chunks
      .filter((chunk) => chunk.start < end && chunk.start + chunk.bytes.length > start)
      .map((chunk) =>
        chunk.bytes.subarray(Math.max(0, start - chunk.start), Math.max(0, end - chunk.start)),
      );
    return Buffer.concat(parts).toString('utf8').replace(/\r$/, '');
  }
}

/** The cells of one CSV record. Quotes are taken off; what follows a closing quote is taken as it stands. */
export function splitCsvRecord(record: string): string[] {
  if (!record.includes('"')) return record.split(',');
  const cells: string[] = [];
  let cell = '';
  let at = 0;
  while (at < record.length) {
    const char = record[at]!;
    if (char === '"' && cell === '') {
      const end = closingQuote(record, at + 1);
      cell = record.slice(at + 1, end).replaceAll('""', '"');
      at = end + 1;
    } else if (char === ',') {
      cells.push(cell);
      cell = '';
      at++;
    } else {
      cell += char;
      at++;
    }
  }
  return [...cells, cell];
}

function closingQuote(record: string, from: number): number {
  let at = from;
  while (at < record.length) {
    if (record[at] === '"') {
      if (record[at + 1] !== '"') return at;
      at++;
    }
    at++;
  }
  return record.length;
}
