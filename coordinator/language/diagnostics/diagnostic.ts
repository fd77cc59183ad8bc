/** Diagnostics: what is wrong with a query, as values. They are collected and never thrown. */
import { DIAGNOSTIC_COUNT_MAX } from '../limits.ts';
import type { Span } from '../source.ts';
import { CODES } from './codes.ts';
import type { Code } from './codes.ts';

export interface Label {
  readonly span: Span;
  readonly text: string;
  /** Where the mistake is, as opposed to what it has to do with. */
  readonly primary: boolean;
}

export interface Diagnostic {
  /** Warnings never keep a query from running. */
  readonly severity: 'error' | 'warning';
  readonly code: Code;
  readonly title: string;
  /** One sentence that names the thing, says what was expected and what was found. */
  readonly message: string;
  readonly labels: readonly Label[];
  readonly notes: readonly string[];
}

export interface DiagnosticOptions {
  /** The primary label, showing `message` unless it has a text of its own. Absent where no place is to blame. */
  readonly at?: Span | null;
  readonly labelText?: string;
  readonly secondary?: readonly { readonly span: Span; readonly text: string }[];
  readonly notes?: readonly string[];
}

/** A diagnostic of the registered severity and title. */
export function diagnostic(
  code: Code,
  message: string,
  options: DiagnosticOptions = {},
): Diagnostic {
  const { severity, title } = CODES[code];
  const labels: Label[] = [];
  if (options.at)
    labels.push({ span: options.at, text: options.labelText ?? message, primary: true });
  for (const label of options.secondary ?? []) labels.push({ ...label, primary: false });
  return {
    severity: severity === 'warning' ? 'warning' : 'error',
    code,
    title,
    message,
    labels,
    notes: options.notes ?? [],
  };
}

/** The code W2001 has a second meaning, an error (language.md 3.8), kept for compatibility. */
export function incompatibleGrouping(message: string, options: DiagnosticOptions): Diagnostic {
  return {
    ...diagnostic('W2001', message, options),
    severity: 'error',
    title: 'Incompatible grouping',
  };
}

export function isError(item: Diagnostic): boolean {
  return item.severity === 'error';
}

/** Diagnostics in order of detection, with slots for those that are decided later than their place. */
export class DiagnosticList {
  readonly #slots: (Diagnostic | null)[] = [];
  #count = 0;
  #errorCount = 0;

  get errorCount(): number {
    return this.#errorCount;
  }

  /** Adds one diagnostic; beyond DIAGNOSTIC_COUNT_MAX it only counts. */
  report(item: Diagnostic): void {
    this.fill(this.reserve(), item);
  }

  /** A place in the order for a diagnostic that may or may not come. */
  reserve(): number {
    return this.#slots.push(null) - 1;
  }

  fill(slot: number, item: Diagnostic): void {
    if (isError(item)) this.#errorCount++;
    if (this.#count >= DIAGNOSTIC_COUNT_MAX) return;
    this.#count++;
    this.#slots[slot] = item;
  }

  toArray(): Diagnostic[] {
    return this.#slots.filter((item) => item !== null);
  }
}
