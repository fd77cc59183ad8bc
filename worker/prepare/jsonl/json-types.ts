/** Types of JSON values over all rows, and values as those types: integers, floats, strings, booleans, lists, records. */
import type { Value } from '../../../shared/column/values.ts';
import type { DataType, Field } from '../../../shared/types/data-type.ts';
import { scalar } from '../../../shared/types/data-type.ts';

/**
 * What has been seen of a value: `null` so far only nulls; `mixed` has no common type. Integers are i64 if they have no
 * point and no exponent and fit; one float among them makes f64, as in CSV (language.md 10.4).
 */
export type Seen =
  | { readonly kind: 'null' | 'bool' | 'i64' | 'f64' | 'string' | 'mixed' }
  | { readonly kind: 'list'; element: Seen }
  | { readonly kind: 'record'; readonly fields: Map<string, Seen> };

export const NOTHING_SEEN: Seen = { kind: 'null' };

/** A parsed line: integers beyond 2^53 come as bigint. */
export type JsonValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

/** `seen` widened by one more value. Records and lists are changed in place. */
export function addValue(seen: Seen, value: JsonValue): Seen {
  if (value === null || seen.kind === 'mixed') return seen;
  if (Array.isArray(value)) {
    if (seen.kind !== 'null' && seen.kind !== 'list') return { kind: 'mixed' };
    const list = seen.kind === 'list' ? seen : { kind: 'list' as const, element: NOTHING_SEEN };
    for (const item of value as readonly JsonValue[]) list.element = addValue(list.element, item);
    return list;
  }
  if (typeof value === 'object') {
    if (seen.kind !== 'null' && seen.kind !== 'record') return { kind: 'mixed' };
    const record = seen.kind === 'record' ? seen : { kind: 'record' as const, fields: new Map() };
    for (const [name, item] of Object.entries(value as Readonly<Record<string, JsonValue>>)) {
      record.fields.set(name, addValue(record.fields.get(name) ?? NOTHING_SEEN, item));
    }
    return record;
  }
  const kind = scalarKind(value);
  if (seen.kind === 'null' || seen.kind === kind) return { kind };
  const isNumber =
    (kind === 'i64' || kind === 'f64') && (seen.kind === 'i64' || seen.kind === 'f64');
  return { kind: isNumber ? 'f64' : 'mixed' };
}

function scalarKind(value: boolean | number | bigint | string): 'bool' | 'i64' | 'f64' | 'string' {
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'string') return 'string';
  if (typeof value === 'bigint') return value >= INT64_MIN && value <= INT64_MAX ? 'i64' : 'f64';
  return Number.isSafeInteger(value) ? 'i64' : 'f64';
}

/** The type of what was seen; calls `onMixed` with the path of a mixture. Only nulls: string, as in CSV. */
export function typeOfSeen(seen: Seen, onMixed: (path: string) => never, path: string): DataType {
  switch (seen.kind) {
    case 'null':
      return scalar('string');
    case 'mixed':
      return onMixed(path);
    case 'list':
      return { kind: 'list', element: typeOfSeen(seen.element, onMixed, `${path}[]`) };
    case 'record': {
      const fields = [...seen.fields].map(([name, field]): Field => ({
        name,
        type: typeOfSeen(field, onMixed, `${path}.${name}`),
      }));
      return { kind: 'record', fields };
    }
    default:
      return scalar(seen.kind);
  }
}

/** The value as `type`; undefined if it is none. */
export function valueAs(type: DataType, value: JsonValue | undefined): Value | undefined {
  if (value === null || value === undefined) return null;
  switch (type.kind) {
    case 'bool':
      return typeof value === 'boolean' ? value : undefined;
    case 'string':
    case 'large_string':
      return typeof value === 'string' ? value : undefined;
    case 'f64':
      if (typeof value === 'bigint') return Number(value);
      return typeof value === 'number' ? value : undefined;
    case 'i64':
      if (typeof value === 'bigint') {
        return value >= INT64_MIN && value <= INT64_MAX ? value : undefined;
      }
      return typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : undefined;
    case 'list': {
      if (!Array.isArray(value)) return undefined;
      const items: Value[] = [];
      for (const item of value as readonly JsonValue[]) {
        const converted = valueAs(type.element, item);
        if (converted === undefined) return undefined;
        items.push(converted);
      }
      return items;
    }
    case 'record': {
      if (typeof value !== 'object' || Array.isArray(value)) return undefined;
      const record = value as Readonly<Record<string, JsonValue>>;
      const converted: Record<string, Value> = {};
      for (const field of type.fields) {
        const own = Object.hasOwn(record, field.name) ? record[field.name] : null;
        const item = valueAs(field.type, own);
        if (item === undefined) return undefined;
        converted[field.name] = item;
      }
      return converted;
    }
    default:
      return undefined;
  }
}
