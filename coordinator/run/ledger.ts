/**
 * The ledger of runs: what was asked, who runs it, how it ended. It stands in the store, so that every run can be gone on
 * with after any crash, and so that what a run no longer needs is known.
 */
import { createHash } from 'node:crypto';
import { AppError } from '../../shared/base/app-error.ts';
import { mapLimited } from '../../shared/base/map-limited.ts';
import type { RunSpec } from '../../shared/plan/run-spec.ts';
import { runPrefix } from '../../shared/plan/run-spec.ts';
import { findJson, getJson, putJsonIfAbsent, swapJson } from '../../shared/storage/json-object.ts';
import { compareKeys } from '../../shared/storage/object-key.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import type { RunInfo, WireDiagnostic } from '../../shared/wire/client.ts';
import type { QueryRequest, RunProgress, RunSummary } from '../../shared/wire/query-request.ts';

/** Entries that are read at a time: enough to hide the latency of a distant store. */
const READS_MAX = 32;

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
  /** Of a query that was rejected or done; absent where it failed, and in ledgers of older builds. */
  readonly diagnostics?: readonly WireDiagnostic[];
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
  /** For operators: an entry that cannot be read. */
  readonly log: (message: string) => void;
}

export class RunLedger {
  readonly #options: LedgerOptions;
  /** When runs started, of all that a list has asked for: ids do not tell, and requests never change. */
  readonly #starts = new Map<string, string>();
  /** Runs whose entries cannot be read, as far as it was said: once is enough. */
  readonly #unreadable = new Set<string>();

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
    if ((await store.head(statusKey(stored.runId))) !== null) return null;
    const spec = await findJson<RunSpec>(store, `${runPrefix(stored.runId)}/spec.json`);
    if (spec === null || !(await fits(spec))) return null;
    const mine = { ...stored, owner: owner.id };
    return (await swapJson(store, key, mine, version.etag)) === 'won' ? mine : null;
  }

  /**
   * Ends an interrupted run: it is not gone on with, and what it wrote is swept. False if it is no such run, or
   * another process goes on with it.
   */
  async drop(runId: string): Promise<boolean> {
    const { store, owner } = this.#options;
    if (owner === undefined) return false;
    const stored = await this.#findRequest(runId);
    if (stored === null || (await store.head(statusKey(runId))) !== null) return false;
    const key = unfinishedKey(stored.request);
    const version = await store.head(key);
    const latest = await this.#latest(stored);
    if (this.#isRunning(latest)) return false;
    // Whoever goes on with a run swaps the same object, so only one of the two gets it.
    const isNamed = version !== null && latest !== stored;
    const mine = { ...latest, owner: owner.id };
    if (isNamed && (await swapJson(store, key, mine, version.etag)) !== 'won') return false;
    const error = { class: 'user', code: 'CANCELLED', message: 'the run was cancelled' } as const;
    await this.end(runId, { status: 'cancelled', summary: null, error });
    return true;
  }

  /** A run as the last process that took it up entered it: one that goes on with it does so in `unfinished/` only. */
  async #latest(stored: StoredRequest): Promise<StoredRequest> {
    const { store, owner } = this.#options;
    if (owner === undefined) return stored;
    const found = await findJson<StoredRequest>(store, unfinishedKey(stored.request));
    return found?.runId === stored.runId ? found : stored;
  }

  #isRunning({ runId, owner }: StoredRequest): boolean {
    if (this.#options.live(runId) !== undefined) return true;
    if (owner === undefined || this.#options.owner === undefined) return owner === undefined;
    return owner !== this.#options.owner.id && this.#options.owner.isAlive(owner);
  }

  /** The newest runs, the newest first. Reads each run once for its start, and those that are listed. */
  async list(limit: number): Promise<readonly RunInfo[]> {
    const { ids } = await this.#keys();
    const starts = await mapLimited(ids, READS_MAX, async (runId) => ({
      runId,
      startedAt: await this.#startOf(runId),
    }));
    const newest = starts
      .flatMap(({ runId, startedAt }) => (startedAt === null ? [] : [{ runId, startedAt }]))
      .toSorted((left, right) => compareKeys(right.startedAt, left.startedAt))
      .slice(0, limit);
    const infos = await mapLimited(newest, READS_MAX, ({ runId }) =>
      this.#unlessUnreadable(runId, () => this.find(runId)),
    );
    return infos.filter((info) => info !== null);
  }

  /** A run as it is now; null if there is none of this id. AppError('data', 'STORE_CORRUPT') if it cannot be read. */
  async find(runId: string): Promise<RunInfo | null> {
    const [stored, status] = await Promise.all([this.#findRequest(runId), this.#findStatus(runId)]);
    if (stored === null) return null;
    return {
      runId,
      query: stored.request.query,
      status:
        status?.status ?? (this.#isRunning(await this.#latest(stored)) ? 'running' : 'interrupted'),
      startedAt: stored.startedAt,
      endedAt: status?.endedAt ?? null,
      progress: this.#options.live(runId)?.progress ?? null,
      summary: status?.summary ?? null,
      error: status?.error ?? null,
      diagnostics: status?.diagnostics ?? [],
    };
  }

  /** What runs here, or would if it had not been left by its process. Of runs that have ended nothing is read. */
  async unfinished(): Promise<readonly StoredRequest[]> {
    const { ids, ended } = await this.#keys();
    const open = ids.filter((runId) => !ended.has(runId));
    const requests = await mapLimited(open, READS_MAX, async (runId) => {
      const stored = await this.#unlessUnreadable(runId, () => this.#findRequest(runId));
      // Names are listed page by page: meanwhile it may have ended.
      return (await this.#options.store.head(statusKey(runId))) === null ? stored : null;
    });
    return requests.filter((stored) => stored !== null).filter((stored) => this.#isRunning(stored));
  }

  /** What the names of the objects tell: which runs there are, and which of them have ended. */
  async #keys(): Promise<{ readonly ids: readonly string[]; readonly ended: ReadonlySet<string> }> {
    const ids: string[] = [];
    const ended = new Set<string>();
    for await (const { key } of this.#options.store.list('runs/')) {
      const [, runId, name] = /^runs\/([a-z0-9]+)\/(request|status)\.json$/.exec(key) ?? [];
      if (runId === undefined) continue;
      if (name === 'request') ids.push(runId);
      else ended.add(runId);
    }
    return { ids, ended };
  }

  async #startOf(runId: string): Promise<string | null> {
    const known = this.#starts.get(runId);
    if (known !== undefined) return known;
    const stored = await this.#unlessUnreadable(runId, () => this.#findRequest(runId));
    if (stored === null) return null;
    this.#starts.set(runId, stored.startedAt);
    return stored.startedAt;
  }

  async #findRequest(runId: string): Promise<StoredRequest | null> {
    const key = requestKey(runId);
    const stored = await findJson<unknown>(this.#options.store, key);
    if (stored === null || isStoredRequest(stored, runId)) return stored;
    throw this.#corrupt(key, 'the request of this run');
  }

  async #findStatus(runId: string): Promise<StoredStatus | null> {
    const key = statusKey(runId);
    const status = await findJson<unknown>(this.#options.store, key);
    if (status === null || isStoredStatus(status)) return status;
    throw this.#corrupt(key, 'the end of a run');
  }

  #corrupt(key: string, what: string): AppError {
    const { description } = this.#options.store;
    return new AppError('data', 'STORE_CORRUPT', `${key} in ${description} is not ${what}`);
  }

  /** What `read` gives; null for an entry that cannot be read, which must not stand in the way of all others. */
  async #unlessUnreadable<T>(runId: string, read: () => Promise<T | null>): Promise<T | null> {
    try {
      return await read();
    } catch (error) {
      // A store that is away says nothing about the entry.
      if (!(error instanceof AppError) || error.class !== 'data') throw error;
      if (!this.#unreadable.has(runId)) {
        this.#options.log(`run ${runId} is left out: ${error.message}`);
      }
      this.#unreadable.add(runId);
      return null;
    }
  }

  /** Notes how a run ended. It has ended then, whatever becomes of what it leaves behind. */
  async end(runId: string, end: Omit<StoredStatus, 'endedAt'>): Promise<void> {
    const { store, clock } = this.#options;
    const endedAt = new Date(clock.now()).toISOString();
    await putJsonIfAbsent(store, statusKey(runId), { ...end, endedAt });
    await this.#sweep(runId, end).catch(() => undefined);
  }

  /** Deletes what only the run itself needed: its ledger stays, and its result if it is whole. */
  async #sweep(runId: string, end: Omit<StoredStatus, 'endedAt'>): Promise<void> {
    const { store } = this.#options;
    const doomed: string[] = [];
    const keep = await this.#isStateKept(runId, end);
    const unneeded = ['data/', 'cells/', 'parts/', 'facts/'];
    for (const part of end.status === 'done' ? unneeded : [...unneeded, 'result/']) {
      for await (const { key } of store.list(`${runPrefix(runId)}/${part}`)) {
        if (!(keep && /-(state-[0-9a-f]+|w\d+)$/.test(key))) doomed.push(key);
      }
    }
    const stored = await getJson<StoredRequest>(store, requestKey(runId));
    // A later run of an equal request may stand there.
    if ((await this.#latest(stored)) !== stored) doomed.push(unfinishedKey(stored.request));
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

/** What is leaned on when runs are listed. Whatever else is wrong with a request ends its run, and no other. */
function isStoredRequest(value: unknown, runId: string): value is StoredRequest {
  const stored = value as Partial<Record<keyof StoredRequest, unknown>>;
  const request = stored.request as Partial<Record<keyof QueryRequest, unknown>> | null | undefined;
  return (
    stored.runId === runId &&
    typeof stored.startedAt === 'string' &&
    typeof request?.query === 'string'
  );
}

function isStoredStatus(value: unknown): value is StoredStatus {
  const { status, endedAt } = value as Partial<Record<keyof StoredStatus, unknown>>;
  const isEnd = status === 'done' || status === 'failed' || status === 'cancelled';
  return isEnd && typeof endedAt === 'string';
}

function statusKey(runId: string): string {
  return `${runPrefix(runId)}/status.json`;
}

/** Where the latest unfinished run of a request is found. */
function unfinishedKey(request: QueryRequest): string {
  const digest = createHash('sha256').update(JSON.stringify(request)).digest('hex');
  return `unfinished/${digest.slice(0, 32)}.json`;
}
