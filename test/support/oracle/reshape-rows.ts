/** Operations that change which rows there are: `when`, shifts, ticks, `with_key`, `lookup` (language.md, sections 5, 6). */
import type { TickKind } from '../../../coordinator/check/typed-expr.ts';
import type { DataType } from '../../../shared/types/data-type.ts';
import { boundaryFrom } from './calendar.ts';
import { hashValue } from './hash.ts';
import { align, boundsOf, compareRows, constant, makeRow } from './timeline.ts';
import type { Domain, Row, Timeline } from './timeline.ts';
import type { Value } from './value.ts';

export const MAX_SUBSORT = (1n << 64n) - 1n;

export function when(condition: Timeline, value: Timeline): Timeline {
  const { domain, moved } = align([condition, value] as const);
  const [conditions, values] = moved;
  if (domain === null) return constant(conditions.values[0] === true ? values.values[0]! : null);
  const kept = indexes(domain).filter((i) => conditions.values[i] === true);
  return {
    domain: { rows: kept.map((i) => domain.rows[i]!), bounds: domain.bounds },
    values: kept.map((i) => values.values[i]!),
    isNew: kept.map((i) => conditions.isNew[i]! || values.isNew[i]!),
    continuous: false,
  };
}

interface ShiftedRow {
  readonly time: bigint;
  readonly source: Row;
  readonly value: Value;
  readonly isNew: boolean;
}

/** `times` are targets in ns. Rows whose target is null, earlier than themselves or after `cutoff` are dropped. */
export function shiftTo(times: Timeline, value: Timeline, cutoff: bigint | null): Timeline {
  const { domain, moved } = align([times, value] as const);
  const [targets, values] = moved;
  if (domain === null) throw new Error('oracle: a shift of a constant');
  const shifted: ShiftedRow[] = [];
  for (const [i, source] of domain.rows.entries()) {
    const time = targets.values[i] as bigint | null;
    if (time === null || time < source.time) continue;
    const isNew = targets.isNew[i]! || values.isNew[i]!;
    shifted.push({ time, source, value: values.values[i]!, isNew });
  }
  // A stable sort: rows of one target stay in source order.
  shifted.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
  return numbered(shifted, cutoff);
}

export function shiftUntil(predicate: Timeline, value: Timeline, cutoff: bigint | null): Timeline {
  const { domain, moved } = align([predicate, value] as const);
  const [predicates, values] = moved;
  if (domain === null) throw new Error('oracle: a shift of a constant');
  const heldOf = new Map<bigint, number[]>();
  const shifted: ShiftedRow[] = [];
  for (const [i, row] of domain.rows.entries()) {
    const held = heldOf.get(row.hash) ?? [];
    heldOf.set(row.hash, held);
    held.push(i);
    if (predicates.values[i] !== true) continue;
    for (const j of held.splice(0)) {
      const isNew = predicates.isNew[j]! || values.isNew[j]!;
      shifted.push({ time: row.time, source: domain.rows[j]!, value: values.values[j]!, isNew });
    }
  }
  return numbered(shifted, cutoff);
}

/** Gives shifted rows, in the order they come out, their numbers within the entity as subsorts. */
function numbered(shifted: readonly ShiftedRow[], cutoff: bigint | null): Timeline {
  const countOf = new Map<bigint, number>();
  const pairs = shifted
    .filter((row) => cutoff === null || row.time <= cutoff)
    .map((from) => {
      const { hash } = from.source;
      const number = countOf.get(hash) ?? 0;
      countOf.set(hash, number + 1);
      return { from, row: makeRow(from.time, BigInt(number), hash, 0) };
    })
    .sort((a, b) => compareRows(a.row, b.row));
  const rows = pairs.map(({ row }) => row);
  return {
    domain: { rows, bounds: boundsOf(rows) },
    values: pairs.map(({ from }) => from.value),
    isNew: pairs.map(({ from }) => from.isNew),
    continuous: false,
  };
}

/** One row per boundary and entity that the parent has seen by then. */
export function tick(kind: TickKind, parent: Domain | null): Timeline {
  if (parent === null) throw new Error('oracle: a tick over a constant');
  const times = tickTimes(kind, parent);
  const seen = new Set<bigint>();
  const rows: Row[] = [];
  let next = 0;
  for (const time of times) {
    for (; next < parent.rows.length && parent.rows[next]!.time <= time; next++) {
      seen.add(parent.rows[next]!.hash);
    }
    for (const hash of seen) rows.push(makeRow(time, MAX_SUBSORT, hash, 0));
  }
  rows.sort(compareRows);
  const bounds = times.length === 0 ? parent.bounds : { first: times[0]!, last: times.at(-1)! };
  const all = rows.map(() => true);
  return { domain: { rows, bounds }, values: all, isNew: all, continuous: false };
}

function tickTimes(kind: TickKind, parent: Domain): bigint[] {
  if (parent.bounds === null) return [];
  const { first, last } = parent.bounds;
  if (kind === 'finished') return [last + 1n];
  const times: bigint[] = [];
  for (let at = boundaryFrom(kind, first); at <= last; at = boundaryFrom(kind, at + 1n)) {
    times.push(at);
  }
  return times;
}

/** The rows under the entities that `key` names; `names` learns every one by its hash. */
export function withKey(
  key: Timeline,
  value: Timeline,
  keyType: DataType,
  names: Map<bigint, Value>,
): Timeline {
  const { domain, moved } = align([key, value] as const);
  const [keys, values] = moved;
  if (domain === null) throw new Error('oracle: with_key of a constant');
  const countOf = new Map<string, number>();
  // Rows of one time and subsort come in the order of their old hashes and ordinals: that numbers the ordinals.
  const pairs = domain.rows
    .map((old, i) => {
      const hash = hashValue(keys.values[i]!, keyType);
      names.set(hash, keys.values[i]!);
      const place = `${old.time}/${old.subsort}/${hash}`;
      const ordinal = countOf.get(place) ?? 0;
      countOf.set(place, ordinal + 1);
      return { i, row: makeRow(old.time, old.subsort, hash, ordinal) };
    })
    .sort((a, b) => compareRows(a.row, b.row));
  return {
    domain: { rows: pairs.map(({ row }) => row), bounds: domain.bounds },
    values: pairs.map(({ i }) => values.values[i]!),
    isNew: pairs.map(({ i }) => keys.isNew[i]! || values.isNew[i]!),
    continuous: value.continuous,
  };
}

/** For each row of `key` the value of the entity it names: rows of one time and subsort see each other. */
export function lookup(key: Timeline, value: Timeline, keyType: DataType): Timeline {
  if (key.domain === null || value.domain === null) throw new Error('oracle: lookup of a constant');
  const latest = new Map<bigint, { readonly row: Row; readonly value: Value }>();
  const foreign = value.domain.rows;
  let next = 0;
  const values = key.domain.rows.map((row, i) => {
    while (next < foreign.length && !isAfter(foreign[next]!, row)) {
      latest.set(foreign[next]!.hash, { row: foreign[next]!, value: value.values[next]! });
      next++;
    }
    if (key.values[i] === null) return null;
    const found = latest.get(hashValue(key.values[i]!, keyType));
    if (found === undefined) return null;
    const exact = found.row.time === row.time && found.row.subsort === row.subsort;
    return value.continuous || exact ? found.value : null;
  });
  return { domain: key.domain, values, isNew: key.isNew, continuous: value.continuous };
}

function isAfter(a: Row, b: Row): boolean {
  return a.time > b.time || (a.time === b.time && a.subsort > b.subsort);
}

function indexes(domain: Domain): number[] {
  return domain.rows.map((_, i) => i);
}
