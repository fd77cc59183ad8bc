/**
 * The runs of this process as their watchers see them: what they last said, and how they ended.
 *
 *   start / resume ──> engine ── progress ──> hub ──> any number of event streams
 *                                   end ────> hub     (or the ledger, for runs of another process)
 */
import { toAppError } from '../../shared/base/app-error.ts';
import type { StartedRun } from '../engine.ts';
import type { Client, QueryReply, RunInfo } from '../../shared/wire/client.ts';
import type { QueryRequest, RunProgress } from '../../shared/wire/query-request.ts';
import type { RunEnd, RunEvent } from '../../shared/wire/run-event.ts';
import { EVENT_SILENCE_MS_MAX } from '../../shared/wire/run-event.ts';

/** What the server needs of an engine beside the client's questions. */
export interface RunEngine extends Client {
  start(request: QueryRequest, onProgress: (progress: RunProgress) => void): Promise<StartedRun>;
  resumeRuns(onProgress: (progress: RunProgress) => void): Promise<readonly StartedRun[]>;
}

/** Ends of runs that are kept here; older ones are read from the ledger. */
const ENDS_KEPT = 1_000;
const HEARTBEAT_MS = EVENT_SILENCE_MS_MAX / 3;
/** Of one run, to one watcher: more often is of no use to a person. */
const PROGRESS_MS_MIN = 100;
/** How often the ledger is asked about a run whose end nobody here will tell. */
const LEDGER_MS = 1_000;
/** A stream is cut after so long, so that none is forgotten; its watcher comes back. */
const STREAM_MS_MAX = 60 * 60_000;

export interface RunCounts {
  readonly started: number;
  readonly resumed: number;
  readonly running: number;
  readonly done: number;
  readonly rejected: number;
  readonly failed: number;
}

class WatchedRun {
  progress: RunProgress | null = null;
  end: RunEnd | null = null;
  /** Counts what was told, so that a watcher that was busy meanwhile does not wait for it. */
  version = 0;
  readonly #watchers = new Set<() => void>();

  hear(progress: RunProgress): void {
    this.progress = progress;
    this.tell();
  }

  tell(): void {
    this.version++;
    for (const wake of this.#watchers) wake();
  }

  /** Resolves when something was told after `version`, after `limitMs`, or when `signal` fires: whatever is first. */
  change(version: number, limitMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#watchers.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      const timer = setTimeout(wake, limitMs);
      this.#watchers.add(wake);
      signal.addEventListener('abort', wake, { once: true });
      if (signal.aborted || this.version !== version) wake();
    });
  }
}

export class RunHub {
  readonly #engine: RunEngine;
  /** Steady, for durations. */
  readonly #nowMs: () => number;
  /** Runs that were started or gone on with here, until their end is old. */
  readonly #runs = new Map<string, WatchedRun>();
  readonly #ended = { done: 0, rejected: 0, failed: 0 };
  readonly #closing = new AbortController();
  #started = 0;
  #resumed = 0;

  constructor(engine: RunEngine, nowMs: () => number) {
    this.#engine = engine;
    this.#nowMs = nowMs;
  }

  get counts(): RunCounts {
    const live = [...this.#runs.values()].filter((run) => run.end === null);
    return {
      started: this.#started,
      resumed: this.#resumed,
      running: live.length,
      ...this.#ended,
    };
  }

  async start(request: QueryRequest): Promise<string> {
    const run = new WatchedRun();
    const { runId, ended } = await this.#engine.start(request, (progress) => run.hear(progress));
    this.#started++;
    this.#runs.set(runId, run);
    void this.#awaitEnd(run, ended);
    return runId;
  }

  /** Goes on with the runs of an earlier process; from then on they are as those that were started here. */
  async resume(): Promise<void> {
    const resumed = await this.#engine.resumeRuns((progress) =>
      this.#watched(progress.runId).hear(progress),
    );
    for (const { runId, ended } of resumed) {
      this.#resumed++;
      void this.#awaitEnd(this.#watched(runId), ended);
    }
  }

  /** How a run ended; null while it goes on. */
  async end(runId: string): Promise<RunEnd | null> {
    const run = this.#runs.get(runId);
    return run === undefined ? endOf(await this.#engine.run(runId)) : run.end;
  }

  /**
   * What happens to a run from now on, beginning at once with its last progress or a heartbeat. Ends with `end`, or with `interrupted` when
   * the server closes; without a word when `signal` fires.
   */
  async *events(runId: string, signal: AbortSignal): AsyncGenerator<RunEvent> {
    let ours = this.#runs.get(runId);
    if (ours === undefined) await this.#engine.run(runId);
    const unheard = new WatchedRun();
    const stop = AbortSignal.any([
      signal,
      this.#closing.signal,
      AbortSignal.timeout(STREAM_MS_MAX),
    ]);
    let told: RunProgress | null = null;
    // As if it had been quiet for long: the first word comes at once, so that a watcher knows it is heard.
    let quietMs = HEARTBEAT_MS;
    for (;;) {
      // The watcher of a run may be back before the coordinator goes on with it.
      ours ??= this.#runs.get(runId);
      const run = ours ?? unheard;
      const { version } = run;
      const end = ours === undefined ? endOf(await this.#engine.run(runId)) : ours.end;
      if (run.progress !== null && run.progress !== told) {
        told = run.progress;
        quietMs = 0;
        yield { type: 'progress', progress: told };
      }
      if (end !== null) return yield { type: 'end', end };
      if (signal.aborted) return;
      if (stop.aborted) return yield { type: 'interrupted' };
      if (quietMs >= HEARTBEAT_MS) {
        quietMs = 0;
        yield { type: 'heartbeat' };
      }
      const from = this.#nowMs();
      await run.change(version, ours === undefined ? LEDGER_MS : HEARTBEAT_MS, stop);
      if (run.end === null && !stop.aborted) await pause(PROGRESS_MS_MIN, stop);
      quietMs += this.#nowMs() - from;
    }
  }

  /** Ends all streams; the runs go on. */
  close(): void {
    this.#closing.abort();
  }

  #watched(runId: string): WatchedRun {
    let run = this.#runs.get(runId);
    if (run === undefined) this.#runs.set(runId, (run = new WatchedRun()));
    return run;
  }

  async #awaitEnd(run: WatchedRun, ended: Promise<QueryReply>): Promise<void> {
    try {
      const reply = await ended;
      this.#ended[reply.status]++;
      run.end = { status: 'replied', reply };
    } catch (error) {
      this.#ended.failed++;
      run.end = { status: 'failed', error: toAppError(error).toJSON() };
    }
    run.tell();
    this.#forgetOld();
  }

  #forgetOld(): void {
    let left = this.#runs.size - ENDS_KEPT;
    for (const [runId, run] of this.#runs) {
      if (left <= 0) return;
      if (run.end === null) continue;
      this.#runs.delete(runId);
      left--;
    }
  }
}

/** What the ledger knows of an end: the reply, or the error. */
function endOf(info: RunInfo): RunEnd | null {
  const { status, summary, error, diagnostics } = info;
  if (status === 'running') return null;
  if (summary !== null) {
    return { status: 'replied', reply: { status: 'done', diagnostics, summary } };
  }
  if (error?.code === 'QUERY_REJECTED' && diagnostics.length > 0) {
    return { status: 'replied', reply: { status: 'rejected', diagnostics } };
  }
  const code = error?.code ?? 'CANCELLED';
  const message = error?.message ?? 'the run was cancelled';
  return {
    status: 'failed',
    error: { class: error?.class ?? 'user', code, message, details: {} },
  };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new WatchedRun().change(0, ms, signal);
}
