/** The line that tells how far a run is. Only for a terminal: in logs and pipes it would be noise. */
import type { RunProgress } from '../../shared/wire/query-request.ts';
import { exactCount, roundCount, secondCount } from './amounts.ts';
import { cutText, printable } from './text-width.ts';

const REDRAW_MS = 100;
const BAR_COLUMNS = 20;
/** A forecast from less than this would jump about. */
const FORECAST_SECONDS_MIN = 1;
const FORECAST_SHARE_MIN = 0.02;
const ERASE_LINE = '\r\u001b[2K';

/** What the line is written to, and the clock; standard error and the system's clock outside of tests. */
export interface ProgressTerminal {
  readonly isTerminal: boolean;
  /** Asked for each time: windows get resized. */
  columns(): number;
  write(text: string): void;
  nowMs(): number;
}

/** Draws progress on one line of a terminal. Call `clear` before anything else is written there, and at the end. */
export class ProgressLine {
  readonly #terminal: ProgressTerminal;
  #phase: RunProgress['phase'] | null = null;
  #phaseStartMs = 0;
  #doneAtStart = 0;
  #drawnMs = Number.NEGATIVE_INFINITY;
  #isShown = false;

  constructor(terminal: ProgressTerminal) {
    this.#terminal = terminal;
  }

  update(progress: RunProgress): void {
    if (!this.#terminal.isTerminal) return;
    const now = this.#terminal.nowMs();
    const isNewPhase = progress.phase !== this.#phase;
    if (isNewPhase) {
      this.#phase = progress.phase;
      this.#phaseStartMs = now;
      this.#doneAtStart = workOf(progress).done;
    }
    if (!isNewPhase && now - this.#drawnMs < REDRAW_MS) return;
    this.#drawnMs = now;
    this.#isShown = true;
    const seconds = (now - this.#phaseStartMs) / 1_000;
    const secondsLeft = forecast(progress, this.#doneAtStart, seconds);
    // One column stays free: a full line makes some terminals wrap.
    const line = renderProgress(progress, secondsLeft, this.#terminal.columns() - 1);
    this.#terminal.write(ERASE_LINE + line);
  }

  clear(): void {
    if (!this.#isShown) return;
    this.#isShown = false;
    this.#terminal.write(ERASE_LINE);
  }
}

/** What is done of the phase, and all of it; 0 of 0 while that is not known. */
function workOf(progress: RunProgress): { readonly done: number; readonly all: number } {
  const { phase, rows, rowsTotal, cellsDone, cellsTotal } = progress;
  return phase === 'preparing'
    ? { done: rowsTotal === null ? 0 : rows, all: rowsTotal ?? 0 }
    : { done: cellsDone, all: cellsTotal };
}

/** Seconds that the rest of the phase takes at the pace so far; null while that would be a guess. */
function forecast(progress: RunProgress, doneAtStart: number, seconds: number): number | null {
  const work = workOf(progress);
  // What a resumed run found finished says nothing about the pace.
  const done = work.done - doneAtStart;
  const all = work.all - doneAtStart;
  if (seconds < FORECAST_SECONDS_MIN || done >= all || done / all < FORECAST_SHARE_MIN) return null;
  return (seconds / done) * (all - done);
}

/**
 * `preparing ████░░░░ 31.2 M of 48.1 M rows · 6 s left`,
 * `computing ████████░░░░ 41 of 64 cells · 31.2 M rows · complete up to 2024-04-11 · 4 s left`.
 */
export function renderProgress(
  progress: RunProgress,
  secondsLeft: number | null,
  columns: number,
): string {
  const { phase, rows, frontier } = progress;
  const { done, all } = workOf(progress);
  const parts = [
    ...(all > 0 ? [`${bar(done / all)} ${describeWork(progress)}`] : []),
    ...(rows > 0 && phase !== 'preparing' ? [`${roundCount(rows)} rows`] : []),
    ...(frontier === null ? [] : [`complete up to ${printable(shortTime(frontier))}`]),
    ...(secondsLeft === null ? [] : [`${secondCount(secondsLeft)} left`]),
  ];
  return cutText(`${phase} ${parts.join(' · ')}`.trimEnd(), columns);
}

function describeWork(progress: RunProgress): string {
  const { done, all } = workOf(progress);
  if (progress.phase === 'preparing') return `${roundCount(done)} of ${roundCount(all)} rows`;
  const unit = progress.phase === 'computing' ? 'cells' : 'parts';
  return `${exactCount(done)} of ${exactCount(all)} ${unit}`;
}

function bar(share: number): string {
  const full = Math.floor(Math.min(1, Math.max(0, share)) * BAR_COLUMNS);
  return '█'.repeat(full) + '░'.repeat(BAR_COLUMNS - full);
}

/** A day if the time is its beginning, else to the second. */
function shortTime(time: string): string {
  const seconds = time.replace(/\.\d+/, '');
  return seconds.replace(/[T ]00:00:00Z?$/, '');
}
