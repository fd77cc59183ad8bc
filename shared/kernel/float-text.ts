/** The text of floats (language.md 2.7): shortest digits that round-trip, `10.0`, `0.00012`, `2.5e10`, `inf`. */

/** The text of an f64. */
export function f64Text(value: number): string {
  const size = Math.abs(value);
  // In this range JavaScript writes the same digits positionally.
  if (size >= 1e-5 && size < 1e10) {
    const text = String(value);
    return Number.isInteger(value) ? `${text}.0` : text;
  }
  return special(value) ?? layOut(value.toExponential());
}

/** The text of an f32 (or f16): the shortest digits that round-trip as f32. */
export function f32Text(value: number): string {
  return special(value) ?? layOut(shortestF32(value));
}

function special(value: number): string | null {
  if (Number.isNaN(value)) return 'NaN';
  if (value === Infinity) return 'inf';
  if (value === -Infinity) return '-inf';
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  return null;
}

/** Nine significant digits tell any two f32 apart. */
const F32_DIGITS_MAX = 9;

function shortestF32(value: number): string {
  for (let digits = 0; digits < F32_DIGITS_MAX - 1; digits++) {
    const text = value.toExponential(digits);
    if (Math.fround(Number(text)) === value) return text;
  }
  return value.toExponential(F32_DIGITS_MAX - 1);
}

/** `d.ddde±x` in the form for its exponent: positional from −5 to 9. */
function layOut(exponential: string): string {
  const [mantissa, exponentText] = exponential.split('e') as [string, string]; // toExponential has one e
  const exponent = Number(exponentText);
  if (exponent < -5 || exponent > 9) {
    return `${mantissa.includes('.') ? mantissa : `${mantissa}.0`}e${exponent}`;
  }
  const sign = mantissa.startsWith('-') ? '-' : '';
  const digits = mantissa.replace('-', '').replace('.', '');
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  return `${sign}${whole}.${digits.slice(exponent + 1) || '0'}`;
}
