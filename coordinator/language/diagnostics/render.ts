/** Renders diagnostics as ASCII text with the source lines and carets under the places (language.md 9.1). */
import type { Source, Span } from '../source.ts';
import { CODES } from './codes.ts';
import type { Code } from './codes.ts';
import type { Diagnostic, Label } from './diagnostic.ts';

/** What APIs and the command line hand out. `location` is the place in the text that the user wrote, if there is one. */
export interface ReportedDiagnostic {
  readonly severity: 'error' | 'warning';
  readonly code: Code;
  readonly message: string;
  readonly formatted: string;
  readonly location: DiagnosticLocation | null;
}

/** Line and column are 1-based, the column in UTF-16 units. */
export interface DiagnosticLocation {
  readonly part: 'query' | 'formula';
  readonly line: number;
  readonly column: number;
}

export function reportDiagnostic(item: Diagnostic): ReportedDiagnostic {
  return {
    severity: item.severity,
    code: item.code,
    message: item.message,
    formatted: formatDiagnostic(item),
    location: locate(item),
  };
}

function locate(item: Diagnostic): DiagnosticLocation | null {
  const primaryFirst = [...item.labels].sort((a, b) => Number(b.primary) - Number(a.primary));
  for (const { span } of primaryFirst) {
    const { kind } = span.source;
    if (kind === 'query' || kind === 'formula') {
      return { part: kind, ...span.source.position(span.start) };
    }
  }
  return null;
}

/** Ends with a blank line. */
export function formatDiagnostic(item: Diagnostic): string {
  const lines = [`${item.severity}[${item.code}]: ${item.title}`];
  const blocks = [...Map.groupBy(item.labels, (label) => label.span.source)];
  const gutter = ' '.repeat(
    Math.max(...blocks.map(([, labels]) => Math.max(...labels.map(lineDigits))), 1),
  );
  for (const [index, [source, labels]] of blocks.entries()) {
    if (index > 0) lines.push(`${gutter} |`);
    const first = source.position((labels.find((label) => label.primary) ?? labels[0]!).span.start);
    lines.push(`${gutter} --> ${source.label}:${first.line}:${first.column}`, `${gutter} |`);
    lines.push(...formatLines(source, labels, gutter));
  }
  const notePrefix = blocks.length === 0 ? ' =' : `${gutter} =`;
  const notes = blocks.length === 0 ? [item.message, ...item.notes] : item.notes;
  if (blocks.length > 0 && notes.length > 0) lines.push(`${gutter} |`);
  for (const note of notes) lines.push(`${notePrefix} ${note}`);
  return `${lines.join('\n')}\n\n`;
}

/** The text of `millrace help E0006`. */
export function explainCode(code: Code): string {
  const { severity, title, explanation, example } = CODES[code];
  const text = `${severity}[${code}]: ${title}\n\n${explanation}\n`;
  return example === '' ? text : `${text}\nExample:\n\n  ${example}\n`;
}

function lineDigits(label: Label): number {
  return String(label.span.source.position(label.span.start).line).length;
}

function formatLines(source: Source, labels: readonly Label[], gutter: string): string[] {
  const lines: string[] = [];
  const byLine = Map.groupBy(labels, (label) => source.position(label.span.start).line);
  let previous: number | null = null;
  for (const [line, onLine] of [...byLine].sort(([left], [right]) => left - right)) {
    if (previous !== null && line > previous + 1) lines.push(`${gutter} ...`);
    previous = line;
    const view = clipLine(source, line, onLine);
    const number = String(line).padStart(gutter.length);
    lines.push(`${number} | ${view.text}`.trimEnd());
    for (const underline of formatLabels(view)) lines.push(`${gutter} | ${underline}`);
  }
  return lines;
}

interface Mark {
  /** Half-open columns of the clipped line, 0-based, at least one wide. */
  readonly start: number;
  readonly end: number;
  readonly label: Label;
}

interface LineView {
  readonly text: string;
  readonly marks: readonly Mark[];
}

/** A line longer than this is shown in part, around its first label. */
const LINE_WIDTH_MAX = 200;

function clipLine(source: Source, line: number, labels: readonly Label[]): LineView {
  // Whatever a terminal would move the cursor for takes one column here, as in the position.
  const full = source.line(line).replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, ' ');
  const columns = labels
    .map((label) => ({ label, ...columnsOf(source, label.span, full.length) }))
    .sort((left, right) => left.start - right.start);
  if (full.length <= LINE_WIDTH_MAX) return { text: full, marks: columns };
  const from = Math.max(0, columns[0]!.start - LINE_WIDTH_MAX / 4);
  const to = from + LINE_WIDTH_MAX;
  const before = from > 0 ? '...' : '';
  const after = to < full.length ? '...' : '';
  const shift = from - before.length;
  return {
    text: before + full.slice(from, to) + after,
    marks: columns
      .filter(({ start }) => start < to)
      .map(({ label, start, end }) => ({
        label,
        start: start - shift,
        end: Math.min(end, to) - shift,
      })),
  };
}

/** A span that goes on to later lines is underlined to the end of its first. */
function columnsOf(source: Source, span: Span, lineLength: number): { start: number; end: number } {
  const start = source.position(span.start).column - 1;
  const end = Math.min(start + (span.end - span.start), Math.max(lineLength, start + 1));
  return { start, end: Math.max(end, start + 1) };
}

/**
 * The rows under a line. The text of the last label stands beside its underline, the others hang below theirs:
 *
 *   ^^^^^^^^ ---------  ------- Type: string
 *   |        |
 *   |        Type: i64
 *   Incompatible types for call to 'coalesce'
 */
function formatLabels({ marks }: LineView): string[] {
  let underline = '';
  for (const primary of [false, true]) {
    for (const { start, end, label } of marks) {
      if (label.primary !== primary) continue;
      const padded = underline.padEnd(end);
      underline =
        padded.slice(0, start) + (primary ? '^' : '-').repeat(end - start) + padded.slice(end);
    }
  }
  const last = marks.at(-1);
  const hanging = marks.slice(0, -1).filter(({ label }) => label.text !== '');
  const rows = [last === undefined ? underline : `${underline} ${last.label.text}`.trimEnd()];
  if (hanging.length > 0) rows.push(bars(hanging));
  for (let index = hanging.length - 1; index >= 0; index--) {
    const { start, label } = hanging[index]!;
    const outer = hanging.slice(0, index).filter((mark) => mark.start < start);
    rows.push(bars(outer).padEnd(start) + label.text);
  }
  return rows;
}

function bars(marks: readonly Mark[]): string {
  let row = '';
  for (const { start } of marks) row = `${row.padEnd(start).slice(0, start)}|`;
  return row;
}
