/** The unit of timestamp and duration types. */
import type { TimeUnit } from '../time/print-timestamp.ts';
import type { DataType } from '../types/data-type.ts';

/** Null for types that are neither. */
export function timeUnitOf(type: DataType): TimeUnit | null {
  switch (type.kind) {
    case 'timestamp_s':
    case 'duration_s':
      return 's';
    case 'timestamp_ms':
    case 'duration_ms':
      return 'ms';
    case 'timestamp_us':
    case 'duration_us':
      return 'us';
    case 'timestamp_ns':
    case 'duration_ns':
      return 'ns';
    default:
      return null;
  }
}

export function isTimestamp(type: DataType): boolean {
  return type.kind.startsWith('timestamp_');
}

export function isDuration(type: DataType): boolean {
  return type.kind.startsWith('duration_');
}
