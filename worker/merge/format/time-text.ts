/** Times as the text `YYYY-MM-DDTHH:MM:SS.nnnnnnnnn` (language.md 2.9), one value at a time: for messages. */
import type { TimeUnit } from '../../../shared/wire/query-request.ts';

const PER_SECOND: Readonly<Record<TimeUnit, bigint>> = {
  s: 1n,
  ms: 1_000n,
  us: 1_000_000n,
  ns: 1_000_000_000n,
};

export function timestampText(value: bigint, unit: TimeUnit): string {
  const perSecond = PER_SECOND[unit];
  const fraction = ((value % perSecond) + perSecond) % perSecond;
  const seconds = (value - fraction) / perSecond;
  const nanos = String(fraction * (1_000_000_000n / perSecond)).padStart(9, '0');
  const date = new Date(Number(seconds) * 1000);
  if (Number.isNaN(date.getTime())) return `${value} ${unit} since 1970`;
  return `${date.toISOString().slice(0, -5)}.${nanos}`;
}
