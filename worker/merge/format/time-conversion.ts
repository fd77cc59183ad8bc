/** Timestamps from our unit to the one of a file; refuses what that cannot express, naming column and value. */
import { AppError } from '../../../shared/base/app-error.ts';
import { printTimestamp } from '../../../shared/time/print-timestamp.ts';

/** Nanoseconds as microseconds. */
export function toMicroseconds(name: string, values: BigInt64Array): BigInt64Array {
  const out = new BigInt64Array(values.length);
  for (let row = 0; row < out.length; row++) out[row] = values[row]! / 1000n;
  for (let row = 0; row < out.length; row++) {
    if (out[row]! * 1000n === values[row]!) continue;
    throw new AppError(
      'user',
      'TIMESTAMP_PRECISION',
      `column \`${name}\` holds ${printTimestamp(values[row]!, 'ns', 'fixed')}, which microseconds cannot express: ` +
        'write timestamps in nanoseconds, or CSV',
      { details: { column: name } },
    );
  }
  return out;
}

/** Seconds as milliseconds. */
export function toMilliseconds(name: string, values: BigInt64Array): BigInt64Array {
  const out = new BigInt64Array(values.length);
  for (let row = 0; row < out.length; row++) out[row] = values[row]! * 1000n;
  for (let row = 0; row < out.length; row++) {
    if (out[row]! / 1000n === values[row]!) continue;
    throw new AppError(
      'user',
      'TIMESTAMP_RANGE',
      `column \`${name}\` holds ${values[row]} seconds since 1970, which milliseconds cannot express`,
      { details: { column: name } },
    );
  }
  return out;
}
