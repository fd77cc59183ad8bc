/** A piece of Fenl text and positions in it. */

export type SourceKind = 'query' | 'formula' | 'signature' | 'internal';

export class Source {
  readonly kind: SourceKind;
  /** As diagnostics print it: `Query`, `'label'`, `Formula: name`. */
  readonly label: string;
  readonly text: string;
  #lineStarts: number[] | null = null;

  constructor(kind: SourceKind, label: string, text: string) {
    this.kind = kind;
    this.label = label;
    this.text = text;
  }

  /** The 1-based line and column (in UTF-16 units) of an offset. */
  position(offset: number): { line: number; column: number } {
    const starts = (this.#lineStarts ??= lineStartsOf(this.text));
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - starts[low]! + 1 };
  }

  /** The text of a 1-based line, without its line feed. */
  line(line: number): string {
    const starts = (this.#lineStarts ??= lineStartsOf(this.text));
    const start = starts[line - 1] ?? this.text.length;
    const end = line < starts.length ? starts[line]! - 1 : this.text.length;
    return this.text.slice(start, end).replace(/\r$/, '');
  }
}

function lineStartsOf(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

/** Half-open UTF-16 offsets into one source. */
export interface Span {
  readonly source: Source;
  readonly start: number;
  readonly end: number;
}
