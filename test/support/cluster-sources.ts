/** Event files for cluster tests, the same in every run: small, but of many entities, so that they cut into many cells. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { QueryRequest, TableSpec, Tuning } from '../../shared/wire/query-request.ts';

const PURCHASES = 12_000;
const REVIEWS = 4_000;
const USERS = 400;
const ITEMS = 60;
const START_MS = Date.UTC(2024, 0, 1);
const STEP_MS = 37_000;

export interface Sources {
  readonly purchases: string;
  readonly reviews: string;
}

export async function writeSources(folder: string): Promise<Sources> {
  const purchases = join(folder, 'purchases.csv');
  const reviews = join(folder, 'reviews.csv');
  const spread = (row: number, salt: number, count: number): number =>
    Math.abs((Math.imul(row + salt, 2_654_435_761) >>> 8) % count);
  const time = (row: number): string => new Date(START_MS + row * STEP_MS).toISOString();
  const lines = ['time,user,item,amount'];
  for (let row = 0; row < PURCHASES; row++) {
    const user = `user-${spread(row, 1, USERS)}`;
    lines.push(`${time(row)},${user},item-${spread(row, 2, ITEMS)},${spread(row, 3, 10_000) / 4}`);
  }
  await writeFile(purchases, `${lines.join('\n')}\n`);
  const ratings = ['time,item,rating'];
  for (let row = 0; row < REVIEWS; row++) {
    ratings.push(`${time(row * 3)},item-${spread(row, 4, ITEMS)},${spread(row, 5, 5) + 1}`);
  }
  await writeFile(reviews, `${ratings.join('\n')}\n`);
  return { purchases, reviews };
}

export function sourceTables({ purchases, reviews }: Sources): TableSpec[] {
  return [
    { name: 'Purchases', files: [purchases], time: 'time', key: 'user', grouping: 'user' },
    { name: 'Reviews', files: [reviews], time: 'time', key: 'item', grouping: 'item' },
  ];
}

/** State, a window, and a lookup of another entity: three stages, two exchanges. */
export const QUERY = `{
  total: sum(Purchases.amount),
  daily: count(Purchases, window=since(daily())),
  rating: lookup(Purchases.item, mean(Reviews.rating)),
} | when(is_valid(Purchases))`;

/** Dozens of cells of a few milliseconds and some requests each; the lookup asks, so that there are three stages. */
export const MANY_CELLS: Tuning = {
  ranges: 4,
  slices: 6,
  batchRows: 256,
  disableRules: ['broadcast'],
};

export function sourceRequest(
  sources: Sources,
  options: Partial<Pick<QueryRequest, 'output' | 'tuning' | 'results'>> = {},
): QueryRequest {
  return {
    tables: sourceTables(sources),
    views: [],
    query: QUERY,
    results: 'history',
    output: { path: null, format: 'csv', layout: 'file', overwrite: false, timestamps: 'ns' },
    ...options,
  };
}
