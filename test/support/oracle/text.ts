/** Text forms of values (language.md 2.7, 2.8) and reading them. */
import { DAY_NS, SECOND_NS, civilDate, dayNumber, daysInMonth, splitTime } from './calendar.ts';

function pad(n: number | bigint, digits: number): string {
  return String(n).padStart(digits, '0');
}

/** The shortest decimal digits that read back as `value`, and the exponent of the first one. */
function shortestDigits(value: number, single: boolean): { digits: string; exponent: number } {
  let text = value.toExponential();
  if (single) {
    for (let places = 0; places <= 8; places++) {
      text = value.toExponential(places);
      if (Math.fround(Number(text)) === value) break;
    }
  }
  const [mantissa, exponent] = text.split('e') as [string, string];
  const digits = mantissa.replace('.', '').replace(/0+$/, '');
  return { digits: digits === '' ? '0' : digits, exponent: Number(exponent) };
}

/** The text of a float; `single` for f32, whose shortest digits are fewer. */
export function floatText(value: number, single: boolean): string {
  if (Number.isNaN(value)) return 'NaN';
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const magnitude = Math.abs(value);
  if (magnitude === Infinity) return `${sign}inf`;
  if (magnitude === 0) return `${sign}0.0`;
  const { digits, exponent } = shortestDigits(magnitude, single);
  if (exponent < -5 || exponent > 9) {
    return `${sign}${digits[0]}.${digits.slice(1) || '0'}e${exponent}`;
  }
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  return `${sign}${whole}.${digits.slice(exponent + 1) || '0'}`;
}

export function dateText(day: number): string {
  const { year, month, day: dayOfMonth } = civilDate(day);
  // ISO 8601: years of more than four digits have a sign.
  const sign = year < 0 ? '-' : year > 9999 ? '+' : '';
  return `${sign}${pad(Math.abs(year), 4)}-${pad(month, 2)}-${pad(dayOfMonth, 2)}`;
}

function clockText(time: bigint): { readonly text: string; readonly fraction: bigint } {
  const { day, ofDay } = splitTime(time);
  const seconds = ofDay / SECOND_NS;
  const clock = `${pad(seconds / 3600n, 2)}:${pad((seconds / 60n) % 60n, 2)}:${pad(seconds % 60n, 2)}`;
  return { text: `${dateText(day)}T${clock}`, fraction: ofDay % SECOND_NS };
}

/** A timestamp as CSV prints it: always nine digits of a second. `time` in ns. */
export function timestampCsvText(time: bigint): string {
  const { text, fraction } = clockText(time);
  return `${text}.${pad(fraction, 9)}`;
}

/** A timestamp as a cast to string prints it: 0, 3, 6 or 9 digits, the fewest that are exact. `time` in ns. */
export function timestampCastText(time: bigint): string {
  const { text, fraction } = clockText(time);
  if (fraction === 0n) return text;
  const digits = pad(fraction, 9);
  return `${text}.${digits.replace(/(000)+$/, '')}`;
}

const TIMESTAMP =
  /^(\d{4})-(\d{2})-(\d{2})(?:[Tt ](?:(\d{2}):(\d{2}):(\d{2})|(\d{2})(\d{2})(\d{2}))(?:\.(\d+))?(?: ?([+-])(\d{2})(?::?(\d{2}))?| ?[Zz])?)?$/;

/** Nanoseconds since the epoch of a timestamp text, or null if it is none. Not limited to 64 bits. */
export function parseTimestamp(text: string): bigint | null {
  const match = TIMESTAMP.exec(text);
  if (match === null) return null;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return null;
  const hour = Number(match[4] ?? match[7] ?? 0);
  const minute = Number(match[5] ?? match[8] ?? 0);
  const second = Number(match[6] ?? match[9] ?? 0);
  if (hour > 23 || minute > 59 || second > 59) return null;
  const offsetHours = Number(match[12] ?? 0);
  const offsetMinutes = Number(match[13] ?? 0);
  if (offsetHours > 23 || offsetMinutes > 59) return null;
  const offset = BigInt(offsetHours * 3600 + offsetMinutes * 60) * (match[11] === '-' ? -1n : 1n);
  const seconds = BigInt(hour * 3600 + minute * 60 + second) - offset;
  const fraction = BigInt((match[10] ?? '').slice(0, 9).padEnd(9, '0'));
  return BigInt(dayNumber({ year, month, day })) * DAY_NS + seconds * SECOND_NS + fraction;
}

/** A float text as casts and CSV read it, or null. */
export function parseFloatText(text: string): number | null {
  if (/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text)) return Number(text);
  const named = /^([+-]?)(inf|infinity|nan)$/i.exec(text);
  if (named === null) return null;
  if (named[2]!.toLowerCase() === 'nan') return NaN;
  return named[1] === '-' ? -Infinity : Infinity;
}
