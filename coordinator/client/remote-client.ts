/**
 * A client that speaks to a coordinator over HTTP. A run belongs to the coordinator's ledger, not to the connection:
 *
 *   POST run ─> follow its events ─┬─ end ───────────────────────────────────> reply, or the run's error
 *                                  └─ connection lost, coordinator restarts ─> ask again, within the patience
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, fromSerializedError, toAppError } from '../../shared/base/app-error.ts';
import { unreachable } from '../../shared/base/assert.ts';
import type {
  CheckReply,
  Client,
  ExplainReply,
  FileReport,
  QueryReply,
  RunInfo,
  TableReport,
} from '../../shared/wire/client.ts';
import type { QueryRequest, RunProgress, TableSpec } from '../../shared/wire/query-request.ts';
import type { RunEnd, RunEvent } from '../../shared/wire/run-event.ts';
import { EVENT_SILENCE_MS_MAX } from '../../shared/wire/run-event.ts';
import { RUN_ID, unknownRun } from '../../shared/wire/run-id.ts';
import type { HttpOptions } from './http.ts';
import { interrupted, request, requestJson, stopReason } from './http.ts';

/** For questions that are answered from memory or with a few reads. */
const PROMPT_MS_MAX = 60_000;
/** For questions that may prepare tables first. */
const PREPARING_MS_MAX = 30 * 60_000;
/** Between two blocks of a result. */
const BLOCK_MS_MAX = 120_000;
/** How long a coordinator may be away during a run before the client gives up; the run itself does not. */
const PATIENCE_MS = 5 * 60_000;
const RETRY_MS_MIN = 250;
const RETRY_MS_MAX = 5_000;

export interface RemoteOptions {
  readonly patienceMs?: number;
  /** Told when the coordinator of a run under way goes away and when it is back. */
  readonly onConnection?: (state: 'lost' | 'back') => void;
  readonly fetch?: typeof fetch;
}

export class RemoteClient implements Client {
  readonly #http: HttpOptions;
  readonly #patienceMs: number;
  readonly #onConnection: (state: 'lost' | 'back') => void;
  readonly #closing = new AbortController();

  constructor(url: string, options: RemoteOptions = {}) {
    this.#http = { baseUrl: url.replace(/\/+$/, ''), fetch: options.fetch ?? fetch };
    this.#patienceMs = options.patienceMs ?? PATIENCE_MS;
    this.#onConnection = options.onConnection ?? ((): void => undefined);
  }

  check(body: QueryRequest): Promise<CheckReply> {
    return this.#post('/v1/queries/check', body, PREPARING_MS_MAX);
  }

  explain(body: QueryRequest): Promise<ExplainReply> {
    return this.#post('/v1/queries/explain', body, PREPARING_MS_MAX);
  }

  async query(
    body: QueryRequest,
    onProgress: (progress: RunProgress) => void,
    signal: AbortSignal,
  ): Promise<QueryReply> {
    if (signal.aborted) throw cancelled();
    // Not sent again when its reply is lost: that could make it two runs.
    const { runId } = await this.#post<{ readonly runId: string }>('/v1/runs', body, PROMPT_MS_MAX);
    try {
      const end = await this.#follow(runId, onProgress, signal);
      if (end.status === 'failed') throw fromSerializedError(end.error);
      return end.reply;
    } catch (error) {
      if (!signal.aborted) throw error;
      await this.cancel(runId);
      throw cancelled();
    }
  }

  async *readResult(key: string): AsyncIterable<Uint8Array> {
    const [, runId, name] = /^runs\/([a-z0-9]+)\/result\/([A-Za-z0-9._-]+)$/.exec(key) ?? [];
    if (runId === undefined || name === undefined) {
      throw new AppError('user', 'RESULT_UNKNOWN', `${key} is not a result in the store`);
    }
    const silence = new Silence(BLOCK_MS_MAX);
    const signal = AbortSignal.any([this.#closing.signal, silence.signal]);
    try {
      const path = `/v1/runs/${runId}/result/${name}`;
      const reply = await request(this.#http, { method: 'GET', path, signal });
      // The reader may take its time over a block; only ours is limited.
      for await (const block of this.#body(reply, signal)) {
        silence.pause();
        yield block;
        silence.reset();
      }
    } finally {
      silence.end();
    }
  }

  async inspectFiles(files: readonly string[]): Promise<readonly FileReport[]> {
    const reply = await this.#post<{ readonly files: readonly FileReport[] }>(
      '/v1/files/inspect',
      { files },
      PREPARING_MS_MAX,
    );
    return reply.files;
  }

  async tables(specs: readonly TableSpec[]): Promise<readonly TableReport[]> {
    const reply = await this.#post<{ readonly tables: readonly TableReport[] }>(
      '/v1/tables',
      { tables: specs },
      PREPARING_MS_MAX,
    );
    return reply.tables;
  }

  async runs(limit?: number): Promise<readonly RunInfo[]> {
    const reply = await requestJson<{ readonly runs: readonly RunInfo[] }>(this.#http, {
      method: 'GET',
      path: limit === undefined ? '/v1/runs' : `/v1/runs?limit=${limit}`,
      signal: this.#within(PROMPT_MS_MAX),
    });
    return reply.runs;
  }

  async run(runId: string): Promise<RunInfo> {
    if (!RUN_ID.test(runId)) throw unknownRun(runId);
    return requestJson(this.#http, {
      method: 'GET',
      path: `/v1/runs/${runId}`,
      signal: this.#within(PROMPT_MS_MAX),
    });
  }

  async cancel(runId: string): Promise<void> {
    await request(this.#http, {
      method: 'DELETE',
      path: `/v1/runs/${encodeURIComponent(runId)}`,
      signal: this.#within(PROMPT_MS_MAX),
    });
  }

  /** Ends what is under way here; runs go on. */
  async close(): Promise<void> {
    this.#closing.abort(new AppError('user', 'CLIENT_CLOSED', 'the client was closed'));
  }

  #post<T>(path: string, body: unknown, limitMs: number): Promise<T> {
    const signal = this.#within(limitMs);
    return requestJson<T>(this.#http, { method: 'POST', path, body, signal });
  }

  #within(limitMs: number): AbortSignal {
    return AbortSignal.any([AbortSignal.timeout(limitMs), this.#closing.signal]);
  }

  /** Follows the events to the end, through any number of connections. */
  async #follow(
    runId: string,
    onProgress: (progress: RunProgress) => void,
    signal: AbortSignal,
  ): Promise<RunEnd> {
    let tries = 0;
    /** While the coordinator is away: fires when we have waited long enough. */
    let patience: AbortSignal | null = null;
    for (;;) {
      try {
        const end = await this.#followOnce(runId, signal, (progress) => {
          if (patience !== null) this.#onConnection('back');
          patience = null;
          tries = 0;
          if (progress !== null) onProgress(progress);
        });
        if (end !== null) return end;
      } catch (error) {
        const failure = toAppError(error);
        const isOver = signal.aborted || this.#closing.signal.aborted || !failure.retryable;
        if (isOver || patience?.aborted === true) throw failure;
      }
      if (patience === null) {
        patience = AbortSignal.timeout(this.#patienceMs);
        this.#onConnection('lost');
      }
      const waitMs = Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** tries);
      tries++;
      const both = AbortSignal.any([signal, this.#closing.signal]);
      // Woken early by a signal, the next try says so.
      await sleep(waitMs, undefined, { signal: both }).catch(() => undefined);
    }
  }

  /** One connection's worth of events; null when it ended before the run did. `onSign`: the coordinator is there. */
  async #followOnce(
    runId: string,
    outer: AbortSignal,
    onSign: (progress: RunProgress | null) => void,
  ): Promise<RunEnd | null> {
    const silence = new Silence(EVENT_SILENCE_MS_MAX);
    const signal = AbortSignal.any([outer, this.#closing.signal, silence.signal]);
    try {
      const path = `/v1/runs/${encodeURIComponent(runId)}/events`;
      const reply = await request(this.#http, { method: 'GET', path, signal });
      for await (const event of parseLines(this.#body(reply, signal))) {
        silence.reset();
        switch (event.type) {
          case 'progress':
            onSign(event.progress);
            break;
          case 'heartbeat':
            onSign(null);
            break;
          case 'interrupted':
            return null;
          case 'end':
            return event.end;
          default:
            unreachable(event);
        }
      }
      return null;
    } finally {
      silence.end();
    }
  }

  /** The blocks of a body. One that is cut short is a transient error. */
  async *#body(reply: Response, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    if (reply.body === null) return;
    try {
      for await (const block of reply.body) yield block;
    } catch (error) {
      throw signal.aborted ? stopReason(this.#http, signal) : interrupted(this.#http, error);
    }
  }
}

/** A deadline that is put off whenever something comes. */
class Silence {
  readonly #limitMs: number;
  readonly #abort = new AbortController();
  #timer: NodeJS.Timeout | undefined;

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
    this.reset();
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  reset(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#abort.abort(this.#late()), this.#limitMs);
  }

  pause(): void {
    clearTimeout(this.#timer);
  }

  end(): void {
    clearTimeout(this.#timer);
  }

  #late(): AppError {
    const seconds = this.#limitMs / 1000;
    return new AppError(
      'transient',
      'SERVER_TIMEOUT',
      `no word from the coordinator for ${seconds} s`,
    );
  }
}

async function* parseLines(blocks: AsyncIterable<Uint8Array>): AsyncGenerator<RunEvent> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const block of blocks) {
    const lines = (rest + decoder.decode(block, { stream: true })).split('\n');
    rest = lines.pop()!;
    for (const line of lines) {
      // The server's own type: both ends are this program. A line that was cut stays in `rest`.
      if (line !== '') yield JSON.parse(line) as RunEvent;
    }
  }
}

function cancelled(): AppError {
  return new AppError('user', 'CANCELLED', 'the run was cancelled');
}

/** Nothing is contacted yet. */
export function connectRemote(url: string, options: RemoteOptions = {}): Client {
  return new RemoteClient(url, options);
}
