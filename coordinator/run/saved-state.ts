/**
 * Saved states: what a run leaves so that a later one can go on after new files came (language.md 8.4).
 *
 *   events     ─────────────────────────── M │ new files, all after M
 *   slices     0 .............. t │ t … end  │        t ≤ M + 1
 *   saved      the state of every cell at t, and the table versions; the next run starts with slice 1 from there
 *
 * A state at t must not depend on what the later run may learn. Ticks stop at the last time of their parent, so t is no
 * later than just after the smallest of these times; the rows between t and M are read again from their segments.
 */
import { createHash } from 'node:crypto';
import { AppError } from '../../shared/base/app-error.ts';
import type { CellRecord, RunSpec } from '../../shared/plan/run-spec.ts';
import { cellName, runPrefix } from '../../shared/plan/run-spec.ts';
import type { StagePlan } from '../../shared/plan/stage.ts';
import { findJson, getJson, putJson, putJsonIfAbsent } from '../../shared/storage/json-object.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import type { SegmentEntry, TableManifest } from '../../shared/storage/table-manifest.ts';
import { compareSegments } from '../../shared/storage/table-manifest.ts';
import { printTimestamp } from '../../shared/time/print-timestamp.ts';
import type { PreparedTable } from '../catalog/prepare-table.ts';
import type { TimeBounds } from './bounds.ts';
import { boundsOf, hull } from './bounds.ts';
import type { PlannedQuery } from './plan-query.ts';

export const SAVED_STATE_VERSION = 1;

export interface SavedState {
  readonly version: typeof SAVED_STATE_VERSION;
  /** Digest of the plan: a state fits no other. */
  readonly plan: string;
  readonly engine: string;
  readonly ranges: number;
  /** Decimal nanoseconds: the states hold the events before this time. */
  readonly cut: string;
  /** Decimal nanoseconds of the last event that was read; null: none. */
  readonly lastTime: string | null;
  /** Table name → key of the manifest that was read. */
  readonly tables: Readonly<Record<string, string>>;
  /** The records of all cells of the slice that ends at the cut, without their rows. */
  readonly cells: readonly CellRecord[];
}

export function checkStateName(name: string): void {
  if (/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/.test(name)) return;
  throw new AppError(
    'user',
    'STATE_NAME',
    `'${name}' is not a name for a state: use letters, digits and . _ -`,
  );
}

/** Of a name that was checked. */
function stateKey(name: string): string {
  return `states/${name}.json`;
}

export function planDigest(plan: StagePlan): string {
  return createHash('sha256').update(JSON.stringify(plan)).digest('hex');
}

/** Whether there are results that a state can be used for (language.md 8.4). */
export function isResumable({ results }: PlannedQuery): boolean {
  return results.finalAt === null && (results.kind === 'final' || results.changedSince !== null);
}

/** Where the state of a run should be cut: null when there is no event at all. */
export function stateCut(query: PlannedQuery, bounds: TimeBounds): bigint | null {
  if (bounds === null) return null;
  let cut = bounds.high + 1n;
  for (const node of query.logical.domains) {
    if (node.op !== 'tick') continue;
    const parent = boundsOf(query.logical, node.input, query.staticBounds);
    // Unknown before the run (a shift): it may be any time, and more events may move it past boundaries gone by.
    const high = parent === undefined || parent === null ? bounds.low : parent.high + 1n;
    if (high < cut) cut = high;
  }
  return cut;
}

export async function loadSavedState(
  store: ObjectStore,
  name: string,
  engine: string,
): Promise<SavedState> {
  const saved = await findJson<SavedState>(store, stateKey(name));
  if (saved === null)
    throw new AppError('user', 'STATE_UNKNOWN', `there is no saved state '${name}'`);
  if (saved.version !== SAVED_STATE_VERSION)
    throw unfit(name, `its format version is ${String(saved.version)}`);
  if (saved.engine !== engine)
    throw unfit(name, `it was made by engine ${saved.engine}, this is ${engine}`);
  return saved;
}

/** A state fits the plan that made it and no other. */
export function checkFits(name: string, saved: SavedState, plan: StagePlan): void {
  if (saved.plan !== planDigest(plan))
    throw unfit(name, 'it belongs to another query, schema or result kind');
}

function unfit(name: string, why: string): AppError {
  return new AppError('user', 'STATE_UNFIT', `the saved state '${name}' cannot be resumed: ${why}`);
}

/** By name, the table versions that the state has seen: a resumed run's tables grow from them. */
export async function savedTables(
  store: ObjectStore,
  saved: SavedState,
): Promise<ReadonlyMap<string, PreparedTable>> {
  const tables = Object.entries(saved.tables).map(
    async ([name, manifestKey]) =>
      [name, { manifestKey, manifest: await getJson<TableManifest>(store, manifestKey) }] as const,
  );
  return new Map(await Promise.all(tables));
}

/** Keeps the states at the end of slice 0 of a run under a name; a state of that name is replaced. */
export async function keepState(
  store: ObjectStore,
  name: string,
  spec: RunSpec,
  lastTime: string | null,
): Promise<void> {
  const cells: CellRecord[] = [];
  const cut = spec.cuts.at(-1)!;
  const slice = spec.cuts.length - 1;
  for (const stage of spec.plan.stages) {
    for (let range = 0; range < spec.ranges; range++) {
      const key = `${runPrefix(spec.runId)}/cells/${cellName({ stage: stage.id, range, slice })}.json`;
      const record = await getJson<CellRecord>(store, key);
      const bounds = await boundsSoFar(store, spec, { stage: stage.id, range, slice });
      const name0 = cellName({ stage: stage.id, range, slice: 0 });
      cells.push({
        ...record,
        name: name0,
        runs: [],
        exchanges: [],
        inputRows: 0,
        outputRows: 0,
        bounds,
      });
    }
  }
  const saved: SavedState = {
    version: SAVED_STATE_VERSION,
    plan: planDigest(spec.plan),
    engine: spec.engine,
    ranges: spec.ranges,
    cut,
    lastTime,
    tables: spec.tables,
    cells,
  };
  await putJson(store, stateKey(name), saved);
}

/** Bounds found by a cell's stage in all slices up to and including its own. */
async function boundsSoFar(
  store: ObjectStore,
  spec: RunSpec,
  cell: { readonly stage: number; readonly range: number; readonly slice: number },
): Promise<CellRecord['bounds']> {
  const found = new Map<number, TimeBounds>();
  for (let slice = 0; slice <= cell.slice; slice++) {
    const key = `${runPrefix(spec.runId)}/cells/${cellName({ ...cell, slice })}.json`;
    const record = await getJson<CellRecord>(store, key);
    for (const { domain, low, high } of record.bounds) {
      const part = low === null || high === null ? null : { low: BigInt(low), high: BigInt(high) };
      found.set(domain, hull(found.get(domain) ?? null, part));
    }
  }
  return [...found].map(([domain, bounds]) => ({
    domain,
    low: bounds === null ? null : bounds.low.toString(),
    high: bounds === null ? null : bounds.high.toString(),
  }));
}

/** Enters the saved cells into a new run's ledger: its slice 0 is done before it starts. */
export async function seedLedger(
  store: ObjectStore,
  runId: string,
  saved: SavedState,
): Promise<void> {
  for (const record of saved.cells) {
    await putJsonIfAbsent(store, `${runPrefix(runId)}/cells/${record.name}.json`, record);
  }
}

/**
 * The table that a resumed run reads: what the state has seen and the new files. All rows of a new file must be later
 * than every event of the state: one with an earlier row was never counted, and the state cannot take it back.
 */
export function extendTable(
  saved: SavedState,
  before: TableManifest,
  table: TableManifest,
): TableManifest {
  const last = saved.lastTime === null ? null : BigInt(saved.lastTime);
  const known = new Set(before.segments.map((segment) => segment.fileBase));
  const added: SegmentEntry[] = [];
  for (const [base, segments] of byFile(table.segments)) {
    const low = extreme(
      segments.map((segment) => segment.minTime),
      -1,
    );
    const high = extreme(
      segments.map((segment) => segment.maxTime),
      1,
    );
    if (low === null || high === null || known.has(base)) continue;
    if (last === null || low > last) added.push(...segments);
    else {
      throw new AppError(
        'user',
        'STATE_FILE_STRADDLES',
        `${table.table}: a file has rows from ${printTimestamp(low, 'ns', 'shortest')} to ${printTimestamp(high, 'ns', 'shortest')}, ` +
          `but the saved state ends at ${printTimestamp(last, 'ns', 'shortest')} (file base ${base}); ` +
          `new files must lie entirely after it`,
      );
    }
  }
  const segments = [...before.segments, ...added].toSorted(compareSegments);
  const id = createHash('sha256')
    .update(JSON.stringify([before.id, segments.map((segment) => segment.key)]))
    .digest('hex')
    .slice(0, 32);
  return {
    ...before,
    id,
    segments,
    files: [
      ...before.files,
      ...table.files.filter((file) => !before.files.some((old) => old.uri === file.uri)),
    ],
    rows: segments.reduce((sum, segment) => sum + segment.rows, 0),
    minTime: text(
      extreme(
        segments.map((segment) => segment.minTime),
        -1,
      ),
    ),
    maxTime: text(
      extreme(
        segments.map((segment) => segment.maxTime),
        1,
      ),
    ),
    bucketRows: [],
  };
}

function byFile(segments: readonly SegmentEntry[]): Map<string, SegmentEntry[]> {
  const files = new Map<string, SegmentEntry[]>();
  for (const segment of segments) {
    const known = files.get(segment.fileBase);
    if (known === undefined) files.set(segment.fileBase, [segment]);
    else known.push(segment);
  }
  return files;
}

function extreme(times: readonly (string | null)[], sign: 1 | -1): bigint | null {
  let best: bigint | null = null;
  for (const each of times) {
    if (each === null) continue;
    const time = BigInt(each);
    if (best === null || (sign > 0 ? time > best : time < best)) best = time;
  }
  return best;
}

function text(time: bigint | null): string | null {
  return time === null ? null : time.toString();
}
