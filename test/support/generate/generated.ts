/** Pieces of Fenl text with what the generators must know of them, and what they are generated in. */
import type { Dataset } from './generate-tables.ts';
import type { Rng } from './rng.ts';

/** Something with fields that expressions can be built from: a table or a let-bound record. */
export interface ValueSource {
  readonly text: string;
  readonly grouping: string;
  /** Names and type names. */
  readonly fields: readonly (readonly [name: string, kind: string])[];
}

export interface Generated {
  readonly text: string;
  /** Depends on no table. */
  readonly constant: boolean;
}

export interface Place {
  readonly grouping: string;
  readonly depth: number;
}

export interface Scope {
  readonly rng: Rng;
  readonly dataset: Dataset;
  readonly sources: ValueSource[];
  /** Type of the keys, by grouping. */
  readonly keyKinds: Map<string, string>;
}

const INTEGERS = ['i64', 'i32', 'u32', 'u64', 'i16', 'u8'];
export const NUMBERS: readonly string[] = [...INTEGERS, 'f64', 'f32'];
/** What comparisons, aggregations and lists are made of. */
export const VALUES: readonly string[] = [
  'i64',
  'i64',
  'f64',
  'f64',
  'string',
  'bool',
  'timestamp_ns',
  'u32',
  'i32',
  'f32',
];
export const ORDERED: readonly string[] = [
  'i64',
  'f64',
  'timestamp_ns',
  'u32',
  'i32',
  'f32',
  'u64',
];

/** Makes an expression at a place, whose depth is what its parts may have. */
export type Production = (place: Place) => Generated;

export type Productions = readonly (readonly [weight: number, production: Production])[];

export function isNumber(kind: string): boolean {
  return NUMBERS.includes(kind);
}

export function isFloat(kind: string): boolean {
  return kind === 'f64' || kind === 'f32';
}

export function call(fn: string, args: readonly Generated[]): Generated {
  return {
    text: `${fn}(${args.map((arg) => arg.text).join(', ')})`,
    constant: args.every((arg) => arg.constant),
  };
}

export function operator(symbol: string, left: Generated, right: Generated): Generated {
  return {
    text: `(${left.text} ${symbol} ${right.text})`,
    constant: left.constant && right.constant,
  };
}

export function withRows(text: string): Generated {
  return { text, constant: false };
}

export function constantOf(text: string): Generated {
  return { text, constant: true };
}
