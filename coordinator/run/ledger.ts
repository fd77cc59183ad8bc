/**
 * The ledger of runs: what was asked, who runs it, how it ended. It stands in the store, so that every run can be gone on
 * with after any crash, and so that what a run no longer needs is known.
 */
import { createHash } from 'node:crypto';
import type { RunSpec } from '../../shared/plan/run-spec.ts';
import { runPrefix } from '../../shared/plan/run-spec.ts';
import { findJson, getJson, putJsonIfAbsent, swapJson } from '../../shared/storage/json-object.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import type { RunInfo } from '../../shared/wire/client.ts';
import type { QueryRequest, RunProgress, RunSummary } from '../../shared/wire/query-request.ts';

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
}

/** This process among those that share a store without a coordinator. */
export interface Owner {
  readonly id: string;
  isAlive(id: string): boolean;
}

export interface StoredRequest {
  readonly runId: string;
  readonly startedAt: string;
  /** Which process runs it; absent where one coordinator runs all. */
  readonly owner?: string;
  readonly request: QueryRequest;
}

export interface StoredStatus {
  readonly status: 'done' | 'failed' | 'cancelled';
  readonly endedAt: string;
  readonly summary: RunSummary | null;
  readonly error: RunInfo['error'];
}

/** Where a live run is, as far as this process knows; undefined: it does not run here. */
export type LiveProgress = (runId: string) => { readonly progress: RunProgress | null } | undefined;

export interface LedgerOptions {
  readonly store: ObjectStore;
  readonly clock: Clock;
  /** Unique text of [a-z0-9]. */
  readonly newId: () => string;
  readonly owner?: Owner;
  readonly live: LiveProgress;
}

export class RunLedger {
  readonly #options: LedgerOptions;

  constructor(options: LedgerOptions) {
    this.#options = options;
  }

  /** Enters a request into the ledger: from here on it survives a crash. */
  async enter(request: QueryRequest): Promise<StoredRequest> {
    const { store, clock, newId } = this.#options;
    const runId = `r${newId()}`;
    const startedAt = new Date(clock.now()).toISOString();
    const { owner } = this.#options;
    const stored: StoredRequest = {
      runId,
      startedAt,
      ...(owner === undefined ? {} : { owner: owner.id }),
      request,
    };
    await putJsonIfAbsent(store, requestKey(runId), stored);
    if (owner !== undefined) {
      const key = unfinishedKey(request);
      // Losing the swap is no loss: then a later equal request goes on with another run of them.
      await swapJson(store, key, stored, (await store.head(key))?.etag ?? null);
    }
    return stored;
  }

  /** The run of an equal request that lost its process, if what it had done still fits the files. */
  async adopt(
    request: QueryRequest,
    fits: (spec: RunSpec) => Promise<boolean>,
  ): Promise<StoredRequest | null> {
    const { store, owner } = this.#options;
    if (owner === undefined) return null;
    const key = unfinishedKey(request);
    const version = await store.head(key);
    if (version === null) return null;
    const stored = await findJson<StoredRequest>(store, key);
    if (stored === null || this.#isRunning(stored)) return null;
    const prefix = runPrefix(stored.runId);
    if ((await store.head(`${prefix}/status.json`)) !== null) return null;
    const spec = await findJson<RunSpec>(store, `${prefix}/spec.json`);
    if (spec === null || !(await fits(spec))) return null;
    const mine = { ...stored, owner: owner.id };
    return (await swapJson(store, key, mine, version.etag)) === 'won' ? mine : null;
  }

  #isRunning({ runId, owner }: StoredRequest): boolean {
    if (this.#options.live(runId) !== undefined) return true;
    if (owner === undefined || this.#options.owner === undefined) return owner === undefined;
    return owner !== this.#options.owner.id && this.#options.owner.isAlive(owner);
  }

  async list(): Promise<readonly RunInfo[]> {
    const { store } = this.#options;
    const ids: string[] = [];
    for await (const { key } of store.list('runs/')) {
      const id = /^runs\/([a-z0-9]+)\/request\.json$/.exec(key)?.[1];
      if (id !== undefined) ids.push(id);
    }
    const infos: RunInfo[] = [];
    for (const id of ids) {
      const stored = await getJson<StoredRequest>(store, requestKey(id));
      const status = await findJson<StoredStatus>(store, `${runPrefix(id)}/status.json`);
      infos.push({
        runId: id,
        query: stored.request.query,
        status: status?.status ?? (this.#isRunning(stored) ? 'running' : 'interrupted'),
        startedAt: stored.startedAt,
        endedAt: status?.endedAt ?? null,
        progress: this.#options.live(id)?.progress ?? null,
        summary: status?.summary ?? null,
        error: status?.error ?? null,
      });
    }
    return infos.toSorted((left, right) => (left.startedAt < right.startedAt ? 1 : -1));
  }

  /** Notes how a run ended. It has ended then, whatever becomes of what it leaves behind. */
  async end(runId: string, end: Omit<StoredStatus, 'endedAt'>): Promise<void> {
    const { store, clock } = this.#options;
    const endedAt = new Date(clock.now()).toISOString();
    await putJsonIfAbsent(store, `${runPrefix(runId)}/status.json`, { ...end, endedAt });
    await this.#sweep(runId, end).catch(() => undefined);
  }

  /** Deletes what only the run itself needed: its result and its ledger stay. */
  async #sweep(runId: string, end: Omit<StoredStatus, 'endedAt'>): Promise<void> {
    const { store } = this.#options;
    const doomed: string[] = [];
    const keep = await this.#isStateKept(runId, end);
    for (const part of ['data/', 'cells/', 'parts/', 'facts/']) {
      for await (const { key } of store.list(`${runPrefix(runId)}/${part}`)) {
        if (!(keep && /-(state-[0-9a-f]+|w\d+)$/.test(key))) doomed.push(key);
      }
    }
    const { request } = await getJson<StoredRequest>(store, requestKey(runId));
    if (this.#options.owner !== undefined) doomed.push(unfinishedKey(request));
    if (doomed.length > 0) await store.delete(doomed);
  }

  /** A kept state and the rows that wait in it lie among the data of the run that made it. */
  async #isStateKept(runId: string, end: Omit<StoredStatus, 'endedAt'>): Promise<boolean> {
    if (end.status !== 'done') return false;
    const key = requestKey(runId);
    const { request } = await getJson<StoredRequest>(this.#options.store, key);
    return request.saveState !== undefined;
  }
}

export function requestKey(runId: string): string {
  return `${runPrefix(runId)}/request.json`;
}

/** Where the latest unfinished run of a request is found. */
function unfinishedKey(request: QueryRequest): string {
  const digest = createHash('sha256').update(JSON.stringify(request)).digest('hex');
  return `unfinished/${digest.slice(0, 32)}.json`;
}
