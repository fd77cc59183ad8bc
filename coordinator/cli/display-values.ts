/** Values on a screen: what all values of a column have in common and says nothing is left away. */

/** Decimals of floats on a screen; the data have all of them. */
const DECIMALS_MAX = 4;
/** From here on, and below its reciprocal, floats are written with an exponent. */
const PLAIN_FLOAT_MAX = 1e15;
const PLAIN_FLOAT_MIN = 1e-3;

/** The texts of one column as results hold them, made for reading: of one width after the point. */
export function displayColumn(
  type: string,
  texts: readonly (string | null)[],
): readonly (string | null)[] {
  if (type.startsWith('timestamp_')) return displayTimes(texts);
  if (/^f\d\d$/.test(type)) return displayFloats(texts);
  return texts;
}

/** `2001-01-01T00:01:00.000000000` → `2001-01-01 00:01:00`, with as many decimals as any value has. */
function displayTimes(texts: readonly (string | null)[]): readonly (string | null)[] {
  let decimals = 0;
  for (const text of texts) {
    const fraction = /\.(\d*?)0*$/.exec(text ?? '')?.[1];
    decimals = Math.max(decimals, fraction?.length ?? 0);
  }
  return texts.map((text) => {
    if (text === null) return null;
    const [whole, fraction = ''] = text.replace('T', ' ').split('.') as [string, string?];
    return decimals === 0 ? whole : `${whole}.${fraction.padEnd(decimals, '0').slice(0, decimals)}`;
  });
}

function displayFloats(texts: readonly (string | null)[]): readonly (string | null)[] {
  let decimals = 1;
  for (const text of texts) {
    const size = Math.abs(Number(text));
    if (text === null || !isPlain(size)) continue;
    const wanted = /\.(\d+)$/.exec(size.toFixed(DECIMALS_MAX).replace(/0+$/, ''))?.[1]?.length;
    decimals = Math.max(decimals, wanted ?? 0);
  }
  return texts.map((text) => {
    if (text === null || text === '') return text;
    const value = Number(text);
    if (!Number.isFinite(value)) return text;
    return isPlain(Math.abs(value)) ? value.toFixed(decimals) : value.toPrecision(6);
  });
}

function isPlain(size: number): boolean {
  return size === 0 || (size >= PLAIN_FLOAT_MIN && size < PLAIN_FLOAT_MAX);
}
