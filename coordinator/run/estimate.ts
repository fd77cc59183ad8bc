/** What a query will cost, from statistics alone: rows that ticks make, against a named limit. */
import { AppError } from '../../shared/base/app-error.ts';
import type { TableManifest } from '../../shared/storage/table-manifest.ts';
import { countTickBoundaries } from '../../shared/time/ticks.ts';
import { boundsOf } from './bounds.ts';
import type { PlannedQuery } from './plan-query.ts';

/** Rows that all ticks of a query may make: about a day of computing on one machine is not what anybody meant. */
export const TICK_ROWS_MAX = 1_000_000_000;

export interface TickEstimate {
  readonly tick: string;
  readonly boundaries: number;
  readonly entities: number;
  /** At most: every entity is taken to be there from the first boundary on. */
  readonly rows: number;
}

export function estimateTicks(
  query: PlannedQuery,
  tables: readonly TableManifest[],
): readonly TickEstimate[] {
  const { logical, staticBounds } = query;
  const estimates: TickEstimate[] = [];
  for (const node of logical.domains) {
    if (node.op !== 'tick' || node.tick === 'finished') continue;
    const bounds = boundsOf(logical, node.input, staticBounds) ?? hullOf(tables);
    if (bounds === null) continue;
    const boundaries = countTickBoundaries(node.tick, bounds.low, bounds.high);
    const entities = tables
      .filter((table) => table.grouping === node.grouping)
      .reduce((most, table) => Math.max(most, entitiesOf(table)), 1);
    estimates.push({ tick: node.tick, boundaries, entities, rows: boundaries * entities });
  }
  return estimates;
}

/** Refuses ticks without end before anything is computed. */
export function checkTicks(query: PlannedQuery, tables: readonly TableManifest[]): void {
  for (const { tick, boundaries, entities, rows } of estimateTicks(query, tables)) {
    if (rows <= TICK_ROWS_MAX) continue;
    const count = (value: number): string => value.toLocaleString('en-US');
    throw new AppError(
      'resource',
      'TICK_ROWS_TOO_MANY',
      `${tick}() would make up to ${count(rows)} rows (${count(boundaries)} boundaries × ${count(entities)} entities); ` +
        `TICK_ROWS_MAX is ${count(TICK_ROWS_MAX)}. Use a rarer tick, or fewer entities or a shorter time`,
    );
  }
}

/** An upper bound: segments may share entities. */
function entitiesOf(table: TableManifest): number {
  return Math.min(
    table.rows,
    table.segments.reduce((sum, segment) => sum + segment.entities, 0),
  );
}

function hullOf(tables: readonly TableManifest[]): { low: bigint; high: bigint } | null {
  let hull: { low: bigint; high: bigint } | null = null;
  for (const { minTime, maxTime } of tables) {
    if (minTime === null || maxTime === null) continue;
    const [low, high] = [BigInt(minTime), BigInt(maxTime)];
    hull =
      hull === null
        ? { low, high }
        : { low: low < hull.low ? low : hull.low, high: high > hull.high ? high : hull.high };
  }
  return hull;
}
