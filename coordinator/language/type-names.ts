/** The types that have a name in the language (language.md 2.1). */
import type { ScalarKind } from '../../shared/types/data-type.ts';

/** `date`, `f16`, `null` and `error` have none. */
export const SCALAR_TYPE_NAMES = [
  'bool',
  'i8',
  'i16',
  'i32',
  'i64',
  'u8',
  'u16',
  'u32',
  'u64',
  'f32',
  'f64',
  'string',
  'large_string',
  'timestamp_s',
  'timestamp_ms',
  'timestamp_us',
  'timestamp_ns',
  'duration_s',
  'duration_ms',
  'duration_us',
  'duration_ns',
  'interval_days',
  'interval_months',
  'json',
  'window',
] as const satisfies readonly ScalarKind[];

export function scalarKindOf(name: string): ScalarKind | null {
  return SCALAR_TYPE_NAMES.find((known) => known === name) ?? null;
}
