/** Timelines: an expression evaluated on a domain of rows (language.md 3.1), and moving them between domains (3.3). */
import type { Value } from './value.ts';

/** The identity of a row. Rows are ordered by time, subsort, hash (unsigned), ordinal. */
export interface Row {
  readonly time: bigint;
  readonly subsort: bigint;
  readonly hash: bigint;
  /** Numbers rows that are alike in the rest. */
  readonly ordinal: number;
  /** The four as text: equal exactly for equal rows. */
  readonly id: string;
}

export interface Domain {
  /** In row order, each once. */
  readonly rows: readonly Row[];
  /** First and last time of the source rows; null where there are none. A filter keeps those of its input. */
  readonly bounds: Bounds | null;
}

export interface Bounds {
  readonly first: bigint;
  readonly last: bigint;
}

export interface Timeline {
  /** Null for constants. */
  readonly domain: Domain | null;
  /** One per row; a single one for constants. */
  readonly values: readonly Value[];
  readonly isNew: readonly boolean[];
  readonly continuous: boolean;
}

export function makeRow(time: bigint, subsort: bigint, hash: bigint, ordinal: number): Row {
  return { time, subsort, hash, ordinal, id: `${time}/${subsort}/${hash}/${ordinal}` };
}

function compare(a: bigint | number, b: bigint | number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export function compareRows(a: Row, b: Row): number {
  return (
    compare(a.time, b.time) ||
    compare(a.subsort, b.subsort) ||
    compare(a.hash, b.hash) ||
    compare(a.ordinal, b.ordinal)
  );
}

export function constant(value: Value): Timeline {
  return { domain: null, values: [value], isNew: [false], continuous: true };
}

/** The first and last time of rows in any order. */
export function boundsOf(rows: readonly Row[]): Bounds | null {
  return rows.reduce<Bounds | null>(
    (bounds, row) => joinBounds(bounds, { first: row.time, last: row.time }),
    null,
  );
}

function joinBounds(a: Bounds | null, b: Bounds | null): Bounds | null {
  if (a === null || b === null) return a ?? b;
  return {
    first: a.first < b.first ? a.first : b.first,
    last: a.last > b.last ? a.last : b.last,
  };
}

/** The rows of all of the domains; null if all are constants'. */
export function unionDomains(domains: readonly (Domain | null)[]): Domain | null {
  const distinct = [...new Set(domains.filter((domain) => domain !== null))];
  if (distinct.length <= 1) return distinct[0] ?? null;
  const rows = new Map<string, Row>();
  for (const domain of distinct) for (const row of domain.rows) rows.set(row.id, row);
  return {
    rows: [...rows.values()].sort(compareRows),
    bounds: distinct.map((domain) => domain.bounds).reduce(joinBounds, null),
  };
}

/** The timeline on the rows of a domain that has all of its own rows. */
export function moveTo(timeline: Timeline, domain: Domain | null): Timeline {
  if (timeline.domain === domain || domain === null) return timeline;
  const values: Value[] = [];
  const isNew: boolean[] = [];
  const own = new Map((timeline.domain?.rows ?? []).map((row, i) => [row.id, i]));
  const latest = new Map<bigint, Value>();
  for (const row of domain.rows) {
    const i = own.get(row.id);
    if (i !== undefined) latest.set(row.hash, timeline.values[i]!);
    if (timeline.domain === null) values.push(timeline.values[0]!);
    else if (i !== undefined) values.push(timeline.values[i]!);
    else values.push(timeline.continuous ? (latest.get(row.hash) ?? null) : null);
    isNew.push(i !== undefined && timeline.isNew[i]!);
  }
  return { domain, values, isNew, continuous: timeline.continuous };
}

/** All timelines on the union of their domains. */
export function align<T extends readonly Timeline[]>(
  timelines: T,
): { readonly domain: Domain | null; readonly moved: { [K in keyof T]: Timeline } } {
  const domain = unionDomains(timelines.map((timeline) => timeline.domain));
  const moved = timelines.map((timeline) => moveTo(timeline, domain));
  return { domain, moved: moved as { [K in keyof T]: Timeline } };
}

/** How many values a timeline of this domain has. */
export function rowCount(domain: Domain | null): number {
  return domain === null ? 1 : domain.rows.length;
}

/** Applies a function of one row's values to timelines on the union of their domains; `fn` also gets the row's index. */
export function mapRows(
  timelines: readonly Timeline[],
  fn: (values: readonly Value[]) => Value,
): Timeline {
  const { domain, moved } = align(timelines);
  const rows = Array.from({ length: rowCount(domain) }, (_, row) => row);
  return {
    domain,
    values: rows.map((row) => fn(moved.map((timeline) => timeline.values[row]!))),
    isNew: rows.map((row) => moved.some((timeline) => timeline.isNew[row])),
    continuous: timelines.every((timeline) => timeline.continuous),
  };
}
