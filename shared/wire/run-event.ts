/** Lines of the event stream of a run (`GET /v1/runs/:id/events`, newline-delimited JSON), in order. */
import type { SerializedError } from '../base/app-error.ts';
import type { QueryReply } from './client.ts';
import type { RunProgress } from './query-request.ts';

/** How a run ended. */
export type RunEnd =
  | { readonly status: 'replied'; readonly reply: QueryReply }
  | { readonly status: 'failed'; readonly error: SerializedError };

export type RunEvent =
  | { readonly type: 'progress'; readonly progress: RunProgress }
  /** Nothing has changed; the connection is alive. */
  | { readonly type: 'heartbeat' }
  /** The stream ends, the run does not: ask again, the coordinator is closing or the stream was long enough. */
  | { readonly type: 'interrupted' }
  /** The last line of a run. */
  | { readonly type: 'end'; readonly end: RunEnd };

/** Without a line for so long a stream is dead: the server sends a heartbeat at least every third of it. */
export const EVENT_SILENCE_MS_MAX = 30_000;
